"""The tint: a smooth shift that the key draws, in part for a whole set, in part for each picture.

    d_c(u, v) = Σ a_ijc cos(πiu) cos(πjv),   u, v from 0 to 1 across and down the picture, c = red, green, blue

A tint of light shifts all channels alike, which looks like lighting; a coloured one shifts each by itself. i is even,
so the tint equals its mirror image: trainers flip pictures at random. The term (0, 0) is left out, so the mean is 0
before `mtgui.marking.texture` scales the tint over each picture. The arithmetic uses whole numbers, so every processor
computes the same bits.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import Array, Space
from mtgui.marking.keys import MarkKey, Subkeys, picture_context, shake_stream, subkey
from mtgui.marking.texture import WEIGHT_ONE, Texture

ACROSS = (0, 2, 4)
DOWN = (0, 1, 2, 3, 4)
CELLS = 128
SHIFT_ONE = 64
_COSINE_ONE = 1024
_COEFFICIENT_ONE = 4096
_LINE_UNIT = _COSINE_ONE * _COEFFICIENT_ONE // SHIFT_ONE
_BYTES_SUMMED = 4
_STEPS = 64
_CHANNELS = 3
_PART_ONE = 1 << 16
_SHARED = 0.5
"""Share of the energy that all pictures of a key have in common; the rest is each picture's own."""
# A cosine has a mean square of 1/2, a constant of 1.
_QUARTERS = np.outer(*(np.where(np.array(orders) == 0, 2, 1) for orders in (DOWN, ACROSS)))


@dataclass(frozen=True)
class TintField:
    """What one key draws for one picture: numbers that all pictures of the key share, and numbers of its own.

    Each has 3 channels × len(DOWN) × len(ACROSS) whole numbers, row by row.
    """

    shared: tuple[int, ...] = field(repr=False)
    own: tuple[int, ...] = field(repr=False)


def draw_tint(key: MarkKey, picture_id: str) -> TintField:
    """Draw the tint of the picture with SHA-256 ``picture_id`` under ``key``. Raises UsageError for a malformed id."""
    return TintField(_shared(key), _numbers(_subkeys(key)(picture_context(picture_id))))


@lru_cache(maxsize=4096)
def _shared(key: MarkKey) -> tuple[int, ...]:
    return _numbers(subkey(key, "tint"))


@lru_cache(maxsize=4096)
def _subkeys(key: MarkKey) -> Subkeys:
    return Subkeys(key, "tint of a picture")


def _numbers(seed: bytes) -> tuple[int, ...]:
    """Return whole numbers from the stream of ``seed``: each a sum of four bytes minus its mean, so nearly normal."""
    count = _CHANNELS * len(DOWN) * len(ACROSS)
    stream = np.frombuffer(shake_stream(seed, "coefficients", count * _BYTES_SUMMED), dtype=np.uint8)
    return tuple((stream.reshape(count, _BYTES_SUMMED).astype(np.int64).sum(axis=1) - 510).tolist())


@lru_cache(maxsize=4096)
def coefficients(tint: TintField, quarters: int, channels: int) -> NDArray[np.float64]:
    """Return the coefficients of each channel, (channels, len(DOWN), len(ACROSS)): whole numbers, 4096 for one level.

    quarters: root mean square of the shift over pixels and channels in quarters of a level. channels: 3 for a coloured
    tint, 1 for a tint of light.
    """
    drawn = np.zeros((channels, len(DOWN), len(ACROSS)), dtype=np.int64)
    for numbers, share in ((tint.shared, _SHARED), (tint.own, 1.0 - _SHARED)):
        waves = np.array(numbers, dtype=np.int64).reshape(_CHANNELS, len(DOWN), len(ACROSS))[:channels]
        waves[:, 0, 0] = 0
        drawn += np.floor(waves * (math.sqrt(share / _energy(waves)) * _PART_ONE) + 0.5).astype(np.int64)
    scale = _COEFFICIENT_ONE * quarters / 4.0 * math.sqrt(channels / _energy(drawn))
    return np.asarray(np.floor(drawn * scale + 0.5))


def _energy(waves: NDArray[np.int64]) -> float:
    """Return the sum of the mean squares of all waves; it is counted in quarters, so it is exact."""
    return max(1, int((waves * waves * _QUARTERS).sum())) / 4.0


