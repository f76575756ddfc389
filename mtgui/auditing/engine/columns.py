"""Computes the loss matrix, column by column; it knows neither which pictures were published nor what p is."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from mtgui.auditing.engine.groups import Groups
from mtgui.auditing.engine.memory import OUT_OF_MEMORY, release_memory, restarted, smaller_batch
from mtgui.auditing.engine.pipeline import Pipeline, StepDone
from mtgui.auditing.engine.rounds import shared_columns
from mtgui.auditing.engine.sharing import Team
from mtgui.auditing.engine.state_file import AuditState
from mtgui.auditing.engine.task import Advanced, MatrixEvent, MatrixTask, plan_batches
from mtgui.common.control import Control


def loss_columns(
    task: MatrixTask,
    *,
    batch: int,
    state: AuditState | None = None,
    team: Team | None = None,
    control: Control | None = None,
    before_first_column: Callable[[], object] = lambda: None,
) -> Generator[MatrixEvent]:
    """Yield the columns of the loss matrix and events, group by group; the group with column 0 comes first.

    batch: pictures at a time, see `starting_batch`. When memory runs out, it is halved and the matrix begins again
    (`Restarted`). state: keeps finished columns. Columns that it holds already come first, in the order of an
    uninterrupted run, and its batch size replaces ``batch``. team: its members share whole groups. All members call
    this function with the same task, inside ``team.working()``; only the leader has a state and gets events. While a
    team works, only the leader's control pauses it. A caller that stops early must close the generator
    (``contextlib.closing``), which also releases the other members. before_first_column: called before the first column
    is kept in the state or yielded, and again after each `Restarted`; in a team, only the leader calls it.

    Raises CancelledError; ModelError, NonFiniteLossError; DeviceError when not even one picture fits; StorageError;
    TeamError when a member is lost or has failed.
    """
    control = control or Control()
    if state is not None and state.batch is not None:
        batch = state.batch
    if team is not None:
        yield from shared_columns(task, batch, state, team, control, before_first_column)
        return
    while True:
        try:
            yield from _columns(task, batch, state, control, before_first_column)
            return
        except OUT_OF_MEMORY:
            batch = smaller_batch(batch)
        release_memory(task.model.device)
        if state is not None:
            state.begin(batch)
        yield restarted(batch)


def _columns(
    task: MatrixTask, batch: int, state: AuditState | None, control: Control, before_first_column: Callable[[], object]
) -> Iterator[MatrixEvent]:
    if state is not None and state.batch is None:
        state.begin(batch)
    groups = Groups(task, plan_batches(task, batch), state, before_first_column)
    done = groups.done()
    for group in range(done):
        yield from groups.resumed(group)
    if done == groups.count:
        return
    units = (unit for group in range(done, groups.count) for unit in groups.plan.units(group))
    with closing(Pipeline(task, control).losses(units)) as answers:
        for answer in answers:
            if isinstance(answer, StepDone):
                yield Advanced(groups.step_passes(answer.unit))
                continue
            losses = groups.add(answer)
            if losses is not None:
                yield from groups.finish(answer.unit.group, losses)
