"""With how many threads of the processor something is computed: chosen by what was measured, said, and kept.

More threads are not always faster: small batches have too little for each, and on a processor that is busy with other
programs every thread waits for the slowest at the end of each layer. The last bits of what is computed depend on the
number, so it is a fact about a result: it is said, written down, and taken up again by whatever goes on later.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from mtgui.common.errors import UsageError
from mtgui.common.words import counted

MOST_THREADS = 1024
"""No state of an audit is looked for beyond it."""
WORTHWHILE = 4.0
"""Seconds of work below which measuring with more threads could cost more than it gains."""
_GAIN = 0.9
"""More threads are taken where they need at most this share of the time."""
_CLEARLY_FASTER, _CLEARLY_SLOWER, _HOPELESS = 0.75, 1.2, 3.0
_MOST_TURNS = 4
_SHARE_FOR_TURNS, _SHARE_FOR_ALL, _CHEAP = 0.02, 0.1, 1.0
"""Of the time that the work would take now: beyond the first, and ``_CHEAP`` seconds, a comparison is not repeated;
beyond the second no further number is tried."""


@dataclass(frozen=True)
class ThreadChoice:
    """Compute with ``threads``; ``sentence`` says why to a person, and is empty where there was nothing to weigh."""

    threads: int
    sentence: str = ""


def offered_threads() -> int:
    """Return how many threads of the processor this program may use at once: its affinity, else all there are."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def check_threads(threads: int | None) -> None:
    """Raise UsageError where a person asks for more threads than the processor offers, or for none; None leaves the
    number to the measurement.
    """
    if threads is None:
        return
    offered = offered_threads()
    if threads < 1:
        raise UsageError(
            f"The number of threads lies between 1 and {offered:,} here; it is {threads}. Leave it out, and it is "
            "measured."
        )
    if threads > offered:
        raise UsageError(
            f"This processor offers mtgui {in_words(offered)}, and {threads:,} were asked for: take {offered:,} at "
            "most, or leave the number out, and it is measured."
        )


def choose_threads(
    seconds: Callable[[int], float], allowed: int, items: int, spent: Callable[[], float] = lambda: 0.0
) -> ThreadChoice:
    """Return the number of threads, ``allowed`` at most, with which ``items`` are done soonest.

    seconds: measures how long one item takes with so many threads. It is asked about 1 and 2 by turns, so that what
    else the processor does slows both, then about 2 and 4 …, until more are not faster by a tenth; and not at all where
    there is no choice or no work. spent: seconds that all this has taken so far. Comparisons are made once only when it
    is more than a fiftieth of the work, and no more of them when it is more than a tenth.
    """
    if allowed <= 1 or items <= 0:
        return ThreadChoice(1)
    best, shortest = 1, seconds(1)
    while best < allowed:
        if shortest * items < WORTHWHILE:
            return ThreadChoice(best)
        if spent() > _SHARE_FOR_ALL * shortest * items:
            return ThreadChoice(best, f"Computing with {best} of {allowed} threads: trying more takes too long.")
        more, enough = min(2 * best, allowed), max(_CHEAP, _SHARE_FOR_TURNS * shortest * items)
        times = _compared(seconds, best, more, shortest, spent, enough)
        if times > _GAIN:
            reason = "slower" if times > 1 else "hardly faster"
            return ThreadChoice(best, f"Computing with {best} of {allowed} threads: with {more} it is {reason} now.")
        best, shortest = more, times * shortest
    return ThreadChoice(best, f"Computing with all {allowed} threads: with fewer it is slower now.")


def _compared(
    seconds: Callable[[int], float], few: int, many: int, first: float, spent: Callable[[], float], enough: float
) -> float:
    """Return how many times as long it takes with ``many`` threads as with ``few``, measured by turns and as often as
    it takes to be sure, but no further once ``spent`` says ``enough`` seconds. first: seconds with ``few`` that were
    measured just now.
    """
    with_few, with_many = first, seconds(many)
    if with_many > _HOPELESS * with_few:
        return with_many / with_few
    ratios = [with_many / with_few]
    for _ in range(_MOST_TURNS - 1):
        if spent() >= enough:
            break
        one, other = seconds(few), seconds(many)
        with_few, with_many = with_few + one, with_many + other
        ratios.append(other / one)
        if all(ratio < _CLEARLY_FASTER for ratio in ratios) or all(ratio > _CLEARLY_SLOWER for ratio in ratios):
            break
    return with_many / with_few


def going_on(threads: int, asked: int | None = None) -> ThreadChoice:
    """Return the choice of work that was begun with ``threads``; ``asked``: what a person says this time."""
    title = in_words(threads)
    if asked is not None and asked != threads:
        return ThreadChoice(threads, f"This work was begun with {title}, so it goes on with {threads}, not {asked}.")
    return ThreadChoice(threads, f"Computing with {title}, as this work was begun.")


def trained_before(threads: int, asked: int) -> str:
    """Return what a person should know who asks for ``asked`` threads where nothing is left to train."""
    return (
        f"This model was trained with {in_words(threads)} and stays as it is; to train it with {asked}, choose another "
        "folder."
    )


def in_words(threads: int) -> str:
    """Return “1 thread”, “2 threads”."""
    return counted(threads, "thread")
