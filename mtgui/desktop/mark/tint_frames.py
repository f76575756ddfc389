"""Frames of tints, in screen pixels: what does not depend on the strength is kept, and the rest is one pass.

The pixels are those that `mtgui.marking.mark.mark_part` makes. A tint is the same within a cell, so its shift is
computed once for each cell and added to rows of screen pixels.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.mark import Mark, PictureDesign, tint_window
from mtgui.marking.noise import NoiseStretch
from mtgui.marking.tint import cells_at, cells_of
from mtgui.marking.tinting import tint_on_host

MIDDLE = 128
_BANDS = 4
"""How many bands of rows are made at the same time at most."""


@dataclass(frozen=True)
class FramePlace:
    """Where a frame lies: the size (height, width) of the whole scaled picture, and the rows and columns shown."""

    size: tuple[int, int]
    rows: tuple[int, int]
    columns: tuple[int, int]


def shift_of_cells(mark: Mark, design: PictureDesign, size: tuple[int, int], channels: int) -> NDArray[np.int16]:
    """Return the shift of each cell of a picture of ``size`` pixels: (rows, columns, 4) of cells, BGRX, in levels.

    design: with a texture. channels: 1 or 3.
    """
    cells = cells_of(size)
    flat = np.full((channels, *cells), MIDDLE, dtype=np.uint8)
    tinted = np.empty_like(flat)
    # A grey picture with one pixel for each cell shows the shift itself.
    tint_on_host(flat, tinted, tint_window(mark, design, NoiseStretch(cells, (0, 0), cells)))
    shift = np.zeros((*cells, 4), dtype=np.int16)
    for channel in range(3):
        shift[:, :, channel] = tinted[max(0, channels - 1 - channel)].astype(np.int16) - MIDDLE
    return shift


def add_shift(
    screen: NDArray[np.uint8], shift: NDArray[np.int16], place: FramePlace, pool: Executor
) -> NDArray[np.uint8]:
    """Return ``screen``, (rows, columns, 4) uint8, with the ``shift`` of each cell added and clipped to 0 … 255."""
    first, last = place.rows
    cell_rows = cells_at(place.size[0], shift.shape[0], first, last - first)
    columns = cells_at(place.size[1], shift.shape[1], place.columns[0], place.columns[1] - place.columns[0])
    edges = np.flatnonzero(np.diff(cell_rows, prepend=-1, append=-1)).tolist()
    bands = list(pairwise(edges))
    shown = np.empty_like(screen)
    # Clipped first, so that the sum stays within a byte; what is below zero wraps, and wraps back.
    low, high = np.maximum(-shift, 0).astype(np.uint8), (255 - np.maximum(shift, 0)).astype(np.uint8)
    parts = (low, high, shift.astype(np.uint8))

    def fill(some: list[tuple[int, int]]) -> None:
        for top, bottom in some:
            least, most, added = (part[cell_rows[top]].take(columns, axis=0)[None] for part in parts)
            target = shown[top:bottom]
            np.maximum(screen[top:bottom], least, out=target)
            np.minimum(target, most, out=target)
            target += added

    _in_bands(fill, bands, pool)
    return shown


def _in_bands(fill: Callable[[list[tuple[int, int]]], None], bands: list[tuple[int, int]], pool: Executor) -> None:
    step = max(1, -(-len(bands) // _BANDS))
    list(pool.map(fill, [bands[start : start + step] for start in range(0, len(bands), step)]))
