"""The compressed pixels of JPEG files: where they end, and whether all of them are there (ITU-T T.81).

A file that was cut off can still end with an end marker, which some programs put in. The decoder then makes grey
pixels up without an error. So it never sees the end marker: with a few bytes of filler in its place it comes to the
last row only where all compressed pixels are there, and asks for more otherwise.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from mtgui.pictures.damage_words import COPY_AGAIN
from mtgui.pictures.formats import PictureRefusedError

END = b"\xff\xd9"
FILLER = b"\xfd" * 7
"""As much as the decoder looks ahead, which reads up to 64 bits at a time.

In the usual tables of codes, it stands for long codes and large numbers, so that it does not suffice for a lost byte:
of files that lack one to seven bytes, one in ten passes, and a few pixels in their last corner are wrong.
"""
_PADDING = 8
"""Bytes that an encoder may add behind the last row; what was put into a scan leaves more of them as a rule."""
_RESTARTS = 0xDD
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_SCAN = b"\xff\xda"
_FILL = 0xFF
_STANDALONE = {0, 1, *range(0xD0, 0xDA)}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""The second bytes of markers of frames."""
_SEQUENTIAL, _PROGRESSIVE = {0xC0, 0xC1}, 0xC2
RARE_FRAMES = FRAMES - {*_SEQUENTIAL, _PROGRESSIVE}
"""The frames of files with arithmetic coding, lossless or in layers, whose missing pixels the decoder makes up."""
_TABLES = 0xC4
_COEFFICIENT_CODES = 0x10
_TAKEN_AT_ONCE = 3
_NO_CODES = bytes(64)
_FEW = 4
_AFTER_SCANS = re.compile(rb"\xff[\x02-\xcf\xd8-\xfe]")
_COEFFICIENTS = 64


class Undecoded(Protocol):
    """A Pillow picture, open but not decoded."""

    im: Any
    tile: Any
    decoderconfig: Any

    @property
    def mode(self) -> str:
        """The kind of pixels."""

    def load_prepare(self) -> None:
        """Make memory for the pixels where there is none."""

    def load(self) -> object:
        """Decode as usual."""


@dataclass(frozen=True)
class Frame:
    """The frame of a picture: the second byte of its marker, and the numbers of its components."""

    marker: int = 0
    components: tuple[int, ...] = ()

    @classmethod
    def read(cls, marker: int, body: bytes) -> "Frame":
        """Return the frame of the marker segment ``body``."""
        return cls(marker, tuple(body[6 : 6 + 3 * body[5] : 3]) if len(body) > 5 else ())

    def is_single(self, data: bytes, start: int) -> bool:
        """True when the scan at ``start`` holds all pixels of the picture ``data`` at once."""
        return self.marker in _SEQUENTIAL and data[start + 4 : start + 5] == bytes((len(self.components),))


def end_of(data: bytes, start: int) -> int:
    """Return where the compressed pixels in ``data`` end whose first scan begins at ``start``.

    That is the end marker; in a file without one, the end of the data less a filling of zeros.
    """
    found = _AFTER_SCANS.search(data, start + 2)
    while found and found[0] != END:
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        found = _AFTER_SCANS.search(data, found.end() + max(length, 2))
    if found:
        return found.start()
    return len(data.rstrip(b"\0"))


def hole_in(data: bytes, start: int, end: int) -> int | None:
    """Return where zeros begin between ``start`` and ``end`` that no encoder has written; None where there are none.

    A long run of zeros stands for many blocks of the commonest code. Encoders write that for flat blocks only, and not
    even then where the commonest code of a table for coefficients is another than “end of the block” (0).
    """
    hole = data.find(_NO_CODES, start, end)
    return hole if hole >= 0 and _writes_no_zeros(data[start + 4 : start + 14], _tables(data), 0xFF) else None


def _writes_no_zeros(scan: bytes, tables: Mapping[int, bytes], ends: int) -> bool:
    """True when zeros stand for no run of blocks in a scan whose header is ``scan``, with the codes ``tables``.

    ``ends`` are the bits that are 0 in the values of codes for the end of a block, or of many blocks.
    """
    needed = {_COEFFICIENT_CODES | byte & 15 for byte in scan[2 : 1 + 2 * scan[0] : 2]}
    return any((tables.get(kind) or b"\0")[0] & ends for kind in needed)


