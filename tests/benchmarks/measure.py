"""Shared by the benchmarks: timing things side by side, so that a busy machine slows both."""

import statistics
import time
from collections.abc import Callable


def side_by_side(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median seconds of ``first`` and ``second``, run by turns ``rounds`` times after one warm-up."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for which, function in enumerate((first, second)):
            start = time.perf_counter()
            function()
            if number:
                times[which].append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])
