"""Survey files of the formats whose structure needs little: WebP, GIF and the plain ones."""

import re
import struct
from dataclasses import replace

import numpy as np

from mtgui.pictures import exif as exif_blocks
from mtgui.pictures import orientation
from mtgui.pictures.damage_words import missing
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.metadata import CREDENTIALS_DROPPED, Metadata, Survey

_PPM_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_PPM_COMMENT = re.compile(rb"#([^\r\n]*)")
_PPM_HEAD = 64
_PPM_HEADER = re.compile(
    rb"(?P<kind>P[2356])"
    + _PPM_GAP
    + rb"(?P<width>\d{1,9})"
    + _PPM_GAP
    + rb"(?P<height>\d{1,9})"
    + _PPM_GAP
    + rb"(?P<white>\d{1,5})\s"
)


_BMP_V4, _BMP_V5 = 108, 124
_FRAME = "Its frame is smaller than its canvas; what lies around it became a plain colour."


def survey_webp(data: bytes) -> Survey:
    """Look through the chunks of the WebP file ``data``. Raises `PictureRefusedError`."""
    chunks: dict[bytes, bytes] = {}
    frames, is_lossless, position = 0, False, 12
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        if kind in (b"EXIF", b"XMP ", b"ICCP", b"C2PA"):
            chunks.setdefault(kind, data[position + 8 : position + 8 + size])
        frames += kind == b"ANMF"
        is_lossless |= kind == b"VP8L"
        position += 8 + size + size % 2
    if frames > 1:
        raise PictureRefusedError(
            f"it is an animation of {frames} frames; mtgui marks still pictures, save a single frame first."
        )
    exif = exif_blocks.unprefixed(chunks.get(b"EXIF", b"")) or None
    xmp = chunks.get(b"XMP ")
    metadata = Metadata(exif=exif, icc=chunks.get(b"ICCP"), xmp=xmp)
    notes = (CREDENTIALS_DROPPED,) if b"C2PA" in chunks else ()
    return Survey(data, metadata, notes, is_lossless=is_lossless, orientation=orientation.stated(exif, xmp))


def survey_gif(data: bytes) -> Survey:
    """Look through the blocks of the GIF file ``data``. Raises `PictureRefusedError`."""
    frames, texts, xmp, icc = 0, [], None, None
    notes: list[str] = []
    position = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while position + 2 <= len(data) and data[position] in (0x21, 0x2C):
        label = data[position + 1]
        if data[position] == 0x2C:
            frames += 1
            notes += _check_frame(data, position)
            if not (data[10] | data[position + 9]) & 0x80:
                raise PictureRefusedError(missing("its table of colours"))
            table = data[position + 9]
            position += 10 + (3 << (table & 7) + 1 if table & 0x80 else 0) + 1
            label = 0
        else:
            position += 2
        if data[position + 1 : position + 12] == b"XMP DataXMP":
            end = data.find(b"\x01\xff\xfe", position)
            xmp = data[position + 12 : end] if end > 0 else None
        name = data[position + 1 : position + 12] if label == 0xFF else b""
        start, position = position, _after_blocks(data, position)
        if name == b"ICCRGBG1012":
            icc = _joined(data, start + 12, position)
        elif name.startswith(b"C2PA"):
            notes.append(CREDENTIALS_DROPPED)
        if label == 0xFE:
            texts.append(("Comment", _joined(data, start, position).decode("utf-8", "replace")))
    if not frames:
        # The decoder would look for a frame among the damaged blocks.
        raise PictureRefusedError(missing("the first part with pixels, where it should be,"))
    if frames > 1:
        raise PictureRefusedError(
            f"it is an animation of {frames} frames; mtgui marks still pictures, save a single frame first."
        )
    return Survey(data, Metadata(icc=icc, xmp=xmp, texts=tuple(texts)), tuple(notes))


def _check_frame(data: bytes, position: int) -> list[str]:
    """Refuse a frame that would enlarge the canvas unnoticed beyond the limit; return a note on a smaller one."""
    left, top, width, height = struct.unpack_from("<4H", data, position + 1)
    across, down = struct.unpack_from("<2H", data, 6)
    if left + width > across or top + height > down:
        raise PictureRefusedError("its frame is larger than its canvas; open and save it in another program.")
    return [] if (width, height) == (across, down) else [_FRAME]


