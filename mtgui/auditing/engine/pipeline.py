"""Batches through the model, so that the device never waits: the next is made while this one is computed."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from mtgui.auditing.engine.classifier import refuse_odd_losses
from mtgui.auditing.engine.marking import HalfMade, MarkedBatches
from mtgui.auditing.engine.task import MatrixTask, Unit
from mtgui.common.control import Control

Ask = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Answer:
    """What the model said of one batch: the mean over all views, in nats, on the processor. losses: (B,) or
    (B, classes) float64, columns outermost.
    """

    unit: Unit
    losses: Tensor


@dataclass(frozen=True)
class _Flying:
    """A batch whose losses are on their way; ``arrival`` is None when they have arrived."""

    unit: Unit
    losses: Tensor
    arrival: Any


class Pipeline:
    """Sends the batches of one task through its model."""

    def __init__(self, task: MatrixTask, control: Control) -> None:
        """Make ready; this may already send all originals to the device."""
        self._model, self._views, self._control = task.model, task.views, control
        self._device = task.model.device
        self._batches = MarkedBatches(task)
        self._labels = torch.tensor([int(label) for label in task.labels])
        # On a card one batch more is queued while the results of the last one travel back.
        self._most_flying = 1 if self._device.type == "cuda" else 0

    def losses(self, units: Iterable[Unit]) -> Generator[Answer]:
        """Yield the losses of every batch with its labels, in order. Pauses and stops between batches.

        Raises CancelledError, ModelError, torch.OutOfMemoryError, MemoryError.
        """
        return self._answers(units, self._model.losses)

    def class_losses(self, units: Iterable[Unit]) -> Generator[Answer]:
        """Yield the losses of every batch with every label, in order. Otherwise as `losses`."""
        return self._answers(units, lambda pixels, _: self._model.class_losses(pixels))

    def _answers(self, units: Iterable[Unit], ask: Ask) -> Generator[Answer]:
        flying: deque[_Flying] = deque()
        for unit, halves in self._made(units):
            flying.append(self._launch(unit, halves, ask))
            while len(flying) > self._most_flying:
                yield _landed(flying.popleft())
        while flying:
            yield _landed(flying.popleft())

    def _made(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, list[HalfMade]]]:
        """Yield every batch as far as the host makes it; the next is begun in a thread of its own meanwhile."""
        with ThreadPoolExecutor(1, thread_name_prefix="mtgui-marks") as executor:
            waiting = iter(units)
            unit = next(waiting, None)
            future = None if unit is None else executor.submit(self._batches.begin, unit)
            while unit is not None and future is not None:
                halves, now = future.result(), unit
                unit = next(waiting, None)
                future = None if unit is None else executor.submit(self._batches.begin, unit)
                self._control.checkpoint()
                yield now, halves

    def _launch(self, unit: Unit, halves: list[HalfMade], ask: Ask) -> _Flying:
        labels = self._labels[list(unit.rows)].repeat(len(unit.columns)).to(self._device)
        losses: list[Tensor] = []
        for half in halves:
            pixels = self._batches.finish(half)
            losses.append(ask(pixels, labels))
            if self._views.is_mirrored:
                losses.append(ask(pixels.flip(3), labels))
        return _fly(unit, reduce(torch.add, losses) / self._views.count)


def _fly(unit: Unit, losses: Tensor) -> _Flying:
    if losses.device.type != "cuda":
        return _Flying(unit, losses.cpu(), None)
    host = torch.empty(losses.shape, dtype=losses.dtype, pin_memory=True)
    host.copy_(losses, non_blocking=True)
    card: Any = torch.cuda
    arrival = card.Event()
    arrival.record(card.current_stream(losses.device))
    return _Flying(unit, host, arrival)


def _landed(flying: _Flying) -> Answer:
    if flying.arrival is not None:
        flying.arrival.synchronize()
    refuse_odd_losses(flying.losses)
    return Answer(flying.unit, flying.losses)
