"""Shares of artists found, with intervals that know that artists of one model are not independent."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, stdev

from mtgui.records.evidence_table import Rate
from mtgui.rehearsal.findings.intervals import share_interval

LEAST_LIKENESS = 0.1
"""Artists of one model are taken to be alike at least as much as this intraclass correlation says."""
_DIGITS = 1000
_STUDENT = dict(
    enumerate((12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145), 1)
)
"""The 97.5th percentile of Student’s distribution, by degrees of freedom; more degrees take the last one."""


def likeness(tables: Iterable[Sequence[Sequence[float]]]) -> float:
    """Return how much artists of one model are alike: the intraclass correlation, at least `LEAST_LIKENESS`.

    tables: of several shares that were measured in the same models; each holds for every model the shares of its
    artists, 0 to 1. The estimate is that of the analysis of variance (Fleiss 1981), over all tables together.
    """
    between = within = between_df = within_df = 0.0
    sizes: list[int] = []
    for models in tables:
        every = [share for model in models for share in model]
        if len(models) < 2:
            continue
        mean = fmean(every)
        between += sum(len(model) * (fmean(model) - mean) ** 2 for model in models)
        within += sum((share - fmean(model)) ** 2 for model in models for share in model)
        between_df += len(models) - 1
        within_df += len(every) - len(models)
        sizes += [len(model) for model in models]
    if not between_df or not within_df:
        return LEAST_LIKENESS
    of_models, of_artists, size = between / between_df, within / within_df, fmean(sizes)
    whole = of_models + (size - 1) * of_artists
    return max(LEAST_LIKENESS, (of_models - of_artists) / whole) if whole else LEAST_LIKENESS


def rate_of(models: Sequence[Sequence[float]], alike: float) -> Rate:
    """Return the share of artists found and its 95 % interval; ``models`` holds for each model the shares of artists.

    ``alike``: from `likeness`. n artists of models with m each count as n / (1 + (m − 1) · alike) independent ones
    (Kish's design effect), for which the interval is that of Clopper and Pearson. Bounds are rounded outwards.
    """
    shares = [share for model in models for share in model]
    size = len(shares) / len(models)
    counted = max(1, math.floor(len(shares) / (1 + (size - 1) * alike)))
    share = fmean(shares)
    low, high = share_interval(min(counted, round(share * counted, 9)), counted)
    return Rate(round(share, 3), math.floor(low * _DIGITS) / _DIGITS, math.ceil(high * _DIGITS) / _DIGITS)


def difference_of(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Return the mean difference of two shares in the same models, and its 95 % interval.

    Both hold for each model the shares of its artists. The interval is Student’s over the models, so models count and
    artists do not; it is −1 to 1 for a single model. A few models may agree by chance, so the standard error is at
    least that of two independent shares of so many artists (Agresti and Caffo 2000).
    """
    pairs = [fmean(one) - fmean(other) for one, other in zip(first, second, strict=True)]
    mean = fmean(pairs)
    if len(pairs) < 2:
        return round(mean, 3), -1.0, 1.0
    error = max(stdev(pairs) / math.sqrt(len(pairs)), math.sqrt(_variance(first) + _variance(second)))
    half = _STUDENT[min(len(pairs) - 1, max(_STUDENT))] * error
    return round(mean, 3), round(max(-1.0, mean - half), 3), round(min(1.0, mean + half), 3)


def _variance(models: Sequence[Sequence[float]]) -> float:
    """Return the variance of a share of artists who are found independently, after one more of each kind was added."""
    shares = [share for model in models for share in model]
    count, found = len(shares) + 2, sum(shares) + 1
    return found / count * (1 - found / count) / count
