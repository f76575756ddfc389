"""Gradient noise on a regular grid, as products of small matrices.

Perlin noise (SIGGRAPH 2002) at a point is a sum over the four corners of its lattice cell of
fade-weight(row) × fade-weight(column) × (gradient · distance). On a regular grid the weights of all rows and
of all columns form two matrices, so that one octave is

    field = rows · (row gradients · columnsᵀ)  with the distance folded into one side's weights,

and octaves stack along the inner dimension into one product, with a constant as one more line. Weights are
rounded to multiples of 2⁻ᑫ and gradients are −1, 0 or 1, so that in float64 every product and sum is exact: the
field has the same bits whatever library, processor or number of threads computes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import NUMPY_SPACE, Array, Space

_CACHEABLE = 1 << 17

# The sixteen corner gradients of Perlin's improved noise, seen from above: (row part, column part).
ROW_PARTS = (1, -1, 1, -1, 1, -1, 1, -1, 0, 0, 0, 0, 1, -1, 0, 0)
COLUMN_PARTS = (1, 1, -1, -1, 0, 0, 0, 0, 1, -1, 1, -1, 0, 0, -1, 1)


@dataclass(frozen=True)
class Octave:
    """One octave over a batch of N pictures.

    gradients: (2, N, lattice rows, lattice columns) int8: row parts, then column parts; −1, 0 or 1.
    row_steps, column_steps: lattice cells per pixel, one float per picture.
    factors: what the octave is multiplied by, one float per picture, 0 where a picture lacks this octave.
    """

    gradients: NDArray[np.int8]
    row_steps: tuple[float, ...]
    column_steps: tuple[float, ...]
    factors: tuple[float, ...]


@dataclass(frozen=True)
class Reading:
    """How fields are read: ``offset`` 0.5 at pixel centres, 0 at corners; ``bits`` q of the weights; ``constants``
    are added, one per picture.

    The sum is exact while bits of weights, factors and constants together stay within the 53 of float64.
    """

    offset: float
    bits: int
    constants: tuple[float, ...]


class ColumnBlock:
    """The field over pixel columns ``left`` to ``right``, ready to give any rows between ``top`` and ``bottom``."""

    def __init__(
        self,
        octaves: Sequence[Octave],
        reading: Reading,
        rows: tuple[int, int],
        columns: tuple[int, int],
        space: Space,
    ) -> None:
        self._octaves, self._offset, self._top, self._space = octaves, reading.offset, rows[0], space
        self._lines = [_window(octave.row_steps, reading.offset, *rows) for octave in octaves]
        self._row_weights = space.array(self._weigh_rows(reading, rows), space.exact)
        self._across = self._products(reading, columns)

    def rows(self, top: int, bottom: int) -> Array:
        """Return the field of pixel rows ``top`` to ``bottom``: (N, rows, columns)."""
        touched: list[int] = [0]
        start = 1
        for octave, (low, high) in zip(self._octaves, self._lines, strict=True):
            first, last = _window(octave.row_steps, self._offset, top, bottom)
            for _ in range(2):
                touched += range(start + first - low, start + last - low)
                start += high - low
        weights = self._row_weights[:, top - self._top : bottom - self._top, :]
        if len(touched) == start:
            return weights @ self._across
        index, take = self._space.array(np.array(touched)), self._space.xp.take
        return take(weights, index, axis=2) @ take(self._across, index, axis=1)

    def _weigh_rows(self, reading: Reading, rows: tuple[int, int]) -> NDArray[np.float64]:
        """Return (N, pixel rows, 1 + two per lattice line): ones, then per octave fade and distance weights."""
        parts = [np.ones((len(reading.constants), rows[1] - rows[0], 1))]
        for octave, lines in zip(self._octaves, self._lines, strict=True):
            weights = _axis_weights(octave.row_steps, lines, reading.offset, rows, reading.bits, "rows")
            parts += [part * np.array(octave.factors)[:, None, None] for part in weights]
        return np.concatenate(parts, axis=2)

    def _products(self, reading: Reading, columns: tuple[int, int]) -> Array:
        """Return (N, 1 + two per lattice line, pixel columns): the constant, then each line against the columns.

        Fade weights of the rows go with distance weights of the columns, and the other way about. With few bits
        NumPy's float32 is exact enough here; torch's is not, under autocast or TF32.
        """
        space, width = self._space, columns[1] - columns[0]
        is_narrow = space.is_numpy and reading.bits <= 20
        dtype = np.float32 if is_narrow else space.exact
        side: Side = "narrow columns" if is_narrow else "columns"
        constants = np.repeat(np.array(reading.constants)[:, None, None], width, axis=2)
        parts = [space.array(constants, dtype)]
        for octave, (low, high) in zip(self._octaves, self._lines, strict=True):
            across = _window(octave.column_steps, reading.offset, *columns)
            weights = _axis_weights(octave.column_steps, across, reading.offset, columns, reading.bits, side)
            gradients = octave.gradients[:, :, low:high, slice(*across)]
            parts += [space.array(gradients[one], dtype) @ space.array(weights[one]) for one in (1, 0)]
        return space.xp.astype(space.xp.concat(parts, axis=1), space.exact)


def _window(steps: tuple[float, ...], offset: float, first: int, last: int) -> tuple[int, int]:
    """Return the lattice lines that pixels ``first`` to ``last`` touch in any picture of the batch."""
    return int(min(steps) * (first + offset)), int(max(steps) * (last - 1 + offset)) + 2


Side = Literal["rows", "columns", "narrow columns"]


def _axis_weights(
    steps: tuple[float, ...], lines: tuple[int, int], offset: float, pixels: tuple[int, int], bits: int, side: Side
) -> NDArray[np.floating]:
    """Return the weights of lattice ``lines`` for ``pixels`` along one axis: fade weights, then the same times the
    distance to the line. (2, N, pixels, lines) for rows, (2, N, lines, pixels) for columns; narrow means float32.
    """
    size = len(steps) * (pixels[1] - pixels[0]) * (lines[1] - lines[0])
    make = _kept_side if size <= _CACHEABLE and len(steps) == 1 else _one_side
    return make(steps, lines, offset, pixels, bits, side)


def _one_side(
    steps: tuple[float, ...], lines: tuple[int, int], offset: float, pixels: tuple[int, int], bits: int, side: Side
) -> NDArray[np.floating]:
    weights = _weights(steps, lines, offset, pixels, bits)
    if side == "rows":
        return weights
    turned = np.ascontiguousarray(np.matrix_transpose(weights))
    return turned.astype(np.float32) if side == "narrow columns" else turned


_kept_side = lru_cache(maxsize=512)(_one_side)


def _weights(
    steps: tuple[float, ...], lines: tuple[int, int], offset: float, pixels: tuple[int, int], bits: int
) -> NDArray[np.float64]:
    centres = np.arange(*pixels, dtype=np.float64) + offset
    weights: NDArray[np.float64] = weigh(np.array(steps)[:, None] * centres[None, :], lines, bits, NUMPY_SPACE)
    return weights


def weigh(positions: Array, lines: tuple[int, int], bits: int, space: Space) -> Array:
    """Return the weights of lattice lines ``lines`` for pixels at ``positions``, (N, pixels) in lattice cells: fade
    weights, then the same times the distance to the line, (2, N, pixels, lines), multiples of 2⁻ᑫ, q = ``bits``.
    """
    xp, quantum = space.xp, float(1 << bits)
    line = xp.floor(positions)
    distance = positions - line
    fade = distance * distance * distance * (distance * (distance * 6.0 - 15.0) + 10.0)
    shape = (2, *positions.shape, lines[1] - lines[0])
    weights = xp.zeros(shape, dtype=space.exact, device=space.device)
    picture = space.array(np.arange(shape[1])[:, None])
    pixel = space.array(np.arange(shape[2])[None, :])
    place = xp.astype(line, xp.int64) - lines[0]
    for step, share, away in ((0, 1.0 - fade, distance), (1, fade, distance - 1.0)):
        plain = xp.round(share * quantum)
        weights[0, picture, pixel, place + step] = plain / quantum
        weights[1, picture, pixel, place + step] = xp.round(plain * away) / quantum
    return weights
