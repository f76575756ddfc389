"""The inputs of a loss matrix, its division into batches, and the events of its computation."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.device_lane import Lane, lane_to
from mtgui.auditing.engine.prepared_originals import PreparedPicture
from mtgui.auditing.engine.views import ONE_VIEW, Views
from mtgui.common.errors import UsageError
from mtgui.marking.keys import decoy_key
from mtgui.marking.mark import Mark, make_mark
from mtgui.records.record import Block

ColumnMarks: TypeAlias = Callable[[int], Sequence[Mark | None]]
"""Maps a column number to the marks of the blocks, in block order; None leaves pictures unmarked."""

KeySlots: TypeAlias = Callable[[int], NDArray[np.intp]]
"""Maps a group size G to the columns of each group, (groups, G); the group with column 0 comes first.
Numbers greater than or equal to the number of columns are fillers, whose losses are dropped."""


@dataclass(frozen=True)
class MatrixTask:
    """A loss matrix to be computed: one model sees every picture under the keys of every column.

    pictures: N pictures, prepared for the model's preprocessing and for ``views``. Some may still be decoded while the
    first batches are computed; a caller that needs one waits for it. labels: one per picture, 0 to classes − 1. marks:
    the marks of each column. columns: K + 1. rows: the order of the pictures in batches, a permutation of 0 … N − 1.
    slots: the places of the columns in groups.
    """

    model: AuditedModel
    pictures: Sequence[PreparedPicture]
    labels: Sequence[int]
    marks: ColumnMarks
    columns: int
    rows: Sequence[int]
    slots: KeySlots
    views: Views = ONE_VIEW
    lane: Callable[[torch.device], Lane] = lane_to

    def __post_init__(self) -> None:
        """Raise UsageError if the parts do not fit together."""
        count = len(self.pictures)
        if not count or self.columns < 1:
            raise UsageError("An audit needs at least one picture and one key.")
        if len(self.labels) != count or sorted(map(int, self.rows)) != list(range(count)):
            raise UsageError("Labels or order of the pictures do not belong to the pictures of this audit.")
        if not all(0 <= label < self.model.classes for label in self.labels):
            raise UsageError(f"A label lies outside the model's classes, which are 0 to {self.model.classes - 1}.")

    @property
    def passes(self) -> int:
        """Number of forward passes for the whole matrix, without fillers."""
        return len(self.pictures) * self.columns * self.passes_each

    @property
    def passes_each(self) -> int:
        """Number of forward passes for one picture under one key."""
        return self.views.count * self.model.loss_facts.passes


@dataclass(frozen=True)
class Column:
    """One finished column.

    index: 0 for the mark keys, j for the j-th decoy keys. losses: (N,) int64, multiples of 2⁻²⁰, in the order of
    ``pictures``. was_resumed: True when it came from the state file.
    """

    index: int
    losses: NDArray[np.int64]
    was_resumed: bool = False


@dataclass(frozen=True)
class Advanced:
    """A step of a batch is done: ``passes`` forward passes since the last one, fillers included."""

    passes: int


@dataclass(frozen=True)
class Restarted:
    """Memory ran out: all columns yielded before are void, and the matrix begins again with a smaller ``batch``.

    sentence: the same for people.
    """

    batch: int
    sentence: str


MatrixEvent: TypeAlias = Column | Advanced | Restarted


@dataclass(frozen=True)
class Unit:
    """One batch: ``rows`` under each of ``columns``, column by column; ``group`` is the number of its group."""

    group: int
    columns: tuple[int, ...]
    rows: tuple[int, ...]

    def __len__(self) -> int:
        """Pictures in the batch."""
        return len(self.columns) * len(self.rows)


@dataclass(frozen=True)
class BatchPlan:
    """How a matrix is cut into batches: equally for all groups, so that batches differ only in their keys.

    groups: (groups, G) column numbers, in the order of processing. chunks: rows that go through the model together,
    under all keys of a group.
    """

    groups: tuple[tuple[int, ...], ...]
    chunks: tuple[tuple[int, ...], ...]

    def units(self, group: int) -> Iterator[Unit]:
        """Yield the batches of one group."""
        for chunk in self.chunks:
            yield Unit(group, self.groups[group], chunk)


def keys_at_once(pictures: int, columns: int, batch: int) -> int:
    """Return under how many of ``columns`` keys the pictures are shown together, in batches of at most ``batch``."""
    at_once = min(columns, max(1, batch // pictures))
    return -(-columns // -(-columns // at_once))


def plan_batches(task: MatrixTask, batch: int) -> BatchPlan:
    """Cut ``task`` into batches of at most ``batch`` pictures.

    If there are few pictures, a batch has all of them under as many keys as fit. Otherwise a batch has a chunk of rows
    under one key; the chunks are as equal as possible.
    """
    count = len(task.pictures)
    size = keys_at_once(count, task.columns, batch)
    pieces = -(-count // batch)
    rows = [int(row) for row in task.rows]
    edges = [count * piece // pieces for piece in range(pieces + 1)]
    chunks = tuple(tuple(rows[first:last]) for first, last in pairwise(edges))
    groups = tuple(tuple(int(column) for column in group) for group in task.slots(size))
    return BatchPlan(groups, chunks)


def column_marks(blocks: Sequence[Block]) -> ColumnMarks:
    """Return the marks of the columns of an audit of ``blocks``.

    Column 0 uses the mark key of each block, column j its j-th decoy key. A block with invisible settings has no mark.
    """

    def marks(column: int) -> Sequence[Mark | None]:
        return [_mark_of(block, column) for block in blocks]

    return marks


def _mark_of(block: Block, column: int) -> Mark | None:
    if block.settings.is_invisible:
        return None
    if column == 0:
        return block.mark
    return make_mark(decoy_key(block.decoy_seed, column), block.settings, block.pattern_picture)
