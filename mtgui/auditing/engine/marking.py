"""Marked batches: originals in, the pixels that the model sees out, 8-bit rounding included."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtgui.auditing.engine.prepared import PreparedPicture
from mtgui.auditing.engine.task import MatrixTask, Unit
from mtgui.auditing.engine.views import Corner
from mtgui.marking.mark import Mark, PictureDesign, mark_part

_MARKS_KEPT = 512
# Of a card's memory; the rest is the model's.
_SHARE_FOR_ORIGINALS = 8


@dataclass(frozen=True)
class Window:
    """What the mark of one item of a batch depends on: the mark, the picture's design, the size of the whole resized
    picture, and where in it the item's pixels lie.
    """

    mark: Mark | None
    design: PictureDesign
    size: tuple[int, int]
    at: tuple[int, int]


@dataclass(frozen=True)
class HalfMade:
    """One crop of a batch, as far as the host can make it.

    pixels: (B, 3, h, w) uint8, marked already on the processor; on a card, unmarked and only the rows once, or None
    where the card holds them.
    """

    corner: int
    unit: Unit
    pixels: Tensor | None
    windows: Sequence[Window]


class MarkedBatches:
    """Makes the marked pixels of one task's batches. `begin` may run in another thread than `finish`."""

    def __init__(self, task: MatrixTask) -> None:
        """Remember the pictures; where a card has room for all of them, they are sent to it once."""
        self._pictures, self._crop = task.pictures, task.model.preprocessing.crop
        self._corners, self._device = task.views.crops, task.model.device
        self._marks = lru_cache(maxsize=_MARKS_KEPT)(task.marks)
        self._is_on_card = self._device.type != "cpu"
        self._resident: list[Tensor] = []
        if self._is_on_card and self._fits():
            everything = range(len(self._pictures))
            self._resident = [self._stack(everything, corner).to(self._device) for corner in self._corners]

    def begin(self, unit: Unit) -> list[HalfMade]:
        """Return each crop of ``unit`` as far as the host makes it; on the processor that is all of it."""
        return [self._begin(unit, corner) for corner in range(len(self._corners))]

    def finish(self, half: HalfMade) -> Tensor:
        """Return the marked pixels of one crop on the device: (B, 3, h, w) uint8, columns outermost."""
        if half.pixels is None:
            originals = self._resident[half.corner][list(half.unit.rows)]
        elif self._is_on_card:
            originals = half.pixels.to(self._device, non_blocking=half.pixels.is_pinned())
        else:
            return half.pixels
        return mark_on_device(originals.repeat(len(half.unit.columns), 1, 1, 1), half.windows)

    def _begin(self, unit: Unit, corner: int) -> HalfMade:
        windows = self._windows(unit, self._corners[corner])
        if not self._is_on_card:
            return HalfMade(corner, unit, mark_on_host(self._crops(unit, corner), windows), windows)
        pixels = None if self._resident else self._stack(unit.rows, self._corners[corner])
        return HalfMade(corner, unit, pixels, windows)

    def _crops(self, unit: Unit, corner: int) -> list[NDArray[np.uint8]]:
        crops = [self._cut(self._pictures[row], self._corners[corner]) for row in unit.rows]
        return crops * len(unit.columns)

    def _windows(self, unit: Unit, corner: Corner) -> list[Window]:
        pictures = [self._pictures[row] for row in unit.rows]
        places = [corner.at(picture.size, self._crop) for picture in pictures]
        return [
            Window(marks[picture.block], picture.design, picture.size, at)
            for marks in map(self._marks, unit.columns)
            for picture, at in zip(pictures, places, strict=True)
        ]

    def _cut(self, picture: PreparedPicture, corner: Corner) -> NDArray[np.uint8]:
        top, left = corner.at(picture.size, self._crop)
        top, left = top - picture.at[0], left - picture.at[1]
        return picture.pixels[:, top : top + self._crop[0], left : left + self._crop[1]]

    def _stack(self, rows: Sequence[int], corner: Corner) -> Tensor:
        """Return the unmarked crops of ``rows``, (rows, 3, h, w), in memory from which a card reads by itself."""
        is_pinned = self._device.type == "cuda"
        stack = torch.empty((len(rows), 3, *self._crop), dtype=torch.uint8, pin_memory=is_pinned)
        view = stack.numpy()
        for place, row in enumerate(rows):
            view[place] = self._cut(self._pictures[row], corner)
        return stack

    def _fits(self) -> bool:
        wanted = len(self._pictures) * len(self._corners) * 3 * self._crop[0] * self._crop[1]
        return wanted <= _memory_of(self._device) // _SHARE_FOR_ORIGINALS


def mark_on_host(crops: Sequence[NDArray[np.uint8]], windows: Sequence[Window]) -> Tensor:
    """Return marked crops, (B, 3, h, w) uint8, made by NumPy: one window for each crop."""
    stack = torch.empty((len(crops), *crops[0].shape), dtype=torch.uint8)
    view = stack.numpy()
    for place, (crop, window) in enumerate(zip(crops, windows, strict=True)):
        view[place] = (
            crop if window.mark is None else mark_part(crop, window.mark, window.design, window.size, window.at)
        )
    return stack


def mark_on_device(crops: Tensor, windows: Sequence[Window]) -> Tensor:
    """Mark ``crops``, (B, 3, h, w) uint8 on any device, in place and return them: one window for each crop."""
    for crop, window in zip(crops, windows, strict=True):
        if window.mark is not None:
            crop.copy_(mark_part(crop, window.mark, window.design, window.size, window.at))
    return crops


def _memory_of(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "xpu":
        return int(torch.xpu.get_device_properties(device).total_memory)
    return int(torch.mps.recommended_max_memory())
