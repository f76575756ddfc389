"""What a card would do, computed on the processor: the same pixels."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Any

import pytest
import torch

from mtgui.auditing.engine.marked_batches import MarkedBatches, NotWantedError
from mtgui.auditing.engine.prepared_originals import PreparedPicture
from mtgui.auditing.engine.task import MatrixTask, plan_batches
from mtgui.auditing.engine.views import ONE_VIEW, TEN_VIEWS, Views
from mtgui.marking.settings import MarkSettings
from tests.auditing.engine.engine_helpers import key_marks, small_task


class AsOnACard(MarkedBatches):
    """Goes the way of a card, with or without room for all originals."""

    def __init__(self, task: MatrixTask, *, has_room: bool) -> None:
        super().__init__(task)
        self._is_on_card = True
        if has_room:
            shape = (len(task.pictures), 3, *task.model.preprocessing.crop)
            self._resident = [torch.zeros(shape, dtype=torch.uint8) for _ in task.views.crops]


@pytest.mark.parametrize("has_room", [True, False])
@pytest.mark.parametrize("views", [ONE_VIEW, TEN_VIEWS])
@pytest.mark.parametrize("kind", ["perlin", "tint", "mixed", "none"])
def test_a_card_marks_the_same_pixels(has_room: bool, views: Views, kind: str) -> None:
    task = small_task(6, 5, views=views, blocks=3)
    if kind == "mixed":
        uniform = key_marks(3, MarkSettings(noise_kind="uniform", noise_budget=4))
        perlin = key_marks(3)
        task = replace(task, marks=lambda column: [None, perlin(column)[1], uniform(column)[2]])
    elif kind == "tint":
        tint, perlin = key_marks(3, MarkSettings(kind="tint")), key_marks(3)
        task = replace(task, marks=lambda column: [tint(column)[0], tint(column)[1], perlin(column)[2]])
    elif kind == "none":
        task = replace(task, marks=lambda _: [None] * 3)
    host, card = MarkedBatches(task), AsOnACard(task, has_room=has_room)
    plan = plan_batches(task, 12)
    for group in range(len(plan.groups)):
        for unit in plan.units(group):
            for one, other in zip(host.begin(unit, is_new=True), card.begin(unit, is_new=group == 0), strict=True):
                assert torch.equal(host.finish(one), card.finish(other))


def test_a_card_marks_no_pictures_that_it_never_had() -> None:
    task = small_task(6, 5)
    card, unit = AsOnACard(task, has_room=True), next(plan_batches(task, 12).units(0))
    (half,) = card.begin(unit, is_new=False)
    with pytest.raises(LookupError, match="never had"):
        card.finish(half)


class StoppingAt(Sequence[PreparedPicture]):
    """Pictures of which the second one that is looked at sets ``stop``."""

    def __init__(self, pictures: Sequence[PreparedPicture]) -> None:
        self.pictures, self.stop, self.seen = pictures, Event(), 0

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, place: Any) -> Any:
        self.seen += 1
        if self.seen == 2:
            self.stop.set()
        return self.pictures[place]


@pytest.mark.parametrize("kind", [MarkedBatches, partial(AsOnACard, has_room=False)])
def test_a_batch_that_nobody_wants_any_more_is_left_between_two_pictures(
    kind: Callable[[MatrixTask], MarkedBatches],
) -> None:
    task = small_task(6, 5)
    pictures = StoppingAt(task.pictures)
    batches, unit = kind(replace(task, pictures=pictures)), next(plan_batches(task, 12).units(0))
    with pytest.raises(NotWantedError):
        batches.begin(unit, is_new=True, stop=pictures.stop)
    assert pictures.seen == 2