def _after_blocks(data: bytes, position: int) -> int:
    while position < len(data) and data[position]:
        position += 1 + data[position]
    return position + 1


def _joined(data: bytes, start: int, end: int) -> bytes:
    pieces = []
    while start < end - 1:
        pieces.append(data[start + 1 : start + 1 + data[start]])
        start += 1 + data[start]
    return b"".join(pieces)


def with_density(metadata: Metadata, dpi: object) -> Metadata:
    """Return ``metadata`` with the dots per inch that a decoder found, if they are plausible."""
    if isinstance(dpi, tuple) and len(dpi) == 2 and all(0 < float(number) < 1e6 for number in dpi):
        return replace(metadata, density=(1, float(dpi[0]), float(dpi[1])))
    return metadata


def survey_ppm(data: bytes) -> Survey:
    """Look at the header of the PPM, PGM or PBM file ``data``.

    Binary samples whose white is neither 255 nor 65535, and colours of 16 bits, are scaled here, because the decoder
    would take seconds per million samples.
    """
    match = _PPM_HEADER.match(data[:4096])
    words = b" ".join(_PPM_COMMENT.findall(data[: match.end() if match else _PPM_HEAD])).decode("utf-8", "replace")
    metadata = Metadata(texts=(("Comment", words.strip()),) if words.strip() else ())
    if match is None or int(match["white"]) == 255:
        return Survey(data, metadata)
    white, kind = int(match["white"]), match["kind"]
    bits = white.bit_length()
    is_colour = kind in (b"P3", b"P6")
    notes = (f"It has {bits} bits per channel and was read with 8.",) if is_colour and bits > 8 else ()
    if kind in (b"P2", b"P3") or not 0 < white < 65536 or (kind == b"P5" and white == 65535):
        return Survey(data, metadata, notes)
    width, height = int(match["width"]), int(match["height"])
    number = width * height * (3 if is_colour else 1)
    samples = np.frombuffer(data, ">u2" if white > 255 else "u1", number, match.end())
    largest = 255 if is_colour or white <= 255 else 65535
    scaled = (np.minimum(samples, white).astype(np.uint32) * largest + white // 2) // white
    body = scaled.astype("u1" if largest == 255 else ">u2").tobytes()
    return Survey(b"%s %d %d %d\n%s" % (kind, width, height, largest, body), metadata, notes)


def survey_bmp(data: bytes) -> Survey:
    """Look at how the BMP file ``data``, which is decoded as it is, states its colours (BITMAPV4HEADER, V5HEADER)."""
    size = int.from_bytes(data[14:18], "little")
    if len(data) < 14 + size or size < _BMP_V4:
        return Survey(data)
    kind = data[70:74]
    if kind == bytes(4):
        # Endpoints of the colours as XYZ, and three gammas; many programs leave them empty.
        is_left = any(data[74:110]) and any(data[110:122])
        note = "Its colours are given by numbers that copies cannot state (calibrated RGB); they were left out."
        return Survey(data, notes=(note,) if is_left else ())
    if size < _BMP_V5:
        return Survey(data)
    start, size = struct.unpack_from("<II", data, 126)
    if kind == b"DEBM" and 14 + start + size <= len(data):
        return Survey(data, Metadata(icc=data[14 + start : 14 + start + size]))
    is_left = kind in (b"DEBM", b"KNIL")
    return Survey(
        data, notes=("Its colour profile is in another file or damaged and was left out.",) if is_left else ()
    )


def survey_tga(data: bytes) -> Survey:
    """Look for texts in the TGA file ``data``: behind the header, and in the extension area of version 2."""
    texts = [data[18 : 18 + data[0]]]
    if data[-18:] == b"TRUEVISION-XFILE.\0":
        area = int.from_bytes(data[-26:-22], "little")
        # The author's name, and four lines of comments.
        starts = (2, 43, 124, 205, 286)
        texts.extend(data[area + at : area + at + (41 if at == 2 else 81)] for at in starts if area)
    found = (text.split(b"\0")[0].decode("latin-1").strip() for text in texts)
    return Survey(data, Metadata(texts=tuple(("Comment", text) for text in found if text)))
