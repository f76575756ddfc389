"""How the pixels of a TIFF file lie in it: whether all are there, and whether the decoder reads them rightly.

The decoder mistakes some arrangements for others. Planes that lie apart, uncompressed, are put together here; other
arrangements of which it makes wrong pixels are refused.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtgui.pictures import ifd
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.sizes import check_size

RARE = (
    "its pixels lie in the file in a way that mtgui does not read; save it as PNG, or as TIFF in RGB or grey with 8 "
    "bits per channel and interleaved pixels."
)
"""The refusal of a layout that the decoder does not know or gets wrong."""
INCOMPLETE = "the file does not hold all of its pixels; copy it again from where it came, or take it from a backup."
CONTRADICTORY = "its list of fields is damaged; take the file from a backup."

_RAW, _OLD_JPEG = 1, 6
_PALETTE, _INKS, _YCBCR, _LAB = 3, 5, 6, 8
_COLOUR_TABLE = 320
_SIGNED = 2
_COLOURS = {2: 3, _INKS: 4, _YCBCR: 3, _LAB: 3}
_PREMULTIPLIED, _ALPHA = 1, 2
_MOST_SAMPLES = 5
_KEPT = {256, 257, 259, 262, 266, _COLOUR_TABLE}
_USUAL_YCBCR = {529: (0.299, 0.587, 0.114), 532: (0, 255, 128, 255, 128, 255)}


class Block(NamedTuple):
    """A strip or tile of ``shape`` (rows, columns), at ``start`` in the file, with its place in the picture."""

    start: int
    shape: tuple[int, int]
    plane: int
    top: int
    left: int


@dataclass(frozen=True)
class Layout:
    """The fields of a directory that say how its pixels lie. ``block`` is the size (rows, columns) of strip or tile.

    ``bits`` and ``kinds`` (sample formats) have one number for each sample of a pixel. ``offsets`` and ``counts`` are
    in bytes, one for each strip or tile.
    """

    size: tuple[int, int]
    bits: tuple[int, ...]
    kinds: tuple[int, ...]
    photometric: int
    extras: tuple[int, ...]
    compression: int
    is_apart: bool
    is_tiled: bool
    block: tuple[int, int]
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def samples(self) -> int:
        """Samples of a pixel."""
        return len(self.bits)

    @property
    def has_alpha(self) -> bool:
        """True when the first extra sample is transparency."""
        return self.extras[:1] in ((_PREMULTIPLIED,), (_ALPHA,))

    @property
    def dropped(self) -> int:
        """The number of extra samples at the end that state no meaning; the decoder leaves them out."""
        rest = self.extras[int(self.has_alpha) :]
        return 0 if any(rest) else len(rest)

    def blocks(self) -> Iterator[Block]:
        """Yield strips or tiles in the order of the file. Raises `PictureRefusedError` when there are too few."""
        height, width = self.size
        rows, columns = self.block
        starts = iter(self.offsets)
        for plane in range(self.samples if self.is_apart else 1):
            for top in range(0, height, rows):
                for left in range(0, width, columns):
                    start = next(starts, None)
                    if start is None:
                        raise PictureRefusedError(INCOMPLETE)
                    tall = rows if self.is_tiled else min(rows, height - top)
                    yield Block(start, (tall, columns), plane, top, left)


def read(page: ifd.Directory) -> Layout:
    """Return the layout that ``page`` states. Raises `PictureRefusedError`, ValueError."""
    numbers, number = page.numbers, page.number
    width, height = number(256, 0), number(257, 0)
    if width < 1 or height < 1:
        raise ValueError("no size")
    check_size(width, height)
    is_tiled = 324 in page
    if is_tiled and 273 in page:
        raise PictureRefusedError(CONTRADICTORY)
    rows, columns = (number(323, 0), number(322, 0)) if is_tiled else (min(number(278, height), height), width)
    if rows < 1 or columns < 1:
        raise PictureRefusedError(CONTRADICTORY)
    compression, photometric = number(259, _RAW), number(262, 0)
    samples = number(277, 3 if compression == _OLD_JPEG and photometric in _COLOURS else 1)
    if not 1 <= samples <= 64:
        raise PictureRefusedError(RARE)
    return Layout(
        (height, width),
        _each(numbers(258), samples),
        _each(numbers(339), samples),
        photometric,
        numbers(338),
        compression,
        number(284, 1) == 2 and samples > 1,
        is_tiled,
        (rows, columns),
        numbers(324 if is_tiled else 273),
        numbers(325 if is_tiled else 279),
    )


def _each(stated: tuple[int, ...], samples: int) -> tuple[int, ...]:
    """Return one number for each sample; a single one stands for all, and 1 for none."""
    return stated[:samples] if len(stated) > 1 else (stated or (1,)) * samples


def check(layout: Layout, page: ifd.Directory) -> None:
    """Raise `PictureRefusedError` when the file lacks pixels of ``page``, or when the decoder would mistake them."""
    if len({*layout.kinds}) > 1:
        raise PictureRefusedError(RARE)
    if _SIGNED in layout.kinds and max(layout.bits) <= 8:
        raise PictureRefusedError(
            "its samples are signed numbers, whose black and white are not defined; save it with 8 or 16 bits per "
            "channel."
        )
    if layout.photometric == _INKS and page.number(332, 1) != 1:
        raise PictureRefusedError("its inks are not those of CMYK; save it as RGB.")
    if layout.photometric == _PALETTE and 0 < max(page.numbers(_COLOUR_TABLE), default=0) < 256:
        # Some programs write numbers of 8 bits; the decoder would divide them by 256.
        raise PictureRefusedError("its table of colours has 8 instead of 16 bits; save it as RGB.")
    if layout.compression == _RAW:
        _check_raw(layout, page)
        return
    _check_compressed(layout, page)
    if layout.is_apart and _is_mistaken(layout):
        raise PictureRefusedError(RARE)


def _is_mistaken(layout: Layout) -> bool:
    """True when the decoder gets compressed planes wrong that lie apart."""
    if layout.has_alpha:
        return layout.photometric not in _COLOURS or layout.extras != (_ALPHA,)
    return layout.photometric == _LAB or (layout.photometric == _YCBCR and bool(layout.extras))


def _check_raw(layout: Layout, page: ifd.Directory) -> None:
    if layout.is_tiled and any(layout.block[1] * bits % 8 for bits in layout.bits):
        raise PictureRefusedError(RARE)
    blocks = list(layout.blocks())
    if len(layout.offsets) > len(blocks):
        raise PictureRefusedError(CONTRADICTORY)
    needed = [_bytes(block, layout) for block in blocks]
    are_whole = all(not count or count >= least for count, least in zip(layout.counts, needed, strict=False))
    if len(blocks) == 1 and layout.photometric != _YCBCR:
        # Some programs state the size of a single strip wrongly; its place and the size of the picture tell it.
        are_whole = True
    if layout.photometric == _YCBCR:
        _check_ycbcr(page, are_whole)
    is_held = all(8 <= b.start <= len(page.data) - least for b, least in zip(blocks, needed, strict=True))
    if not are_whole or not is_held:
        raise PictureRefusedError(INCOMPLETE)


def _bytes(block: Block, layout: Layout) -> int:
    rows, columns = block.shape
    bits = layout.bits[block.plane] if layout.is_apart else sum(layout.bits)
    return rows * -(-columns * bits // 8)


def _check_ycbcr(page: ifd.Directory, are_whole: bool) -> None:
    """Refuse uncompressed YCbCr whose colours are coarser, or whose numbers have another meaning than usual."""
    steps = page.numbers(530)
    is_coarse = steps != (1, 1) if steps else not are_whole
    stated = ((page.rationals(tag), usual) for tag, usual in _USUAL_YCBCR.items() if tag in page)
    if is_coarse or not all(len(a) == len(b) and np.allclose(a, b, atol=0.002) for a, b in stated):
        raise PictureRefusedError(RARE)


def _check_compressed(layout: Layout, page: ifd.Directory) -> None:
    """Refuse a file that lacks compressed strips or tiles, or the end of one."""
    if layout.compression == _OLD_JPEG and 513 in page:
        if page.number(513, 0) + page.number(514, 0) > len(page.data):
            raise PictureRefusedError(INCOMPLETE)
        if not layout.offsets:
            return
    number = sum(1 for _ in layout.blocks())
    if len(layout.counts) < number or not all(layout.counts[:number]):
        # Without the sizes nothing tells where the compressed pixels end.
        raise PictureRefusedError(RARE)
    if not all(
        start >= 8 and size > 0 and start + size <= len(page.data)
        for start, size in zip(layout.offsets[:number], layout.counts[:number], strict=True)
    ):
        raise PictureRefusedError(INCOMPLETE)


def together(layout: Layout, page: ifd.Directory) -> bytes | None:
    """Return a TIFF file of one strip in which the samples of each pixel lie side by side, without those dropped.

    None when ``layout``, which `check` has passed, is not of uncompressed planes that lie apart.
    """
    if not layout.is_apart or layout.compression != _RAW:
        return None
    kept = layout.samples - layout.dropped
    if set(layout.bits) not in ({8}, {16}) or not 0 < kept <= _MOST_SAMPLES:
        raise PictureRefusedError(RARE)
    pixels = _interleaved(layout, page.data, kept)
    order = page.header.order
    fields = page.copied(_KEPT)
    fields += [ifd.shorts(258, layout.bits[:kept], order), ifd.shorts(277, [kept], order)]
    fields += [ifd.shorts(339, layout.kinds[:kept], order), ifd.longs(278, [layout.size[0]], order)]
    fields += [ifd.longs(273, [8], order), ifd.longs(279, [pixels.nbytes], order)]
    extras = layout.extras[: len(layout.extras) - layout.dropped]
    fields += [ifd.shorts(338, extras, order)] if extras else []
    end = 8 + pixels.nbytes + pixels.nbytes % 2
    mark = struct.pack(f"{order}HI", 42, end)
    body = pixels.tobytes().ljust(end - 8, b"\0")
    return page.data[:2] + mark + body + ifd.write_directory(fields, end, order)


def _interleaved(layout: Layout, data: bytes, kept: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return the first ``kept`` samples of each pixel, (H, W, C), in the byte order of the file."""
    kind = np.dtype(f"u{layout.bits[0] // 8}")
    pixels = np.empty((*layout.size, kept), kind)
    for block in layout.blocks():
        if block.plane < kept:
            rows, columns = block.shape
            found = np.frombuffer(data, kind, rows * columns, block.start).reshape(rows, columns)
            place = pixels[block.top : block.top + rows, block.left : block.left + columns, block.plane]
            place[:] = found[: place.shape[0], : place.shape[1]]
    return pixels
