"""JPEG 2000 files: read metadata from their boxes and codestream header (ISO 15444-1)."""

import struct
from collections.abc import Iterator

from mtgui.pictures import orientation
from mtgui.pictures.metadata import Metadata, Survey

_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF_BOX = b"JpgTiffExif->JP2"
_MOST_BOXES = 10_000


def iterate(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of the contents of every box between ``start`` and ``end``."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1 and start + 16 <= end:
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        stop = end if size == 0 else start + size
        if stop > end or stop < start + head:
            return
        yield kind, start + head, stop
        start = stop


def survey_jpeg2000(data: bytes) -> Survey:
    """Survey the JPEG 2000 file ``data``; a bare codestream has no boxes."""
    exif = xmp = icc = None
    stream = data if data.startswith(b"\xff\x4f") else b""
    for kind, start, end in iterate(data, 0, len(data)):
        if kind == b"uuid":
            name, body = data[start : start + 16], data[start + 16 : end]
            xmp = body if name == _XMP_BOX else xmp
            exif = body.removeprefix(b"Exif\0\0") if name == _EXIF_BOX else exif
        elif kind == b"jp2h":
            icc = _profile(data, start, end)
        elif kind == b"jp2c" and not stream:
            stream = data[start:end]
    bits, is_lossless = _codestream(stream)
    return Survey(
        data,
        Metadata(exif=exif, icc=icc, xmp=xmp),
        (f"It has {bits} bits per channel and was read with 8.",) if bits > 8 and _components(stream) > 1 else (),
        is_lossless=is_lossless,
        bits=bits,
        orientation=orientation.stated(exif, xmp),
    )


def _profile(data: bytes, start: int, end: int) -> bytes | None:
    for kind, first, last in iterate(data, start, end):
        if kind == b"colr" and data[first : first + 1] == b"\2":
            return data[first + 3 : last]
    return None


def _components(stream: bytes) -> int:
    return int.from_bytes(stream[40:42], "big")


def _codestream(stream: bytes) -> tuple[int, bool]:
    """Return the largest number of bits of a component, and True when the wavelet is reversible (lossless)."""
    bits = max((stream[i] & 0x7F for i in range(42, min(42 + 3 * _components(stream), len(stream)), 3)), default=7) + 1
    position = 2
    while position + 4 <= len(stream) and stream[position] == 0xFF and stream[position + 1] != 0x90:
        if stream[position + 1] == 0x52:
            return bits, stream[position + 13 : position + 14] == b"\1"
        position += 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
    return bits, False
