"""AVIF and HEIC files: find the metadata items among their boxes (ISO 14496-12, ISO 23008-12)."""

import struct
from dataclasses import dataclass

from mtgui.pictures import colour_precedence, item_properties
from mtgui.pictures import exif as exif_blocks
from mtgui.pictures.boxes import holds_credentials, iterate
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.holes import refuse_hole
from mtgui.pictures.metadata import CREDENTIALS_DROPPED, GAIN_MAP_DROPPED, Metadata, Survey

_MOST_BYTES = 64 << 20
_XMP_TYPE = b"application/rdf+xml"


_PICTURE_TYPES = {b"av01", b"hvc1", b"hev1", b"lhv1", b"avc1", b"jpeg", b"j2k1"}
"""The types of items that are compressed pixels."""


@dataclass(frozen=True)
class _Item:
    """One item: the position of its type in the file, its type, and True for XMP."""

    number: int
    type_position: int
    type: bytes
    is_xmp: bool


def survey(data: bytes) -> Survey:
    """Survey the AVIF or HEIC file ``data``.

    In the stream the EXIF items are renamed, so that a decoder does not parse them. The survey has no orientation,
    because decoders read it from the transformation properties.
    """
    exif = xmp = None
    stream, found = bytearray(data), item_properties.Properties()
    for kind, start, end in iterate(data, 0, len(data)):
        if kind != b"meta":
            continue
        parts = {name: (first, last) for name, first, last in iterate(data, start + 4, end)}
        places = _locations(data, *parts[b"iloc"]) if b"iloc" in parts else {}
        base = parts.get(b"idat", (0, 0))[0]
        described = _items(data, *parts[b"iinf"]) if b"iinf" in parts else []
        pictures = {item.number for item in described if item.type in _PICTURE_TYPES}
        for number, (way, extents) in places.items():
            if way == 0 and number in pictures:
                for offset, length in extents:
                    refuse_hole(data, offset, min(offset + length, len(data)))
        for item in described:
            if item.type != b"Exif" and not item.is_xmp:
                continue
            body = _content(data, places.get(item.number, (0, [])), base)
            if item.type == b"Exif":
                skipped = 4 + int.from_bytes(body[:4], "big")
                exif = exif or exif_blocks.unprefixed(body[skipped:]) or None
                stream[item.type_position : item.type_position + 4] = b"free"
            else:
                xmp = xmp or body or None
        if b"iprp" in parts:
            found = item_properties.read(data, *parts[b"iprp"], _main_item(data, *parts.get(b"pitm", (0, 0))))
    notes = [CREDENTIALS_DROPPED] if holds_credentials(data) else []
    if found.bits > 8:
        notes.append(f"It has {found.bits} bits per channel and was read with 8.")
    if found.has_gain_map:
        notes.append(GAIN_MAP_DROPPED)
    chunks = colour_precedence.chunks_of(found.points, found.icc)
    metadata = Metadata(exif=exif, icc=found.icc, xmp=xmp, png_chunks=chunks)
    return Survey(bytes(stream), metadata, tuple(notes), is_lossless=False, bits=found.bits)


def refuse_frames(frames: int) -> None:
    """Refuse an animation of more than one frame."""
    if frames > 1:
        raise PictureRefusedError(
            f"it is an animation of {frames} frames; mtgui marks still pictures, save a single frame first."
        )


def _main_item(data: bytes, start: int, end: int) -> int | None:
    """Return the number of the main item from a ``pitm`` box; None where there is none."""
    return int.from_bytes(data[start + 4 : end], "big") if end - start >= 6 else None


def _items(data: bytes, start: int, end: int) -> list[_Item]:
    """Return the items of an ``iinf`` box."""
    found = []
    first = start + (6 if data[start : start + 1] == b"\0" else 8)
    for kind, inner, last in iterate(data, first, end):
        version = data[inner] if kind == b"infe" and last - inner >= 12 else 0
        if version not in (2, 3) or (version == 3 and last - inner < 14):
            continue
        width = 2 if version == 2 else 4
        number = int.from_bytes(data[inner + 4 : inner + 4 + width], "big")
        position = inner + 4 + width + 2
        name = data[position : position + 4]
        found.append(_Item(number, position, name, name == b"mime" and _XMP_TYPE in data[position + 4 : last]))
    return found


def _locations(data: bytes, start: int, end: int) -> dict[int, tuple[int, list[tuple[int, int]]]]:
    """Return, for every item of an ``iloc`` box, its construction method and its (offset, length) pairs."""
    version = data[start]
    sizes = int.from_bytes(data[start + 4 : start + 6], "big")
    offset_width, length_width, base_width = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_width = sizes & 15 if version in (1, 2) else 0
    number_width = 4 if version == 2 else 2
    position = start + 6

    def take(width: int) -> int:
        nonlocal position
        if position + width > end:
            raise struct.error("iloc ends too early")
        position += width
        return int.from_bytes(data[position - width : position], "big")

    places: dict[int, tuple[int, list[tuple[int, int]]]] = {}
    try:
        for _ in range(take(number_width)):
            number = take(number_width)
            way = take(2) & 15 if version in (1, 2) else 0
            take(2)
            base = take(base_width)
            extents = []
            for _ in range(take(2)):
                take(index_width)
                offset = take(offset_width)
                extents.append((base + offset, take(length_width)))
            places[number] = (way, extents)
    except struct.error:
        return places
    return places


def _content(data: bytes, place: tuple[int, list[tuple[int, int]]], inner: int) -> bytes:
    way, extents = place
    if way > 1 or sum(length for _, length in extents) > _MOST_BYTES:
        return b""
    shift = inner if way == 1 else 0
    return b"".join(data[shift + offset : shift + offset + length] for offset, length in extents)
