"""The design of an audit: its pictures, which of them were published, and all possible draws."""

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
    """A stratum of the picture coin: ``members`` are rows, ascending; ``published`` is how many were drawn."""

    members: tuple[int, ...]
    published: int


@dataclass(frozen=True)
class AuditDesign:
    """The set of all draws that the picture coin could have made.

    pictures: N, the number of pictures; each has a row from 0 to N − 1. published: the rows of the true draw,
    ascending. strata: the draw was uniform within each. Rows in no stratum were chosen by the user: if published, they
    are in every draw, else in none.
    """

    pictures: int
    published: tuple[int, ...]
    strata: tuple[DrawnStratum, ...]

    def __post_init__(self) -> None:
        """Raise UsageError if the parts contradict each other or nothing was published."""
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
        """Return the number of possible draws, at most ``limit``."""
        return possible_draws(((s.published, len(s.members)) for s in self.strata), limit)


def audited_rows(blocks: Sequence[Block]) -> tuple[tuple[Block, int], ...]:
    """Return, for every row of an audit of ``blocks``, its block and its index in the block's pool.

    The order is that of the blocks and of their pools. Pictures that the user chose to withhold are left out, because
    no draw can contain them.
    """
    return tuple(
        (block, index)
        for block in blocks
        for index, picture in enumerate(block.pool)
        if picture.choice != "always withhold"
    )


def design_from_blocks(blocks: Sequence[Block]) -> AuditDesign:
    """Return the design of an audit of ``blocks`` of a record, with the rows of `audited_rows`. Raises UsageError."""
    rows = {(block.number, index): row for row, (block, index) in enumerate(audited_rows(blocks))}
    published = tuple(rows[block.number, index] for block in blocks for index in block.published)
    strata = tuple(
        DrawnStratum(tuple(rows[block.number, index] for index in members), sum(map(block.is_published, members)))
        for block in blocks
        for (_, choice), members in block.strata().items()
        if choice == "drawn"
    )
    return AuditDesign(len(rows), published, strata)
