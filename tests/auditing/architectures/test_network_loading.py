"""Weights get into networks strictly, as float32, and what is no weight is a sentence."""

import hashlib
from pathlib import Path

import pytest
import torch
from torchvision import models

from mtgui.auditing.architectures.network_loading import build_model
from mtgui.auditing.architectures.recognise import RecognitionError, recognise
from mtgui.auditing.architectures.weights_hash import weights_hash
from mtgui.reading.errors import ModelError
from tests.auditing.tiny_networks import facts_of, tensor_file

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def original() -> State:
    torch.manual_seed(2)
    return dict(models.get_model("squeezenet1_1", weights=None, num_classes=3).state_dict())


def load(folder: Path, state: State) -> torch.nn.Module:
    return build_model(recognise(facts_of(state)).best, tensor_file(folder, state), folder / "m.pth")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_every_kind_becomes_float32(tmp_path: Path, original: State, kind: torch.dtype) -> None:
    network = load(tmp_path, {name: tensor.to(kind) for name, tensor in original.items()})
    for name, weight in network.named_parameters():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, original[name].to(kind).float())
        assert not weight.requires_grad
    assert not network.training


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_noticed(tmp_path: Path, original: State, value: float) -> None:
    spoilt = {name: tensor.clone() for name, tensor in original.items()}
    spoilt["classifier.1.weight"][0, 0] = value
    with pytest.raises(ModelError, match=r"1 of its tensors, first “classifier.1.weight”, hold values that are no num"):
        load(tmp_path, spoilt)


def test_numbers_too_large_for_float32_are_noticed(tmp_path: Path, original: State) -> None:
    wide = {name: tensor.double() for name, tensor in original.items()}
    wide["classifier.1.bias"][0] = 1e300
    with pytest.raises(ModelError, match=r"“classifier.1.bias”"):
        load(tmp_path, wide)


def test_a_file_that_changed_since_it_was_recognised_is_refused(tmp_path: Path, original: State) -> None:
    match = recognise(facts_of(original)).best
    less = {name: tensor for name, tensor in original.items() if name != "classifier.1.bias"}
    with pytest.raises(RecognitionError, match=r"“classifier\.1\.bias” is missing"):
        build_model(match, tensor_file(tmp_path, less), tmp_path / "m.pth")
    quantised = {**original, "classifier.1.bias": torch.zeros(3, dtype=torch.int8)}
    with pytest.raises(ModelError, match=r"“classifier\.1\.bias” holds int8, as quantised models do"):
        build_model(match, tensor_file(tmp_path, quantised), tmp_path / "m.pth")


def test_the_hash_of_weights_is_that_of_their_numbers(tmp_path: Path, original: State) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = weights_hash(tensor_file(tmp_path / "a", original))
    backwards = dict(reversed(original.items()))
    assert weights_hash(tensor_file(tmp_path / "b", backwards)) == first
    backwards["classifier.1.bias"] = backwards["classifier.1.bias"] + 1
    assert weights_hash(tensor_file(tmp_path / "b", backwards)) != first


def test_the_hash_of_weights_is_the_documented_one(tmp_path: Path) -> None:
    tensors = tensor_file(tmp_path, {"ü": torch.tensor([1.0, 2.0])})
    line = b'["\\u00fc","F32",[2]]\n'
    wanted = hashlib.sha256(line + b"\0\0\x80?\0\0\0@").hexdigest()
    assert weights_hash(tensors) == wanted
