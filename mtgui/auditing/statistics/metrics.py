"""The paper's measures of set membership inference, for evaluation where membership is known.

Chen and Pattabiraman, CCS 2025, section 5: a set is called a member if its loss is at most a threshold.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError

FPR_BOUNDS = (Fraction(1, 100), Fraction(1, 1000), Fraction(1, 10000), Fraction(0))


@dataclass(frozen=True)
class SetMetrics:
    """How well set losses separate member sets from others.

    fpr_at_full_tpr: share of non-members called members at the lowest threshold that finds every member.
    tpr_at: for each bound of `FPR_BOUNDS`, the largest share of members found while the share of non-members called
    members is *below* the bound (for the bound 0: equal to 0). auc: the probability that a member has a lower loss
    than a non-member; a tie counts half.
    """

    fpr_at_full_tpr: float
    tpr_at: tuple[tuple[Fraction, float], ...]
    auc: float


def set_metrics(members: NDArray[np.number], others: NDArray[np.number]) -> SetMetrics:
    """Return the measures for the set losses of ``members`` and ``others``, one-dimensional, both in the same unit.

    Raises UsageError if one of them is empty or not finite.
    """
    if not (members.size and others.size and np.isfinite(members).all() and np.isfinite(others).all()):
        raise UsageError("Set membership is measured on finite losses of at least one member and one other set.")
    ascending = np.sort(others)
    called = int(np.searchsorted(ascending, members.max(), side="right"))
    below = np.searchsorted(ascending, members, side="left")
    up_to = np.searchsorted(ascending, members, side="right")
    tied = up_to - below
    wins = int((2 * (len(ascending) - up_to) + tied).sum())
    return SetMetrics(
        fpr_at_full_tpr=called / len(ascending),
        tpr_at=tuple((bound, _tpr_below(members, ascending, bound)) for bound in FPR_BOUNDS),
        auc=wins / (2 * len(ascending) * len(members)),
    )


def _tpr_below(members: NDArray[np.number], ascending: NDArray[np.number], bound: Fraction) -> float:
    """Return the share of members below the first non-member at which the false-positive rate would reach ``bound``."""
    allowed = max(0, -(-bound.numerator * len(ascending) // bound.denominator) - 1)
    if allowed >= len(ascending):
        return 1.0
    return float(np.count_nonzero(members < ascending[allowed]) / len(members))
