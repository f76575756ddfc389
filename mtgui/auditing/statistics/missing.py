"""Originals that are no longer there, counted against the claim: p can only rise through them."""

import math

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.sums import UNITS_PER_NAT
from mtgui.common.errors import UsageError


def loss_cap(classes: int) -> int:
    """Return the largest loss that counts in an audit with missing originals: 2·ln(``classes``) nats, twice that of a
    model which knows nothing, rounded to units of 2⁻²⁰ nat.
    """
    if classes < 1:
        raise UsageError("A model has at least one class.")
    return round(2 * math.log(classes) * UNITS_PER_NAT)


def fill_missing(
    losses: NDArray[np.int64], column: int, missing: NDArray[np.bool_], published: NDArray[np.bool_], cap: int
) -> NDArray[np.int64]:
    """Return a column of losses, (N,), in which ``missing`` rows speak against the claim.

    Every loss is limited to 0 … ``cap``, in every column alike, so that the worst there is is known. A missing picture
    has the loss ``cap`` in column 0 if it was ``published``, and 0 everywhere else: T(S, k) − T(S*, k*) is then, for
    every draw and key, as small as any losses within the limits could make it, and p as large.
    """
    filled = np.clip(losses, 0, cap)
    filled[missing] = 0
    if column == 0:
        filled[missing & published] = cap
    return filled
