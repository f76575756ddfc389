"""EXIF blocks: read the orientation, and take out what must not be published, leaving the rest in place.

A block is edited in place: fields keep their bytes and positions, so that maker notes, which contain positions,
stay readable. Every byte that belongs to no kept field becomes zero. That removes thumbnails, wherever a camera has
put them.
"""

import itertools
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mtgui.pictures import ifd
from mtgui.pictures.hidden_data import begins_picture, hides_data, holds_tiff
from mtgui.pictures.metadata_suspicion import HIDDEN_DROPPED, LARGEST_BINARY, LARGEST_MAKER_NOTE, objection

PREFIX = b"Exif\0\0"
DAMAGED = "Its EXIF data are damaged and were left out."
MAKER_NOTE_TELLS_PLACE = "The camera maker's own notes, which may tell the place, were left out."
PART_DAMAGED = "A damaged part of its EXIF data was left out."
PREVIEW_DROPPED = "What may be a preview of the unmarked picture inside its EXIF data was left out."

WIDTH, HEIGHT, ORIENTATION = 0x100, 0x101, 0x112
EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x8769, 0x8825, 0xA005
MAKER_NOTE, PIXEL_WIDTH, PIXEL_HEIGHT = 0x927C, 0xA002, 0xA003
_POINTERS = {EXIF_IFD, GPS_IFD, INTEROP_IFD}
# Tie points, scales and names of the projections of maps (GeoTIFF).
_MAP = {33550, 33922, 34264, *range(34735, 34738)}
# Positions of the pixels of a directory, previews of raw files, and blocks that are carried over separately.
_NEVER_KEPT = {0x111, 0x117, 0x144, 0x145, 0x14A, 0x201, 0x202, 700, 33723, 34377, 34675, 0xC634, 0xC6F3}
_COMMENTS = {0x9286, *range(0x9C9B, 0x9CA0)}
_TEXT_KINDS = {ifd.BYTE, ifd.ASCII, ifd.UNDEFINED, ifd.UTF8}
_PREVIEW = re.compile(rb"\xff\xd8\xff|\xd8\xff\xdb\x00")
_TIFF_STARTS = {b"II*\0", b"MM\0*"}
_CURVE, _PRINTING = 0x12D, 0xC4A5
_PRINTING_PREFIX = b"PrintIM\0"
_LARGEST_PRINTING = 4096
_PREVIEW_HINT = b"\xd8\xff"


