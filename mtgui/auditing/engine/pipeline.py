"""Sends batches through the model; the next batches are made meanwhile, so that the device never waits."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from threading import Event

import numpy as np
import torch
from torch import Tensor

from mtgui.auditing.engine.classifier import refuse_odd_losses
from mtgui.auditing.engine.device_lane import Arrival, Parcel
from mtgui.auditing.engine.marked_batches import HalfMade, MarkedBatches
from mtgui.auditing.engine.task import MatrixTask, Unit
from mtgui.common.control import Control
from mtgui.common.threads import Threads

Ask = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Answer:
    """The model's losses of one batch, averaged over all views.

    losses: (B,) or (B, classes) float64, in nats, on the processor, ordered by column, then by row.
    """

    unit: Unit
    losses: Tensor


@dataclass(frozen=True)
class _Made:
    """A batch that is ready to launch: its crops, and the label of each picture."""

    unit: Unit
    halves: list[HalfMade]
    labels: Parcel


class Pipeline:
    """Sends the batches of one task through its model."""

    def __init__(self, task: MatrixTask, control: Control) -> None:
        """Prepare the pipeline; nothing is sent to the device yet."""
        self._model, self._views, self._control = task.model, task.views, control
        self._lane = task.lane(task.model.device)
        self._batches = MarkedBatches(task, self._lane)
        self._labels = np.array([int(label) for label in task.labels], dtype=np.int64)

    def losses(self, units: Iterable[Unit]) -> Generator[Answer]:
        """Yield the losses of every batch with its labels, in order. Pauses and stops between batches.

        Raises CancelledError, ModelError, torch.OutOfMemoryError, MemoryError; PictureError if an original cannot be
        decoded.
        """
        return self._answers(units, self._model.losses)

    def class_losses(self, units: Iterable[Unit]) -> Generator[Answer]:
        """Yield the losses of every batch with every label, in order. Otherwise as `losses`."""
        return self._answers(units, lambda pixels, _: self._model.class_losses(pixels))

    def _answers(self, units: Iterable[Unit], ask: Ask) -> Generator[Answer]:
        flying: deque[tuple[Unit, Arrival]] = deque()
        for made in self._made(units):
            flying.append((made.unit, self._launch(made, ask)))
            while len(flying) > self._lane.flying:
                yield _landed(*flying.popleft())
        while flying:
            yield _landed(*flying.popleft())

    def _made(self, units: Iterable[Unit]) -> Iterator[_Made]:
        """Yield every batch as far as the host makes it; other threads make the next batches meanwhile.

        The first batch is made alone, so that nothing delays it while the device waits. When this ends in any way, the
        threads stop before the next picture.
        """
        waiting, coming, stop = iter(units), deque[Future[_Made]](), Event()
        there = self._batches.rows_there

        def make(unit: Unit) -> Future[_Made]:
            is_new = not there.issuperset(unit.rows)
            there.update(unit.rows)
            return executor.submit(self._begin, unit, stop, is_new=is_new)

        with Threads(self._lane.makers, "mtgui-marks") as executor:
            try:
                coming.extend(map(make, islice(waiting, 1)))
                while coming:
                    made = coming.popleft().result()
                    self._control.checkpoint()
                    yield made
                    coming.extend(map(make, islice(waiting, 1 + self._lane.ahead - len(coming))))
            finally:
                stop.set()
                for future in coming:
                    future.cancel()

    def _begin(self, unit: Unit, stop: Event, *, is_new: bool) -> _Made:
        labels = np.tile(self._labels[list(unit.rows)], len(unit.columns))
        return _Made(unit, self._batches.begin(unit, is_new=is_new, stop=stop), self._lane.pack([labels]))

    def _launch(self, made: _Made, ask: Ask) -> Arrival:
        def work() -> Tensor:
            (labels,) = self._lane.open(made.labels)
            losses: list[Tensor] = []
            for half in made.halves:
                pixels = self._batches.finish(half)
                losses.append(ask(pixels, labels))
                if self._views.is_mirrored:
                    losses.append(ask(pixels.flip(3), labels))
            return reduce(torch.add, losses) / self._views.count

        return self._lane.launch(work)


def _landed(unit: Unit, arrival: Arrival) -> Answer:
    losses = arrival.wait()
    refuse_odd_losses(losses)
    return Answer(unit, losses)
