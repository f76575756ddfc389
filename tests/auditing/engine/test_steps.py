"""Models whose losses are computed in several steps: the mean is right, and work can be stopped between two steps."""

from contextlib import closing
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.original_losses import OriginalLosses, all_original_losses, original_losses, original_passes
from mtgui.auditing.engine.task import Advanced, MatrixTask
from mtgui.auditing.engine.views import TEN_VIEWS
from mtgui.auditing.loss_kinds import LossFacts
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from tests.auditing.engine.engine_helpers import CLASSES, SMALL, SmallNet, matrix_of, small_model, small_task
from tests.auditing.engine.simulated_card import SimulatedCard

FACTORS = (0.5, 1.0, 1.5)
"""Their mean is 1, so a model in three steps has the losses of the model in one."""


class InSteps(TorchClassifier):
    """A classifier whose losses come in three steps, with two passes for each; ``seen`` counts encoded batches."""

    steps, class_passes = 3, 6
    loss_facts = LossFacts(passes=6)

    def __init__(self) -> None:
        super().__init__(SmallNet(), CLASSES, SMALL, choose_device("cpu"))
        self.seen: list[int] = []

    def encoded(self, pixels: Tensor) -> Tensor:
        self.seen.append(len(pixels))
        return pixels

    def class_losses(self, encoded: Tensor, step: int = 0) -> Tensor:
        return self.nats(encoded) * FACTORS[step]


def in_steps(task: MatrixTask) -> MatrixTask:
    return replace(task, model=InSteps())


@pytest.mark.parametrize("is_on_card", [False, True])
def test_the_loss_is_the_mean_over_the_steps(*, is_on_card: bool) -> None:
    task = small_task(7, 4, views=TEN_VIEWS)
    expected = matrix_of(list(loss_columns(task, batch=8)), task)
    stepped = in_steps(task)
    if is_on_card:
        with SimulatedCard() as card:
            found = matrix_of(list(loss_columns(replace(stepped, lane=card.to), batch=8)), stepped)
    else:
        found = matrix_of(list(loss_columns(stepped, batch=8)), stepped)
    assert np.abs(found - expected).max() <= 1


def test_what_the_steps_have_in_common_is_made_once() -> None:
    model = InSteps()
    task = replace(small_task(6, 5), model=model)
    list(loss_columns(task, batch=6))
    assert sum(model.seen) == 6 * 5


def test_every_step_tells_its_passes() -> None:
    task = in_steps(small_task(6, 5, views=TEN_VIEWS))
    advanced = [event.passes for event in loss_columns(task, batch=4) if isinstance(event, Advanced)]
    assert sum(advanced) == task.passes == 6 * 5 * 10 * 6
    assert len(advanced) == 3 * 10


def test_the_losses_of_originals_are_the_mean_over_the_steps_too() -> None:
    task = in_steps(small_task(6, 1))
    events = list(original_losses(task, batch=4))
    assert np.abs(all_original_losses(task, batch=4) - all_original_losses(small_task(6, 1), batch=4)).max() < 1e-12
    assert sum(event.passes for event in events if isinstance(event, Advanced)) == 6 * original_passes(task)
    assert sum(isinstance(event, OriginalLosses) for event in events) == 2


def test_work_is_cancelled_inside_a_batch() -> None:
    control = Control()
    task = in_steps(small_task(6, 2))
    with closing(loss_columns(task, batch=6, control=control)) as events:
        assert [type(event) for event in islice(events, 2)] == [Advanced, Advanced]
        control.cancel()
        with pytest.raises(CancelledError):
            next(events)


def test_a_classifier_has_one_step() -> None:
    with pytest.raises(IndexError):
        small_model().losses(torch.zeros((1, 3, 32, 32), dtype=torch.uint8), torch.zeros(1, dtype=torch.int64), 1)
