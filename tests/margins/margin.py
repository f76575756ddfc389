"""One number that a test asserts of something trained, what the test asks of it, and how much better it should be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Margin:
    """A measured ``value``. bound: the test fails beyond it. wanted: no seed, processor or number of threads should
    bring the value beyond this. Values should be at most these where ``wanted`` is below ``bound``, else at least.
    """

    what: str
    value: float
    bound: float
    wanted: float

    @property
    def is_most(self) -> bool:
        """True where small values are good."""
        return self.wanted < self.bound

    def is_worse_than(self, other: "Margin") -> bool:
        """True where ``other``, another measurement of the same, is nearer to what is wanted."""
        return self.value > other.value if self.is_most else self.value < other.value

    @property
    def holds(self) -> bool:
        """True where the value is as good as wanted."""
        return self.value <= self.wanted if self.is_most else self.value >= self.wanted
