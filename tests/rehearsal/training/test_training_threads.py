"""A training and the number of threads: tried on a copy, kept in the checkpoint, the same weights for the same."""

import copy
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mtgui.auditing.engine.torch_threads import using_threads
from mtgui.cli.rehearse_output import line_of
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.events import Finished, Noticed, event_to_json
from mtgui.rehearsal.findings.results import result_in_words
from mtgui.rehearsal.pictures.labelled_pictures import split
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingBegun
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.rehearse import rehearse
from mtgui.rehearsal.training.small_networks import Network, make_network
from mtgui.rehearsal.training.training import Trained, train
from mtgui.rehearsal.training.training_steps import Stepper
from mtgui.rehearsal.training.trial_steps import Trial
from mtgui.rehearsal.training.weight_files import load_tensors, module_hash, save_tensors
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor, tiny_data

KEPT, ASIDE = split(tiny_data(), 0.25, 0)


def trained(**options: Any) -> tuple[list[str], Trained]:
    events, result = ended(train(TINY, KEPT, ASIDE, processor(), **options))
    assert isinstance(result, Trained)
    return [event.sentence for event in events if isinstance(event, Noticed)], result


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_number_of_threads_gives_the_same_weights(threads: int) -> None:
    (_, first), (_, again) = trained(threads=threads), trained(threads=threads)
    assert module_hash(first.module) == module_hash(again.module)
    assert first.threads == threads


def test_a_training_leaves_the_number_of_the_process_as_it_was() -> None:
    with using_threads(2):
        trained(threads=1)
        assert torch.get_num_threads() == 2


def test_a_resumed_training_computes_as_it_began_whatever_is_fastest_now_or_asked_for(tmp_path: Path) -> None:
    path, control = tmp_path / "c", Control()
    _, whole = trained(threads=2)
    begun = train(TINY, KEPT, ASIDE, processor(), checkpoint=path, control=control, threads=2)
    for event in begun:
        if isinstance(event, EpochDone):
            control.cancel()
            break
    with pytest.raises(CancelledError):
        next(begun)
    said, resumed = trained(checkpoint=path, threads=1)
    assert said == ["This work was begun with 2 threads, so it goes on with 2, not 1."]
    assert resumed.threads == 2
    assert module_hash(resumed.module) == module_hash(whole.module)


def test_a_checkpoint_from_before_numbers_were_kept_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "c"
    _, whole = trained(checkpoint=path, threads=1)
    tensors = load_tensors(path)
    del tensors["threads"]
    save_tensors(path, tensors)
    said, again = trained(checkpoint=path)
    assert (said, module_hash(again.module)) == ([], module_hash(whole.module))


def test_trying_changes_neither_weights_nor_statistics_nor_chance() -> None:
    module = make_network("resnet8", 3, 0)
    before, state = copy.deepcopy(module.state_dict()), torch.get_rng_state()
    pictures = (torch.from_numpy(KEPT.pixels), torch.from_numpy(KEPT.labels))
    plan = replace(TINY, mixup=0.5, augmentation="flip and crop")
    assert Trial(plan, Network(module), processor(), pictures, None).stopwatch()(1) > 0
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_the_threads_are_said_before_the_first_epoch() -> None:
    kinds = (TrainingBegun, EpochDone)
    told = [event for event in ended(train(TINY, KEPT, ASIDE, processor(), threads=2))[0] if isinstance(event, kinds)]
    assert told[0] == TrainingBegun("model", "CPU, 2 threads", "float32")
    assert all(isinstance(event, EpochDone) for event in told[1:])


def test_a_training_that_is_over_says_with_how_many_threads_it_was_done(tmp_path: Path) -> None:
    trained(checkpoint=tmp_path / "c", threads=2)
    assert trained(checkpoint=tmp_path / "c", threads=2)[0] == []
    assert trained(checkpoint=tmp_path / "c", threads=1)[0] == [
        "This model was trained with 2 threads and stays as it is; to train it with 1, choose another folder."
    ]


def test_a_short_training_tries_one_thread_alone_and_says_nothing() -> None:
    with using_threads(2):
        said, result = trained()
    assert (said, result.threads) == ([], 1)


def test_a_rehearsal_computes_and_audits_with_one_number_and_states_it(tmp_path: Path) -> None:
    request = RehearsalRequest(
        data=tiny_data(40), users=UserPlan(users=2, published=5, withheld=5), training=TINY, out=tmp_path, threads=1
    )
    with using_threads(2):
        events, _ = ended(rehearse(request))
        assert torch.get_num_threads() == 2
    result = json.loads(event_to_json(events[-1]))["result"]
    assert result["settings"]["device"] == "CPU, 1 thread"
    checkpoints = [load_tensors(path) for path in tmp_path.glob("*.checkpoint.safetensors")]
    assert [int(tensors["threads"]) for tensors in checkpoints] == [1, 1]


def test_a_rehearsal_states_the_threads_of_each_model(tmp_path: Path) -> None:
    request = RehearsalRequest(
        data=tiny_data(40), users=UserPlan(users=2, published=5, withheld=5), training=TINY, out=tmp_path, threads=2
    )
    ended(rehearse(replace(request, kinds=("absent",))))
    result = ended(rehearse(replace(request, threads=1)))[0][-1]
    assert isinstance(result, Finished)
    assert [model["device"] for model in result.result["models"]] == ["CPU, 1 thread", "CPU, 2 threads"]
    assert result.result["settings"]["device"] == "CPU, 1 thread; CPU, 2 threads"
    assert "Trained in float32 on: CPU, 2 threads." in result_in_words(result.result, 0.01)


def test_a_rehearsal_with_an_absurd_number_is_refused() -> None:
    with pytest.raises(UsageError, match="between 1 and"):
        RehearsalRequest(data=KEPT, threads=-2)


def test_the_choice_is_a_line_in_the_terminal() -> None:
    sentence = "Computing with 1 of 2 threads: with 2 it is slower now."
    assert line_of(Noticed(sentence)) == sentence


def test_a_step_is_made_of_what_is_drawn_before_it() -> None:
    module = make_network("resnet8", 3, 0)
    pictures = (torch.from_numpy(KEPT.pixels), torch.from_numpy(KEPT.labels))
    stepper = Stepper(TINY, Network(module), processor(), torch.Generator(), pictures)
    stepper.begin()
    stepper.step(torch.arange(16), 0.0, random.Random(0))
    assert 0 <= int(stepper.hits) <= 16
    assert float(stepper.loss_sum) > 0
