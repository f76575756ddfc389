"""What is wrong with the structure of AVIF, HEIF and JPEG 2000 files; None where it is sound."""

import struct

from mtgui.pictures.damage_words import (
    COPY_AGAIN,
    PIXELS_DAMAGED,
    cut_short,
    missing,
    no_size,
    shown,
    unknown,
    wrong_at,
)

_START, _SIZE, _TILE, _END = b"\xff\x4f", b"\xff\x51", b"\xff\x90", b"\xff\xd9"
_MEDIA = {b"hdlr": "the kind", b"iinf": "the list", b"iloc": "the place", b"iprp": "the description"}


def media(data: bytes) -> str | None:
    """Look through the boxes of an AVIF or HEIF file."""
    boxes = _boxes(data, 0, len(data))
    if isinstance(boxes, str):
        return boxes
    if b"meta" not in boxes:
        return missing("the list of its pictures (meta)")
    inner = _boxes(data, boxes[b"meta"][0] + 4, boxes[b"meta"][1])
    if isinstance(inner, str):
        return f"the list of its pictures (meta) is damaged; {COPY_AGAIN}."
    for kind, what in _MEDIA.items():
        if kind not in inner:
            return missing(f"{what} of its pictures ({shown(kind)})")
    if b"mdat" not in boxes and b"idat" not in inner:
        return missing("every part with pixels (mdat)")
    return _properties(data, *inner[b"iprp"]) or PIXELS_DAMAGED


def _properties(data: bytes, start: int, end: int) -> str | None:
    outer = _boxes(data, start, end)
    inner = _boxes(data, *outer[b"ipco"]) if isinstance(outer, dict) and b"ipco" in outer else ""
    if isinstance(inner, str) or b"ispe" not in inner:
        return missing("the size of its picture (ispe)")
    width, height = struct.unpack_from(">II", data, inner[b"ispe"][0] + 4)
    if not width or not height:
        return no_size(width, height)
    return None if {b"av1C", b"hvcC", b"jpgC", b"avcC"} & inner.keys() else missing("the kind of its compressed pixels")


def jpeg2000(data: bytes) -> str | None:
    """Look through the boxes and the codestream of a JPEG 2000 file."""
    if data.startswith(_START):
        return _codestream(data, 0, len(data))
    boxes = _boxes(data, 0, len(data))
    if isinstance(boxes, str):
        return boxes
    for kind, what in ((b"jp2h", "its header"), (b"jp2c", "every part with pixels")):
        if kind not in boxes:
            return missing(f"{what} ({shown(kind)})")
    header = _boxes(data, *boxes[b"jp2h"])
    if isinstance(header, str) or b"ihdr" not in header:
        return f"its header (jp2h) is damaged; {COPY_AGAIN}."
    return _codestream(data, *boxes[b"jp2c"])


def _boxes(data: bytes, start: int, end: int) -> dict[bytes, tuple[int, int]] | str:
    """Return start and end of the content of the first box of each type, or what is wrong with them."""
    found: dict[bytes, tuple[int, int]] = {}
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        stop = end if size == 0 else start + size
        if stop < start + head or not kind.isascii() or not shown(kind).strip().replace("-", "").isalnum():
            return wrong_at("the part of the file that should begin", start)
        if stop > end:
            return cut_short(stop - end, shown(kind))
        found.setdefault(kind, (start + head, stop))
        start = stop
    return found


def _codestream(data: bytes, start: int, end: int) -> str:
    """Look through the markers of a codestream (ISO 15444-1, annex A)."""
    if data[start : start + 4] != _START + _SIZE:
        return wrong_at("the beginning of its compressed pixels", start)
    right, bottom, left, top, tile_width, tile_height = struct.unpack_from(">6I", data, start + 8)
    if right <= left or bottom <= top:
        return no_size(right - left, bottom - top)
    if not tile_width or not tile_height:
        return f"its header states tiles of {tile_width} × {tile_height} pixels; {COPY_AGAIN}."
    channels = int.from_bytes(data[start + 40 : start + 42], "big")
    if not 1 <= channels <= 4:
        return unknown("the number of channels", channels)
    position = start + 2
    while position + 4 <= end and data[position : position + 2] not in (_TILE, _END):
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if data[position] != 0xFF or length < 2:
            return wrong_at("the part of the file that should begin", position)
        position += 2 + length
    while position + 12 <= end and data[position : position + 2] == _TILE:
        size = int.from_bytes(data[position + 6 : position + 10], "big")
        if size == 0:
            break
        if position + size > end:
            return cut_short(position + size - end)
        position += max(size, 12)
    if position >= end:
        return cut_short(position + 2 - end)
    if data[position : position + 2] not in (_TILE, _END):
        return wrong_at("the part of the file that should begin", position)
    return PIXELS_DAMAGED
