"""A detector of marks: strong marks of unknown keys are caught, and few pictures without marks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import split
from mtgui.rehearsal.pictures.users import UserPlan, absent_training, draw_users, marked_training
from mtgui.rehearsal.rehearsal_result import Detected
from mtgui.rehearsal.training.mark_detector import Detector, KnownMarks, suspected
from mtgui.rehearsal.training.training_pipeline import Ingredients, MadeModel, Making, make_model
from mtgui.rehearsal.training.training_plan import TrainingPlan
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor

STRONG, NOTHING = MarkSettings(0.5, 16), MarkSettings(1.0, 0)
KEPT, ASIDE = split(make_pictures(3, 150, 7, side=16), 0.3, 0)
PLAN = TrainingPlan(network="resnet8", epochs=8, batch=32)


def taken(settings: MarkSettings, seed: int = 0) -> tuple[float, float]:
    """Return the share of marked copies that a detector takes for marked, and that of other pictures."""
    users = draw_users(KEPT, UserPlan(users=3, published=20, withheld=0, settings=settings), seed + 1)
    clean, data = absent_training(KEPT, users), marked_training(KEPT, users)
    detector = Detector(KnownMarks((settings,)), 0.05, seed, replace(PLAN, seed=seed))
    _, found = ended(suspected(detector, data, clean, ASIDE, processor(), Control()))
    return float(found[len(clean) :].mean()), float(found[: len(clean)].mean())


def test_strong_marks_of_keys_that_it_never_saw_are_caught() -> None:
    caught, alarms = taken(STRONG)
    assert caught > 0.7
    assert alarms < 0.2


def test_without_marks_there_is_nothing_to_be_caught() -> None:
    caught, alarms = taken(NOTHING)
    assert caught < 0.3
    assert alarms < 0.3


def made(measures: Countermeasures, seed: int = 0, **options: Any) -> MadeModel:
    users = draw_users(KEPT, UserPlan(users=3, published=20, withheld=0, settings=STRONG), 1)
    clean = absent_training(KEPT, users)
    parts = Ingredients(marked_training(KEPT, users), 60, clean, ASIDE, (20, 20, 20))
    making = Making(replace(TINY, seed=seed), measures, seed=seed, marks=KnownMarks((STRONG,)))
    _, model = ended(make_model(making, parts, processor(), name="m", **options))
    assert isinstance(model, MadeModel)
    return model


def test_the_model_is_trained_without_what_was_caught() -> None:
    model = made(Countermeasures(detect=0.01))
    found = model.detected
    assert found is not None
    assert (found.of, found.others) == (60, len(KEPT) - 60)
    assert model.pictures == len(KEPT) - found.caught - found.alarms
    assert found.caught > 20


def test_a_filter_after_the_detector_counts_what_is_left() -> None:
    model = made(Countermeasures(detect=0.01, filter=0.1))
    assert isinstance(model.detected, Detected)
    assert model.left_out is not None
    left = len(KEPT) - model.detected.caught - model.detected.alarms
    assert model.left_out.pictures == int(0.1 * left)
    assert model.left_out.of_users <= 60 - model.detected.caught


def test_averages_are_those_of_each_artist() -> None:
    parts = Ingredients(KEPT, 5, KEPT, ASIDE, (2, 3))
    assert parts.set_of()[-6:].tolist() == [-1, 0, 0, 1, 1, 1]
    assert (replace(parts, sets=()).set_of() == -1).all()
    with_average, without = made(Countermeasures(average=1.0)), made(Countermeasures())
    states = [model.trained.module.state_dict() for model in (with_average, without)]
    assert any(not np.array_equal(states[0][name].numpy(), states[1][name].numpy()) for name in states[0])


def test_a_detector_in_training_can_be_cancelled() -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        made(Countermeasures(detect=0.01), control=control)
