"""Gradient noise on a regular grid, as products of small matrices.

Perlin noise (SIGGRAPH 2002) at a point is a sum over the four corners of its lattice cell of
fade-weight(row) × fade-weight(column) × (gradient · distance). On a regular grid the weights of all rows and
of all columns form two matrices, so that one octave is

    field = rows · (row gradients · columnsᵀ)  with the distance folded into one side's weights,

and octaves stack along the inner dimension into one product, with a constant as one more line. Weights are
rounded to multiples of 2⁻ᑫ and gradients are −1, 0 or 1, so that in float64 every product and sum is exact: the
field has the same bits whatever library, processor or number of threads computes it, and however it is cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import Array, Space

# The sixteen corner gradients of Perlin's improved noise, seen from above: (row part, column part).
ROW_PARTS = (1, -1, 1, -1, 1, -1, 1, -1, 0, 0, 0, 0, 1, -1, 0, 0)
COLUMN_PARTS = (1, 1, -1, -1, 0, 0, 0, 0, 1, -1, 1, -1, 0, 0, -1, 1)


@dataclass(frozen=True)
class Reading:
    """How a field is read: which part of the pixel grid, where in a pixel, and how exactly.

    start, shape: first row and column of the window, and its rows and columns. offset: 0.5 at pixel centres, 0 at
    corners. bits: q of the weights; twice q and the bits of factors and constant must stay within the 53 of float64.
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
class Field:
    """The field over a window of one picture, octave by octave, as numbers and lattices from which it is computed.

    gradients: (2, lattice rows, lattice columns) int8 of the lines that the window touches: row parts, then column
    parts; −1, 0 or 1. steps: lattice cells per pixel, down and across. factors: what an octave is multiplied by.
    constant: what is added.
    """

    gradients: tuple[NDArray[np.int8], ...]
    steps: tuple[tuple[float, float], ...]
    factors: tuple[float, ...]
    constant: float
    reading: Reading


@dataclass(frozen=True)
class FieldBatch:
    """N fields of one shape, to be computed at once: everything stacked, with noughts where a field has nothing.

    gradients: per octave (2, N, lattice rows, lattice columns) int8. positions: per octave and axis, (N, pixels) in
    lattice cells from the first line that the window touches. factors: per octave (N,). constants: (N,).
    """

    gradients: tuple[NDArray[np.int8], ...]
    positions: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]
    factors: tuple[NDArray[np.float64], ...]
    constants: NDArray[np.float64]
    bits: int


def touched_lines(step: float, start: int, pixels: int, offset: float) -> tuple[int, int]:
    """Return the first lattice line that ``pixels`` from ``start`` on touch, and the one after the last."""
    return int(step * (start + offset)), int(step * (start + pixels - 1 + offset)) + 2


def stack(fields: Sequence[Field]) -> FieldBatch:
    """Stack ``fields`` of one shape, offset and number of bits."""
    octaves = range(max(len(field.steps) for field in fields))
    return FieldBatch(
        tuple(_stacked_gradients(fields, octave) for octave in octaves),
        tuple((_positions(fields, octave, 0), _positions(fields, octave, 1)) for octave in octaves),
        tuple(np.array([f.factors[octave] if octave < len(f.steps) else 0.0 for f in fields]) for octave in octaves),
        np.array([field.constant for field in fields]),
        fields[0].reading.bits,
    )


def field_batch(batch: FieldBatch, space: Space) -> Array:
    """Return all fields of a batch, (N, rows, columns), computed where ``space`` is, as one product.

    For graphics cards, where many small products cost more than one large one.
    """
    xp, exact = space.xp, space.exact
    (count, height), (_, width) = (positions.shape for positions in batch.positions[0])
    rows = [xp.ones((count, height, 1), dtype=exact, device=space.device)]
    constants = space.array(batch.constants, exact)[:, None, None]
    lines = [xp.zeros((count, 1, width), dtype=exact, device=space.device) + constants]
    for parts, (down, across), factors in zip(batch.gradients, batch.positions, batch.factors, strict=True):
        row_weights = weigh(space.array(down, exact), parts.shape[2], batch.bits, space)
        column_weights = xp.permute_dims(
            weigh(space.array(across, exact), parts.shape[3], batch.bits, space), (0, 1, 3, 2)
        )
        gradients = space.array(parts, exact)
        scale = space.array(factors, exact)[:, None, None]
        for one in (0, 1):
            rows.append(row_weights[one, ...] * scale)
            lines.append(gradients[1 - one, ...] @ column_weights[1 - one, ...])
    return xp.concat(rows, axis=2) @ xp.concat(lines, axis=1)


def taps(positions: Array, bits: int, xp: Any) -> tuple[Array, tuple[tuple[Array, Array], tuple[Array, Array]]]:
    """Return the lattice line before each position (in lattice cells, a float), and the weights of two lines.

    Weights, multiples of 2⁻ᑫ, q = ``bits``, are of that line and of the next; of each, the fade weight, then the same
    times the distance to the line.
    """
    quantum = float(1 << bits)
    line = xp.floor(positions)
    distance = positions - line
    fade = distance * distance * distance * (distance * (distance * 6.0 - 15.0) + 10.0)
    before, after = xp.round((1.0 - fade) * quantum), xp.round(fade * quantum)
    away = xp.round(before * distance) / quantum, xp.round(after * (distance - 1.0)) / quantum
    return line, ((before / quantum, away[0]), (after / quantum, away[1]))


def weigh(positions: Array, lines: int, bits: int, space: Space) -> Array:
    """Return the weights of ``lines`` lattice lines for pixels at ``positions``, (N, pixels) in lattice cells: fade
    weights, then the same times the distance to the line, (2, N, pixels, lines), as in `taps`.
    """
    xp = space.xp
    line, weights_of = taps(positions, bits, xp)
    shape = (2, *positions.shape, lines)
    weights = xp.zeros(shape, dtype=space.exact, device=space.device)
    picture = space.array(np.arange(shape[1])[:, None])
    pixel = space.array(np.arange(shape[2])[None, :])
    place = xp.astype(line, xp.int64)
    for step, kinds in enumerate(weights_of):
        for kind, values in enumerate(kinds):
            weights[kind, picture, pixel, place + step] = values
    return weights


def _stacked_gradients(fields: Sequence[Field], octave: int) -> NDArray[np.int8]:
    parts = {index: f.gradients[octave] for index, f in enumerate(fields) if octave < len(f.steps)}
    rows, columns = (max(part.shape[axis] for part in parts.values()) for axis in (1, 2))
    stacked = np.zeros((2, len(fields), rows, columns), dtype=np.int8)
    for index, part in parts.items():
        stacked[:, index, : part.shape[1], : part.shape[2]] = part
    return stacked


def _positions(fields: Sequence[Field], octave: int, axis: int) -> NDArray[np.float64]:
    steps = np.array([f.steps[octave][axis] if octave < len(f.steps) else 0.0 for f in fields])
    starts = np.array([field.reading.start[axis] for field in fields])
    pixels = np.arange(fields[0].reading.shape[axis]) + fields[0].reading.offset
    positions = steps[:, None] * (starts[:, None] + pixels)
    return np.asarray(positions - np.floor(positions[:, :1]))