def _hole_in_scans(data: bytes, start: int, frame: Frame) -> bool:
    """True when zeros stand in one of several scans of ``data``, from ``start`` on, that no encoder has written.

    In a progressive file, only the first scan for many coefficients tells: others may be all zeros, as flat blocks are.
    """
    if data.find(_NO_CODES, start) < 0:
        return False
    tables, is_progressive = _tables(data), frame.marker == _PROGRESSIVE
    position = start
    while position < len(data):
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        body, stop = data[position + 4 : position + 2 + length], position + 2 + max(length, 2)
        found = _AFTER_SCANS.search(data, stop)
        position = found.start() if found else len(data)
        if marker == _TABLES:
            tables |= dict(_codes(body, 0, len(body)))
        elif marker == _SCAN[1] and length >= 6 and data.find(_NO_CODES, stop, position) >= 0:
            first, last, bits = body[1 + 2 * body[0] : 4 + 2 * body[0]]
            is_telling = not is_progressive or (0 < first <= last - _FEW and bits >> 4 == 0)
            if is_telling and _writes_no_zeros(body, tables, 0x0F if is_progressive else 0xFF):
                return True
    return False


def _tables(data: bytes) -> dict[int, bytes]:
    """Return the values of the tables of codes before the first scan, by class and number (T.81, B.2.4.2)."""
    return {k: v for marker, at, stop in _segments(data) if marker == _TABLES for k, v in _codes(data, at, stop)}


def _codes(data: bytes, at: int, stop: int) -> Iterator[tuple[int, bytes]]:
    while at + 17 <= stop:
        number = sum(data[at + 1 : at + 17])
        yield data[at], data[at + 17 : at + 17 + number]
        at += 17 + number


def prepared(data: bytes, start: int, frame: Frame) -> tuple[int, int, bytes]:
    """Return where the pixels of ``data``, whose first scan is at ``start``, end; where to cut it; and what to add.

    With several scans nothing is cut: `load` sees to them.
    """
    if not frame.is_single(data, start):
        return end_of(data, start), len(data), b""
    announced = (data[at : at + 2] for marker, at, _ in _segments(data) if marker == _RESTARTS)
    has_restarts = any(interval != b"\0\0" for interval in announced)
    # At any other marker the decoder stops and makes up the rest; marks of restarts must be announced.
    marker = (_AFTER_SCANS if has_restarts else _MARKER).search(data, start + 2)
    end = marker.start() if marker and marker[0] == END else end_of(data, start)
    stop = _less_fill(data, marker.start()) if marker else end
    hole = hole_in(data, start, stop)
    gap = _wrong_restart(data, start, stop) if has_restarts else None
    if gap is not None:
        return end, gap, b""
    if hole is not None:
        # Zeros may also follow all pixels; then the decoder needs no more of them than it looks ahead.
        return end, hole + len(FILLER), b""
    return end, stop, FILLER if marker else b""


def _wrong_restart(data: bytes, start: int, end: int) -> int | None:
    """Return where a mark of a restart has not the number that is due: pixels before it are missing (T.81, B.1.1.2)."""
    for number, found in enumerate(_RESTART.finditer(data, start, end)):
        if found[0][1] & 7 != number & 7:
            return found.start()
    return None


def _less_fill(data: bytes, end: int) -> int:
    """Return ``end`` less the bytes of 255 before it, which may stand before any marker."""
    while data[end - 1] == _FILL:
        end -= 1
    return end


def load(image: Undecoded, stream: bytes) -> None:
    """Decode ``image`` from ``stream``, as `prepared` says.

    Raises `PictureRefusedError`, EOFError when compressed pixels are missing, and what Pillow raises for damaged files.
    """
    frame, start = _first_scan(stream)
    if not image.tile:
        image.load()
        return
    if frame.is_single(stream, start) and stream.endswith(FILLER):
        _load_scan(image, stream)
        return
    if frame.is_single(stream, start):
        image.load()
        return
    end = end_of(stream, start)
    if stream[end : end + 2] != END:
        raise EOFError("the end marker is missing")
    if _hole_in_scans(stream[:end], start, frame):
        raise ValueError("zeros in the middle of the compressed pixels")
    if frame.marker == _PROGRESSIVE and _lacks_passes(frame.components, stream[:end], start):
        raise PictureRefusedError(f"it lacks its last and finest passes (progressive JPEG); {COPY_AGAIN}.")
    _load_scans(image, stream[: _less_fill(stream, end)])


