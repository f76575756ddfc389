"""The design of an audit: which pictures take part, which were published, and how the draw could have fallen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.records.chances import possible_draws
from mtgui.records.record import Block


@dataclass(frozen=True)
class DrawnStratum:
    """Pictures among which chance chose: ``members`` are rows, ascending; ``published`` of them were drawn."""

    members: tuple[int, ...]
    published: int


@dataclass(frozen=True)
class AuditDesign:
    """What the picture coin left open.

    pictures: N, how many take part; each has a row from 0 to N − 1. published: the rows of the true draw, ascending.
    strata: the draw was uniform within each. Rows in no stratum were the user's own choice: they are in every draw
    when published, else in none.
    """

    pictures: int
    published: tuple[int, ...]
    strata: tuple[DrawnStratum, ...]

    def __post_init__(self) -> None:
        """Raise UsageError where the parts contradict each other or nothing was published."""
        chosen = set(self.published)
        members = [row for stratum in self.strata for row in stratum.members]
        if not self.published:
            raise UsageError("None of these pictures was published, so there is nothing to look for in a model.")
        if list(self.published) != sorted(chosen) or not 0 <= self.published[0] <= self.published[-1] < self.pictures:
            raise UsageError("The published pictures of an audit are not an ascending list of its rows.")
        if len(set(members)) != len(members) or not chosen.union(members) <= set(range(self.pictures)):
            raise UsageError("A picture belongs to two strata of the audit, or to none of its rows.")
        for stratum in self.strata:
            if list(stratum.members) != sorted(stratum.members) or not stratum.members:
                raise UsageError("A stratum of the audit is empty or not in ascending order.")
            if len(chosen.intersection(stratum.members)) != stratum.published:
                raise UsageError("A stratum of the audit states another number of published pictures than it has.")

    @property
    def withheld(self) -> int:
        """How many of the pictures were kept private."""
        return self.pictures - len(self.published)

    @cached_property
    def true_draw(self) -> NDArray[np.bool_]:
        """The true draw S*: (N,), True where published."""
        mask = np.zeros(self.pictures, dtype=np.bool_)
        mask[list(self.published)] = True
        mask.setflags(write=False)
        return mask

    def draws(self, limit: int) -> int:
        """Return in how many ways the draw could have fallen, ``limit`` where there are that many or more."""
        return possible_draws(((s.published, len(s.members)) for s in self.strata), limit)


def audited_rows(blocks: Sequence[Block]) -> tuple[tuple[Block, int], ...]:
    """Return the block and the index in its pool of every row of an audit: the pictures of all ``blocks``, in block
    order then pool order, without those that the user chose to withhold, which can be in no draw.
    """
    return tuple(
        (block, index)
        for block in blocks
        for index, picture in enumerate(block.pool)
        if picture.choice != "always withhold"
    )


def design_from_blocks(blocks: Sequence[Block]) -> AuditDesign:
    """Return the design of an audit of all ``blocks`` of a record, rows as in `audited_rows`. Raises UsageError."""
    rows = {(block.number, index): row for row, (block, index) in enumerate(audited_rows(blocks))}
    published = tuple(rows[block.number, index] for block in blocks for index in block.published)
    strata = tuple(
        DrawnStratum(tuple(rows[block.number, index] for index in members), sum(map(block.is_published, members)))
        for block in blocks
        for (_, choice), members in block.strata().items()
        if choice == "drawn"
    )
    return AuditDesign(len(rows), published, strata)
