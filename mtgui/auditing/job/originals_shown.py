"""Shows all unmarked originals to a model, with every label, and yields how far that is."""

import time
from collections.abc import Generator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.original_losses import OriginalLosses, original_losses, original_passes
from mtgui.auditing.engine.task import Advanced, MatrixTask
from mtgui.common.control import Control
from mtgui.common.events import Event, Noticed, Progress, Started


def shown_originals(
    task: MatrixTask, title: str, batch: int, control: Control
) -> Generator[Event, None, NDArray[np.float64]]:
    """Return the losses of the unmarked originals of ``task``, (N, classes) float64, in the order of its pictures.

    title: of the work, for the person. Raises what `original_losses` raises.
    """
    total, done, start = len(task.pictures) * original_passes(task), 0, time.monotonic()
    losses = np.empty((len(task.pictures), task.model.classes))
    yield Started(title, total)
    with closing(original_losses(task, batch=batch, control=control)) as events:
        for event in events:
            if isinstance(event, OriginalLosses):
                losses[list(event.rows)] = event.losses
            elif isinstance(event, Advanced):
                # A group that is not full shows some pictures twice.
                done = min(done + event.passes, total)
                yield Progress(done, total, time.monotonic() - start)
            else:
                done = 0
                yield Noticed(event.sentence)
    return losses