@dataclass
class _Edit:
    """The state of editing one block."""

    source: bytes
    data: bytearray
    header: ifd.Header
    size: tuple[int, int]
    removes_gps: bool
    live: list[tuple[int, int]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    left: int = 0
    """How many bytes of values may still be judged. Sound fields hardly overlap, so that twice the block suffices."""
    texts: list[bytes] = field(default_factory=list)
    """The values of kept fields that could be pieces of one text or of one block of data."""

    def take(self, entry: ifd.TagEntry) -> None:
        """Remember the value of a field that is kept, to judge it together with the others."""
        if entry.kind in _TEXT_KINDS:
            self.texts.append(self.source[entry.start : entry.end].rstrip(b"\0") or b"\0")

    def is_spread(self) -> bool:
        """True when the kept fields hide together what none of them hides alone."""
        return len(self.texts) > 1 and any(hides_data(gap.join(self.texts)) for gap in (b"", b"\n"))


def orientation(exif: bytes) -> int | None:
    """Return the orientation (1 to 8) that ``exif`` states; None if it states no valid one."""
    try:
        header = ifd.read_header(exif)
        turn = ifd.sound_directory(exif, header.first, header).number(ORIENTATION, 0)
    except (ValueError, struct.error):
        return None
    return turn if 1 <= turn <= 8 else None


def clean(exif: bytes, size: tuple[int, int], *, remove_gps: bool) -> tuple[bytes | None, tuple[str, ...]]:
    """Return ``exif`` cleaned for publication with a picture of ``size`` (width, height), and notes.

    The orientation becomes 1, and the pixel dimensions become ``size``. Thumbnails and maker notes with a preview are
    removed; with ``remove_gps`` the position too. A damaged block gives None and a note.
    """
    try:
        edit = _Edit(exif, bytearray(exif), ifd.read_header(exif), size, remove_gps, [(0, 8)], left=2 * len(exif))
        if edit.header.is_big:
            return None, (DAMAGED,)
        _edit_directory(edit, edit.header.first)
        cleaned = _blank_all_but(edit.data, edit.live)
    except (ValueError, struct.error):
        return None, (DAMAGED,)
    if edit.is_spread():
        return None, (*dict.fromkeys(edit.notes), HIDDEN_DROPPED)
    if has_preview(cleaned):
        return None, ("Its EXIF data hold a preview of the unmarked picture and were left out.",)
    return cleaned, tuple(dict.fromkeys(edit.notes))


def build(order: str, image: Sequence[ifd.Field], parts: Mapping[int, Sequence[ifd.Field]]) -> bytes | None:
    """Return a new EXIF block of the fields ``image`` and of its ``parts``, each by the tag of its pointer.

    The fields hold no pointers. It is None when there are no fields.
    """
    if not (image or any(parts.values())):
        return None

    def pointer(tag: int, position: int) -> list[ifd.Field]:
        return [ifd.longs(tag, [position], order)] if sizes[tag] else []

    inner, gps, interop = (parts.get(tag, ()) for tag in (EXIF_IFD, GPS_IFD, INTEROP_IFD))
    sizes = {tag: len(ifd.write_directory(fields, 0, order)) if fields else 0 for tag, fields in parts.items()}
    sizes = {EXIF_IFD: 0, GPS_IFD: 0, INTEROP_IFD: 0, **sizes}
    if interop:
        sizes[EXIF_IFD] = len(ifd.write_directory([*inner, *pointer(INTEROP_IFD, 0)], 0, order))
    start = 8 + len(ifd.write_directory([*image, *pointer(EXIF_IFD, 0), *pointer(GPS_IFD, 0)], 8, order))
    second = start + sizes[EXIF_IFD]
    third = second + sizes[INTEROP_IFD]
    pieces = [
        (8, [*image, *pointer(EXIF_IFD, start), *pointer(GPS_IFD, third)]),
        (start, [*inner, *pointer(INTEROP_IFD, second)]),
        (second, interop),
        (third, gps),
    ]
    mark = b"II*\0" if order == "<" else b"MM\0*"
    written = (ifd.write_directory(fields, position, order) for position, fields in pieces if fields)
    return b"".join((mark, struct.pack(order + "I", 8), *written))


def has_preview(value: bytes) -> bool:
    """True when ``value`` contains something that begins like a JPEG picture."""
    return _PREVIEW_HINT in value and _PREVIEW.search(value) is not None


def unprefixed(block: bytes) -> bytes:
    """Return ``block`` without the ``Exif\\0\\0`` that programs put before it, rightly or not."""
    return block[len(PREFIX) :] if block.startswith(PREFIX[:5]) else block


def _edit_directory(edit: _Edit, offset: int) -> None:
    if offset in edit.seen:
        raise ValueError("directories in a circle")
    edit.seen.add(offset)
    entries, is_damaged = ifd.read_sound_part(edit.source, offset, edit.header)
    if is_damaged:
        edit.notes.append(PART_DAMAGED)
    kept = [entry for entry in entries if _keep(edit, entry)]
    records = b"".join(bytes(edit.data[entry.position : entry.position + 12]) for entry in kept)
    number = struct.pack(edit.header.order + "H", len(kept))
    table = number + records + b"\0\0\0\0"
    edit.live.append((offset, offset + len(table)))
    edit.live.extend((entry.start, entry.end) for entry in kept if entry.size > 4)
    room = len(edit.data) - offset
    if len(table) > room:
        edit.data.extend(bytes(len(table) - room))
    edit.data[offset : offset + len(table)] = table


def _keep(edit: _Edit, entry: ifd.TagEntry) -> bool:
    """Return True to keep one field; correct its value, and edit the directory to which it points."""
    if entry.tag in _NEVER_KEPT or (edit.removes_gps and entry.tag in {GPS_IFD, *_MAP}):
        return False
    if entry.tag in _POINTERS:
        return _keep_pointer(edit, entry)
    right = {
        ORIENTATION: 1,
        WIDTH: edit.size[0],
        PIXEL_WIDTH: edit.size[0],
        HEIGHT: edit.size[1],
        PIXEL_HEIGHT: edit.size[1],
    }.get(entry.tag)
    if right is not None:
        return _put(edit, entry, right)
    if entry.tag == MAKER_NOTE and edit.removes_gps:
        edit.notes.append(MAKER_NOTE_TELLS_PLACE)
        return False
    if entry.size <= 4:
        edit.take(entry)
        return True
    edit.left -= entry.size
    if edit.left < 0:
        edit.notes.append(PART_DAMAGED)
        return False
    value = edit.source[entry.start : entry.end]
    if entry.tag != MAKER_NOTE and _is_known_binary(value, entry, edit.header.order):
        return True
    if _is_bulky(entry) or has_preview(value):
        edit.notes.append(PREVIEW_DROPPED)
        return False
    if entry.tag == MAKER_NOTE:
        note = HIDDEN_DROPPED if _note_hides(value) else None
    else:
        note = objection(value, remove_places=edit.removes_gps and entry.kind in _TEXT_KINDS)
    if note:
        edit.notes.append(note)
    elif entry.tag != MAKER_NOTE:
        edit.take(entry)
    return note is None


def _note_hides(value: bytes) -> bool:
    """True when a maker note holds a picture or hidden data.

    It is binary by right, and many begin with a TIFF header of their own. That is a picture only if its directory says
    where pixels are.
    """
    if hides_data(value[16:]) or holds_tiff(value):
        return True
    return value[:4] not in _TIFF_STARTS and begins_picture(value)


def _is_known_binary(value: bytes, entry: ifd.TagEntry, order: str) -> bool:
    """True for a long ``value`` that can be no picture: padding, settings for printers, or a rising curve of tones."""
    if value == value[:1] * len(value):
        return True
    if entry.tag == _PRINTING:
        is_short = value.startswith(_PRINTING_PREFIX) and len(value) <= _LARGEST_PRINTING
        return is_short and not has_preview(value) and not hides_data(value[len(_PRINTING_PREFIX) :])
    if entry.tag != _CURVE or entry.kind != ifd.SHORT or entry.number not in (256, 768):
        return False
    curve = struct.unpack(f"{order}{entry.number}H", value)
    return all(a <= b for at, (a, b) in enumerate(itertools.pairwise(curve), 1) if at % 256)


def _is_bulky(entry: ifd.TagEntry) -> bool:
    """True for bytes of unknown meaning, not comments, that are large enough for a small picture."""
    if entry.tag in _COMMENTS:
        return False
    if entry.tag == MAKER_NOTE:
        return entry.size > LARGEST_MAKER_NOTE
    return entry.kind in (ifd.BYTE, ifd.UNDEFINED) and entry.size > LARGEST_BINARY


def _keep_pointer(edit: _Edit, entry: ifd.TagEntry) -> bool:
    target = ifd.integers(edit.source, entry, edit.header.order)
    try:
        _edit_directory(edit, target[0] if target else 0)
    except (ValueError, struct.error):
        edit.notes.append(PART_DAMAGED)
        return False
    return True


def _put(edit: _Edit, entry: ifd.TagEntry, value: int) -> bool:
    """Overwrite the number of a field with ``value``; False if it does not fit."""
    if entry.number != 1 or entry.kind not in (ifd.SHORT, ifd.LONG) or value >= 1 << (8 * entry.size):
        return False
    struct.pack_into(edit.header.order + ("H" if entry.kind == ifd.SHORT else "I"), edit.data, entry.start, value)
    return True


def _blank_all_but(data: bytearray, live: list[tuple[int, int]]) -> bytes:
    cleaned = bytearray(max(end for _, end in live))
    for start, end in live:
        cleaned[start:end] = data[start:end]
    return bytes(cleaned)
