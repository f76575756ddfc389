"""Makes marked batches: turns originals into the pixels that the model sees, rounded to 8 bits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtgui.auditing.engine.device_lane import Lane, Parcel
from mtgui.auditing.engine.prepared_originals import PreparedPicture
from mtgui.auditing.engine.task import MatrixTask, Unit
from mtgui.auditing.engine.views import Corner
from mtgui.marking.mark import Mark, mark_part
from mtgui.marking.settings import MarkSettings
from mtgui.marking.windows import PreparedWindows, Window, apply_windows, prepare_windows

_MARKS_KEPT = 512
Item = TypeVar("Item")


class NotWantedError(Exception):
    """The batch that is being made is not needed any more."""


@dataclass(frozen=True)
class HalfMade:
    """One crop of a batch, as far as the host makes it.

    On the processor, pixels are (B, 3, h, w) uint8 and marked. On a card, they are unmarked, each row only once, or
    None if the card holds them. Only a card has a parcel, which begins with the row of each item, and marks, the
    work that is left: for each kind of settings, the index in the parcel of the items to mark (None: all), and windows
    whose arrays are replaced by their indices in the parcel.
    """

    corner: int
    unit: Unit
    pixels: Tensor | None
    parcel: Parcel | None = None
    marks: Sequence[tuple[int | None, PreparedWindows]] = ()


class MarkedBatches:
    """Makes the marked pixels of one task's batches. `begin` may run in other threads than `finish`."""

    def __init__(self, task: MatrixTask, lane: Lane | None = None) -> None:
        """Keep the pictures. A card with room for all of them keeps each picture after it was sent.

        lane: the link to the model's device; None to make one.
        """
        self._pictures, self._crop = task.pictures, task.model.preprocessing.crop
        self._corners = task.views.crops
        self._lane = lane or task.lane(task.model.device)
        self._marks = lru_cache(maxsize=_MARKS_KEPT)(task.marks)
        self._is_on_card = self._lane.marks_there
        self._resident: list[Tensor] = []
        self._there: set[int] = set()
        shape = (len(self._pictures), 3, *self._crop)
        if self._is_on_card and len(self._corners) * int(np.prod(shape)) <= self._lane.room:
            self._resident = [torch.empty(shape, dtype=torch.uint8, device=self._lane.device) for _ in self._corners]

    @property
    def rows_there(self) -> set[int]:
        """The rows whose pictures the card holds."""
        return set(self._there)

    def begin(self, unit: Unit, *, is_new: bool, stop: Event | None = None) -> list[HalfMade]:
        """Return each crop of ``unit`` as far as the host makes it; on the processor that is completely.

        is_new: True unless the card has all of these pictures, or a batch that takes them there was begun. Waits for
        pictures that are still being decoded. Raises NotWantedError between two pictures once ``stop`` is set.
        """
        stop, corners = stop or Event(), range(len(self._corners))
        if not self._is_on_card:
            return [self._on_host(unit, corner, stop) for corner in corners]
        return [self._for_card(unit, corner, stop, is_new=is_new) for corner in corners]

    def finish(self, half: HalfMade) -> Tensor:
        """Return the marked pixels of one crop on the device: (B, 3, h, w) uint8, ordered by column, then by row.

        Batches must be finished in the order in which they were begun. Nothing here waits for the device. Raises
        LookupError if a batch was not begun as new and the card does not have one of its pictures.
        """
        if half.parcel is None and half.pixels is not None:
            return half.pixels
        arrays = [] if half.parcel is None else self._lane.open(half.parcel)
        pixels = self._originals(half, arrays[0]).repeat(len(half.unit.columns), 1, 1, 1)
        for places, windows in half.marks:
            there = windows.moved(lambda place: arrays[place])
            if places is None:
                return torch.as_tensor(apply_windows(pixels, there))
            pixels[arrays[places]] = apply_windows(pixels[arrays[places]], there)
        return pixels

    def _originals(self, half: HalfMade, rows: Tensor) -> Tensor:
        """Return the unmarked crops of a batch on the card; they stay there if there is room."""
        if half.pixels is None:
            if not self._there.issuperset(half.unit.rows):
                raise LookupError("The card never had some of these pictures; the batch was to be begun as new.")
            return self._resident[half.corner].index_select(0, rows)
        originals = self._lane.send(half.pixels)
        if self._resident:
            self._resident[half.corner].index_copy_(0, rows, originals)
            if half.corner == len(self._corners) - 1:
                self._there.update(half.unit.rows)
        return originals

    def _on_host(self, unit: Unit, corner: int, stop: Event) -> HalfMade:
        """Mark picture by picture, which is faster on processors than all at once, because each fits the cache."""
        pixels = self._lane.memory((len(unit), 3, *self._crop))
        rows = _while_wanted(unit.rows, stop)
        crops = [self._cut(self._pictures[row], self._corners[corner]) for row in rows]
        windows = _while_wanted(self._windows(unit, self._corners[corner], stop), stop)
        for marked, crop, window in zip(pixels.numpy(), crops * len(unit.columns), windows, strict=True):
            marked[:] = crop if window is None else mark_part(crop, window.mark, window.design, window.size, window.at)
        return HalfMade(corner, unit, pixels)

    def _for_card(self, unit: Unit, corner: int, stop: Event, *, is_new: bool) -> HalfMade:
        pixels = self._stack(unit.rows, self._corners[corner], stop) if is_new or not self._resident else None
        alike: dict[MarkSettings, list[int]] = {}
        windows = self._windows(unit, self._corners[corner], stop)
        for place, window in enumerate(windows):
            if window is not None:
                alike.setdefault(window.mark.settings, []).append(place)
        arrays: list[NDArray[Any]] = [np.array(unit.rows, dtype=np.int64)]

        def put(array: NDArray[Any]) -> int:
            arrays.append(array)
            return len(arrays) - 1

        marks = []
        for places in alike.values():
            prepared = prepare_windows([window for place in places if (window := windows[place])], (3, *self._crop))
            where = None if len(places) == len(windows) else put(np.array(places, dtype=np.int64))
            marks.append((where, prepared.moved(put)))
        return HalfMade(corner, unit, pixels, self._lane.pack(arrays), marks)

    def _windows(self, unit: Unit, corner: Corner, stop: Event) -> list[Window | None]:
        """Return the window of each item of the batch; None for items that are not marked."""
        pictures = [self._pictures[row] for row in _while_wanted(unit.rows, stop)]
        places = [corner.at(picture.size, self._crop) for picture in pictures]
        return [
            _window(marks[picture.block], picture, at)
            for marks in map(self._marks, _while_wanted(unit.columns, stop))
            for picture, at in zip(pictures, places, strict=True)
        ]

    def _cut(self, picture: PreparedPicture, corner: Corner) -> NDArray[np.uint8]:
        top, left = corner.at(picture.size, self._crop)
        top, left = top - picture.at[0], left - picture.at[1]
        return picture.pixels[:, top : top + self._crop[0], left : left + self._crop[1]]

    def _stack(self, rows: Sequence[int], corner: Corner, stop: Event) -> Tensor:
        """Return the unmarked crops of ``rows``, (rows, 3, h, w), ready to be sent."""
        stack = self._lane.memory((len(rows), 3, *self._crop))
        for place, row in zip(stack.numpy(), _while_wanted(rows, stop), strict=True):
            place[:] = self._cut(self._pictures[row], corner)
        return stack


def _while_wanted(items: Iterable[Item], stop: Event) -> Iterator[Item]:
    """Yield ``items``. Raises NotWantedError before the next one once ``stop`` is set."""
    for item in items:
        if stop.is_set():
            raise NotWantedError
        yield item


def _window(mark: Mark | None, picture: PreparedPicture, at: tuple[int, int]) -> Window | None:
    return None if mark is None else Window(mark, picture.design, picture.size, at)
