"""TIFF files: survey their directories before decoding.

The decoder gets a copy of the file with a single directory, which holds only the fields that describe the pixels.
"""

import contextlib
import struct
from typing import NoReturn

from mtgui.pictures import exif, ifd, iptc, orientation, tiff_layout
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.metadata import Metadata, Survey

MAKER_NOTE_DROPPED = "The camera maker's own notes, tied to their place in the TIFF file, were left out."

_PIXEL_TAGS = (
    {256, 257, 258, 259, 262, 263, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 338, 339}
    | {347, 529, 530, 531, 532}
    | set(range(512, 522))
)
_SINGLE = {256, 257, 259, 262, 266, 277, 278, 284, 317, 322, 323}
_CARRIED = {0x10E, 0x10F, 0x110, 0x131, 0x132, 0x13B, 0x8298, 0x4746, 0x4749, *range(0x9C9B, 0x9CA0)}
_LOSSY = {6, 7, 34712, 34892, 50001}
_DNG_VERSION = 50706
_PLANES = 284
_TILE_OFFSETS = 324
_TILES = {322, 323, _TILE_OFFSETS, 325}
_INNER_DIRECTORIES = 330
_SENSOR_COLOURS = {32803, 34892}
_SENSOR_PACKINGS = {32767, 34713, 65000}
_LAST_EXIF_KIND = 12
_MOST_PAGES = 10_000


def survey(data: bytes) -> Survey:
    """Survey the TIFF file ``data``. Raises `PictureRefusedError`, ValueError."""
    header = ifd.read_header(data)
    pages = _pages(data, header)
    page = pages[0]
    if _is_raw(data, header, pages):
        raise PictureRefusedError("this is a camera raw file; develop it and save it as TIFF, PNG or JPEG first.")
    full = [p for p in pages if not _number(data, header, p, 254, 0) & 5]
    if _number(data, header, page, 254, 0) & 5:
        _refuse_preview(bool(full))
    if len(full) > 1:
        raise PictureRefusedError(
            f"it holds {len(full)} pages; mtgui marks single pictures, save each page as a file of its own first."
        )
    if any(page[tag].number != 1 for tag in _SINGLE & page.keys()):
        raise PictureRefusedError("its list of fields is damaged; take the file from a backup.")
    notes, bits = _sample_notes(data, header, page)
    layout = tiff_layout.read(data, header, page)
    tiff_layout.check(layout, data, header, page)
    if layout.dropped:
        notes.append(_extra_note(layout.dropped))
    if len(pages) > 1:
        notes.append("A smaller preview stored in it was left out.")
    metadata, more = _metadata(data, header, page)
    photometric = _number(data, header, page, 262, 0)
    turn = _number(data, header, page, exif.ORIENTATION, 0)
    return Survey(
        tiff_layout.together(layout, data, header, page) or _pixels_only(data, header, page),
        metadata,
        (*notes, *more),
        is_lossless=_number(data, header, page, 259, 1) not in _LOSSY,
        bits=bits,
        orientation=turn if 1 <= turn <= 8 else orientation.stated(None, metadata.xmp),
        is_inverted=photometric == 0 and bits == 16,
        is_unscaled=8 < bits < 16,
    )


def _pages(data: bytes, header: ifd.Header) -> list[dict[int, ifd.TagEntry]]:
    pages: list[dict[int, ifd.TagEntry]] = []
    seen, offset = set[int](), header.first
    while offset and offset not in seen and len(pages) < _MOST_PAGES:
        seen.add(offset)
        try:
            entries, offset = ifd.read_directory(data, offset, header)
        except (ValueError, struct.error):
            if pages:
                break
            raise
        pages.append({entry.tag: entry for entry in entries})
    if not pages:
        raise ValueError("no directory")
    return pages


def _is_raw(data: bytes, header: ifd.Header, pages: list[dict[int, ifd.TagEntry]]) -> bool:
    """True when a directory, or one inside the first, holds what a camera's sensor saw."""
    inner = []
    for offset in _numbers(data, header, pages[0], _INNER_DIRECTORIES):
        with contextlib.suppress(ValueError, struct.error):
            inner.append({entry.tag: entry for entry in ifd.read_directory(data, offset, header)[0]})
    return _DNG_VERSION in pages[0] or any(
        _number(data, header, page, 262, 0) in _SENSOR_COLOURS
        or _number(data, header, page, 259, 1) in _SENSOR_PACKINGS
        for page in (*pages, *inner)
    )


def _refuse_preview(has_full: bool) -> NoReturn:
    if has_full:
        raise PictureRefusedError(
            "its first page is a reduced preview or a mask, and the full picture comes later; save the full picture as "
            "a file of its own first."
        )
    raise PictureRefusedError("it holds a reduced preview or a mask, but no full picture; export the picture again.")


