"""How many threads of the processor compute: measured on the work itself before it begins, then kept to its end.

More threads are not always faster: small batches have too little for each, and on a processor that is busy with other
programs every thread waits for the slowest at the end of each layer. The last bits of what is computed depend on the
number, so it is a fact about a result: it is said, written down, and taken up again by whatever goes on later.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from mtgui.common.errors import UsageError

MOST_THREADS = 1024
_WORTHWHILE = 4.0
"""Seconds of work below which measuring with more threads could cost more than it gains."""
_GAIN = 0.9
"""More threads are taken where they need at most this share of the time."""
_HOPELESS = 3.0
_FIRST_COUNT, _STEP_SECONDS = 8, 0.1
_LONG_ENOUGH, _MOST_ROUNDS = 0.3, 8


@dataclass(frozen=True)
class ThreadChoice:
    """Compute with ``threads``; ``sentence`` says why to a person, and is empty where there was nothing to weigh."""

    threads: int
    sentence: str = ""


def check_threads(threads: int | None) -> None:
    """Raise UsageError where a person asks for an absurd number of threads; None leaves it to the measurement."""
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise UsageError(
            f"The number of threads lies between 1 and {MOST_THREADS:,}; it is {threads}. Leave it out, and it is "
            "measured."
        )


def allowed_threads() -> int:
    """Return the most threads that may compute: all cores, or what OMP_NUM_THREADS or the window's settings say."""
    return torch.get_num_threads()


def choose_threads(seconds: Callable[[int], float], allowed: int, items: int) -> ThreadChoice:
    """Return the number of threads, ``allowed`` at most, with which ``items`` are done soonest.

    seconds: measures how long one item takes with so many threads; asked once for 1, 2, 4 … until more are not faster
    by a tenth, and not at all where there is no choice or no work.
    """
    if allowed <= 1 or items <= 0:
        return ThreadChoice(1)
    best, shortest = 1, seconds(1)
    while best < allowed:
        if shortest * items < _WORTHWHILE:
            return ThreadChoice(best)
        more = min(2 * best, allowed)
        found = seconds(more)
        if found > _GAIN * shortest:
            reason = "slower" if found > shortest else "hardly faster"
            return ThreadChoice(best, f"Computing with {best} of {allowed} threads: with {more} it is {reason} now.")
        best, shortest = more, found
    return ThreadChoice(best, f"Computing with all {allowed} threads: with fewer it is slower now.")


def going_on(threads: int, asked: int | None = None) -> ThreadChoice:
    """Return the choice of work that was begun with ``threads``; ``asked``: what a person says this time."""
    title = in_words(threads)
    if asked is not None and asked != threads:
        return ThreadChoice(threads, f"Computing with {title}, not {asked}: with so many this work was begun.")
    return ThreadChoice(threads, f"Computing with {title}, as this work was begun.")


def in_words(threads: int) -> str:
    """Return “1 thread”, “2 threads”."""
    return f"{threads} {'thread' if threads == 1 else 'threads'}"


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
    """Compute with ``threads`` from now on; None changes nothing."""
    if threads is not None and threads != torch.get_num_threads():
        torch.set_num_threads(threads)


class Stopwatch:
    """Measures a piece of work on some of its items, for some tenths of a second with each number of threads."""

    def __init__(
        self, work: Callable[[int], object], most: int, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """Prepare to time ``work``, which does as many items as it is told, ``most`` at a time as it will be.

        It may change nothing that anybody else sees; torch's random state is put back.
        """
        self._work, self._most, self._clock = work, most, clock
        self._count, self._best = min(most, _FIRST_COUNT), 0.0

    def __call__(self, threads: int) -> float:
        """Return the seconds that one item takes with ``threads``."""
        with torch.random.fork_rng(devices=[]), using_threads(threads):
            found = self._measure()
        self._best = min(found, self._best or found)
        return found

    def _measure(self) -> float:
        if not self._best:
            self._grow()
        # The first round makes ready; where it is hopeless, no other is waited for.
        first = self._timed()
        if self._best and first > _HOPELESS * self._best * self._count:
            return first / self._count
        spent, rounds = 0.0, 0
        while not rounds or (spent < _LONG_ENOUGH and rounds < _MOST_ROUNDS):
            spent, rounds = spent + self._timed(), rounds + 1
        return spent / (rounds * self._count)

    def _grow(self) -> None:
        """Take as many items at a time as need a tenth of a second, at most as many as it will be."""
        self._timed()
        while self._count < self._most and self._timed() < _STEP_SECONDS / 2:
            self._count = min(self._most, 2 * self._count)

    def _timed(self) -> float:
        start = self._clock()
        self._work(self._count)
        return self._clock() - start
