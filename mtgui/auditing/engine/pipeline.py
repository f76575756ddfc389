"""Sends batches through the model; the next batches are made meanwhile, so that the device never waits."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial, reduce
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

Ask = Callable[[Tensor, Tensor, int], Tensor]


@dataclass(frozen=True)
class StepDone:
    """The model finished one of the steps of a batch."""

    unit: Unit


@dataclass(frozen=True)
class Answer:
    """The model's losses of one batch, averaged over all views and steps.

    losses: (B,) or (B, classes) float64, on the processor, ordered by column, then by row.
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

    def losses(self, units: Iterable[Unit]) -> Generator[StepDone | Answer]:
        """Yield the steps and the losses of every batch with its labels, in order. Pauses and stops between steps.

        Raises CancelledError, ModelError, torch.OutOfMemoryError, MemoryError; PictureError if an original cannot be
        decoded.
        """
        return self._answers(units, self._model.losses)

    def class_losses(self, units: Iterable[Unit]) -> Generator[StepDone | Answer]:
        """Yield the steps and the losses of every batch with every label, in order. Otherwise as `losses`."""
        return self._answers(units, lambda encoded, _, step: self._model.class_losses(encoded, step))

    def _answers(self, units: Iterable[Unit], ask: Ask) -> Generator[StepDone | Answer]:
        flying: deque[tuple[Unit, Arrival]] = deque()
        landed: list[Tensor] = []
        for made in self._made(units):
            for arrival in self._launches(made, ask):
                flying.append((made.unit, arrival))
                while len(flying) > self._lane.flying:
                    yield from self._land(*flying.popleft(), landed)
        while flying:
            yield from self._land(*flying.popleft(), landed)

    def _land(self, unit: Unit, arrival: Arrival, landed: list[Tensor]) -> Iterator[StepDone | Answer]:
        """Wait for the losses of one step, and yield the answer after the last step; ``landed`` has those before."""
        landed.append(arrival.wait())
        yield StepDone(unit)
        if len(landed) == self._model.steps:
            losses = reduce(torch.add, landed) / len(landed)
            landed.clear()
            refuse_odd_losses(losses)
            yield Answer(unit, losses)

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
                    yield coming.popleft().result()
                    coming.extend(map(make, islice(waiting, 1 + self._lane.ahead - len(coming))))
            finally:
                stop.set()
                for future in coming:
                    future.cancel()

    def _begin(self, unit: Unit, stop: Event, *, is_new: bool) -> _Made:
        labels = np.tile(self._labels[list(unit.rows)], len(unit.columns))
        return _Made(unit, self._batches.begin(unit, is_new=is_new, stop=stop), self._lane.pack([labels]))

    def _launches(self, made: _Made, ask: Ask) -> Iterator[Arrival]:
        """Launch the steps of one batch; pauses and stops before each of them."""
        kept: list[Tensor] = []
        opened: list[Tensor] = []

        def encoded() -> Iterator[Tensor]:
            """Yield what the model sees in each view; it is kept only if there are more steps."""
            for half in made.halves:
                pixels = self._batches.finish(half)
                for view in (pixels, pixels.flip(3)) if self._views.is_mirrored else (pixels,):
                    one = self._model.encoded(view)
                    if self._model.steps > 1:
                        kept.append(one)
                    yield one

        def work(step: int) -> Tensor:
            if not opened:
                opened.extend(self._lane.open(made.labels))
            losses = [ask(one, opened[0], step) for one in (kept if step else encoded())]
            return reduce(torch.add, losses) / self._views.count

        for step in range(self._model.steps):
            self._control.checkpoint()
            yield self._lane.launch(partial(work, step))
