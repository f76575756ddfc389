"""What a training keeps after each epoch: taken up again as it was, in values and in memory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.rehearsal.rehearsal_events import EpochDone
from mtgui.rehearsal.training.small_networks import make_network
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.training_plan import Optimiser, TrainingPlan
from mtgui.rehearsal.training.training_state import load_optimiser, optimiser_tensors
from mtgui.rehearsal.training.weight_files import load_tensors, module_hash, save_tensors, tensor_text, text_tensor
from tests.needs_card import CARD
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor, tiny_data


def after_a_step(optimiser: str) -> torch.optim.Optimizer:
    """Return an optimiser of a network with channels last, after one step."""
    module = make_network("resnet8", 3, 1).to(memory_format=torch.channels_last).train()
    made = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[optimiser]
    options = {"momentum": 0.9} if optimiser == "sgd" else {}
    found: torch.optim.Optimizer = made(module.parameters(), lr=0.01, **options)
    inputs = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    module(inputs.to(memory_format=torch.channels_last)).square().sum().backward()
    found.step()
    return found


def remembered(optimiser: torch.optim.Optimizer) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield every parameter with each tensor of its shape that ``optimiser`` remembers."""
    for parameter, values in optimiser.state.items():
        yield from ((parameter, value) for value in values.values() if value.shape == parameter.shape)


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_what_an_optimiser_remembers_comes_back_stored_as_its_parameters_are(name: str, tmp_path: Path) -> None:
    first, fresh = after_a_step(name), after_a_step(name)
    before = [value.clone() for _, value in remembered(first)]
    save_tensors(tmp_path / "c", optimiser_tensors(first))
    load_optimiser(fresh, load_tensors(tmp_path / "c"))
    found = list(remembered(fresh))
    assert all(parameter.stride() == value.stride() for parameter, value in found)
    assert all(torch.equal(value, wanted) for (_, value), wanted in zip(found, before, strict=True))
    assert any(not parameter.is_contiguous() for parameter, _ in found)
    fresh.step()


def stopped_and_resumed(plan: TrainingPlan, device: Device, path: Path) -> torch.nn.Module:
    """Return the module of a training on ``device`` that was stopped after its first epoch."""
    control = Control()
    first = train(plan, tiny_data(64), None, device, checkpoint=path, control=control)
    for event in first:
        if isinstance(event, EpochDone):
            control.cancel()
            break
    with pytest.raises(CancelledError):
        next(first)
    module: torch.nn.Module = ended(train(plan, tiny_data(64), None, device, checkpoint=path))[1].module
    return module


@CARD
@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_a_training_on_a_card_goes_on_with_the_same_result(optimiser: Optimiser, tmp_path: Path) -> None:
    plan = replace(TINY, epochs=3, optimiser=optimiser, rate=0.01, augmentation="flip and crop")
    card = choose_device("cuda")
    whole = ended(train(plan, tiny_data(64), None, card))[1]
    assert module_hash(stopped_and_resumed(plan, card, tmp_path / "c")) == module_hash(whole.module)


def begun_elsewhere(place: str, path: Path, epochs: int) -> TrainingPlan:
    """Keep at ``path`` the first ``epochs`` of three, as if trained on ``place``; return the plan."""
    plan = replace(TINY, epochs=3)
    events = train(plan, tiny_data(), None, processor(), checkpoint=path, threads=1)
    assert any(isinstance(event, EpochDone) and event.epoch == epochs for event in events)
    events.close()
    tensors = load_tensors(path)
    assert tensor_text(tensors["device"]) == "cpu"
    tensors = {name: tensor for name, tensor in tensors.items() if name not in ("device", "threads")}
    save_tensors(path, tensors | ({"device": text_tensor(place)} if place else {}))
    return plan


def test_a_training_goes_on_only_where_it_was_begun(tmp_path: Path) -> None:
    plan = begun_elsewhere("cuda Some Card", tmp_path / "c", 1)
    with pytest.raises(UsageError, match=r"begun on Some Card.*on the processor.*Choose the device"):
        ended(train(plan, tiny_data(), None, processor(), checkpoint=tmp_path / "c"))


def test_a_training_that_is_over_is_read_anywhere_and_says_where_it_was_done(tmp_path: Path) -> None:
    plan = begun_elsewhere("cuda Some Card", tmp_path / "c", 3)
    trained = ended(train(plan, tiny_data(), None, processor(), checkpoint=tmp_path / "c"))[1]
    assert (len(trained.history), trained.device, trained.threads) == (3, "Some Card", None)


def test_a_checkpoint_from_before_places_were_kept_is_gone_on_with(tmp_path: Path) -> None:
    plan = begun_elsewhere("", tmp_path / "c", 1)
    trained = ended(train(plan, tiny_data(), None, processor(), checkpoint=tmp_path / "c", threads=1))[1]
    assert (len(trained.history), trained.device) == (3, "CPU, 1 thread")


@CARD
def test_a_training_begun_on_the_processor_does_not_go_on_on_a_card(tmp_path: Path) -> None:
    plan = begun_elsewhere("cpu", tmp_path / "c", 1)
    with pytest.raises(UsageError, match="begun on the processor"):
        ended(train(plan, tiny_data(), None, choose_device("cuda"), checkpoint=tmp_path / "c"))