def _extra_note(number: int) -> str:
    if number == 1:
        return "It has an extra channel of no stated meaning, perhaps transparency; the channel was left out."
    return f"It has {number} extra channels of no stated meaning; they were left out."


def _numbers(data: bytes, header: ifd.Header, page: dict[int, ifd.TagEntry], tag: int) -> tuple[int, ...]:
    entry = page.get(tag)
    return ifd.integers(data, entry, header.order) if entry and entry.number <= 64 else ()


def _number(data: bytes, header: ifd.Header, page: dict[int, ifd.TagEntry], tag: int, default: int) -> int:
    values = _numbers(data, header, page, tag)
    return values[0] if values else default


def _sample_notes(data: bytes, header: ifd.Header, page: dict[int, ifd.TagEntry]) -> tuple[list[str], int]:
    if 3 in _numbers(data, header, page, 339):
        raise PictureRefusedError(
            "it holds floating-point numbers, whose white is not defined; save it with 8 or 16 bits per channel."
        )
    bits = max(_numbers(data, header, page, 258), default=1)
    channels = _number(data, header, page, 277, 1)
    if bits > 8 and channels > 1:
        return [f"It has {bits} bits per channel and was read with 8."], bits
    return [], bits


def _metadata(data: bytes, header: ifd.Header, page: dict[int, ifd.TagEntry]) -> tuple[Metadata, list[str]]:
    def raw(tag: int) -> bytes | None:
        return data[page[tag].start : page[tag].end] if tag in page else None

    block, notes = _exif_block(data, header, page)
    resources = raw(34377)
    packet = raw(33723) or (iptc.from_resources(resources) if resources else None)
    metadata = Metadata(exif=block, icc=raw(34675), xmp=raw(700), iptc=packet, density=_density(data, header, page))
    return metadata, notes


def _density(data: bytes, header: ifd.Header, page: dict[int, ifd.TagEntry]) -> tuple[int, float, float] | None:
    across, down = (ifd.rationals(data, page[tag], header.order) if tag in page else () for tag in (282, 283))
    unit = _number(data, header, page, 296, 2) - 1
    return (unit, across[0], down[0]) if across and down and across[0] and down[0] and 0 <= unit <= 2 else None


def _exif_block(data: bytes, header: ifd.Header, page: dict[int, ifd.TagEntry]) -> tuple[bytes | None, list[str]]:
    notes: list[str] = []
    image = [_field(data, entry) for tag, entry in page.items() if tag in _CARRIED and _is_carried(entry)]
    parts: dict[int, list[ifd.Field]] = {exif.EXIF_IFD: [], exif.GPS_IFD: []}
    for pointer, fields in parts.items():
        if pointer not in page:
            continue
        try:
            entries, _ = ifd.read_directory(data, _number(data, header, page, pointer, 0), header)
        except (ValueError, struct.error):
            notes.append(exif.DAMAGED)
            continue
        for entry in entries:
            if entry.tag == exif.MAKER_NOTE:
                notes.append(MAKER_NOTE_DROPPED)
            elif _is_carried(entry) and entry.tag != exif.INTEROP_IFD:
                fields.append(_field(data, entry))
    try:
        return exif.build(header.order, image, parts[exif.EXIF_IFD], parts[exif.GPS_IFD]), notes
    except struct.error:
        return None, [*notes, exif.DAMAGED]


def _is_carried(entry: ifd.TagEntry) -> bool:
    """True for a field of a type that EXIF knows."""
    return entry.kind <= _LAST_EXIF_KIND or entry.kind == ifd.UTF8


def _field(data: bytes, entry: ifd.TagEntry) -> ifd.Field:
    return ifd.Field(entry.tag, entry.kind, entry.number, data[entry.start : entry.end])


def _pixels_only(data: bytes, header: ifd.Header, page: dict[int, ifd.TagEntry]) -> bytes:
    """Return ``data`` with a new first directory, appended at its end, that holds only the pixel fields."""
    record, pointer, number = (20, "Q", "Q") if header.is_big else (12, "I", "H")
    start = 16 if header.is_big else 8
    end = len(data) + len(data) % 2
    tags = _PIXEL_TAGS & page.keys()
    if _number(data, header, page, 277, 1) == 1:
        # With a single sample there are no planes to lie apart, but the decoder would take another way.
        tags -= {_PLANES}
    if _TILE_OFFSETS not in page:
        tags -= _TILES
    entries = [page[tag] for tag in sorted(tags)]
    head = data[: start - struct.calcsize(pointer)] + struct.pack(header.order + pointer, end)
    return b"".join(
        (
            head,
            data[start:],
            b"\0" * (len(data) % 2),
            struct.pack(header.order + number, len(entries)),
            *(data[entry.position : entry.position + record] for entry in entries),
            struct.pack(header.order + pointer, 0),
        )
    )
