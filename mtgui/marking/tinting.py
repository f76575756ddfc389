"""Adds a tint to pictures: one picture on the processor, or windows of many pictures on any device."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import NUMPY_SPACE, WORKSPACE, Array, Space
from mtgui.marking.noise import NoiseStretch
from mtgui.marking.texture import Texture
from mtgui.marking.tint import (
    ACROSS,
    DOWN,
    TintField,
    cells_at,
    cells_of,
    coefficients,
    cosines,
    texture_weights,
    tint_shift,
)

_BAND_CELLS = 1 << 16
_FEW_ROWS = 6
"""Below this many rows of pixels in a row of cells, it is faster to compute all rows of a band at once."""


@dataclass(frozen=True)
class TintWindow:
    """The tint of one window: what the key draws, its strength in quarters of a level, the texture, and the place.

    is_coloured: the channels are shifted by themselves, unless the picture is grey.
    """

    tint: TintField
    quarters: int
    texture: Texture
    stretch: NoiseStretch
    is_coloured: bool

    def numbers(self, channels: int) -> NDArray[np.float64]:
        """Return the coefficients for a picture of ``channels``: of one channel if all are shifted alike."""
        is_coloured = self.is_coloured and not self.texture.is_grey
        return coefficients(self.tint, self.quarters, channels if is_coloured else 1)


def tint_on_host(source: NDArray[Any], target: NDArray[Any], window: TintWindow) -> None:
    """Add the tint of ``window`` to ``source``, (1 or 3, h, w), uint8 or uint16, and write the result to ``target``.

    Both may be the same array.
    """
    size, start, shape = window.stretch.size, window.stretch.start, window.stretch.shape
    cells = cells_of(size)
    rows, columns = (cells_at(*one) for one in zip(size, cells, start, shape, strict=True))
    shift = _cell_shift(window, cells, rows, columns, len(source), source.dtype)
    if cells != size:
        shift = shift.take(columns - columns[0], axis=2)
    if shape[0] < _FEW_ROWS * shift.shape[1]:
        shift = shift if cells == size else shift.take(rows - rows[0], axis=1)
        step = max(1, _BAND_CELLS // shape[1])
        for top in range(0, shape[0], step):
            band = slice(top, top + step)
            _add_each(source[:, band], shift[:, band], target[:, band])
        return
    edges = np.flatnonzero(np.diff(rows, prepend=-1, append=-1)).tolist()
    for number, (top, bottom) in enumerate(pairwise(edges)):
        _add_rows(source[:, top:bottom], shift[:, number, None], target[:, top:bottom])


def _cell_shift(
    window: TintWindow,
    cells: tuple[int, int],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    channels: int,
    dtype: Any,
) -> NDArray[Any]:
    """Return the shift of every cell that a window touches, (1 or 3, rows, columns) int16, or int32 for 16 bits."""
    (top, bottom), (left, right) = ((int(place[0]), int(place[-1]) + 1) for place in (rows, columns))
    weights = _weights_there(window.texture, cells, (top, bottom), (left, right))
    waves = cosines(DOWN, cells[0])[None, top:bottom], cosines(ACROSS, cells[1])[None, left:right]
    shift = tint_shift(window.numbers(channels), *waves, weights, _depth(dtype), NUMPY_SPACE)
    return np.asarray(shift.astype(np.int16 if dtype == np.uint8 else np.int32))


@lru_cache(maxsize=128)
def _weights_there(
    texture: Texture, cells: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return `texture_weights` of a block of cells, (1, rows, columns); an audit asks for the same under every key."""
    return texture_weights(texture, cells, np.arange(*rows), np.arange(*columns))[None].astype(np.uint8)


def _add_each(source: NDArray[Any], shift: NDArray[Any], target: NDArray[Any]) -> None:
    """Write ``source``, (channels, h, w), plus ``shift``, (1 or channels, h, w), clipped to black and white."""
    levels = WORKSPACE.array("tinted", source.shape, shift.dtype)
    np.add(source, shift, out=levels, casting="unsafe")
    np.clip(levels, 0, 255 * _depth(source.dtype), out=levels)
    np.copyto(target, levels, casting="unsafe")


