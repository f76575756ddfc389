"""Which of its statements about colours a picture follows, one rule for every container, and what a copy can state.

Strongest first:

1. code points (primaries and curve of ITU-T H.273): the chunk cICP of PNG. In AVIF and HEIF they come second, and in
   JPEG 2000 the first statement that can be followed counts;
2. a colour profile (ICC), in any container;
3. the word sRGB: the chunk of PNG, the kind of colours in BMP, the number 16 in JPEG 2000;
4. measures: gAMA with cHRM in PNG, WhitePoint with PrimaryChromaticities and TransferFunction in TIFF and EXIF;
5. EXIF's ColorSpace, where the index R03 means Adobe RGB (DCF 2.0);
6. nothing, which is taken for sRGB.

Sources: PNG, third edition, section 4.3; ISO 14496-12, 12.1.5; ISO 15444-1, I.5.3.3.
"""

import struct
from typing import Literal, NamedTuple

from mtgui.pictures import ifd
from mtgui.pictures.formats import TITLES

Chunks = tuple[tuple[bytes, bytes], ...]
Statement = Literal["code points", "profile", "sRGB", "measures", "Adobe RGB"]

CODE_POINTS = b"cICP"
"""The PNG chunk (type) of code points: primaries, curve, matrix and range, a byte each."""
_UNSTATED = 2
_USUAL_PRIMARIES = {1, _UNSTATED, 5, 6}
_USUAL_CURVES = {1, _UNSTATED, 6, 13, 14, 15}
_SRGB = (1, 13)
_HDR_CURVES = {16: "PQ", 18: "HLG"}
_WIDE = {9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
_EXIF_PART, _INTEROPERABILITY, _COLOUR_SPACE = 0x8769, 0xA005, 0xA001
_ADOBE_RGB = 2


class CodePoints(NamedTuple):
    """Primaries and curve (transfer characteristics) as numbers of ITU-T H.273."""

    primaries: int
    curve: int


def code_points(data: bytes) -> CodePoints:
    """Return the code points at the beginning of ``data``, two numbers of 16 bits, the higher byte first."""
    return CodePoints(int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big"))


def chunks_of(points: CodePoints | None, profile: bytes | None) -> Chunks:
    """Return the PNG chunks that state the ``points`` of an AVIF, HEIF or JPEG 2000 file.

    There are none where a ``profile`` is followed instead, since PNG would follow the points, and none for sRGB.
    """
    if points is None or profile or points == _SRGB or {*points} == {_UNSTATED} or max(points) > 255:
        return ()
    return ((CODE_POINTS, bytes((*points, 0, 1))),)


def beside(profile: bytes | None, chunks: Chunks) -> Chunks:
    """Return those of the PNG ``chunks`` (type, data) that may stand beside ``profile``.

    sRGB must not stand beside a profile; the others may, for readers that know no better one.
    """
    return tuple(chunk for chunk in chunks if not (profile and chunk[0] == b"sRGB"))


def followed(profile: bytes | None, chunks: Chunks, exif: bytes | None) -> Statement | None:
    """Return the statement that a picture with these metadata follows; None where it makes none."""
    kinds = {kind for kind, _ in chunks}
    if CODE_POINTS in kinds:
        return "code points"
    if profile:
        return "profile"
    if b"sRGB" in kinds:
        return "sRGB"
    if kinds:
        return "measures"
    return "Adobe RGB" if exif and _says_adobe_rgb(exif) else None


def loss(statement: Statement | None, chunks: Chunks, target: str) -> str | None:
    """Return the note on a ``statement`` that a copy in the format ``target`` cannot make; None if nothing is lost."""
    title = TITLES[target]
    if statement == "Adobe RGB" and target in ("png", "webp"):
        return f"Its colours are Adobe RGB by its EXIF data alone, which few programs look for in {title}."
    if target == "png":
        return None
    if statement == "measures":
        return f"{title} has no place for the PNG's colour settings (gamma and the like); left out."
    if statement != "code points":
        return None
    primaries, curve = dict(chunks)[CODE_POINTS][:2]
    if curve in _HDR_CURVES:
        return (
            f"Its colours are of a high range ({_HDR_CURVES[curve]}), which {title} cannot state, so the copy will "
            "look dull; choose PNG."
        )
    if primaries in _USUAL_PRIMARIES and curve in _USUAL_CURVES:
        return None
    name = _WIDE.get(primaries, f"no. {primaries} with curve no. {curve}")
    return f"Its colours are of an unusual range ({name}), which {title} cannot state here; choose PNG."


def _says_adobe_rgb(block: bytes) -> bool:
    """True when an EXIF ``block`` names Adobe RGB, by the index R03 or by the number 2 that some programs write."""
    try:
        header = ifd.read_header(block)
        part = ifd.sound_directory(block, header.first, header)
        part = ifd.sound_directory(block, part.number(_EXIF_PART, 0), header)
        if part.number(_COLOUR_SPACE, 0) == _ADOBE_RGB:
            return True
        index = ifd.sound_directory(block, part.number(_INTEROPERABILITY, 0), header)
    except (ValueError, struct.error):
        return False
    return (index.raw(1) or b"").startswith(b"R03")
