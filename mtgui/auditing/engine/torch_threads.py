"""Threads of the processor: how many compute, and how long a piece of work takes with so many."""

import contextlib
import time
from collections.abc import Callable, Iterator

import torch

_HOPELESS = 3.0
"""A first round that takes so many times as long as the best so far is not followed by others."""
_FIRST_COUNT, _STEP_SECONDS = 8, 0.1
_LONG_ENOUGH, _MOST_ROUNDS = 0.15, 8
_ALONE = 1.0
"""Seconds after which one round is enough, the very first included: making ready does not weigh in it."""


def allowed_threads() -> int:
    """Return the most threads that may compute: all cores, or what OMP_NUM_THREADS or the window's settings say."""
    return torch.get_num_threads()


@contextlib.contextmanager
def using_threads(threads: int | None) -> Iterator[None]:
    """Compute with ``threads`` inside the block, with as many as now where it is None. The process has one number."""
    before = torch.get_num_threads()
    set_threads(threads)
    try:
        yield
    finally:
        set_threads(before)


def set_threads(threads: int | None) -> None:
    """Compute with ``threads`` from now on; None changes nothing.

    Setting the number that there is already changes something, too: from then on no library takes fewer on its own. So
    a number that was chosen and the same one by default are the same computation only once it was set.
    """
    if threads is not None:
        torch.set_num_threads(threads)


class Stopwatch:
    """Measures a piece of work on some of its items: for some tenths of a second each time where items are that quick,
    and where they are slow, on the fewest that it begins with, once.
    """

    def __init__(
        self,
        work: Callable[[int], object],
        most: int,
        clock: Callable[[], float] = time.perf_counter,
        fewest: int = _FIRST_COUNT,
    ) -> None:
        """Prepare to time ``work``, which does as many items as it is told, ``most`` at a time as it will be, and
        ``fewest`` at a time in the beginning.

        It may change nothing that anybody else sees; torch's random state is put back.
        """
        self._work, self._most, self._clock = work, most, clock
        self._count, self._best, self._spent = min(most, fewest), 0.0, 0.0

    @property
    def spent(self) -> float:
        """Seconds that measuring has taken so far."""
        return self._spent

    def __call__(self, threads: int) -> float:
        """Return the seconds that one item takes with ``threads``."""
        with torch.random.fork_rng(devices=[]), using_threads(threads):
            found = self._measure()
        self._best = min(found, self._best or found)
        return found

    def _measure(self) -> float:
        # The first round makes ready; where it is hopeless, or long, no other is waited for.
        first = self._timed() if self._best else self._grow()
        if first >= _ALONE or (self._best and first > _HOPELESS * self._best * self._count):
            return first / self._count
        spent, rounds = 0.0, 0
        while not rounds or (spent < _LONG_ENOUGH and rounds < _MOST_ROUNDS):
            spent, rounds = spent + self._timed(), rounds + 1
        return spent / (rounds * self._count)

    def _grow(self) -> float:
        """Take so many items at a time that they need a twentieth of a second or more, but no more than it will be;
        return the seconds that the last round took.
        """
        seconds = self._timed()
        if seconds < _ALONE:
            seconds = self._timed()
        while self._count < self._most and seconds < _STEP_SECONDS / 2:
            self._count = min(self._most, 2 * self._count)
            seconds = self._timed()
        return seconds

    def _timed(self) -> float:
        start = self._clock()
        self._work(self._count)
        took = self._clock() - start
        self._spent += took
        return took
