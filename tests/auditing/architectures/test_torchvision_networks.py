"""Every torchvision classifier is built and loaded strictly, and answers as torchvision's own does."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision import models

from mtgui.auditing.architectures.network_loading import BUILDERS, build_model
from mtgui.auditing.architectures.recognise import recognise
from mtgui.auditing.architectures.torchvision import layout_table as table
from tests.auditing.tiny_networks import facts_of, facts_of_shapes, table_script, tensor_file
from tests.torch_threads import torch_threads

SIDES = {
    "convnext_tiny": 64,
    "densenet121": 64,
    "efficientnet_b0": 64,
    "googlenet": 64,
    "maxvit_t": 224,
    "mnasnet0_5": 64,
    "mobilenet_v2": 64,
    "mobilenet_v3_small": 64,
    "regnet_x_400mf": 64,
    "regnet_y_400mf": 64,
    "resnet18": 64,
    "shufflenet_v2_x0_5": 64,
    "squeezenet1_1": 64,
    "swin_t": 64,
    "swin_v2_t": 64,
}
"""One of each kind that is small enough to be run, and the side of the picture it is shown."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with torch_threads(1):
        yield


def own_model(name: str) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        options = {"init_weights": False} if name == "googlenet" else {}
        return models.get_model(name, weights=None, num_classes=7, **options).eval()


@pytest.mark.parametrize("name", table.architectures())
def test_it_is_built_and_loaded_strictly(name: str) -> None:
    match = recognise(facts_of_shapes(table_script().shapes(name, classes=7))).best
    network = BUILDERS["torchvision"](match)
    assert all(weight.is_meta for weight in network.parameters())
    state = network.state_dict()
    for key, tensor in state.items():
        state[key] = torch.zeros((), dtype=tensor.dtype).expand(tensor.shape)
    network.load_state_dict(state, strict=True, assign=True)
    assert not any(tensor.is_meta for tensor in (*network.parameters(), *network.buffers()))


@pytest.mark.parametrize("name", SIDES)
def test_it_answers_as_torchvisions_own(tmp_path: Path, name: str) -> None:
    torch.manual_seed(1)
    original = own_model(name)
    state = original.state_dict()
    match = recognise(facts_of(state)).best
    network = build_model(match, tensor_file(tmp_path, state), tmp_path / "m.pth")
    picture = torch.rand(1, 3, SIDES[name], SIDES[name])
    with torch.inference_mode():
        assert torch.equal(network(picture), original(picture))


def test_released_spellings_answer_too(tmp_path: Path) -> None:
    original = own_model("densenet121")
    old = {k.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): v for k, v in original.state_dict().items()}
    network = build_model(recognise(facts_of(old)).best, tensor_file(tmp_path, old), tmp_path / "m.pth")
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(network(picture), original(picture))
