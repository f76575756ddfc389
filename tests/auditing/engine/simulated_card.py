"""A graphics card that is none: it takes its time on a thread of its own, as a real one does beside the host.

What is launched is queued and gone through in turn; launching returns at once, and waiting holds up nobody else. On the
device "cpu" it does the work itself, when its turn comes. On "meta" nothing is computed: the work is launched by the
host, at the usual cost of telling a card what to do, and what comes home are noughts.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from mtgui.auditing.engine.device_lane import CudaLane, Lane, Parcel

# No test waits this long unless it fails.
PATIENCE = 60.0


def at_once(_number: int) -> None:
    """Take no time."""


class SimulatedCard(Lane):
    """A card, and the way to it. A context manager; none of its threads is left afterwards.

    pace: called on the card's own thread, with the number of the batch, before its losses set out; it may wait. made,
    launched, done: batches so far. most_in_hand: how many were made at most and not yet done.
    """

    makers, ahead, flying = CudaLane.makers, CudaLane.ahead, CudaLane.flying

    def __init__(
        self, device: str = "cpu", *, pace: Callable[[int], None] = at_once, crops: int = 1, room: int = 1 << 30
    ) -> None:
        """Switch it on. crops: how many each batch has, as its views say. room: bytes for originals."""
        super().__init__(torch.device(device))
        self.marks_there = True
        self.made = self.launched = self.done = self.most_in_hand = 0
        self.changed = threading.Condition()
        self._packs, self._packs_of_a_batch, self._room, self._pace = 0, 1 + crops, room, pace
        self._queue: queue.SimpleQueue[tuple[Callable[[], Tensor], Future[Tensor]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._compute, name="simulated-card")
        self._thread.start()

    def __enter__(self) -> "SimulatedCard":
        """Give the card."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Switch it off, once it has gone through what was launched."""
        self._queue.put(None)
        self._thread.join()

    @property
    def room(self) -> int:
        """Bytes that originals may take up."""
        return self._room

    def to(self, _device: torch.device) -> Lane:
        """Return this card, whichever device is asked for."""
        return self

    def pack(self, arrays: Sequence[NDArray[Any]]) -> Parcel:
        """Count what is made, too."""
        parcel = super().pack(arrays)
        with self.changed:
            self._packs += 1
            self.made = self._packs // self._packs_of_a_batch
            self.most_in_hand = max(self.most_in_hand, self.made - self.done)
            self.changed.notify_all()
        return parcel

    def launch(self, work: Callable[[], Tensor]) -> "_Later":
        """Queue ``work``."""
        arriving: Future[Tensor] = Future()
        if self.device.type == "meta":
            # Telling a card what to do takes the host's time; what it does then does not.
            shape = tuple(work().shape)
            self._queue.put((lambda: torch.zeros(shape, dtype=torch.float64), arriving))
        else:
            self._queue.put((work, arriving))
        with self.changed:
            self.launched += 1
            self.changed.notify_all()
        return _Later(arriving)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds, which depends on what this card counts. Raises TimeoutError in the end."""
        with self.changed:
            if not self.changed.wait_for(condition, PATIENCE):
                raise TimeoutError

    def _compute(self) -> None:
        number = 0
        while (order := self._queue.get()) is not None:
            work, arriving = order
            try:
                losses = work()
                self._pace(number)
            except BaseException as error:
                arriving.set_exception(error)
            else:
                with self.changed:
                    self.done += 1
                    self.changed.notify_all()
                arriving.set_result(losses)
            number += 1


class RoomlessLane(CudaLane):
    """The way to a real card that has no room for originals."""

    @property
    def room(self) -> int:
        """None."""
        return 0


class _Later:
    def __init__(self, arriving: Future[Tensor]) -> None:
        self._arriving = arriving

    def wait(self) -> Tensor:
        """Return the losses once they are there."""
        return self._arriving.result(PATIENCE)
