"""Intervals for shares of few cases, with exact binomial sums."""

import math
from collections.abc import Callable

_STEPS = 60


def share_interval(found: float, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return a confidence interval (low, high) for a share, if ``found`` of ``of`` independent cases were found.

    Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404. ``found`` need not be whole: then the bounds are those of the
    next smaller and next larger whole number, which is a wider interval.
    """
    tail = (1 - confidence) / 2
    least, most = math.floor(found), math.ceil(found)
    low = 0.0 if least == 0 else _bisected(lambda share: 1 - _at_most(least - 1, of, share) > tail)
    high = 1.0 if most == of else _bisected(lambda share: _at_most(most, of, share) < tail)
    return low, high


def _at_most(found: int, of: int, share: float) -> float:
    """Return the binomial probability that at most ``found`` of ``of`` cases are found."""
    return math.fsum(
        math.exp(_log_ways(of, n) + n * math.log(share) + (of - n) * math.log1p(-share)) for n in range(found + 1)
    )


def _log_ways(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def _bisected(is_above: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return high
