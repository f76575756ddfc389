"""JPEG 2000 files: read metadata from their boxes and codestream header (ISO 15444-1)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mtgui.pictures import colour_precedence, orientation
from mtgui.pictures import exif as exif_blocks
from mtgui.pictures.colour_precedence import CodePoints
from mtgui.pictures.metadata import CREDENTIALS_DROPPED, Metadata, Survey

_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC_BOX = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_CREDENTIALS_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_EXIF_BOX = b"JpgTiffExif->JP2"
_MOST_BOXES = 10_000
_END = b"\xff\xd9"
_NUMBERED, _PROFILES, _CODE_POINTS = 1, (2, 3), 5
_USUAL_COLOURS = {12, 14, 16, 17, 18}
"""CMYK, Lab, sRGB, grey and sYCC, which the decoder turns into RGB or grey or refuses."""


@dataclass(frozen=True)
class _Colours:
    """What the header of a JPEG 2000 file states about its colours; ``unknown`` is the number of another kind."""

    icc: bytes | None = None
    points: CodePoints | None = None
    unknown: int = 0


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


def holds_credentials(data: bytes) -> bool:
    """True when content credentials (C2PA) lie in a box of the file ``data``."""
    for kind, start, end in iterate(data, 0, len(data)):
        if kind == b"uuid" and data[start : start + 16] == _CREDENTIALS_BOX:
            return True
        if kind == b"jumb" and b"c2pa" in data[start:end]:
            return True
    return False


def survey_jpeg2000(data: bytes) -> Survey:
    """Survey the JPEG 2000 file ``data``; a bare codestream has no boxes."""
    exif = xmp = iptc = None
    texts: list[tuple[str, str]] = []
    colours = _Colours()
    stream = data if data.startswith(b"\xff\x4f") else b""
    for kind, start, end in iterate(data, 0, len(data)):
        if kind == b"uuid":
            name, body = data[start : start + 16], data[start + 16 : end]
            xmp = body if name == _XMP_BOX else xmp
            exif = exif_blocks.unprefixed(body) if name == _EXIF_BOX else exif
            iptc = body if name == _IPTC_BOX else iptc
        elif kind == b"xml ":
            texts.append(("XML", data[start:end].decode("utf-8", "replace")))
        elif kind == b"jp2h":
            colours = _colours(data, start, end)
        elif kind == b"jp2c" and not stream:
            stream = data[start:end]
    if not stream.rstrip(b"\0").endswith(_END):
        raise EOFError("the end of the codestream is missing")
    bits, is_lossless = _codestream(stream)
    notes = [CREDENTIALS_DROPPED] if holds_credentials(data) else []
    if colours.unknown:
        notes.append(f"Its colours are of a kind (no. {colours.unknown}) that copies cannot state.")
    if bits > 8 and _components(stream) > 1:
        notes.append(f"It has {bits} bits per channel and was read with 8.")
    chunks = colour_precedence.chunks_of(colours.points, colours.icc)
    return Survey(
        data,
        Metadata(exif=exif, icc=colours.icc, xmp=xmp, iptc=iptc, png_chunks=chunks, texts=tuple(texts)),
        tuple(notes),
        is_lossless=is_lossless,
        bits=bits,
        orientation=orientation.stated(exif, xmp),
    )


def _colours(data: bytes, start: int, end: int) -> _Colours:
    """Return the first statement about colours among the boxes of a header that can be followed (ISO 15444-1, I.5.3.3).

    A ``colr`` box has a way (method), a rank, and then a number, a profile or code points. A higher rank goes first.
    """
    stated = [data[first:last] for kind, first, last in iterate(data, start, end) if kind == b"colr"]
    unknown = 0
    for box in sorted((box for box in stated if len(box) > 3), key=lambda box: -_signed(box[1])):
        if box[0] in _PROFILES:
            return _Colours(icc=box[3:])
        if box[0] == _CODE_POINTS:
            return _Colours(points=colour_precedence.code_points(box[3:]))
        if box[0] == _NUMBERED and int.from_bytes(box[3:7], "big") in _USUAL_COLOURS:
            return _Colours()
        unknown = unknown or int.from_bytes(box[3:7], "big")
    return _Colours(unknown=unknown)


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


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
