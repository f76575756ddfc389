"""The distribution of the reference set losses, as counts per bin, in bounded memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.auditing.report.document import ModelPart, RecordPart, ResultPart, SettingsPart
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.sums import SetSums

_FINE_BINS = 1 << 16


@dataclass(frozen=True)
class Distribution:
    """The distribution of set losses, which are means over a set.

    fine: number of reference set losses in each of 65,536 equal bins from ``low`` to ``high``; the true set loss,
    ``published``, is not counted. quantile: the α-quantile of the whole grid; None if it cannot be known.
    """

    fine: NDArray[np.int64]
    low: float
    high: float
    published: float
    quantile: float | None

    def bins(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how many reference set losses lie between neighbouring ``edges``; fine bins count by their middles."""
        middles = self.low + (np.arange(_FINE_BINS) + 0.5) * (self.high - self.low) / _FINE_BINS
        counts, _ = np.histogram(middles, edges, weights=self.fine)
        whole: NDArray[np.int64] = np.rint(counts).astype(np.int64)
        return whole


def distribution(result: ResultPart, model: ModelPart, record: RecordPart, settings: SettingsPart) -> Distribution:
    """Return the distribution of the set losses in ``result``. Raises UsageError if it has no draw."""
    design = record.design()
    sums = SetSums(reference_draws(design, record.seed(model), settings.reference_draws))
    unit = 1.0 / (UNITS_PER_LOSS * len(design.published))
    columns = [sums(values) for values in result.losses.values] if result.findings.counted <= 1 << 22 else None

    def each() -> Iterable[NDArray[np.int64]]:
        return columns if columns is not None else map(sums, result.losses.values)

    low = min(int(column.min()) for column in each())
    high = max(int(column.max()) for column in each()) + 1
    fine = np.zeros(_FINE_BINS, dtype=np.int64)
    for column in each():
        places = np.minimum((column - low) * (_FINE_BINS / (high - low)), _FINE_BINS - 1).astype(np.intp)
        fine += np.bincount(places, minlength=_FINE_BINS)
    true = round(result.findings.set_loss / unit)
    quantile = None if result.findings.stopped_early else _quantile(fine, settings.alpha)
    fine[min(int((true - low) * (_FINE_BINS / (high - low))), _FINE_BINS - 1)] -= 1
    return Distribution(
        fine,
        low * unit,
        high * unit,
        result.findings.set_loss,
        None if quantile is None else (low + quantile * (high - low) / _FINE_BINS) * unit,
    )


def _quantile(fine: NDArray[np.int64], alpha: Fraction) -> int | None:
    """Return the fine bin up to which the share ``alpha`` of all lies; None if that share is less than one count."""
    allowed = int(alpha * int(fine.sum()))
    return int(np.searchsorted(np.cumsum(fine), allowed, side="right")) if allowed else None
