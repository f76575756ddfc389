"""Making a model: what is left out before the training, what protects it, and what comes after it."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.events import Event
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.filtering import suspicion, without_suspicious
from mtgui.rehearsal.pictures.labelled_pictures import split
from mtgui.rehearsal.pictures.users import UserPlan, absent_training, draw_users, marked_training
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingDone
from mtgui.rehearsal.training.small_networks import Network
from mtgui.rehearsal.training.training import Trained, train
from mtgui.rehearsal.training.training_pipeline import Ingredients, MadeModel, Making, make_model
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.training_steps import normalisation
from mtgui.rehearsal.training.weight_files import module_hash
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor, tiny_data

KEPT, ASIDE = split(tiny_data(20), 0.25, 0)
PARTS = Ingredients(KEPT, 0, KEPT, ASIDE)
HEART = TrainingPlan(network="resnet8", epochs=12, batch=16, weight_decay=0.0, seed=2)
DISTILLED = Countermeasures(distil=30)


def made(making: Making, parts: Ingredients = PARTS, **options: Any) -> tuple[list[Event], MadeModel]:
    events, result = ended(make_model(making, parts, processor(), name="m", **options))
    assert isinstance(result, MadeModel)
    return events, result


def answers(network: Network) -> torch.Tensor:
    scale, shift = normalisation(network, torch.device("cpu"))
    with torch.inference_mode():
        logits: torch.Tensor = network.module(torch.from_numpy(KEPT.pixels).float() * scale + shift)
    return logits


def apart(first: Network, second: Network) -> float:
    """Return how far the answers of two networks are from each other, in nats."""
    logs = [torch.log_softmax(answers(network), 1) for network in (first, second)]
    return float(functional.kl_div(logs[0], logs[1], log_target=True, reduction="batchmean"))


def moved(first: Network, second: Network) -> float:
    weights = [torch.cat([p.detach().flatten() for p in one.module.parameters()]) for one in (first, second)]
    return float((weights[0] - weights[1]).norm())


MARKS = {"strongest": (MarkSettings(0.5, 16), 4.0), "the paper's": (MarkSettings(), 2.5)}


def share_filtered(settings: MarkSettings, seed: int) -> float:
    """Return the share of marked pictures that a filter of a tenth of all pictures leaves out."""
    data = make_pictures(5, 80, 3 + seed)
    users = draw_users(data, UserPlan(2, 20, 5, settings), seed)
    marked = marked_training(data, users)
    parts = Ingredients(marked, 40, absent_training(data, users), data)
    result = made(Making(replace(TINY, epochs=1), Countermeasures(filter=0.1)), parts)[1]
    assert result.left_out is not None
    assert result.left_out.pictures == len(marked) // 10
    assert result.pictures == len(marked) - result.left_out.pictures
    return result.left_out.of_users / 40


@pytest.mark.parametrize("marks", MARKS)
def test_a_filter_drops_marked_pictures_more_often_than_others(marks: str) -> None:
    settings, times = MARKS[marks]
    assert share_filtered(settings, 0) > times * 0.1


def test_a_filter_that_drops_nothing_keeps_everything_in_order() -> None:
    assert without_suspicious(KEPT, 0.0).tolist() == list(range(len(KEPT)))
    assert suspicion(KEPT.pixels).shape == (len(KEPT),)


def privacy_cost(plain: MadeModel, private: MadeModel) -> float:
    """Return how many times the loss of the pictures learned is higher after the private training."""
    losses = [
        float(functional.cross_entropy(answers(one.trained.network), torch.from_numpy(KEPT.labels)))
        for one in (plain, private)
    ]
    return losses[1] / losses[0]


def test_private_training_knows_its_pictures_less_well_and_says_how_private_it_is() -> None:
    _, plain = made(Making(HEART, Countermeasures()))
    _, private = made(Making(replace(HEART, private_noise=1.0), Countermeasures()))
    assert privacy_cost(plain, private) > 2
    assert plain.trained.privacy is None
    assert private.trained.privacy is not None
    assert private.trained.privacy.delta == 1 / len(KEPT)
    assert 0 < private.trained.privacy.epsilon < 100


def test_private_training_repeats_and_more_noise_is_more_private() -> None:
    plan = replace(HEART, epochs=1, private_noise=1.0)
    first, again, noisier = (
        made(Making(one, Countermeasures()))[1].trained for one in (plan, plan, replace(plan, private_noise=4.0))
    )
    assert module_hash(first.module) == module_hash(again.module)
    assert first.privacy is not None
    assert noisier.privacy is not None
    assert noisier.privacy.epsilon < first.privacy.epsilon


def steps_under_clips(seed: int) -> tuple[float, float]:
    """Return how far one step moves the weights under a clip of 1e-3, and under one that clips nothing."""
    plan = replace(HEART, epochs=1, batch=45, rate=1.0, momentum=0.0, schedule="constant", seed=seed)
    short, wide = (
        _trained(replace(plan, private_noise=1e-9, private_clip=clip), replace(plan, private_noise=1e-9))
        for clip in (1e-3, 1e3)
    )
    return short, wide


def test_one_picture_moves_a_private_training_no_further_than_its_clip() -> None:
    short, wide = steps_under_clips(2)
    assert short <= 1e-3 * 1.5
    assert wide > 10 * short


def _trained(plan: TrainingPlan, before: TrainingPlan) -> float:
    """Return how far one step moves the weights at most, in the mean over pictures."""
    start = ended(train(replace(before, rate=0.0), KEPT, None, processor()))[1]
    end = ended(train(plan, KEPT, None, processor()))[1]
    assert isinstance(start, Trained)
    return moved(start.network, end.network)


def test_without_its_library_private_training_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opacus", None)
    with pytest.raises(UsageError, match=r'pip install "mtgui\[dp\]"'):
        made(Making(replace(HEART, private_noise=1.0), Countermeasures()))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"private_noise": 0.0}, "above 0"),
        ({"private_noise": 1.0, "private_clip": 0.0}, "above 0"),
        ({"private_noise": 1.0, "mixup": 0.2}, "cannot be mixed"),
        ({"private_noise": 1.0, "precision": "bfloat16"}, "float32"),
    ],
)
def test_what_private_training_cannot_be_joined_with_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        replace(HEART, **change)


def test_private_training_is_followed_by_nothing_that_is_not_private() -> None:
    with pytest.raises(UsageError, match="without the protection"):
        Making(replace(HEART, private_noise=1.0), Countermeasures(distil=2))


def tuned_distance(plain: MadeModel, tuned: MadeModel, fresh: MadeModel) -> float:
    """Return how far fine-tuning moved the weights, in terms of how far those of another seed are."""
    near, far = (moved(one.trained.network, plain.trained.network) for one in (tuned, fresh))
    return near / far


def test_fine_tuning_goes_on_from_the_trained_weights() -> None:
    events, tuned = made(Making(HEART, Countermeasures(fine_tune_afterwards=2)))
    _, plain = made(Making(HEART, Countermeasures()))
    fresh = made(Making(replace(HEART, seed=9), Countermeasures()))[1]
    assert 0 < tuned_distance(plain, tuned, fresh) < 0.2
    done = [event for event in events if isinstance(event, EpochDone)]
    assert [event.epoch for event in done] == list(range(1, 15))
    assert {(event.model, event.epochs) for event in done} == {("m", 14)}
    assert [event.stage for event in done[-3:]] == ["training", "fine-tuning", "fine-tuning"]
    assert [event.epochs for event in events if isinstance(event, TrainingDone)] == [14]


def likeness(teacher: MadeModel, student: MadeModel, stranger: MadeModel) -> float:
    """Return how far the student's answers are from the teacher's, in terms of how far a stranger's are."""
    near, far = (apart(one.trained.network, teacher.trained.network) for one in (student, stranger))
    return near / far


def test_a_distilled_student_answers_as_its_teacher_does() -> None:
    _, teacher = made(Making(HEART, Countermeasures()))
    _, student = made(Making(HEART, DISTILLED))
    _, stranger = made(Making(replace(HEART, epochs=1, seed=9), Countermeasures()))
    assert module_hash(student.trained.module) != module_hash(teacher.trained.module)
    assert likeness(teacher, student, stranger) < 0.3


def test_a_cancelled_fine_tuning_goes_on_with_the_same_result(tmp_path: Path) -> None:
    making = Making(replace(HEART, epochs=2), Countermeasures(fine_tune_afterwards=3, distil=1))
    whole = made(making)[1]
    control = Control()
    generator = make_model(making, PARTS, processor(), name="m", out=tmp_path, control=control)
    while not isinstance(event := next(generator), EpochDone) or event.epoch < 3:
        pass
    control.cancel()
    with pytest.raises(CancelledError):
        list(generator)
    events, resumed = made(making, out=tmp_path)
    assert [event.epoch for event in events if isinstance(event, EpochDone)] == [4, 5, 6]
    assert module_hash(resumed.trained.module) == module_hash(whole.trained.module)
    assert [e.loss for e in resumed.trained.history] == [e.loss for e in whole.trained.history]