def _add_rows(source: NDArray[Any], shift: NDArray[Any], target: NDArray[Any]) -> None:
    """Do what `_add_each` does for rows that all get the same ``shift``, (1 or channels, 1, columns); it is faster."""
    dtype, down = source.dtype, np.minimum(shift, 0)
    # Pixels are clipped before the shift is added, so the sum stays in range although its type has no sign.
    low, high = (-down).astype(dtype), (255 * _depth(dtype) + down - shift).astype(dtype)
    np.maximum(source, low, out=target)
    np.minimum(target, high, out=target)
    np.add(target, shift.astype(dtype), out=target)


@dataclass(frozen=True)
class TintBatch:
    """The tints of N windows of one shape, as arrays; the last four are shared by windows, which name them by number.

    numbers: (N, 1 or 3, J, I) coefficients. down, across: (P, 1, rows, J) and (P, 1, columns, I) cosines. weights:
    (Q, 1, rows, columns) int32. place_of, weights_of: (N,).
    """

    numbers: Array
    down: Array
    across: Array
    weights: Array
    place_of: Array
    weights_of: Array

    def moved(self, move: Callable[[Array], Array]) -> "TintBatch":
        """Return the same batch with ``move`` applied to each array."""
        return TintBatch(**{one.name: move(getattr(self, one.name)) for one in fields(self)})


def prepare_tints(windows: Sequence[TintWindow], channels: int) -> TintBatch:
    """Return the tints of ``windows``, all of one shape, ready to be added to pictures of 1 or 3 ``channels``."""
    places: dict[tuple[tuple[int, int], tuple[int, int]], int] = {}
    textures: dict[tuple[Texture, int], int] = {}
    place_of, weights_of = [], []
    for window in windows:
        place = places.setdefault((window.stretch.size, window.stretch.start), len(places))
        place_of.append(place)
        weights_of.append(textures.setdefault((window.texture, place), len(textures)))
    shape = windows[0].stretch.shape
    numbers = [window.numbers(channels) for window in windows]
    alike = max(map(len, numbers))
    where = [_where(size, start, shape) for size, start in places]
    return TintBatch(
        numbers=np.stack([np.broadcast_to(one, (alike, *one.shape[1:])) for one in numbers]),
        down=np.stack([cosines(DOWN, cells[0])[rows] for cells, rows, _ in where])[:, None],
        across=np.stack([cosines(ACROSS, cells[1])[columns] for cells, _, columns in where])[:, None],
        weights=np.stack([texture_weights(texture, *where[place]) for texture, place in textures])[:, None],
        place_of=np.array(place_of, dtype=np.int64),
        weights_of=np.array(weights_of, dtype=np.int64),
    )


def add_tints(pixels: Array, batch: TintBatch, space: Space) -> Array:
    """Return ``pixels``, (N, channels, rows, columns) uint8 (in NumPy also uint16), with the tint of each window."""
    xp, depth = space.xp, _depth(pixels.dtype)

    def of(values: Array, numbers: Array) -> Array:
        return xp.take(space.array(values), space.array(numbers), axis=0)

    down, across = of(batch.down, batch.place_of), of(batch.across, batch.place_of)
    weights = of(batch.weights, batch.weights_of)
    shift = tint_shift(space.array(batch.numbers), down, across, weights, depth, space)
    levels = xp.astype(pixels, xp.int32) + xp.astype(shift, xp.int32)
    return xp.astype(xp.clip(levels, 0, 255 * depth), pixels.dtype)


def _where(
    size: tuple[int, int], start: tuple[int, int], shape: tuple[int, int]
) -> tuple[tuple[int, int], NDArray[np.intp], NDArray[np.intp]]:
    cells = cells_of(size)
    rows, columns = (cells_at(*one) for one in zip(size, cells, start, shape, strict=True))
    return cells, rows, columns


def _depth(dtype: Any) -> int:
    """Return the value of one 255th of white: 1 for 8 bits, 257 for 16 bits."""
    return 257 if dtype == np.uint16 else 1
