"""Shared by the benchmarks: timing things side by side, so that a busy machine slows both."""

import statistics
import time
from collections.abc import Callable


def side_by_side(
    first: Callable[[], object],
    second: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Return the median seconds of ``first`` and ``second``, run by turns ``rounds`` times after one warm-up.

    clock: ``time.process_time`` counts this process's own seconds alone, whatever else the machine is busy with.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for which, function in enumerate((first, second)):
            start = clock()
            function()
            if number:
                times[which].append(clock() - start)
    return statistics.median(times[0]), statistics.median(times[1])
