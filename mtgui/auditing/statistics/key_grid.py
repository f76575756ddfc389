"""The grid of draws and keys, filled key by key: it counts set losses that do not exceed the true one."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.sums import SetSums
from mtgui.common.errors import UsageError


class RunningGrid:
    """The p-value of an audit while its loss matrix is being computed.

    p = #{(S, k) in the grid: not T(S, k) > T(S*, k*)} / (draws · keys), the true pair included; T(S, k) is the sum
    over S of the losses under key k. Column 0, of the mark key, gives T(S*, k*); columns that come before it are kept
    and judged later. Apart from that, the order of the columns has no influence.
    """

    def __init__(self, draws: NDArray[np.bool_], columns: int, alpha: Fraction) -> None:
        """Take the ``draws`` (draws, N), row 0 the true one; ``columns`` is K + 1; ``alpha`` the significance level."""
        if columns < 1 or not len(draws):
            raise UsageError("An audit needs at least one key and the true draw.")
        self._sums = SetSums(draws)
        self._draws, self._columns, self._alpha = len(draws), columns, alpha
        self._waiting: list[NDArray[np.int64]] = []
        self._seen: set[int] = set()
        self._true: int | None = None
        self._at_most = self._judged = self._draws_at_most = self._keys_at_most = 0

    def add(self, column: int, losses: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the losses of ``column``, int64 (N,); return its set losses, (draws,) int64, the true draw's first.

        Raises UsageError for a column that is not part of the grid or was added before.
        """
        if not 0 <= column < self._columns or column in self._seen:
            raise UsageError(f"Column {column} is not part of this audit, or came twice.")
        sums = self._sums(losses)
        self._seen.add(column)
        if column == 0:
            self._true = int(sums[0])
            self._draws_at_most = int(np.count_nonzero(sums <= self._true))
        self._waiting.append(sums)
        if self._true is not None:
            for waiting in self._waiting:
                self._judge(waiting, self._true)
            self._waiting.clear()
        return sums

    def _judge(self, sums: NDArray[np.int64], true: int) -> None:
        self._judged += 1
        self._at_most += int(np.count_nonzero(sums <= true))
        self._keys_at_most += int(sums[0] <= true)

    @property
    def draws(self) -> int:
        """How many draws there are, the true one included."""
        return self._draws

    @property
    def grid(self) -> int:
        """The size of the whole grid, draws · (K + 1)."""
        return self._draws * self._columns

    @property
    def counted(self) -> int:
        """How many pairs of the grid have been judged so far."""
        return self._draws * self._judged

    @property
    def at_most(self) -> int:
        """How many of the set losses judged so far do not exceed the true one."""
        return self._at_most

    @property
    def true_sum(self) -> int:
        """T(S*, k*) in units of 2⁻²⁰ nat. Raises UsageError before column 0 is added."""
        if self._true is None:
            raise UsageError("The losses under the mark key are not there yet.")
        return self._true

    @property
    def is_complete(self) -> bool:
        """True when every column is added."""
        return len(self._seen) == self._columns

    @property
    def must_exceed_alpha(self) -> bool:
        """True when p will exceed α for any losses in the missing columns; the audit may then stop with p = 1."""
        return self._at_most > self._alpha * self.grid

    @property
    def p_value(self) -> Fraction:
        """The exact p of the whole grid; 1 if the grid is incomplete and p must exceed α.

        Raises UsageError if the grid is incomplete and p may still be small.
        """
        if self.is_complete:
            return Fraction(self._at_most, self.grid)
        if self.must_exceed_alpha:
            return Fraction(1)
        raise UsageError("The audit is not finished: keys are missing, and the result still depends on them.")

    @property
    def picture_coin(self) -> Fraction:
        """Only a description: the share of draws whose set loss under the mark key does not exceed the true one."""
        return Fraction(self._draws_at_most, self._draws)

    @property
    def key_coin(self) -> Fraction:
        """Only a description: the share of keys judged so far under which the set loss of the published pictures does
        not exceed that under the mark key.
        """
        return Fraction(self._keys_at_most, max(1, self._judged))
