"""TIFF files: survey their directories before decoding.

The decoder gets a copy of the file with a single directory, which holds only the fields that describe the pixels.
"""

import contextlib
import struct
from dataclasses import dataclass
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
_CURVE = 301
_CARRIED = {
    0x10D,
    0x10E,
    0x10F,
    0x110,
    0x11D,
    0x131,
    0x132,
    0x13B,
    0x13C,
    0x13E,
    0x13F,
    0x8298,
    0x4746,
    0x4749,
    *range(0x9C9B, 0x9CA0),
}
_LOSSY = {6, 7, 34712, 34892, 50001}
_DNG_VERSION = 50706
_PLANES = 284
_TILE_OFFSETS = 324
_TILES = {322, 323, _TILE_OFFSETS, 325}
_INNER_DIRECTORIES = 330
_MOST_INNER = 64
_SENSOR_COLOURS = {32803, 34892}
_SENSOR_PACKINGS = {32767, 34713, 65000}
_LAST_EXIF_KIND = 12
_MOST_PAGES = 10_000
_BIG_MOTOROLA = (
    "it is a BigTIFF file whose numbers begin with their highest byte (big-endian), which mtgui does not read; save it "
    "as PNG or as an ordinary TIFF file."
)


def survey(data: bytes) -> Survey:
    """Survey the TIFF file ``data``. Raises `PictureRefusedError`, ValueError."""
    header = ifd.read_header(data)
    if header.is_big and header.order == ">":
        raise PictureRefusedError(_BIG_MOTOROLA)
    pages = _pages(data, header)
    page = pages[0]
    if _is_raw(pages):
        raise PictureRefusedError("this is a camera raw file; develop it and save it as TIFF, PNG or JPEG first.")
    full = [p for p in pages if not p.number(254, 0) & 5]
    if page.number(254, 0) & 5:
        _refuse_preview(bool(full))
    if len(full) > 1:
        raise PictureRefusedError(
            f"it holds {len(full)} pages; mtgui marks single pictures, save each page as a file of its own first."
        )
    if any(page.fields[tag].number != 1 for tag in _SINGLE & page.fields.keys()):
        raise PictureRefusedError("its list of fields is damaged; take the file from a backup.")
    notes, bits = _sample_notes(page)
    layout = tiff_layout.read(page)
    tiff_layout.check(layout, page)
    if layout.dropped:
        notes.append(_extra_note(layout.dropped))
    if len(pages) > 1:
        notes.append("A smaller preview stored in it was left out.")
    metadata, more = _metadata(page)
    photometric = page.number(262, 0)
    turn = page.number(exif.ORIENTATION, 0)
    return Survey(
        tiff_layout.together(layout, page) or _pixels_only(page),
        metadata,
        (*notes, *more),
        is_lossless=page.number(259, 1) not in _LOSSY,
        bits=bits,
        orientation=turn if 1 <= turn <= 8 else orientation.stated(None, metadata.xmp),
        is_inverted=photometric == 0 and bits == 16,
        is_unscaled=8 < bits < 16,
    )


def _pages(data: bytes, header: ifd.Header) -> list[ifd.Directory]:
    pages: list[ifd.Directory] = []
    seen, offset = set[int](), header.first
    while offset and offset not in seen and len(pages) < _MOST_PAGES:
        seen.add(offset)
        try:
            page, offset = ifd.directory(data, offset, header)
        except (ValueError, struct.error):
            if pages:
                break
            raise
        pages.append(page)
    if not pages:
        raise ValueError("no directory")
    return pages


