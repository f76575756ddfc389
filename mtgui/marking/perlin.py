"""Gradient noise on a regular grid, as products of small matrices.

Perlin noise (SIGGRAPH 2002) at a point is a sum over the four corners of its lattice cell of
fade-weight(row) × fade-weight(column) × (gradient · distance). On a regular grid the weights of all rows and
of all columns form two matrices, so that one octave is

    field = rows · (row gradients · columnsᵀ)  with the distance folded into one side's weights,

and all octaves, stacked along the inner dimension, form one product, with a constant as one more line. Weights are
rounded to multiples of 2⁻ᑫ and gradients are −1, 0 or 1, so every product and sum is exact in float64: the field has
the same bits for every library, processor and number of threads, however it is cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import Array, Space

# The sixteen corner gradients of Perlin's improved noise, seen from above: (row part, column part).
ROW_PARTS = (1, -1, 1, -1, 1, -1, 1, -1, 0, 0, 0, 0, 1, -1, 0, 0)
COLUMN_PARTS = (1, 1, -1, -1, 0, 0, 0, 0, 1, -1, 1, -1, 0, 0, -1, 1)


@dataclass(frozen=True)
class Reading:
    """How a field is read: the part of the pixel grid, the point in each pixel, and the precision.

    start: first (row, column) of the window. shape: its (rows, columns). offset: 0.5 for pixel centres, 0 for corners.
    bits: q of the weights; 2 q plus the bits of factors and constant must not exceed the 53 bits of float64.
    """

    start: tuple[int, int]
    shape: tuple[int, int]
    offset: float
    bits: int

    def lines(self, axis: int, step: float) -> tuple[int, int]:
        """Return the first lattice line that the window touches along ``axis``, and the one after the last.

        step: lattice cells per pixel.
        """
        return touched_lines(step, self.start[axis], self.shape[axis], self.offset)


@dataclass(frozen=True)
class GradientField:
    """The inputs from which the field over a window of one picture is computed; gradients, steps, factors per octave.

    gradients: (2, lattice rows, lattice columns) int8 of the lines that the window touches: row parts, then column
    parts; −1, 0 or 1. steps: lattice cells per pixel, down and across. factors: multiplier of each octave. constant:
    added to the field.
    """

    gradients: tuple[NDArray[np.int8], ...]
    steps: tuple[tuple[float, float], ...]
    factors: tuple[float, ...]
    constant: float
    reading: Reading


@dataclass(frozen=True)
class FieldBatch:
    """N fields of one shape, computed at once: their inputs are stacked and padded with zeros.

    gradients: per octave (N, lattice rows, lattice columns, 2) int8, row part and column part of each point; beyond
    the lines that a window touches the values are arbitrary. rows, columns: (N, octaves, pixels), positions in lattice
    cells from the first line that the window touches. factors: (N, octaves). constants: (N,).
    """

    gradients: tuple[Array, ...]
    rows: Array
    columns: Array
    factors: Array
    constants: Array
    bits: int


def touched_lines(step: float, start: int, pixels: int, offset: float) -> tuple[int, int]:
    """Return the first lattice line that ``pixels`` from ``start`` on touch, and the one after the last."""
    return int(step * (start + offset)), int(step * (start + pixels - 1 + offset)) + 2


def stack(fields: Sequence[GradientField]) -> FieldBatch:
    """Stack ``fields`` of one shape, offset and number of bits."""
    octaves = range(max(len(field.steps) for field in fields))
    factors = [[f.factors[o] if o < len(f.steps) else 0.0 for o in octaves] for f in fields]
    return FieldBatch(
        tuple(_stacked_gradients(fields, octave) for octave in octaves),
        _positions(fields, octaves, 0),
        _positions(fields, octaves, 1),
        np.array(factors),
        np.array([field.constant for field in fields]),
        fields[0].reading.bits,
    )


def field_batch(batch: FieldBatch, space: Space) -> Array:
    """Return all fields of a batch, (N, rows, columns), computed in ``space`` as one product.

    It is meant for graphics cards, where many small products cost more than one large one. The number of steps depends
    only on the number of octaves, and no step waits for the host.
    """
    xp, exact = space.xp, space.exact
    rows, columns = space.array(batch.rows, exact), space.array(batch.columns, exact)
    (count, _, height), width = rows.shape, columns.shape[2]
    down, across = ([parts.shape[axis] for parts in batch.gradients] for axis in (1, 2))
    weights = _weights(xp.concat((rows, columns), axis=2), down, across, height, batch, space)
    constants = xp.zeros((count, 1, width), dtype=exact, device=space.device)
    constants += space.array(batch.constants, exact)[:, None, None]
    lines: tuple[list[Array], list[Array]] = ([], [])
    start = 0
    for parts, stop in zip(batch.gradients, accumulate(across), strict=True):
        gradients = xp.permute_dims(space.array(parts, exact), (3, 0, 1, 2))
        for one in (0, 1):
            lines[1 - one].append(gradients[one, ...] @ weights[1][one, :, start:stop, :])
        start = stop
    return weights[0] @ xp.concat([constants, *lines[0], *lines[1]], axis=1)


def _weights(
    positions: Array, down: Sequence[int], across: Sequence[int], height: int, batch: FieldBatch, space: Space
) -> tuple[Array, Array]:
    """Return the weights of rows, multiplied by the factors, and of columns, with the lines of all octaves in a row.

    positions: (N, octaves, pixel rows, then pixel columns). down, across: number of lattice lines of each octave. The
    row weights are (N, height, 1 + 2 · lines): 1 for the constant, fade weights, then distance weights (fade weight
    times distance to the line). The column weights are (2, N, lines, width): fade weights, then distance weights.
    """
    xp, exact = space.xp, space.exact
    count, _, pixels = positions.shape
    width, (tall, wide) = pixels - height, (sum(down), sum(across))
    line, sides = taps(positions, batch.bits, xp)
    place = xp.astype(line, xp.int64)
    scale = space.array(batch.factors, exact)[:, :, None]

    def counting(stop: int, dimensions: tuple[int, int, int], step: int) -> Array:
        return xp.reshape(xp.arange(stop, device=space.device), dimensions) * step

    # The place of each octave's first line follows from counts on the host; nothing has to be copied to the device.
    row_place, column_place = place[:, :, :height], place[:, :, height:]
    row_place = row_place + _starts(down, space) + counting(count * height, (count, 1, height), 1 + 2 * tall) + 1
    column_place = (column_place + _starts(across, space)) * width + counting(width, (1, 1, width), 1)
    column_place = column_place + counting(count, (count, 1, 1), wide * width)
    rows = xp.zeros(count * height * (1 + 2 * tall), dtype=exact, device=space.device)
    columns = xp.zeros(2 * count * wide * width, dtype=exact, device=space.device)
    for side, kinds in enumerate(sides):
        for kind, values in enumerate(kinds):
            rows[_flat(row_place + (side + kind * tall), xp)] = _flat(values[:, :, :height] * scale, xp)
            columns[_flat(column_place + (side + kind * count * wide) * width, xp)] = _flat(values[:, :, height:], xp)
    rows, columns = xp.reshape(rows, (count, height, -1)), xp.reshape(columns, (2, count, wide, width))
    rows[:, :, 0] = 1.0
    return rows, columns


def _starts(lines: Sequence[int], space: Space) -> Array:
    """Return the number of lines before each octave, (octaves, 1)."""
    parts = [space.xp.full((1, 1), start, dtype=space.xp.int64, device=space.device) for start in _before(lines)]
    return space.xp.concat(parts, axis=0)


def _before(lines: Sequence[int]) -> list[int]:
    return list(accumulate(lines, initial=0))[:-1]


def _flat(array: Array, xp: Any) -> Array:
    return xp.reshape(array, (-1,))


def taps(positions: Array, bits: int, xp: Any) -> tuple[Array, tuple[tuple[Array, Array], tuple[Array, Array]]]:
    """Return the lattice line before each position, a float in lattice cells, and the weights of it and the next line.

    Each line has two weights: the fade weight, and the fade weight times the distance to the line. All are multiples of
    2⁻ᑫ with q = ``bits``.
    """
    quantum = float(1 << bits)
    line = xp.floor(positions)
    distance = positions - line
    fade = distance * distance * distance * (distance * (distance * 6.0 - 15.0) + 10.0)
    before, after = xp.round((1.0 - fade) * quantum), xp.round(fade * quantum)
    away = xp.round(before * distance) / quantum, xp.round(after * (distance - 1.0)) / quantum
    return line, ((before / quantum, away[0]), (after / quantum, away[1]))


def _stacked_gradients(fields: Sequence[GradientField], octave: int) -> NDArray[np.int8]:
    parts = {index: f.gradients[octave] for index, f in enumerate(fields) if octave < len(f.steps)}
    rows, columns = (max(part.shape[axis] for part in parts.values()) for axis in (1, 2))
    stacked = np.zeros((len(fields), rows, columns, 2), dtype=np.int8)
    for index, part in parts.items():
        stacked[index, : part.shape[1], : part.shape[2]] = part.transpose(1, 2, 0)
    return stacked


def _positions(fields: Sequence[GradientField], octaves: range, axis: int) -> NDArray[np.float64]:
    steps = np.array([[f.steps[o][axis] if o < len(f.steps) else 0.0 for o in octaves] for f in fields])
    starts = np.array([field.reading.start[axis] for field in fields])
    pixels = np.arange(fields[0].reading.shape[axis]) + fields[0].reading.offset
    positions = steps[:, :, None] * (starts[:, None] + pixels)[:, None, :]
    return np.asarray(positions - np.floor(positions[:, :, :1]))
