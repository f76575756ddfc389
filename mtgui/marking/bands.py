"""Fields of gradient noise in NumPy, in bands that stay in the processor's cache.

A row of pixels lies between two lattice lines of each octave, and a few neighbouring rows touch only few more lines.
Rows are therefore grouped in tiles, and each tile is multiplied only with the lines that it touches.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import WORKSPACE, Array, Space
from mtgui.marking.perlin import GradientField, Reading, taps

_KEPT_PIXELS = 1 << 15
_BAND_CELLS = 1 << 18
_BAND_COLUMNS = 1024
# Cost of fetching one number of a line, in multiplications.
_FETCHING = 8.0


@dataclass(frozen=True)
class Band:
    """The field over a part of a window: (bottom − top, right − left) float64."""

    top: int
    bottom: int
    left: int
    right: int
    values: NDArray[np.float64]


def field_bands(field: GradientField, cells: int = _BAND_CELLS, columns: int = _BAND_COLUMNS) -> Iterator[Band]:
    """Yield ``field`` in bands. Each band is a per-thread buffer, overwritten by the next band.

    cells: greatest number of values in a band; a band holds at least one tile of rows. columns: greatest width of a
    band. The values depend on neither.
    """
    (height, width), reading = field.reading.shape, field.reading
    down, across = (tuple(steps) for steps in zip(*field.steps, strict=True))
    rows = _rows(down, reading, _tile_rows(down, height))
    tile, count = rows.weights.shape[1:]
    for left in range(0, width, columns):
        right = min(left + columns, width)
        lines = _lines(field, _columns(across, reading, left, right - left))
        step = max(1, cells // (tile * (right - left)))
        for number in range(0, len(rows.weights), step):
            weights, touched = rows.weights[number : number + step], rows.lines[number : number + step]
            near = WORKSPACE.array("near lines", (len(weights), count, right - left), np.float64)
            lines.take(touched, axis=0, out=near, mode="clip")
            values = WORKSPACE.array("field", (len(weights), tile, right - left), np.float64)
            np.matmul(weights, near, out=values)
            top, bottom = number * tile, min((number + len(weights)) * tile, height)
            yield Band(top, bottom, left, right, values.reshape(-1, right - left)[: bottom - top])


def whole_field(field: GradientField, space: Space) -> Array:
    """Return the whole of ``field``, (rows, columns), as an array of ``space``."""
    whole = np.empty(field.reading.shape)
    for band in field_bands(field):
        whole[band.top : band.bottom, band.left : band.right] = band.values
    return space.array(whole, space.exact)


@dataclass(frozen=True)
class _Rows:
    """Row weights in tiles of equally many pixel rows; the last tile is padded with zeros.

    weights: (tiles, rows, 1 + two per lattice line that a tile touches) float64. lines: index of the line that each
    weight belongs to, (tiles, 1 + two per lattice line that a tile touches) int64.
    """

    weights: NDArray[np.float64]
    lines: NDArray[np.int64]


@dataclass(frozen=True)
class _Columns:
    """Column weights of all octaves: (2, lattice lines, pixel columns) float64, distance weights, then fade weights.

    spans: per octave, the slice of lattice lines, counted from the window's first line, and the same lines as a slice
    of ``weights``.
    """

    weights: NDArray[np.float64]
    spans: tuple[tuple[slice, slice], ...]


def _tile_rows(steps: tuple[float, ...], height: int) -> int:
    """Return the rows per tile that cost least: small tiles fetch lines often, large tiles multiply mostly with zeros.

    A tile of t rows touches t·step + 2 lines of an octave on average. The sum of both costs per row has its minimum at
    the square root below.
    """
    fetched = 1 + 4 * len(steps)
    wanted = max(8, int(math.sqrt(_FETCHING * fetched / (2.0 * sum(steps)))))
    return -(-height // -(-height // wanted))


def _lines(field: GradientField, columns: _Columns) -> NDArray[np.float64]:
    """Return the constant and the products of lattice lines and column weights: (1 + two per line, pixel columns).

    After the constant come, for all octaves, the lines with distance weights of the columns, to be multiplied with
    fade weights of the rows; then the lines with fade weights of the columns, for distance weights of the rows.
    """
    pixels = columns.weights.shape[2]
    total = sum(parts.shape[1] for parts in field.gradients)
    lines = WORKSPACE.array("lines", (1 + 2 * total, pixels), np.float64)
    lines[0] = field.constant
    both = lines[1:].reshape(2, total, pixels)
    start = 0
    for parts, factor, (span, place) in zip(field.gradients, field.factors, columns.spans, strict=True):
        stop = start + parts.shape[1]
        np.matmul(parts[::-1, :, span] * factor, columns.weights[:, place], out=both[:, start:stop])
        start = stop
    return np.asarray(lines)


def _rows(steps: tuple[float, ...], reading: Reading, tile: int) -> _Rows:
    is_small = reading.shape[0] * len(steps) <= _KEPT_PIXELS
    make = _kept_rows if is_small else _make_rows
    return make(steps, reading.start[0], reading.shape[0], reading.offset, reading.bits, tile)


def _make_rows(steps: tuple[float, ...], start: int, pixels: int, offset: float, bits: int, tile: int) -> _Rows:
    line, weights = _pixel_taps(steps, start, pixels, offset, bits)
    line -= line[:, :1]
    tiles = -(-pixels // tile)
    first = line[:, ::tile]
    last = line[:, np.minimum(np.arange(1, tiles + 1) * tile, pixels) - 1]
    counts, totals = (last - first).max(axis=1) + 2, line[:, -1] + 2
    count, total = int(counts.sum()), int(totals.sum())
    starts, all_starts = np.cumsum(counts) - counts, np.cumsum(totals) - totals
    dense = np.zeros((tiles * tile, 1 + 2 * count))
    dense[:, 0] = 1.0
    place = line - np.repeat(first, tile, axis=1)[:, :pixels] + starts[:, None]
    place += np.arange(pixels) * dense.shape[1] + 1
    dense.reshape(-1)[place + _steps_to(1, count)] = weights
    octave = np.repeat(np.arange(len(steps)), counts)
    touched = np.minimum(first[octave].T + (np.arange(count) - starts[octave]), (totals - 1)[octave])
    touched += all_starts[octave] + 1
    lines = np.concatenate((np.zeros((tiles, 1), np.int64), touched, touched + total), axis=1)
    return _Rows(dense.reshape(tiles, tile, -1), lines)


def _steps_to(side: int, kind: int) -> NDArray[np.int64]:
    """Return the offsets from a pixel's first weight to its four weights: (2 lines, 2 kinds, 1, 1)."""
    return np.array([[0, kind], [side, side + kind]])[:, :, None, None]


