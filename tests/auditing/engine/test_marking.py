"""What a card would do, computed on the processor: the same pixels."""

from dataclasses import replace

import pytest
import torch

from mtgui.auditing.engine.marking import MarkedBatches
from mtgui.auditing.engine.task import MatrixTask, plan_batches
from mtgui.auditing.engine.views import ONE_VIEW, TEN_VIEWS, Views
from mtgui.marking.settings import MarkSettings
from tests.auditing.engine.helpers import key_marks, small_task


class AsOnACard(MarkedBatches):
    """Goes the way of a card, with or without room for all originals."""

    def __init__(self, task: MatrixTask, *, has_room: bool) -> None:
        super().__init__(task)
        self._is_on_card = True
        if has_room:
            self._resident = [self._stack(range(len(task.pictures)), corner) for corner in task.views.crops]


@pytest.mark.parametrize("has_room", [True, False])
@pytest.mark.parametrize("views", [ONE_VIEW, TEN_VIEWS])
@pytest.mark.parametrize("kind", ["perlin", "mixed", "none"])
def test_a_card_marks_the_same_pixels(has_room: bool, views: Views, kind: str) -> None:
    task = small_task(6, 5, views=views, blocks=3)
    if kind == "mixed":
        uniform = key_marks(3, MarkSettings(noise_kind="uniform", noise_budget=4))
        perlin = key_marks(3)
        task = replace(task, marks=lambda column: [None, perlin(column)[1], uniform(column)[2]])
    elif kind == "none":
        task = replace(task, marks=lambda _: [None] * 3)
    host, card = MarkedBatches(task), AsOnACard(task, has_room=has_room)
    plan = plan_batches(task, 12)
    for group in range(len(plan.groups)):
        for unit in plan.units(group):
            for one, other in zip(host.begin(unit), card.begin(unit), strict=True):
                assert torch.equal(host.finish(one), card.finish(other))
