"""Gradient noise on a regular grid, as products of small matrices.

Perlin noise (SIGGRAPH 2002) at a point is a sum over the four corners of its lattice cell of
fade-weight(row) × fade-weight(column) × (gradient · distance). On a regular grid the weights of all rows and
of all columns form two matrices, so that one octave is

    field = rows · (row gradients · columnsᵀ)  with the distance folded into one side's weights,

and octaves stack along the inner dimension into one product. Weights are rounded to multiples of 2⁻²³ and
gradients are −1, 0 or 1, so in float64 every product and sum is exact: the field has the same bits whatever
library, processor or number of threads computes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import Array, Space

_QUANTUM = float(1 << 23)
_CACHEABLE = 1 << 17

# The sixteen corner gradients of Perlin's improved noise, seen from above: (row part, column part).
ROW_PARTS = (1, -1, 1, -1, 1, -1, 1, -1, 0, 0, 0, 0, 1, -1, 0, 0)
COLUMN_PARTS = (1, 1, -1, -1, 0, 0, 0, 0, 1, -1, 1, -1, 0, 0, -1, 1)


@dataclass(frozen=True)
class Octave:
    """One octave over a batch of N pictures.

    gradients: (2, N, lattice rows, lattice columns) int8: row parts, then column parts; −1, 0 or 1.
    row_steps, column_steps: lattice cells per pixel, one float per picture.
    amplitudes: a power of two per picture, 0 where a picture lacks this octave.
    """

    gradients: NDArray[np.int8]
    row_steps: tuple[float, ...]
    column_steps: tuple[float, ...]
    amplitudes: tuple[float, ...]


class ColumnBlock:
    """The field over pixel columns ``left`` to ``right``, ready to give any rows between ``top`` and ``bottom``.

    ``offset`` is 0.5 to read the field at pixel centres, 0 at their corners.
    """

    def __init__(
        self,
        octaves: Sequence[Octave],
        offset: float,
        rows: tuple[int, int],
        columns: tuple[int, int],
        space: Space,
    ) -> None:
        self._octaves, self._offset, self._top, self._space = octaves, offset, rows[0], space
        xp = space.xp
        self._lines = [_window(o.row_steps, offset, *rows) for o in octaves]
        plain, laden = _stacked_weights([o.row_steps for o in octaves], self._lines, offset, rows, space)
        amplitudes = np.concatenate(
            [
                np.outer(o.amplitudes, np.ones(last - first))
                for o, (first, last) in zip(octaves, self._lines, strict=True)
            ],
            axis=1,
        )
        scale = space.array(amplitudes, space.exact)[:, None, :]
        self._row_weights = xp.concat((plain * scale, laden * scale), axis=2)
        across = [_window(o.column_steps, offset, *columns) for o in octaves]
        plain, laden = _stacked_weights([o.column_steps for o in octaves], across, offset, columns, space)
        by_distance, by_value, start = [], [], 0
        for octave, (first, last), (low, high) in zip(octaves, across, self._lines, strict=True):
            stop = start + last - first
            parts = space.array(octave.gradients[:, :, low:high, first:last], space.exact)
            by_distance.append(parts[1, ...] @ xp.matrix_transpose(laden[:, :, start:stop]))
            by_value.append(parts[0, ...] @ xp.matrix_transpose(plain[:, :, start:stop]))
            start = stop
        self._across = xp.concat((*by_distance, *by_value), axis=1)

    def rows(self, top: int, bottom: int) -> Array:
        """Return the field of pixel rows ``top`` to ``bottom``: (N, rows, columns), the octaves' sum, each
        times its amplitude; divide by the sum of amplitudes for Perlin's own range.
        """
        touched: list[int] = []
        start = 0
        for octave, (low, high) in zip(self._octaves, self._lines, strict=True):
            first, last = _window(octave.row_steps, self._offset, top, bottom)
            touched += range(start + first - low, start + last - low)
            start += high - low
        weights = self._row_weights[:, top - self._top : bottom - self._top, :]
        if len(touched) == start:
            return weights @ self._across
        index = self._space.array(np.array([*touched, *(line + start for line in touched)]))
        take = self._space.xp.take
        return take(weights, index, axis=2) @ take(self._across, index, axis=1)


def _window(steps: tuple[float, ...], offset: float, first: int, last: int) -> tuple[int, int]:
    """Return the lattice lines that pixels ``first`` to ``last`` touch in any picture of the batch."""
    return int(min(steps) * (first + offset)), int(max(steps) * (last - 1 + offset)) + 2


def _stacked_weights(
    steps: Sequence[tuple[float, ...]],
    lines: Sequence[tuple[int, int]],
    offset: float,
    pixels: tuple[int, int],
    space: Space,
) -> tuple[Array, Array]:
    """Return fade weights (N, pixels, lines of all octaves) and the same times the distance to each line."""
    key = (tuple(steps), tuple(lines), offset, pixels)
    size = (pixels[1] - pixels[0]) * sum(last - first for first, last in lines)
    if space.is_numpy and len(steps[0]) == 1 and size <= _CACHEABLE:
        return _cached_weights(*key)
    return _weights(*key, space)


@lru_cache(maxsize=128)
def _cached_weights(
    steps: tuple[tuple[float, ...], ...],
    lines: tuple[tuple[int, int], ...],
    offset: float,
    pixels: tuple[int, int],
) -> tuple[Array, Array]:
    return _weights(steps, lines, offset, pixels, _numpy_space())


@lru_cache(maxsize=1)
def _numpy_space() -> Space:
    import array_api_compat.numpy as xp

    return Space(xp, "cpu", np.float64)


def _weights(
    steps: tuple[tuple[float, ...], ...],
    lines: tuple[tuple[int, int], ...],
    offset: float,
    pixels: tuple[int, int],
    space: Space,
) -> tuple[Array, Array]:
    xp: Any = space.xp
    line = np.concatenate([np.arange(first, last, dtype=np.float64) for first, last in lines])
    widths = [last - first for first, last in lines]
    step = np.repeat(np.array(steps, dtype=np.float64).T, widths, axis=1)
    centres = space.array(np.arange(*pixels, dtype=np.float64) + offset, space.exact)
    distance = centres[None, :, None] * space.array(step, space.exact)[:, None, :]
    distance = distance - space.array(line, space.exact)[None, None, :]
    near = xp.minimum(xp.abs(distance), space.array(1.0, space.exact))
    fade = near * near * near * (near * (near * 6.0 - 15.0) + 10.0)
    plain = xp.round((1.0 - fade) * _QUANTUM) / _QUANTUM
    laden = xp.round(plain * distance * _QUANTUM) / _QUANTUM
    return plain, laden
