"""Counts missing originals against the claim: they can only make p larger."""

import math

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.sums import UNITS_PER_NAT
from mtgui.common.errors import UsageError


def loss_cap(classes: int) -> int:
    """Return the largest loss that counts in an audit with missing originals, in units of 2⁻²⁰ nat.

    It is 2·ln(``classes``) nats, rounded: twice the loss of a model that knows nothing.
    """
    if classes < 1:
        raise UsageError("A model has at least one class.")
    return round(2 * math.log(classes) * UNITS_PER_NAT)


def fill_missing(
    losses: NDArray[np.int64], column: int, missing: NDArray[np.bool_], published: NDArray[np.bool_], cap: int
) -> NDArray[np.int64]:
    """Return a column of losses, (N,), in which ``missing`` rows count against the claim.

    Every loss is limited to 0 … ``cap``, in all columns, so the worst case is known. A missing picture has the loss
    ``cap`` in column 0 if it was ``published``, and 0 in all other cases. So for every draw and key T(S, k) − T(S*, k*)
    is as small as losses within the limits can make it, and p is as large.
    """
    filled = np.clip(losses, 0, cap)
    filled[missing] = 0
    if column == 0:
        filled[missing & published] = cap
    return filled