def _columns(steps: tuple[float, ...], reading: Reading, left: int, columns: int) -> _Columns:
    """Return the weights of the ``columns`` pixel columns from ``left`` on, counted within the window."""
    make = _kept_columns if columns * len(steps) <= _KEPT_PIXELS else _make_columns
    return make(steps, reading.start[1], left, columns, reading.offset, reading.bits)


def _make_columns(steps: tuple[float, ...], start: int, left: int, pixels: int, offset: float, bits: int) -> _Columns:
    line, weights = _pixel_taps(steps, start + left, pixels, offset, bits)
    firsts, counts = line[:, 0], line[:, -1] + 2 - line[:, 0]
    places = np.cumsum(counts) - counts
    total = int(counts.sum())
    dense = np.zeros((2, total, pixels))
    place = (line + (places - firsts + total)[:, None]) * pixels + np.arange(pixels)
    dense.reshape(-1)[place + _steps_to(pixels, -total * pixels)] = weights
    spans = tuple(
        (slice(begin, begin + count), slice(at, at + count))
        for begin, count, at in zip(
            (firsts - [int(step * (start + offset)) for step in steps]).tolist(),
            counts.tolist(),
            places.tolist(),
            strict=True,
        )
    )
    return _Columns(dense, spans)


_kept_rows = lru_cache(maxsize=256)(_make_rows)
_kept_columns = lru_cache(maxsize=256)(_make_columns)


def _pixel_taps(
    steps: tuple[float, ...], start: int, pixels: int, offset: float, bits: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return `taps` of pixels in a row: lines (octaves, pixels), weights (2 lines, 2 kinds, octaves, pixels)."""
    line, kinds = taps(np.array(steps)[:, None] * (np.arange(start, start + pixels) + offset), bits, np)
    weights = np.empty((2, 2, *line.shape))
    for side in (0, 1):
        for kind in (0, 1):
            weights[side, kind] = kinds[side][kind]
    return line.astype(np.int64), weights