class _Feed:
    """Gives a stream piece by piece to the decoder of ``image``, which says when it has the last row."""

    def __init__(self, image: Undecoded) -> None:
        name, extents, _, options = image.tile[0]
        image.load_prepare()
        self._image = image
        self._decoder = Image._getdecoder(image.mode, name, options, image.decoderconfig)
        self._decoder.setimage(image.im, extents)
        self._rest = b""
        self.is_done = False

    def __enter__(self) -> "_Feed":
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.cleanup()

    def give(self, piece: bytes) -> int:
        """Decode ``piece``, and return how many bytes the decoder has left for later. Raises OSError."""
        self._rest += piece
        taken, error = self._decoder.decode(self._rest)
        if taken < 0:
            if error < 0:
                raise OSError("broken data stream when reading image file")
            self.is_done = True
            self._image.tile = []
            return 0
        self._rest = self._rest[taken:]
        return len(self._rest)


def _load_scan(image: Undecoded, stream: bytes) -> None:
    """Decode ``image`` of a single scan from ``stream``, which ends with the filler.

    Where the last row comes long before the end, something was put in between, and the pixels behind it are wrong.
    """
    early = len(stream[: -len(FILLER)].rstrip(b"\0\xff")) - _PADDING
    with _Feed(image) as feed:
        feed.give(stream[:early])
        if feed.is_done:
            raise ValueError("more compressed pixels than the picture has")
        feed.give(stream[early:])
        if not feed.is_done:
            raise EOFError("compressed pixels are missing")


def _load_scans(image: Undecoded, stream: bytes) -> None:
    """Decode ``image`` of several scans from ``stream``, which lacks the end marker.

    Between scans the decoder takes single bytes at once; within a scan it leaves them until it has several.
    """
    with _Feed(image) as feed:
        left = [feed.give(piece) for piece in (stream, *[FILLER[:1]] * (len(FILLER) + _TAKEN_AT_ONCE))]
        if any(left[-_TAKEN_AT_ONCE:]):
            raise EOFError("compressed pixels are missing")
        feed.give(END)
        if not feed.is_done:
            raise EOFError("compressed pixels are missing")


def _first_scan(stream: bytes) -> tuple[Frame, int]:
    """Return the frame, and the position of the first scan."""
    frame = Frame()
    for marker, start, stop in _segments(stream):
        if marker in FRAMES:
            frame = Frame.read(marker, stream[start:stop])
        elif marker == _SCAN[1]:
            return frame, start - 4
    return frame, len(stream)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker (second byte), start and end of the content of every segment, the last that of the first scan."""
    position = data.find(b"\xff", 2)
    while 0 <= position <= len(data) - 4:
        marker, length = struct.unpack_from(">xBH", data, position)
        if marker == _FILL:
            position += 1
        elif marker in _STANDALONE:
            position += 2
        else:
            yield marker, position + 4, position + 2 + length
            position += 2 + max(length, 2)
        if marker == _SCAN[1]:
            return
        position = data.find(b"\xff", position)


def _lacks_passes(components: tuple[int, ...], stream: bytes, start: int) -> bool:
    """True when the scans do not bring every coefficient of every component to its last bit (T.81, G.1.1.1.1)."""
    open_bits = {(component, at) for component in components for at in range(_COEFFICIENTS)}
    for body in _scan_headers(stream, start):
        number = body[0]
        first, last, bits = body[1 + 2 * number : 4 + 2 * number]
        if bits & 15 == 0:
            chosen = body[1 : 1 + 2 * number : 2]
            open_bits -= {(component, at) for component in chosen for at in range(first, last + 1)}
    return bool(open_bits)


def _scan_headers(stream: bytes, start: int) -> Iterator[bytes]:
    position: int | None = start
    while position is not None:
        length = int.from_bytes(stream[position + 2 : position + 4], "big")
        if stream[position : position + 2] == _SCAN and length >= 6:
            yield stream[position + 4 : position + 2 + length]
        found = _AFTER_SCANS.search(stream, position + 2 + length)
        position = found.start() if found else None