def cells_of(size: tuple[int, int]) -> tuple[int, int]:
    """Return the numbers of cells (down, across) on which a tint is computed for a picture of ``size`` pixels.

    A cell is one pixel, or larger where the short side has more than 128 pixels; within a cell the shift is the same.
    """
    short = min(size)
    if short <= CELLS:
        return size
    height, width = ((side * CELLS + short // 2) // short for side in size)
    return height, width


def cells_at(size: int, cells: int, first: int, count: int) -> NDArray[np.intp]:
    """Return the cell of each of ``count`` pixels from pixel ``first`` on, along a side of ``size`` pixels."""
    return np.asarray((2 * np.arange(first, first + count, dtype=np.int64) + 1) * cells // (2 * size), dtype=np.intp)


@lru_cache(maxsize=64)
def cosines(orders: tuple[int, ...], cells: int) -> NDArray[np.float64]:
    """Return the cosines of ``orders`` at the centres of ``cells`` cells, (cells, orders), as whole numbers."""
    turns = np.outer(2 * np.arange(cells, dtype=np.int64) + 1, np.array(orders, dtype=np.int64)) % (4 * cells)
    return np.asarray(np.floor(np.cos(turns * (math.pi / (2 * cells))) * _COSINE_ONE + 0.5))


def texture_weights(
    texture: Texture, cells: tuple[int, int], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return the weights of ``texture`` at the crossings of ``rows`` and ``columns``, in 128ths, (rows, columns)."""
    upper, lower, share = _between(texture.height, cells[0], rows)
    grid = texture.grid.astype(np.int32)
    wide = grid[upper] * (_STEPS - share[:, None]) + grid[lower] * share[:, None]
    left, right, share = _between(texture.width, cells[1], columns)
    sums = wide[:, left] * (_STEPS - share) + wide[:, right] * share
    return np.asarray((sums + _STEPS * _STEPS // 2) // (_STEPS * _STEPS))


def _between(
    nodes: int, cells: int, chosen: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int32]]:
    """Return the two ``nodes``, at even distances, beside each of the ``chosen`` of ``cells`` cells.

    The last array is the share of the second node, in 64ths.
    """
    places = (2 * chosen + 1) * nodes * (_STEPS // 2) // cells - _STEPS // 2
    places = np.minimum(np.maximum(places, 0), (nodes - 1) * _STEPS)
    first = places // _STEPS
    return first, np.minimum(first + 1, nodes - 1), (places % _STEPS).astype(np.int32)


def tint_shift(numbers: Array, down: Array, across: Array, weights: Array, depth: int, space: Space) -> Array:
    """Return the shift of a window in whole levels, (…, channels, rows, columns), as floats.

    numbers: (…, channels, J, I) from `coefficients`. down: (…, 1, rows, J), across: (…, 1, columns, I), from `cosines`.
    weights: (…, 1, rows, columns) from `texture_weights`. depth: levels in one 255th of white. All intermediate results
    are whole numbers that the floats hold exactly, float64 in the first product and in float32, which NumPy uses for 8
    bits after it, numbers below 2²⁴. Devices without float64 may differ in single pixels.
    """
    xp = space.xp
    lines = xp.floor(xp.matmul(down, numbers) * (1.0 / _LINE_UNIT) + 0.5)
    if space.is_numpy:
        # Products this small are not worth the threads of a BLAS, which wait for one another on busy processors.
        exact = np.float32 if depth == 1 else np.float64
        lines, waves = lines.astype(exact), np.swapaxes(across, -1, -2).astype(exact)
        values = lines[..., :1] * waves[..., :1, :]
        for order in range(1, waves.shape[-2]):
            values += lines[..., order : order + 1] * waves[..., order : order + 1, :]
    else:
        values = xp.matmul(lines, xp.matrix_transpose(across))
    values = _rounded(values, _COSINE_ONE, space)
    values *= weights
    values *= depth
    return _rounded(values, SHIFT_ONE * WEIGHT_ONE, space)


def _rounded(values: Array, unit: int, space: Space) -> Array:
    """Divide ``values`` by ``unit``, a power of two, and round them, in place; return them."""
    values *= 1.0 / unit
    values += 0.5
    if space.is_numpy:
        return np.floor(values, out=values)
    return space.xp.floor(values)
