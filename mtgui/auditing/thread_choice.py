"""Chooses the number of processor threads by measurement.

More threads are not always faster: small batches have too little work for each, and on a processor that is busy with
other programs, every thread waits for the slowest at the end of each layer. The last bits of a result depend on the
number of threads. So the number is shown, stored with the result, and used again when the work goes on later.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from mtgui.common.errors import UsageError
from mtgui.common.words import counted

MOST_THREADS = 1024
"""Largest number of threads for which the state files of an audit are searched."""
WORTHWHILE = 4.0
"""If the work takes less than so many seconds, measuring could cost more than it gains."""
_GAIN = 0.9
"""More threads are used if they need at most this share of the time."""
_CLEARLY_FASTER, _CLEARLY_SLOWER, _HOPELESS = 0.75, 1.2, 3.0
_MOST_TURNS = 4
_SHARE_FOR_TURNS, _SHARE_FOR_ALL, _CHEAP = 0.02, 0.1, 1.0
"""Shares of the present time of the work. A comparison is not repeated once measuring has taken more than the first
share and ``_CHEAP`` seconds; no further number is tried once it has taken more than the second share."""


@dataclass(frozen=True)
class ThreadChoice:
    """The chosen number of ``threads``; ``sentence`` gives the reason, and is empty if there was no choice."""

    threads: int
    sentence: str = ""


def offered_threads() -> int:
    """Return how many processor threads this program may use at once: its affinity if known, else all."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def check_threads(threads: int | None) -> None:
    """Raise UsageError if ``threads`` is below 1 or more than the processor offers; None means to measure."""
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
    """Return the number of threads, ``allowed`` at most, that is fastest for ``items``.

    seconds: measures the time of one item with a number of threads. It compares 1 with 2 threads, alternately, so that
    other programs slow both equally; then 2 with 4, and so on, until more threads are not faster by a tenth. Without a
    choice or without work it is not called. spent: returns the seconds spent on measuring so far. When they exceed a
    fiftieth of the work, a comparison is made only once; when they exceed a tenth, there are no more comparisons.
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
    """Return the time with ``many`` threads divided by the time with ``few``.

    Both are measured alternately, until the result is clear or ``spent`` returns at least ``enough`` seconds. first:
    seconds with ``few`` threads, measured just before.
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
    """Return the choice for work that was begun with ``threads``; ``asked`` is the person's present choice."""
    title = in_words(threads)
    if asked is not None and asked != threads:
        return ThreadChoice(threads, f"This work was begun with {title}, so it goes on with {threads}, not {asked}.")
    return ThreadChoice(threads, f"Computing with {title}, as this work was begun.")


def trained_before(threads: int, asked: int) -> str:
    """Return a notice for a person who asks for ``asked`` threads although the training is finished."""
    return (
        f"This model was trained with {in_words(threads)} and stays as it is; to train it with {asked}, choose another "
        "folder."
    )


def in_words(threads: int) -> str:
    """Return “1 thread”, “2 threads”."""
    return counted(threads, "thread")
