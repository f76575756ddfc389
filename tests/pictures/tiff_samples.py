"""TIFF files of any layout, written sample by sample for the tests of mtgui.pictures."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.pictures import ifd

RAW, LZW, DEFLATE, PACKBITS = 1, 5, 8, 32773
WHITE_IS_ZERO, GREY, RGB, PALETTE, INKS, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
COLOURS = {WHITE_IS_ZERO: 1, GREY: 1, RGB: 3, PALETTE: 1, INKS: 4, YCBCR: 3, LAB: 3}
"""Samples of a pixel that are not extra, for each meaning of the samples (photometric)."""
HEIGHT, WIDTH, TILE = 19, 21, 16


@dataclass(frozen=True)
class Layout:
    """How the samples of a TIFF file of 19 × 21 pixels lie in it. ``kind`` is the sample format."""

    photometric: int = RGB
    bits: int = 8
    extras: tuple[int, ...] = ()
    kind: int = UNSIGNED
    is_apart: bool = False
    is_tiled: bool = False
    compression: int = RAW
    predictor: int = 1
    order: str = "<"

    @property
    def channels(self) -> int:
        """Samples of a pixel."""
        return COLOURS[self.photometric] + len(self.extras)


def drawn_samples(layout: Layout) -> NDArray[Any]:
    """Return samples (19, 21, C) of the sample format, drawn at random from all that it can hold."""
    generator = np.random.RandomState(layout.bits + 64 * layout.channels)
    shape = (HEIGHT, WIDTH, layout.channels)
    if layout.kind == FLOAT:
        return generator.random_sample(shape).astype(f"f{layout.bits // 8}")
    drawn = generator.randint(0, 1 << min(layout.bits, 16), shape)
    if layout.bits == 32:
        return drawn.astype("i4" if layout.kind == SIGNED else "u4")
    letter = "i" if layout.kind == SIGNED else "u"
    size = max(1, layout.bits // 8)
    return drawn.astype(f"u{size}").view(f"{letter}{size}")


def written(layout: Layout, samples: NDArray[Any]) -> bytes:
    """Return the TIFF file of ``samples`` (H, W, C)."""
    height, width = samples.shape[:2]
    pieces = [_packed(block, layout) for block in _blocks(samples, layout)]
    offsets, body = [], b""
    for piece in pieces:
        offsets.append(8 + len(body))
        body += piece + b"\0" * (len(piece) % 2)
    at, order = 8 + len(body), layout.order
    place, counts = (324, 325) if layout.is_tiled else (273, 279)
    fields = [
        ifd.longs(256, [width], order),
        ifd.longs(257, [height], order),
        ifd.shorts(258, [layout.bits] * layout.channels, order),
        ifd.shorts(259, [layout.compression], order),
        ifd.shorts(262, [layout.photometric], order),
        ifd.shorts(277, [layout.channels], order),
        ifd.shorts(284, [2 if layout.is_apart else 1], order),
        ifd.shorts(339, [layout.kind] * layout.channels, order),
        ifd.longs(place, offsets, order),
        ifd.longs(counts, [len(piece) for piece in pieces], order),
    ]
    sides = (322, 323) if layout.is_tiled else (278,)
    fields += [ifd.longs(side, [TILE], order) for side in sides]
    fields += [ifd.shorts(338, [*layout.extras], order)] if layout.extras else []
    fields += [ifd.shorts(317, [layout.predictor], order)] if layout.predictor > 1 else []
    fields += [ifd.shorts(530, [1, 1], order)] if layout.photometric == YCBCR else []
    if layout.photometric == PALETTE:
        fields.append(ifd.shorts(320, palette(layout.bits).ravel().tolist(), order))
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", at) + body + ifd.write_directory(fields, at, layout.order)


def palette(bits: int) -> NDArray[np.uint16]:
    """Return the colours (3, 2 ** bits) of files with a palette."""
    return np.random.RandomState(bits).randint(0, 1 << 16, (3, 1 << bits)).astype(np.uint16)


def _blocks(samples: NDArray[Any], layout: Layout) -> Iterator[NDArray[Any]]:
    """Yield strips of 16 rows or tiles of 16 × 16 pixels, plane by plane if the planes lie apart."""
    groups = np.split(samples, layout.channels, 2) if layout.is_apart else [samples]
    for group in groups:
        for top in range(0, group.shape[0], TILE):
            for left in range(0, group.shape[1], TILE if layout.is_tiled else group.shape[1]):
                if not layout.is_tiled:
                    yield group[top : top + TILE]
                    continue
                tile = np.zeros((TILE, TILE, group.shape[2]), group.dtype)
                part = group[top : top + TILE, left : left + TILE]
                tile[: part.shape[0], : part.shape[1]] = part
                yield tile


def _packed(block: NDArray[Any], layout: Layout) -> bytes:
    rows = block
    if layout.predictor == 2:
        rows = block.copy()
        rows[:, 1:] -= block[:, :-1]
    if layout.bits < 8:
        flat = rows.reshape(len(rows), -1).astype(np.uint8)
        digits = (flat[..., None] >> np.arange(layout.bits - 1, -1, -1, dtype=np.uint8)) & 1
        data = np.packbits(digits.reshape(len(rows), -1), axis=1).tobytes()
    else:
        data = rows.astype(rows.dtype.newbyteorder("<" if layout.order == "<" else ">")).tobytes()
    packers: dict[int, Callable[[bytes], bytes]] = {LZW: _lzw, DEFLATE: zlib.compress, PACKBITS: _packbits}
    return data if layout.compression == RAW else packers[layout.compression](data)


def _packbits(data: bytes) -> bytes:
    """Return ``data`` as runs of bytes that are not alike, no run longer than 128 (TIFF 6.0, section 9)."""
    runs = [data[at : at + 128] for at in range(0, len(data), 128)]
    return b"".join(bytes((len(run) - 1,)) + run for run in runs)


def _lzw(data: bytes) -> bytes:
    """Return ``data`` in codes of 9 bits: the table is cleared before a longer code is due (section 13)."""
    codes = []
    for at in range(0, len(data), 250):
        codes += [256, *data[at : at + 250]]
    digits = np.array([*codes, 257])[:, None] >> np.arange(8, -1, -1) & 1
    return np.packbits(digits.astype(np.uint8)).tobytes()


def every_layout(photometric: int) -> Iterator[Layout]:
    """Yield every layout: depth, sample format, extra samples, planes, tiles, compression, predictor, byte order."""
    depths = [(bits, UNSIGNED) for bits in (1, 2, 4, 8, 16, 32)]
    depths += [(bits, SIGNED) for bits in (8, 16, 32)] + [(bits, FLOAT) for bits in (16, 32)]
    for bits, kind in depths:
        if photometric == PALETTE and (bits > 8 or kind != UNSIGNED):
            continue
        for extras in ((), (0,), (1,), (2,), (0, 0), (0, 2), (1, 0), (2, 0)):
            yield from _arrangements(Layout(photometric, bits, extras, kind))


def _arrangements(layout: Layout) -> Iterator[Layout]:
    for order in "<>":
        for is_apart in (False, True):
            for is_tiled in (False, True):
                for compression in (RAW, LZW, DEFLATE, PACKBITS):
                    found = replace(layout, order=order, is_apart=is_apart, is_tiled=is_tiled, compression=compression)
                    yield found
                    if compression in (LZW, DEFLATE) and layout.bits >= 8 and layout.kind != FLOAT:
                        yield replace(found, predictor=2)
