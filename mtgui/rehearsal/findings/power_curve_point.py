"""One point of the curve of how many pictures are enough; for the engine and for the window, which has no torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CurvePoint:
    """So many published and withheld: ``found`` of ``of`` audits had p ≤ α, which is ``share``.

    low, high: an interval of 95 % for the share among such users.
    """

    published: int
    withheld: int
    found: int
    of: int
    share: float
    low: float
    high: float

    @property
    def pictures(self) -> int:
        """Published and withheld together."""
        return self.published + self.withheld
