"""Groups of columns: assembled from batches, kept in the state file, and yielded."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.pipeline import Answer
from mtgui.auditing.engine.state_file import AuditState
from mtgui.auditing.engine.task import BatchPlan, Column, MatrixTask, Unit
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS


class Groups:
    """The groups of one matrix, cut by ``plan``; finished columns are kept in ``state`` if there is one."""

    def __init__(
        self,
        task: MatrixTask,
        plan: BatchPlan,
        state: AuditState | None,
        before_first_column: Callable[[], object] = lambda: None,
    ) -> None:
        """Keep the parts. before_first_column: called before any column is kept, yielded or read from the state."""
        self.plan, self._task, self._state = plan, task, state
        self._before, self._has_begun = before_first_column, False
        self.shape = len(plan.groups[0]), len(task.pictures)
        self._clear()

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.plan.groups)

    def passes(self, pictures: int) -> int:
        """Return the number of forward passes for ``pictures`` marked pictures."""
        return pictures * self._task.passes_each

    def step_passes(self, unit: Unit) -> int:
        """Return the number of forward passes for one step of the batch ``unit``."""
        return self.passes(len(unit)) // self._task.model.steps

    def done(self) -> int:
        """Return how many groups, from the first on, the state file holds completely."""
        if self._state is None:
            return 0
        for group in range(self.count):
            if not all(self._state.holds(column) for _, column in self._places(group)):
                return group
        return self.count

    def resumed(self, group: int) -> Iterator[Column]:
        """Yield the columns of a group from the state file."""
        if self._state is not None:
            self._begin()
            for _, column in self._places(group):
                yield Column(column, self._state.losses(column), was_resumed=True)

    def add(self, answer: Answer) -> NDArray[np.int64] | None:
        """Store the losses of one batch; return the losses of the group, (G, N), when they are complete."""
        rows = list(answer.unit.rows)
        losses = answer.losses.numpy().reshape(self.shape[0], len(rows))
        self._losses[:, rows] = np.rint(losses * UNITS_PER_LOSS)
        self._rows += len(rows)
        if self._rows < self.shape[1]:
            return None
        complete = self._losses
        self._clear()
        return complete

    def finish(self, group: int, losses: NDArray[np.int64]) -> Iterator[Column]:
        """Keep and yield the columns of a group. Columns already in the state file are taken from there."""
        self._begin()
        finished = [Column(column, losses[place]) for place, column in self._places(group)]
        state = self._state
        if state is not None:
            finished = [Column(c.index, state.losses(c.index)) if state.holds(c.index) else c for c in finished]
            for column in finished:
                state.add(column.index, column.losses)
        yield from finished

    def _begin(self) -> None:
        if not self._has_begun:
            self._before()
            self._has_begun = True

    def _places(self, group: int) -> list[tuple[int, int]]:
        """Return (place, number) of the columns of a group, without fillers."""
        return [(place, c) for place, c in enumerate(self.plan.groups[group]) if c < self._task.columns]

    def _clear(self) -> None:
        self._losses = np.zeros(self.shape, np.int64)
        self._rows = 0
