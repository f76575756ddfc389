"""The loss matrix of a report."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import ReportError


class Losses:
    """A read-only loss matrix: ``values`` is (columns, N) int64, in units of 2⁻²⁰ nat."""

    def __init__(self, values: NDArray[np.int64]) -> None:
        """Keep a copy of ``values``. Raises ReportError unless they are a matrix of 64-bit whole numbers."""
        if values.ndim != 2 or values.dtype != np.int64 or not values.size:
            raise ReportError("A loss matrix holds 64-bit whole numbers, at least one row and one column of them.")
        self.values = values.copy()
        self.values.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        """True for the same numbers in the same places."""
        return isinstance(other, Losses) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        """Equal for equal matrices."""
        return hash(self.values.tobytes())

    def to_json(self) -> list[list[int]]:
        """Return the rows."""
        rows: list[list[int]] = self.values.tolist()
        return rows

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the matrix with these rows. Raises ValueError for anything else."""
        if not isinstance(value, list) or not value or not all(type(row) is list for row in value):
            raise ValueError("it is no list of rows")
        if not all(type(entry) is int for row in value for entry in row):
            raise ValueError("an entry is no whole number")
        try:
            return cls(np.array(value, dtype=np.int64))
        except (OverflowError, ReportError) as error:
            raise ValueError("it is not a matrix of 64-bit whole numbers") from error
