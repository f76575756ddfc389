"""Training a model from a file further: real files, of torchvision's networks and of a rehearsal's own."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torchvision

from mtgui.common.errors import MtguiError, UsageError
from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.pictures.labelled_pictures import split
from mtgui.rehearsal.training.small_networks import MEAN, make_network
from mtgui.rehearsal.training.starting_weights import network_from
from mtgui.rehearsal.training.training_pipeline import Ingredients, Making, make_model
from mtgui.rehearsal.training.weight_files import model_tensors, module_hash, save_tensors
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor, tiny_data

KEPT, ASIDE = split(tiny_data(), 0.25, 0)


@pytest.mark.parametrize("name", ["fast", "resnet8"])
def test_a_model_kept_by_a_rehearsal_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    module = make_network(name, 3, 5)
    save_tensors(tmp_path / "kept.safetensors", model_tensors(module))
    for network in (None, name):
        found = network_from(tmp_path / "kept.safetensors", 3, 16, 0, network=network)
        assert module_hash(found.module) == module_hash(module)
        assert found.mean == MEAN
        assert all(parameter.requires_grad for parameter in found.module.parameters())


def test_a_checkpoint_of_torchvisions_gets_a_last_layer_for_the_classes(tmp_path: Path) -> None:
    torch.manual_seed(1)
    module = torchvision.models.get_model("resnet18", weights=None, num_classes=12)
    torch.save(module.state_dict(), tmp_path / "net.pth")
    found = network_from(tmp_path / "net.pth", 3, 16, 4)
    state, before = found.module.state_dict(), module.state_dict()
    assert found.mean != MEAN
    assert state["fc.weight"].shape == (3, 512)
    assert all(torch.equal(state[name], before[name]) for name in before if not name.startswith("fc."))
    again = network_from(tmp_path / "net.pth", 3, 16, 4)
    assert module_hash(found.module) == module_hash(again.module)


def test_fine_tuning_starts_from_the_weights_of_the_file(tmp_path: Path) -> None:
    module = make_network("resnet8", 3, 5)
    save_tensors(tmp_path / "kept.safetensors", model_tensors(module))
    plan = replace(TINY, rate=0.0, weight_decay=0.0)
    making = Making(plan, Countermeasures(), start=tmp_path / "kept.safetensors")
    parts = Ingredients(KEPT, 0, KEPT, ASIDE)
    still = ended(make_model(making, parts, processor(), name="m"))[1].trained.module
    assert all(torch.equal(*pair) for pair in zip(still.parameters(), module.parameters(), strict=True))
    learned = ended(make_model(replace(making, training=TINY), parts, processor(), name="m"))[1].trained.module
    assert not any(torch.equal(*pair) for pair in zip(learned.parameters(), module.parameters(), strict=True))


def test_a_file_without_the_network_asked_for_is_refused(tmp_path: Path) -> None:
    save_tensors(tmp_path / "kept.safetensors", model_tensors(make_network("resnet8", 3, 5)))
    with pytest.raises(UsageError, match="does not hold the network “fast”"):
        network_from(tmp_path / "kept.safetensors", 3, 16, 0, network="fast")


def test_pictures_too_small_for_a_network_are_said_so(tmp_path: Path) -> None:
    torch.save(torchvision.models.get_model("squeezenet1_1", weights=None).state_dict(), tmp_path / "net.pth")
    with pytest.raises(UsageError, match="does not take pictures of 8 × 8 pixels"):
        network_from(tmp_path / "net.pth", 3, 8, 0)
    assert network_from(tmp_path / "net.pth", 3, 32, 0).module(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("sprung",)


def test_code_in_a_file_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pth").write_bytes(pickle.dumps({"state_dict": Trap()}))
    with pytest.raises(MtguiError):
        network_from(tmp_path / "net.pth", 3, 16, 0)
    assert not (tmp_path / "sprung").exists()