def _is_raw(pages: list[ifd.Directory]) -> bool:
    """True when a directory, or one inside the first, holds what a camera's sensor saw."""
    first = pages[0]
    inner = []
    for offset in first.numbers(_INNER_DIRECTORIES)[:_MOST_INNER]:
        with contextlib.suppress(ValueError, struct.error):
            inner.append(ifd.directory(first.data, offset, first.header)[0])
    return _DNG_VERSION in first or any(
        page.number(262, 0) in _SENSOR_COLOURS or page.number(259, 1) in _SENSOR_PACKINGS for page in (*pages, *inner)
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


def _sample_notes(page: ifd.Directory) -> tuple[list[str], int]:
    if 3 in page.numbers(339):
        raise PictureRefusedError(
            "it holds floating-point numbers, whose white is not defined; save it with 8 or 16 bits per channel."
        )
    bits = max(page.numbers(258), default=1)
    channels = page.number(277, 1)
    if bits > 8 and channels > 1:
        return [f"It has {bits} bits per channel and was read with 8."], bits
    return [], bits


def _metadata(page: ifd.Directory) -> tuple[Metadata, list[str]]:
    block, notes = _exif_block(page)
    resources = page.raw(34377)
    packet = page.raw(33723) or (iptc.from_resources(resources) if resources else None)
    metadata = Metadata(exif=block, icc=page.raw(34675), xmp=page.raw(700), iptc=packet, density=_density(page))
    return metadata, notes


def _density(page: ifd.Directory) -> tuple[int, float, float] | None:
    across, down = page.rationals(282), page.rationals(283)
    unit = page.number(296, 2) - 1
    return (unit, across[0], down[0]) if across and down and across[0] and down[0] and 0 <= unit <= 2 else None


@dataclass
class _Room:
    """How many bytes of fields may still be copied: together at most as many as the file has.

    Fields that overlap could otherwise make a copy a thousand times as large as the file.
    """

    left: int

    def copied(self, page: ifd.Directory, tags: set[int]) -> list[ifd.Field]:
        """Return those fields of ``page`` that are among ``tags``, or none when there is no room for all of them."""
        self.left -= sum(page.fields[tag].size for tag in tags)
        return page.copied(tags) if self.left >= 0 else []


def _exif_block(page: ifd.Directory) -> tuple[bytes | None, list[str]]:
    notes: list[str] = []
    room = _Room(len(page.data))
    image = room.copied(page, {tag for tag in _CARRIED & page.fields.keys() if _is_carried(page.fields[tag])})
    curve = page.fields.get(_CURVE)
    if curve and not _fits_copies(page, curve):
        notes.append("Its curve of tones (TransferFunction), which does not fit 8 bits, was left out.")
    elif curve:
        image += room.copied(page, {_CURVE})
    parts: dict[int, list[ifd.Field]] = {}
    holders = {exif.EXIF_IFD: page, exif.GPS_IFD: page}
    for pointer in (exif.EXIF_IFD, exif.GPS_IFD, exif.INTEROP_IFD):
        holder = holders.get(pointer)
        if holder is None or pointer not in holder:
            continue
        try:
            inner, _ = ifd.directory(page.data, holder.number(pointer, 0), page.header)
        except (ValueError, struct.error):
            notes.append(exif.DAMAGED)
            continue
        if pointer == exif.EXIF_IFD:
            holders[exif.INTEROP_IFD] = inner
        if exif.MAKER_NOTE in inner:
            notes.append(MAKER_NOTE_DROPPED)
        left = {exif.MAKER_NOTE, exif.INTEROP_IFD}
        kept = {tag for tag, entry in inner.fields.items() if _is_carried(entry)} - left
        parts[pointer] = room.copied(inner, kept)
    if room.left < 0:
        return None, [*notes, exif.DAMAGED]
    try:
        return exif.build(page.header.order, image, parts), notes
    except struct.error:
        return None, [*notes, exif.DAMAGED]


def _fits_copies(page: ifd.Directory, curve: ifd.TagEntry) -> bool:
    """True for a curve of tones that fits pixels of 8 bits, in grey or RGB as copies have them."""
    return curve.number in (256, 768) and max(page.numbers(258), default=1) == 8 and page.number(262, 0) in (1, 2)


def _is_carried(entry: ifd.TagEntry) -> bool:
    """True for a field of a type that EXIF knows."""
    return entry.kind <= _LAST_EXIF_KIND or entry.kind == ifd.UTF8


def _pixels_only(page: ifd.Directory) -> bytes:
    """Return the file of ``page`` with a new first directory, appended at its end, that holds only the pixel fields."""
    data, header = page.data, page.header
    record, pointer, number = (20, "Q", "Q") if header.is_big else (12, "I", "H")
    start = 16 if header.is_big else 8
    end = len(data) + len(data) % 2
    tags = _PIXEL_TAGS & page.fields.keys()
    if page.number(277, 1) == 1:
        # With a single sample there are no planes to lie apart, but the decoder would take another way.
        tags -= {_PLANES}
    if _TILE_OFFSETS not in page:
        tags -= _TILES
    entries = [page.fields[tag] for tag in sorted(tags)]
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
