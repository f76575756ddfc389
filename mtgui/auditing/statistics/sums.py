"""Exact set losses: sums of whole numbers over many draws, as fast as floating point but without rounding.

Losses are int64 multiples of 2⁻²⁰ of their unit. Their product with a matrix of zeros and ones in float64 is exact, in
any order of summation, if the absolute values sum to less than 2⁵³. Otherwise the losses are split into two parts for
which this holds.
"""

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError

_LOW_BITS = 26
_EXACT = float(1 << 52)
_LARGEST = float(1 << 61)
_MOST_KEPT = 1 << 24


class SetSums:
    """Sums of losses over every draw of one audit; ``draws`` is (draws, N), bool."""

    def __init__(self, draws: NDArray[np.bool_]) -> None:
        """Keep the draws; at most 16 million entries are also kept as numbers."""
        self._draws = draws
        self._step = max(1, _MOST_KEPT // draws.shape[1])
        self._numbers = draws.astype(np.float64) if draws.size <= _MOST_KEPT else None

    def __call__(self, losses: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the exact sums, (draws,) or (draws, columns), of ``losses``, int64, (N,) or (N, columns).

        Raises UsageError if the losses are so large that a sum might not fit in 64 bits.
        """
        if losses.dtype != np.int64 or losses.ndim not in (1, 2) or losses.shape[0] != self._draws.shape[1]:
            raise UsageError("Losses of an audit are 64-bit whole numbers, one for each of its pictures.")
        total = float(np.abs(losses.astype(np.float64)).sum(axis=0).max(initial=0.0))
        if total < _EXACT:
            return self._products(losses)
        if total > _LARGEST:
            raise UsageError(
                "The model's losses are too large to be summed exactly, which no working model's are. Check that the "
                "architecture and the preprocessing are the right ones."
            )
        low = losses & ((1 << _LOW_BITS) - 1)
        return (self._products(losses >> _LOW_BITS) << _LOW_BITS) + self._products(low)

    def _products(self, losses: NDArray[np.int64]) -> NDArray[np.int64]:
        values = losses.astype(np.float64)
        if self._numbers is not None:
            return (self._numbers @ values).astype(np.int64)
        sums = np.empty((len(self._draws), *losses.shape[1:]), dtype=np.int64)
        for start in range(0, len(sums), self._step):
            rows = slice(start, start + self._step)
            sums[rows] = (self._draws[rows].astype(np.float64) @ values).astype(np.int64)
        return sums
