"""PNG files as chains of chunks: take the metadata out before decoding, put them in after encoding."""

import re
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from mtgui.pictures import colour_precedence, exif, iptc, orientation, xmp
from mtgui.pictures.damage_words import COPY_AGAIN, shown
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.metadata import CREDENTIALS_DROPPED, Metadata, Survey

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_EFFORT = 3
_LARGEST_TEXT = 16 << 20
"""Bytes to which all compressed texts of a file may unpack together."""
_COST_OF_LOST = 16
"""What each byte of a compressed text that was left out takes of that room, so that there cannot be many of them."""
_COLOUR_CHUNKS = {b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"cICP": 4, b"mDCV": 24, b"cLLI": 8}
"""Chunks that state colours, and how many bytes each has."""
_RAW_PROFILE = b"Raw profile type "
_RAW_FORM = re.compile(rb"\s{0,8}[\w ]{0,80}\r?\n\s{0,80}(\d{1,8})\r?\n([0-9a-fA-F\s]*)\0?")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps across and down, of the seven passes of an interlaced picture (PNG, section 8.2)."""
_GREY_WITH_ALPHA = 4
_INFLATED_AT_A_TIME = 1 << 20
_PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_MEANING = {b"tRNS", b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM"}
"""Chunks without which the pixels would show other colours, or none where they are transparent."""
_CARRIED = {b"mDCV", b"cLLI", b"eXIf", b"pHYs", b"caBX", b"tEXt", b"zTXt", b"iTXt"}


class _Chunks:
    """Gathers the ancillary chunks of one file."""

    def __init__(self) -> None:
        self.exif: bytes | None = None
        self.icc: bytes | None = None
        self.xmp: bytes | None = None
        self.iptc: bytes | None = None
        self.raw: dict[str, bytes] = {}
        self.transparent: bytes | None = None
        self.density: tuple[int, float, float] | None = None
        self.colours: list[tuple[bytes, bytes]] = []
        self.texts: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.frames = 1
        self.room = _LARGEST_TEXT

    def take(self, kind: bytes, body: bytes) -> None:
        """Gather the metadata of one chunk."""
        if kind == b"tRNS":
            self.transparent = body
        elif kind == b"eXIf":
            self.exif = exif.unprefixed(body)
        elif kind == b"iCCP":
            _, _, rest = body.partition(b"\0")
            self.icc = _inflate(rest[1:], _LARGEST_TEXT)
            if self.icc is None:
                self.notes.append("Its colour profile is damaged and was left out.")
        elif kind == b"pHYs" and len(body) == 9:
            x, y, unit = struct.unpack(">IIB", body)
            if x and y:
                self.density = (1, x * 0.0254, y * 0.0254) if unit == 1 else (0, x, y)
        elif kind == b"acTL" and len(body) == 8:
            self.frames = int.from_bytes(body[:4], "big")
        elif _COLOUR_CHUNKS.get(kind) == len(body):
            self.colours.append((kind, body))
        elif kind == b"caBX":
            self.notes.append(CREDENTIALS_DROPPED)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            self._take_text(kind, body)

    def miss(self, kind: bytes, position: int) -> None:
        """Say that a damaged chunk is left out. Raises `PictureRefusedError` where it tells what the pixels mean."""
        if kind in _MEANING:
            raise PictureRefusedError(
                f"the checksum of its part {shown(kind)} at byte {position} is wrong, and without that part "
                f"its colours would be others; {COPY_AGAIN}."
            )
        if kind in _CARRIED:
            self.notes.append(f"A damaged part of it ({shown(kind)}) was left out.")

    def _take_text(self, kind: bytes, body: bytes) -> None:
        keyword, _, rest = body.partition(b"\0")
        text: bytes | None = rest
        if kind == b"zTXt":
            text = self._inflated(rest[1:])
        elif kind == b"iTXt":
            *_, text = rest[2:].split(b"\0", 2)
            text = self._inflated(text) if rest[:1] == b"\1" else text
        if text is None:
            self.notes.append("A damaged or overlong text in it was left out.")
        elif keyword == _XMP_KEYWORD:
            self.xmp = text
        elif keyword.startswith(_RAW_PROFILE):
            self._take_raw_profile(keyword.removeprefix(_RAW_PROFILE), text)
        else:
            encoding = "utf-8" if kind == b"iTXt" else "latin-1"
            self.texts.append((keyword.decode("latin-1"), text.decode(encoding, "replace")))

    def _inflated(self, body: bytes) -> bytes | None:
        text = _inflate(body, self.room)
        self.room -= _COST_OF_LOST * len(body) if text is None else len(text)
        return text

    def _take_raw_profile(self, name: bytes, text: bytes) -> None:
        """Gather a block that is written as hexadecimal digits, as programs did before PNG had chunks for it."""
        form = _RAW_FORM.fullmatch(text)
        digits = b"".join(form[2].split()).decode() if form else ""
        body = bytes.fromhex(digits) if len(digits) % 2 == 0 else b""
        if not form or not body or len(body) != int(form[1]):
            self.notes.append("A damaged text in it was left out.")
        elif name.lower() in (b"iptc", b"8bim"):
            body = body.removeprefix(iptc.PHOTOSHOP_PREFIX)
            self.iptc = iptc.from_resources(body) if body.startswith(b"8BIM") else body
        elif name == b"xmp" or body.startswith(xmp.JPEG_PREFIX):
            self.raw["xmp"] = body.removeprefix(xmp.JPEG_PREFIX)
        elif name.lower() in (b"exif", b"app1"):
            self.raw["exif"] = exif.unprefixed(body)
        else:
            self.notes.append("A block of data in it, written as digits, was left out.")

    def finish(self) -> None:
        """Take the blocks that were written as digits where the file has no chunk for them."""
        self.exif = self.exif or self.raw.get("exif")
        self.xmp = self.xmp or self.raw.get("xmp")


def survey(data: bytes) -> Survey:
    """Survey the PNG file ``data``. Raises `PictureRefusedError`."""
    chunks = _Chunks()
    pieces, position = [SIGNATURE], len(SIGNATURE)
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if kind in _PIXEL_CHUNKS:
            pieces.append(data[position:end])
        if kind not in _PIXEL_CHUNKS:
            if _is_sound(data, position, end):
                chunks.take(kind, data[position + 8 : end - 4])
            elif end <= len(data):
                chunks.miss(kind, position)
        position = end
        if kind == b"IEND":
            break
    chunks.finish()
    if chunks.frames > 1:
        raise PictureRefusedError(
            f"it is an animation of {chunks.frames} frames; mtgui marks still pictures, save a single frame first."
        )
    bits, colour_type = data[24:26].ljust(2, b"\0")
    if bits == 16 and colour_type != 0:
        chunks.notes.append("It has 16 bits per channel and was read with 8.")
    metadata = Metadata(
        exif=chunks.exif,
        icc=chunks.icc,
        xmp=chunks.xmp,
        iptc=chunks.iptc,
        density=chunks.density,
        png_chunks=tuple(chunks.colours),
        texts=tuple(chunks.texts),
    )
    return Survey(
        b"".join(pieces),
        metadata,
        tuple(dict.fromkeys(chunks.notes)),
        bits=bits or 8,
        orientation=orientation.stated(chunks.exif, chunks.xmp),
        transparent=chunks.transparent,
        is_grey=colour_type == _GREY_WITH_ALPHA,
    )


def check_parts(stream: bytes) -> None:
    """Compare the checksums of the parts with pixels in the PNG file ``stream``, which the decoder does not.

    Raises ValueError for a wrong one, and where the table of colours is missing.
    """
    position, has_table = len(SIGNATURE), False
    while position + 8 <= len(stream):
        length, kind = struct.unpack_from(">I4s", stream, position)
        if not _is_sound(stream, position, position + 12 + length):
            raise ValueError("a checksum is wrong")
        has_table |= kind == b"PLTE"
        position += 12 + length
    if stream[25:26] == b"\3" and not has_table:
        raise ValueError("no table of colours")


def holds_all_rows(stream: bytes) -> bool:
    """True when the compressed pixels in the PNG file ``stream`` are as many as its header states. Raises zlib.error.

    The decoder leaves rows black, without an error, when the compressed data properly end before the last row.
    """
    needed = _bytes_of_rows(stream)
    inflater, found, position = zlib.decompressobj(), 0, len(SIGNATURE)
    while found < needed and position + 8 <= len(stream):
        length, kind = struct.unpack_from(">I4s", stream, position)
        rest = stream[position + 8 : position + 8 + length] if kind == b"IDAT" else b""
        while rest and found < needed:
            found += len(inflater.decompress(rest, _INFLATED_AT_A_TIME))
            rest = inflater.unconsumed_tail
        position += 12 + length
    # Only where too little came out, so that what follows the last row is never unpacked.
    return found >= needed or found + len(inflater.flush()) >= needed


def _bytes_of_rows(stream: bytes) -> int:
    """Return how many bytes the rows of the PNG file ``stream`` have before compression."""
    width, height, bits, colour_type, _, _, interlace = struct.unpack_from(">IIBBBBB", stream, 16)
    number = 0
    for left, top, across, down in _ADAM7 if interlace else ((0, 0, 1, 1),):
        columns, rows = len(range(left, width, across)), len(range(top, height, down))
        row = 1 + -(-columns * bits * _CHANNELS[colour_type] // 8)
        number += rows * row if columns else 0
    return number


def write(pixels: NDArray[np.uint8] | NDArray[np.uint16], alpha: NDArray[np.uint8] | None) -> bytes:
    """Return a PNG file of ``pixels`` (C, H, W), C = 1 or 3, and ``alpha`` (H, W) of the same depth.

    This replaces Pillow's encoder, which blocks all other threads and takes twice as long. Every row has filter
    type 1, the difference from the sample to the left (PNG, section 9.2).
    """
    samples = pixels if alpha is None else np.concatenate([pixels, alpha[None]])
    channels, height, width = samples.shape
    mixed = np.array(samples.transpose(1, 2, 0), f">u{samples.itemsize}", order="C")
    rows = mixed.view(np.uint8).reshape(height, -1)
    step = channels * samples.itemsize
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = 1
    filtered[:, 1 : 1 + step] = rows[:, :step]
    np.subtract(rows[:, step:], rows[:, :-step], out=filtered[:, 1 + step :])
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8 * samples.itemsize, colour_type, 0, 0, 0)
    body = zlib.compress(filtered.data, _EFFORT)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def with_metadata(data: bytes, metadata: Metadata) -> bytes:
    """Return the PNG file ``data``, as the encoder made it, with ``metadata`` after its header chunk."""
    pieces = [data[:33]]
    pieces.extend(_chunk(kind, body) for kind, body in colour_precedence.beside(metadata.icc, metadata.png_chunks))
    if metadata.icc:
        pieces.append(_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.density:
        unit, x, y = metadata.density
        scale = {1: 1 / 0.0254, 2: 100.0}.get(unit, 1.0)
        numbers = (min(max(round(value * scale), 1), 2**31 - 1) for value in (x, y))
        pieces.append(_chunk(b"pHYs", struct.pack(">IIB", *numbers, int(unit != 0))))
    if metadata.exif:
        pieces.append(_chunk(b"eXIf", metadata.exif))
    if metadata.xmp:
        pieces.append(_chunk(b"iTXt", _XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp))
    for keyword, text in metadata.texts:
        pieces.append(_chunk(b"iTXt", keyword.encode("latin-1", "replace") + b"\0\0\0\0\0" + text.encode()))
    return b"".join((*pieces, data[33:]))


def replace_in_chunk(data: bytes, position: int, old: bytes, new: bytes) -> bytes | None:
    """Return ``data`` with ``old`` at ``position`` replaced by ``new`` of equal length, checksum included."""
    start = len(SIGNATURE)
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        if start + 8 <= position and position + len(old) <= end - 4:
            body = data[start + 4 : position] + new + data[position + len(old) : end - 4]
            return b"".join((data[: start + 4], body, struct.pack(">I", zlib.crc32(body)), data[end:]))
        start = end
    return None


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return b"".join((struct.pack(">I4s", len(body), kind), body, struct.pack(">I", checksum)))


def _is_sound(data: bytes, start: int, end: int) -> bool:
    return end <= len(data) and zlib.crc32(data[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _inflate(data: bytes, most: int) -> bytes | None:
    """Decompress at most ``most`` bytes; None for damaged or larger data."""
    if most <= 0:
        return None
    try:
        stream = zlib.decompressobj()
        text = stream.decompress(data, most)
    except zlib.error:
        return None
    return text if stream.eof else None
