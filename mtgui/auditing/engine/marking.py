"""Marked batches: originals in, the pixels that the model sees out, 8-bit rounding included."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtgui.auditing.engine.devices import memory_bytes
from mtgui.auditing.engine.prepared import PreparedPicture
from mtgui.auditing.engine.task import MatrixTask, Unit
from mtgui.auditing.engine.views import Corner
from mtgui.marking.mark import Mark, mark_part
from mtgui.marking.settings import MarkSettings
from mtgui.marking.windows import PreparedWindows, Window, apply_windows, prepare_windows

_MARKS_KEPT = 512
# Of a card's memory; the rest is the model's.
_SHARE_FOR_ORIGINALS = 8


@dataclass(frozen=True)
class HalfMade:
    """One crop of a batch, as far as the host can make it.

    pixels: (B, 3, h, w) uint8, marked already on the processor; on a card, unmarked and the rows only once, or None
    where the card holds them. marks: on a card, what is to be marked still: places in the batch, and their windows.
    """

    corner: int
    unit: Unit
    pixels: Tensor | None
    marks: Sequence[tuple[Sequence[int], PreparedWindows]] = ()


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
        make = self._for_card if self._is_on_card else self._on_host
        return [make(unit, corner) for corner in range(len(self._corners))]

    def finish(self, half: HalfMade) -> Tensor:
        """Return the marked pixels of one crop on the device: (B, 3, h, w) uint8, columns outermost."""
        if half.pixels is None:
            originals = self._resident[half.corner][list(half.unit.rows)]
        elif self._is_on_card:
            originals = half.pixels.to(self._device, non_blocking=half.pixels.is_pinned())
        else:
            return half.pixels
        pixels = originals.repeat(len(half.unit.columns), 1, 1, 1)
        for places, windows in half.marks:
            if len(places) == len(pixels):
                return torch.as_tensor(apply_windows(pixels, windows))
            pixels[list(places)] = apply_windows(pixels[list(places)], windows)
        return pixels

    def _on_host(self, unit: Unit, corner: int) -> HalfMade:
        """Mark picture by picture: on processors faster than all at once, for each fits the cache."""
        pixels = torch.empty((len(unit), 3, *self._crop), dtype=torch.uint8)
        crops = [self._cut(self._pictures[row], self._corners[corner]) for row in unit.rows]
        windows = self._windows(unit, self._corners[corner])
        for marked, crop, window in zip(pixels.numpy(), crops * len(unit.columns), windows, strict=True):
            marked[:] = crop if window is None else mark_part(crop, window.mark, window.design, window.size, window.at)
        return HalfMade(corner, unit, pixels)

    def _for_card(self, unit: Unit, corner: int) -> HalfMade:
        pixels = None if self._resident else self._stack(unit.rows, self._corners[corner])
        alike: dict[MarkSettings, list[int]] = {}
        windows = self._windows(unit, self._corners[corner])
        for place, window in enumerate(windows):
            if window is not None:
                alike.setdefault(window.mark.settings, []).append(place)
        marks = [
            (places, prepare_windows([window for place in places if (window := windows[place])], (3, *self._crop)))
            for places in alike.values()
        ]
        return HalfMade(corner, unit, pixels, marks)

    def _windows(self, unit: Unit, corner: Corner) -> list[Window | None]:
        """Return what each item of the batch is marked with, None where it stays as it is."""
        pictures = [self._pictures[row] for row in unit.rows]
        places = [corner.at(picture.size, self._crop) for picture in pictures]
        return [
            _window(marks[picture.block], picture, at)
            for marks in map(self._marks, unit.columns)
            for picture, at in zip(pictures, places, strict=True)
        ]

    def _cut(self, picture: PreparedPicture, corner: Corner) -> NDArray[np.uint8]:
        top, left = corner.at(picture.size, self._crop)
        top, left = top - picture.at[0], left - picture.at[1]
        return picture.pixels[:, top : top + self._crop[0], left : left + self._crop[1]]

    def _stack(self, rows: Sequence[int], corner: Corner) -> Tensor:
        """Return the unmarked crops of ``rows``, (rows, 3, h, w), in memory from which a CUDA card reads by itself."""
        is_pinned = self._device.type == "cuda"
        stack = torch.empty((len(rows), 3, *self._crop), dtype=torch.uint8, pin_memory=is_pinned)
        for place, row in zip(stack.numpy(), rows, strict=True):
            place[:] = self._cut(self._pictures[row], corner)
        return stack

    def _fits(self) -> bool:
        wanted = len(self._pictures) * len(self._corners) * 3 * self._crop[0] * self._crop[1]
        return wanted <= memory_bytes(self._device) // _SHARE_FOR_ORIGINALS


def _window(mark: Mark | None, picture: PreparedPicture, at: tuple[int, int]) -> Window | None:
    return None if mark is None else Window(mark, picture.design, picture.size, at)
