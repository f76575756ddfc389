"""Computes the loss matrix in several processes: in each round every member computes one group; the leader decides."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.engine_errors import TeamError
from mtgui.auditing.engine.groups import Groups
from mtgui.auditing.engine.memory import OUT_OF_MEMORY, release_memory, restarted, smaller_batch
from mtgui.auditing.engine.pipeline import Pipeline, StepDone
from mtgui.auditing.engine.sharing import Team
from mtgui.auditing.engine.state_file import AuditState
from mtgui.auditing.engine.task import Advanced, MatrixEvent, MatrixTask, plan_batches
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, MtguiError

# Messages of the leader to the others, and the first byte of a member's answer.
_GO, _AGAIN, _ENOUGH = "go", "again", "enough"
_LOSSES, _MEMORY, _FAILURE, _CANCELLED = b"L", b"M", b"F", b"C"


def shared_columns(
    task: MatrixTask,
    batch: int,
    state: AuditState | None,
    team: Team,
    control: Control,
    before_first_column: Callable[[], object] = lambda: None,
) -> Iterator[MatrixEvent]:
    """Yield what `loss_columns` yields, only to the leader of ``team``.

    Whenever the leader yields, the others wait for its next message, so the leader can end the matrix there.
    """
    team.agree(fingerprint(task), "pictures, labels or settings")
    try:
        while True:
            order = team.tell({"do": _GO, "batch": batch})
            if order["do"] == _ENOUGH:
                return
            batch = int(order["batch"])
            try:
                yield from _rounds(task, batch, state, team, control, before_first_column)
                return
            except OUT_OF_MEMORY:
                batch = smaller_batch(batch)
            release_memory(task.model.device)
            if state is not None:
                state.begin(batch)
            if team.is_leader:
                yield restarted(batch)
    except GeneratorExit:
        if team.is_leader:
            team.tell({"do": _ENOUGH})
        raise


def fingerprint(task: MatrixTask) -> str:
    """Return a SHA-256 of all inputs of a matrix except model and keys: pictures, labels, order, preprocessing."""
    digest = hashlib.sha256()
    numbers = [len(task.pictures), task.columns, task.model.classes, task.views.count, task.model.loss_facts.passes]
    preprocessing = repr(task.model.preprocessing)
    digest.update(json.dumps([numbers, preprocessing, list(map(int, task.labels)), list(map(int, task.rows))]).encode())
    for picture in task.pictures:
        digest.update(json.dumps([picture.design.picture_id, picture.block, picture.size, picture.at]).encode())
        digest.update(np.ascontiguousarray(picture.pixels).data)
        if picture.design.texture is not None:
            texture = picture.design.texture
            digest.update(json.dumps([texture.height, texture.width, texture.is_grey]).encode())
            digest.update(texture.weights)
    return digest.hexdigest()


def _rounds(
    task: MatrixTask,
    batch: int,
    state: AuditState | None,
    team: Team,
    control: Control,
    before_first_column: Callable[[], object],
) -> Iterator[MatrixEvent]:
    """Compute all groups. Raises MemoryError in every member when one of them runs out of memory."""
    if state is not None and state.batch is None:
        state.begin(batch)
    groups = Groups(task, plan_batches(task, batch), state, before_first_column)
    done = groups.done()
    for group in range(done):
        yield from groups.resumed(group)
    order = team.tell({"do": _GO, "first": done})
    if order["do"] == _ENOUGH:
        return
    worker = _Worker(task, groups, control)
    for start in range(int(order["first"]), groups.count, team.size):
        answers = team.gather(worker.answer(start + team.rank))
        if team.is_leader:
            matrices = [_read(answer, groups.shape) for answer in answers[: groups.count - start]]
            if any(matrix is None for matrix in matrices):
                team.tell({"do": _AGAIN})
                raise MemoryError
            yield Advanced(groups.passes(len(matrices) * groups.shape[0] * groups.shape[1]))
            for group, matrix in enumerate(matrices, start):
                if matrix is not None:
                    yield from groups.finish(group, matrix)
        order = team.tell({"do": _GO})
        if order["do"] == _AGAIN:
            raise MemoryError
        if order["do"] == _ENOUGH:
            return


class _Worker:
    """Computes one group at a time, and encodes the result as bytes."""

    def __init__(self, task: MatrixTask, groups: Groups, control: Control) -> None:
        self._task, self._groups, self._control = task, groups, control
        self._pipeline: Pipeline | None = None

    def answer(self, group: int) -> bytes:
        """Return the losses of ``group``, or the reason for a failure; empty for a group past the last."""
        if group >= self._groups.count:
            return b""
        try:
            return _LOSSES + self._losses(group).astype("<i8").tobytes()
        except OUT_OF_MEMORY:
            return _MEMORY
        except CancelledError:
            return _CANCELLED
        except MtguiError as error:
            return _FAILURE + str(error).encode()

    def _losses(self, group: int) -> NDArray[np.int64]:
        if self._pipeline is None:
            self._pipeline = Pipeline(self._task, self._control)
        losses = np.zeros((0, 0), np.int64)
        with closing(self._pipeline.losses(self._groups.plan.units(group))) as answers:
            for answer in answers:
                complete = None if isinstance(answer, StepDone) else self._groups.add(answer)
                losses = losses if complete is None else complete
        return losses


def _read(answer: bytes, shape: tuple[int, int]) -> NDArray[np.int64] | None:
    """Return the losses, (G, N), in ``answer``; None if memory ran out.

    Raises CancelledError, and TeamError with the reason in the answer.
    """
    kind, content = answer[:1], answer[1:]
    if kind == _MEMORY:
        return None
    if kind == _CANCELLED:
        raise CancelledError("Stopped. What was finished before is kept.")
    if kind == _LOSSES and len(content) == 8 * shape[0] * shape[1]:
        return np.frombuffer(content, "<i8").astype(np.int64).reshape(shape)
    raise TeamError(content.decode() if kind == _FAILURE else "One of the processes gave an answer without sense.")
