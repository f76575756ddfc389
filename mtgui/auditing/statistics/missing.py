"""Counts missing originals against the claim: they can only make p larger."""

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.loss_kinds import LossScale


def fill_missing(
    losses: NDArray[np.int64], column: int, missing: NDArray[np.bool_], published: NDArray[np.bool_], scale: LossScale
) -> NDArray[np.int64]:
    """Return a column of losses, (N,), in which ``missing`` rows count against the claim.

    Every loss is limited to the bounds of ``scale``, in all columns, so the worst case is known. A missing picture has
    the highest loss in column 0 if it was ``published``, and the lowest in all other cases. So for every draw and key
    T(S, k) − T(S*, k*) is as small as losses within the limits can make it, and p is as large.
    """
    filled = np.clip(losses, scale.lowest, scale.highest)
    filled[missing] = scale.lowest
    if column == 0:
        filled[missing & published] = scale.highest
    return filled
