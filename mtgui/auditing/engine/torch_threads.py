"""Processor threads: sets how many compute, and measures how long work takes with a number of threads."""

import contextlib
import time
from collections.abc import Callable, Iterator

import torch

_HOPELESS = 3.0
"""If the first round takes so many times as long as the best so far, there are no further rounds."""
_FIRST_COUNT, _STEP_SECONDS = 8, 0.1
_LONG_ENOUGH, _MOST_ROUNDS = 0.15, 8
_ALONE = 1.0
"""If a round takes so many seconds, one is enough, even the very first: its preparation does not matter then."""


def allowed_threads() -> int:
    """Return how many threads may compute: all cores, or the number in OMP_NUM_THREADS or the window's settings."""
    return torch.get_num_threads()


@contextlib.contextmanager
def using_threads(threads: int | None) -> Iterator[None]:
    """Compute with ``threads`` threads inside the block; None changes nothing. It applies to the whole process."""
    before = torch.get_num_threads()
    set_threads(threads)
    try:
        yield
    finally:
        set_threads(before)


def set_threads(threads: int | None) -> None:
    """Compute with ``threads`` threads from now on; None changes nothing.

    Even setting the present number has an effect: from then on no library uses fewer threads by itself. So the default
    number and the same number, chosen, give the same results only after it was set.
    """
    if threads is not None:
        torch.set_num_threads(threads)


class Stopwatch:
    """Measures the time of work on a sample of its items.

    Quick items are measured for some tenths of a second; slow items only once, on the fewest items.
    """

    def __init__(
        self,
        work: Callable[[int], object],
        most: int,
        clock: Callable[[], float] = time.perf_counter,
        fewest: int = _FIRST_COUNT,
    ) -> None:
        """Prepare to measure ``work``, which takes a number of items.

        most: the number of items at a time in the real work. fewest: the number in the first measurement. ``work`` must
        have no lasting effects; torch's random state is restored.
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
        # The first round also prepares. If it is hopelessly slow, or long, there is no further round.
        first = self._timed() if self._best else self._grow()
        if first >= _ALONE or (self._best and first > _HOPELESS * self._best * self._count):
            return first / self._count
        spent, rounds = 0.0, 0
        while not rounds or (spent < _LONG_ENOUGH and rounds < _MOST_ROUNDS):
            spent, rounds = spent + self._timed(), rounds + 1
        return spent / (rounds * self._count)

    def _grow(self) -> float:
        """Increase the number of items until a round takes a twentieth of a second, or the number is ``most``.

        Returns the seconds of the last round.
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
