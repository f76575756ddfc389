"""Judges the engine's columns in a grid, and yields events while the grid fills."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.groups import Groups
from mtgui.auditing.engine.sharing import Team
from mtgui.auditing.engine.state_file import AuditState
from mtgui.auditing.engine.task import Advanced, Column, MatrixEvent, MatrixTask, Restarted, plan_batches
from mtgui.auditing.job.audit_events import KeyDone
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS, LossScale, loss_scale
from mtgui.auditing.statistics.audit_design import AuditDesign
from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.missing import fill_missing
from mtgui.common.control import Control
from mtgui.common.events import Event, Noticed, Progress, Started
from mtgui.common.generators import Following

_SAID_EVERY = 0.2
_MOST_SHOWN = 200_000
_DIGITS = 7


@dataclass(frozen=True)
class Judging:
    """The inputs of judging columns. draws: (draws, rows) bool, the true draw first. numbers: (model, record)."""

    design: AuditDesign
    draws: NDArray[np.bool_]
    alpha: Fraction
    is_missing: NDArray[np.bool_]
    stops_early: bool
    numbers: tuple[int, int]


@dataclass
class Judged:
    """A grid and the judged columns, in the order in which they came; columns that were only computed are not in it."""

    grid: RunningGrid
    columns: list[int] = field(default_factory=list)
    losses: list[NDArray[np.int64]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def judge(
    task: MatrixTask,
    judging: Judging,
    *,
    batch: int,
    state: AuditState | None,
    team: Team | None,
    control: Control,
    before_first_column: Callable[[], object],
) -> Generator[Event, None, Judged]:
    """Compute ``task`` and judge it column by column, until it is complete or p must exceed α.

    Yields `Started`, `KeyDone`, `Progress` and `Noticed`. before_first_column, and errors: as in `loss_columns`.
    """
    meter = _Meter(task.passes)
    matrix = loss_columns(
        task, batch=batch, state=state, team=team, control=control, before_first_column=before_first_column
    )
    with closing(matrix) as columns, closing(_judged(columns, task, judging, meter)) as events:
        work = Following(events)
        for event in work:
            with meter.away():
                yield event
        return work.answer


def _judged(
    events: Iterator[MatrixEvent], task: MatrixTask, judging: Judging, meter: "_Meter"
) -> Generator[Event, None, Judged]:
    judged, waiting = Judged(_new_grid(task, judging)), list[Column]()
    yield Started("showing pictures to the model", task.passes)
    for event in events:
        if isinstance(event, Advanced):
            yield from meter.step(event.passes)
        elif isinstance(event, Restarted):
            judged = Judged(_new_grid(task, judging), notes=[*judged.notes, event.sentence])
            meter.start()
            waiting.clear()
            yield Noticed(event.sentence)
        else:
            waiting.append(event)
            if not judged.columns and event.index != 0:
                continue
            # Nothing is judged before the column of the mark key, with which all others are compared.
            for column in sorted(waiting, key=lambda one: one.index != 0):
                yield _take(column, judged, judging, task, meter)
                if judging.stops_early and judged.grid.must_exceed_alpha and not judged.grid.is_complete:
                    return judged
            waiting.clear()
    return judged


def passes_for(task: MatrixTask, batch: int, columns: Iterable[int]) -> int:
    """Return the number of forward passes for ``columns``: those of their groups, fillers included.

    The number is the same if an audit was interrupted or shared by several processes.
    """
    groups = plan_batches(task, batch).groups
    wanted = set(columns)
    touched = sum(not wanted.isdisjoint(group) for group in groups)
    return touched * len(groups[0]) * len(task.pictures) * task.passes_each


def kept_columns(task: MatrixTask, state: AuditState | None) -> int:
    """Return how many columns ``state`` holds that need not be computed again."""
    if state is None or state.batch is None:
        return 0
    plan = plan_batches(task, state.batch)
    done = Groups(task, plan, state).done()
    return sum(column < task.columns for group in plan.groups[:done] for column in group)


def _new_grid(task: MatrixTask, judging: Judging) -> RunningGrid:
    return RunningGrid(judging.draws, task.columns, judging.alpha)


def _take(column: Column, judged: Judged, judging: Judging, task: MatrixTask, meter: "_Meter") -> KeyDone:
    losses = _all_rows(column, judging, loss_scale(task.model.loss_facts.kind, task.model.classes))
    sums = judged.grid.add(column.index, losses)
    judged.columns.append(column.index)
    judged.losses.append(losses)
    if column.was_resumed:
        meter.skip(len(column.losses) * task.passes_each)
    shown = _spread(len(sums), max(1, _MOST_SHOWN // task.columns))
    model, record = judging.numbers
    published = len(judging.design.published)
    return KeyDone(
        model=model,
        record=record,
        column=column.index,
        keys_done=len(judged.columns),
        keys=task.columns,
        set_losses=_means(sums[shown], published),
        losses=_seen(losses, judging) if column.index == 0 else None,
        at_most=judged.grid.at_most,
        counted=judged.grid.counted,
        seconds=meter.seconds,
    )


def _all_rows(column: Column, judging: Judging, scale: LossScale) -> NDArray[np.int64]:
    """Return the losses of every row of the design, missing originals counted against the claim."""
    if not judging.is_missing.any():
        return column.losses
    losses = np.zeros(len(judging.is_missing), dtype=np.int64)
    losses[~judging.is_missing] = column.losses
    return fill_missing(losses, column.index, judging.is_missing, judging.design.true_draw, scale)


def _spread(count: int, most: int) -> NDArray[np.intp]:
    """Return at most ``most`` numbers from 0 to ``count`` − 1, evenly spread; 0 is always among them."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.intp)


def _seen(losses: NDArray[np.int64], judging: Judging) -> tuple[float | None, ...]:
    """Return the loss of each picture; None for missing originals, which the model never saw."""
    pairs = zip(_means(losses, 1), judging.is_missing.tolist(), strict=True)
    return tuple(None if is_missing else loss for loss, is_missing in pairs)


def _means(units: NDArray[np.int64], count: int) -> tuple[float, ...]:
    return tuple(np.round(units / (count * UNITS_PER_LOSS), _DIGITS).tolist())


class _Meter:
    """Makes progress events a few times a second, with the remaining time; pauses are not counted."""

    def __init__(self, total: int) -> None:
        self._total = total
        self.start()

    def start(self) -> None:
        """Start again from 0."""
        self._done = self._skipped = 0
        self._start = self._said = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds of work since the start."""
        return time.monotonic() - self._start

    @contextmanager
    def away(self) -> Iterator[None]:
        """Do not count the time inside the block."""
        before = time.monotonic()
        yield
        self._start += time.monotonic() - before

    def skip(self, passes: int) -> None:
        """Count passes that were done in an earlier run."""
        self._skipped += passes

    def step(self, passes: int) -> Iterator[Event]:
        """Count ``passes``, and yield a progress event from time to time."""
        self._done += passes
        now = time.monotonic()
        done = min(self._total, self._done + self._skipped)
        if now - self._said >= _SAID_EVERY or done == self._total:
            self._said = now
            rest = self._total - done
            yield Progress(done, self._total, self.seconds, self.seconds / self._done * rest)
