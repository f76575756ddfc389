"""Losses of the unmarked originals, for the model's choice of a label and to measure the effect of a precision."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.memory import OUT_OF_MEMORY, release_memory, restarted, smaller_batch
from mtgui.auditing.engine.pipeline import Pipeline, StepDone
from mtgui.auditing.engine.prepared_originals import PreparedPicture
from mtgui.auditing.engine.task import Advanced, ColumnMarks, MatrixTask, Restarted, plan_batches
from mtgui.common.control import Control


@dataclass(frozen=True)
class OriginalLosses:
    """A batch of originals. rows: which pictures.

    losses: (rows, classes) float64, or (rows,) with the label of each picture alone; the mean over all views.
    """

    rows: tuple[int, ...]
    losses: NDArray[np.float64]


@dataclass(frozen=True)
class PrecisionEffect:
    """Difference of losses at a precision from those at float32: largest and mean over ``pictures``."""

    precision: str
    pictures: int
    largest: float
    mean: float


def original_losses(
    task: MatrixTask, *, batch: int, control: Control | None = None, has_every_label: bool = True
) -> Generator[Advanced | OriginalLosses | Restarted]:
    """Yield the losses of the unmarked originals in batches, in the order of ``task.rows``.

    has_every_label: False for the losses with the labels of ``task`` alone. Each step of a batch yields `Advanced`; all
    together they count `original_passes` for each picture, or ``task.passes_each``. `Restarted` cancels all losses
    yielded before. Raises what `loss_columns` raises.
    """
    bare = _unmarked(task)
    passes = original_passes(bare) if has_every_label else bare.passes_each
    control = control or Control()
    while True:
        try:
            pipeline, units = Pipeline(bare, control), plan_batches(bare, batch).units(0)
            with closing(pipeline.class_losses(units) if has_every_label else pipeline.losses(units)) as answers:
                for answer in answers:
                    if isinstance(answer, StepDone):
                        yield Advanced(len(answer.unit) * passes // task.model.steps)
                        continue
                    yield OriginalLosses(answer.unit.rows, answer.losses.numpy())
            return
        except OUT_OF_MEMORY:
            batch = smaller_batch(batch)
        release_memory(task.model.device)
        yield restarted(batch)


def original_passes(task: MatrixTask) -> int:
    """Return the number of forward passes for the losses of one unmarked original with every label."""
    return task.views.count * task.model.class_passes


def all_original_losses(task: MatrixTask, *, batch: int, control: Control | None = None) -> NDArray[np.float64]:
    """Return the losses of the unmarked originals with every label: (N, classes) float64, in the order of
    ``task.pictures``. Raises what `original_losses` raises.
    """
    losses = np.empty((len(task.pictures), task.model.classes))
    for event in original_losses(task, batch=batch, control=control):
        if isinstance(event, OriginalLosses):
            losses[list(event.rows)] = event.losses
    return losses


def precision_effect(
    model: AuditedModel, task: MatrixTask, *, batch: int, control: Control | None = None
) -> PrecisionEffect:
    """Compare the losses of the unmarked originals with their labels at the precision of ``model`` and at float32."""
    own, exact = (
        _labelled_losses(replace(task, model=one), batch, control) for one in (model, model.at_precision("float32"))
    )
    difference = np.abs(own - exact)
    return PrecisionEffect(model.precision, len(difference), float(difference.max()), float(difference.mean()))


def _labelled_losses(task: MatrixTask, batch: int, control: Control | None) -> NDArray[np.float64]:
    """Return the losses of the unmarked originals with their labels: (N,) float64, in the order of the pictures."""
    losses = np.empty(len(task.pictures))
    for event in original_losses(task, batch=batch, control=control, has_every_label=False):
        if isinstance(event, OriginalLosses):
            losses[list(event.rows)] = event.losses
    return losses


def originals_task(model: AuditedModel, pictures: Sequence[PreparedPicture]) -> MatrixTask:
    """Return the task of showing ``model`` the unmarked ``pictures`` in order, one view each."""
    return MatrixTask(
        model=model,
        pictures=pictures,
        labels=[0] * len(pictures),
        marks=_no_marks(pictures),
        columns=1,
        rows=range(len(pictures)),
        slots=_one_group,
    )


def _unmarked(task: MatrixTask) -> MatrixTask:
    return replace(task, marks=_no_marks(task.pictures), columns=1, slots=_one_group)


def _no_marks(pictures: Sequence[PreparedPicture]) -> ColumnMarks:
    blocks = 1 + max(picture.block for picture in pictures)
    return lambda _: (None,) * blocks


def _one_group(size: int) -> NDArray[np.intp]:
    return np.zeros((1, size), dtype=np.intp)
