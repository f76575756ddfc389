"""Networks of public collections for small pictures give the losses that their own code gives.

`tests/data/small_network_losses.json` holds, for each network, the public GitHub repository and the file that defines
it, and the losses of three pictures that it gave as it is defined there, layer by layer, without any code of mtgui.
Weights and pictures follow from `tests.auditing.formula_weights`, where a tensor's numbers follow from its name in our
network. Of the paper's own repository (DependableSystemsLab/MembershipTracker), SENet and GoogLeNet are those of
kuangliu/pytorch-cifar.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from mtgui.auditing.architectures.cifar import recognition as cifar
from mtgui.auditing.architectures.cifar.plan import CLASSES, layout
from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.architectures.network_loading import BUILDERS, build_model
from mtgui.auditing.architectures.recognise import RecognitionError, architectures, recognise
from tests.auditing.formula_weights import fill, losses, pictures, state_of
from tests.auditing.tiny_networks import facts_of, tensor_file

COLLECTED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "small_network_losses.json").read_text(encoding="utf-8")
)
CLOSE = 1e-5
Rule = tuple[str, str | Callable[[re.Match[str]], str]]
_IN_SEQUENCE = {"conv1": 0, "bn1": 1, "conv2": 3, "bn2": 4, "conv3": 6, "bn3": 7}
_BEFORE = {"bn1": 0, "conv1": 2, "bn2": 3, "conv2": 5, "bn3": 6, "conv3": 8}
_REDUCING = {
    "conv1": "conv_reduce",
    "bn1": "bn_reduce",
    "conv2": "conv_conv",
    "bn2": "bn",
    "conv3": "conv_expand",
    "bn3": "bn_expand",
}


def _placed(prefix: str, part: str, places: Mapping[str, int], shift: int = 0) -> Rule:
    """Return the rule for layers inside a block that stand in the sequence ``part``."""
    return (
        r"^layer(\d)\.(\d+)\.((?:conv|bn)\d)",
        lambda m: f"{prefix.format(int(m[1]) + shift)}.{m[2]}.{part}.{places[m[3]]}",
    )


def _stages(prefix: str, shift: int = 0) -> Rule:
    return (r"^layer(\d)", lambda m: prefix.format(int(m[1]) + shift))


_FIRST_IN_SEQUENCE: tuple[Rule, ...] = ((r"^conv1\.", "conv1.0."), (r"^bn1\.", "conv1.1."), (r"^linear\.", "fc."))
_PREPARED: tuple[Rule, ...] = ((r"^conv1\.", "pre.0."), (r"^bn1\.", "pre.1."))
SPELLINGS: dict[str, tuple[Rule, ...]] = {
    "": (),
    "shortcut in a sequence": ((r"\.shortcut\.", ".shortcut.0."), (r"^bn\.", "bn1.")),
    "shortcut in a sequence, first normalisation": ((r"\.shortcut\.", ".shortcut.0."),),
    "blocks": (
        (r"^layer(\d)\.", r"block\1.layer."),
        (r"\.shortcut\.", ".convShortcut."),
        (r"^bn\.", "bn1."),
        (r"^linear\.", "fc."),
    ),
    "downsample": ((r"\.shortcut\.", ".downsample."), (r"^linear\.", "fc.")),
    "downsample in a sequence": ((r"\.shortcut\.", ".downsample.0."), (r"^linear\.", "fc.")),
    "transitions of several": ((r"^(trans\d\.(?:bn|conv))\.", r"\g<1>1."), (r"^linear\.", "fc.")),
    "feature": ((r"^features\.", "feature."),),
    "reducing": (
        (
            r"^layer(\d)\.(\d+)\.((?:conv|bn)\d)",
            lambda m: f"stage_{m[1]}.stage_{m[1]}_bottleneck_{m[2]}.{_REDUCING[m[3]]}",
        ),
        (
            r"^layer(\d)\.(\d+)\.shortcut\.([01])",
            lambda m: (
                f"stage_{m[1]}.stage_{m[1]}_bottleneck_{m[2]}.shortcut.shortcut_{'bn' if m[3] == '1' else 'conv'}"
            ),
        ),
        (r"^conv1\.", "conv_1_3x3."),
        (r"^bn1\.", "bn_1."),
        (r"^linear\.", "classifier."),
    ),
    "residual_function": (
        *_FIRST_IN_SEQUENCE,
        _placed("conv{}_x", "residual_function", _IN_SEQUENCE, 1),
        _stages("conv{}_x", 1),
    ),
    "residual": (*_FIRST_IN_SEQUENCE, _placed("conv{}_x", "residual", _IN_SEQUENCE, 1), _stages("conv{}_x", 1)),
    "split_transforms": (
        *_FIRST_IN_SEQUENCE,
        _placed("conv{}", "split_transforms", _IN_SEQUENCE, 1),
        (r"^layer(\d)", lambda m: f"conv{int(m[1]) + 1}"),
    ),
    "excitation": (*_PREPARED, _placed("stage{}", "residual", _IN_SEQUENCE), _stages("stage{}")),
    "normalised before": (*_PREPARED, _placed("stage{}", "residual", _BEFORE), _stages("stage{}")),
    "dropout inside": (
        (r"^conv1\.", "init_conv."),
        _placed("conv{}", "residual", {**_BEFORE, "conv2": 6}, 1),
        (r"^layer(\d)\.(\d+)\.shortcut\.", lambda m: f"conv{int(m[1]) + 1}.{m[2]}.shortcut.0."),
    ),
    "numbered from 0": (
        (
            r"^dense(\d)\.(\d+)\.((?:conv|bn)\d)",
            lambda m: (
                f"features.dense_block{'' if m[1] == '4' else '_layer_'}{int(m[1]) - 1}.bottle_neck_layer_{m[2]}"
                f".bottle_neck.{_BEFORE[m[3]]}"
            ),
        ),
        (
            r"^trans(\d)\.(bn|conv)",
            lambda m: f"features.transition_layer_{int(m[1]) - 1}.down_sample.{0 if m[2] == 'bn' else 1}",
        ),
        (r"^bn\.", "features.bn."),
    ),
}
"""How the collections call the tensors, as changes of our names."""


def spelled(name: str, spelling: str) -> str:
    for pattern, replacement in SPELLINGS[spelling]:
        name = re.sub(pattern, replacement, name)
    return name


def shapes(options: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of our network with these ``options``."""
    wanted = layout(cifar.description(options))
    return {
        name: tuple(options["classes"] if length == CLASSES else int(length) for length in leaf.shape)
        for name, leaf in wanted.items()
    }


def losses_by_match(folder: Path, state: Mapping[str, Tensor]) -> dict[str, tuple[Match, Tensor]]:
    """Return every match with ``state``, and its losses."""
    found = recognise(facts_of(state)).matches
    tensors = tensor_file(folder, state)
    shown = pictures()
    return {m.architecture: (m, losses(build_model(m, tensors, folder / "m.pth"), shown)) for m in found}


@pytest.mark.parametrize("entry", COLLECTED, ids=[f"{e['source']}:{e['network']}" for e in COLLECTED])
def test_a_collected_network_gives_the_losses_of_its_own_code(tmp_path: Path, entry: dict[str, Any]) -> None:
    ours = state_of(shapes(entry["options"]))
    state = {spelled(name, entry["spelling"]): tensor for name, tensor in ours.items()}
    found = losses_by_match(tmp_path, state)
    assert list(found) == entry["matches"]
    wanted = torch.tensor(entry["losses"], dtype=torch.float64)
    right, same = found.pop(entry["architecture"])
    torch.testing.assert_close(same, wanted, rtol=0, atol=CLOSE)
    for match, other in found.values():
        has_other_input = match.preprocessing != right.preprocessing
        assert has_other_input or not torch.allclose(other, wanted, rtol=0, atol=CLOSE)


def original(name: str, **options: Any) -> nn.Module:
    return models.get_model(name, weights=None, num_classes=10, **options)


def stepping(network: nn.Module, strides: Mapping[str, int]) -> nn.Module:
    """Return ``network`` with other ``strides`` of convolutions."""
    for name, stride in strides.items():
        convolution = network.get_submodule(name)
        assert isinstance(convolution, nn.Conv2d)
        convolution.stride = (stride, stride)
    return network


def without(network: nn.Module, *names: str) -> nn.Module:
    for name in names:
        network.set_submodule(name, nn.Identity())
    return network


def small_densenet() -> nn.Module:
    network = original("densenet121")
    network.set_submodule("features.conv0", nn.Conv2d(3, 64, 3, 1, 1, bias=False))
    return network


def small_stem(network: nn.Module, name: str) -> None:
    network.set_submodule(f"{name}.conv", nn.Conv2d(3, 192, 3, 1, 1, bias=False))
    network.set_submodule(f"{name}.bn", nn.BatchNorm2d(192, eps=0.001))


def small_googlenet() -> nn.Module:
    network = original("googlenet", aux_logits=False, init_weights=False)
    small_stem(network, "conv1")
    for name in ("maxpool3", "maxpool4"):
        network.set_submodule(name, nn.MaxPool2d(3, 2, 1))
    return without(network, "maxpool1", "conv2", "conv3", "maxpool2")


def small_inception() -> nn.Module:
    network = original("inception_v3", aux_logits=False, init_weights=False)
    small_stem(network, "Conv2d_1a_3x3")
    stem = ("Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2")
    return without(network, *stem)


SMALL_STEPS = {"features.0.0": 1, "features.2.conv.1.0": 1}
EARLY_STEPS = {f"layer{stage}.0.conv{number}": 3 - number for stage in (2, 3, 4) for number in (1, 2)}
CHANGED: dict[str, Callable[[], nn.Module]] = {
    "torchvision/mobilenet_v2-32": lambda: stepping(original("mobilenet_v2"), SMALL_STEPS),
    "cifar/mobilenetv2-x0_5": lambda: stepping(original("mobilenet_v2", width_mult=0.5), SMALL_STEPS),
    "cifar/mobilenetv2-x0_5-224": lambda: original("mobilenet_v2", width_mult=0.5),
    "torchvision/shufflenet_v2_x0_5-32": lambda: without(
        stepping(original("shufflenet_v2_x0_5"), {"conv1.0": 1}), "maxpool"
    ),
    "torchvision/densenet121-32": small_densenet,
    "torchvision/densenet121-32-unpooled": lambda: without(small_densenet(), "features.pool0"),
    "torchvision/googlenet-32": small_googlenet,
    "torchvision/inception_v3-32": small_inception,
    "torchvision/resnet50-v1": lambda: stepping(original("resnet50"), EARLY_STEPS),
    "torchvision/resnet18-unpooled": lambda: without(original("resnet18"), "maxpool"),
    "torchvision/resnet18-32": lambda: without(stepping(original("resnet18"), {"conv1": 1}), "maxpool"),
}
"""Variants of torchvision's networks, made here as huyvnphan/PyTorch_CIFAR10 (cifar10_models/) and
chenyaofo/pytorch-cifar-models (pytorch_cifar_models/) make them."""


@pytest.mark.parametrize("architecture", CHANGED)
def test_a_variant_of_torchvisions_networks_is_among_the_matches(tmp_path: Path, architecture: str) -> None:
    changed = fill(CHANGED[architecture]())
    found = losses_by_match(tmp_path, changed.state_dict())
    torch.testing.assert_close(found[architecture][1], losses(changed, pictures()), rtol=0, atol=CLOSE)


@pytest.mark.parametrize(
    ("architecture", "side"),
    [("torchvision/vgg11_bn-32", 32), ("torchvision/mobilenet_v2-32", 32), ("torchvision/resnet50-v1", 224)],
)
def test_a_variant_brings_the_size_of_its_pictures(architecture: str, side: int) -> None:
    name = architecture.partition("/")[2].rpartition("-")[0]
    with torch.device("meta"):
        network = original(name)
    found = {match.architecture: match for match in recognise(facts_of(network.state_dict())).matches}
    assert next(iter(found)) == f"torchvision/{name}"
    assert found[architecture].preprocessing.crop == (side, side)
    assert all("do not prove which one" in match.sureness for match in found.values())


def test_what_is_surely_torchvisions_own_has_no_variant() -> None:
    with torch.device("meta"):
        large, small = original("resnet50"), models.get_model("mobilenet_v2", weights=None)
    facts = facts_of(large.state_dict())
    assert len(recognise(facts).matches) == 4
    assert len(recognise(facts, ModelHints(sha256="0676ba61" + 56 * "0")).matches) == 1
    assert len(recognise(facts_of(small.state_dict())).matches) == 1


@pytest.mark.parametrize("name", [name for name in cifar.architectures() if "repvgg-a0" in name or "lenet" in name])
def test_other_sizes_and_scales_are_told_apart_by_hand(name: str) -> None:
    (match,) = cifar.candidates({}, ModelHints(), name)
    options = {**match.options, "classes": 10}
    network = BUILDERS["cifar"](Match(**{**vars(match), "options": options}))
    assert recognise(facts_of(network.state_dict()), architecture=name).best.architecture == name


def test_a_second_first_stage_that_is_never_used_is_left_out(tmp_path: Path) -> None:
    """Scripts for adversarial training, such as those of yaodongyu/TRADES (models/wideresnet.py), save one."""
    (match,) = cifar.candidates({}, ModelHints(), "cifar/wrn-16-4")
    ours = state_of(shapes({**match.options, "classes": 10}))
    state = {spelled(name, "blocks"): tensor for name, tensor in ours.items()}
    unused = {f"sub_{name}": tensor.clone() for name, tensor in state.items() if name.startswith("block1.")}
    with_unused = losses_by_match(tmp_path, {**state, **unused})
    assert set(with_unused["cifar/wrn-16-4"][0].ignored) == set(unused)
    alone = losses_by_match(tmp_path, state)
    assert torch.equal(with_unused["cifar/wrn-16-4"][1], alone["cifar/wrn-16-4"][1])


def sequence(*layers: nn.Module | int) -> nn.Module:
    """Return a network whose “features” are ``layers``, an int standing for a normalised 3 × 3 convolution."""
    found: list[nn.Module] = []
    width = 3
    for layer in layers:
        if isinstance(layer, int):
            found += [nn.Conv2d(width, layer, 3, 1, 1), nn.BatchNorm2d(layer), nn.ReLU()]
            width = layer
        else:
            found.append(layer)
    network = nn.Module()
    network.add_module("features", nn.Sequential(*found))
    network.add_module("classifier", nn.Linear(width, 10))
    return network


def test_gaps_in_a_sequence_are_pooling_only_in_networks_that_are_known() -> None:
    drop, pool = nn.Dropout(), nn.MaxPool2d(2, 2)
    known = sequence(64, pool, 128, pool, 256, 256, pool, 512, 512, pool, 512, 512, pool)
    assert recognise(facts_of(known.state_dict())).best.architecture == "cifar/vgg11-bn"
    for other in (
        sequence(64, drop, 64, pool, 128, drop, 128, pool, 512, drop, 512),
        sequence(64, drop, pool, 128, drop, pool, 256, 256, 512, 512),
    ):
        with pytest.raises(RecognitionError):
            recognise(facts_of(other.state_dict()))


def test_groups_that_divide_no_width_are_refused() -> None:
    (match,) = cifar.candidates({}, ModelHints(), "cifar/resnext29-2x64d")
    found = {name: torch.zeros(shape) for name, shape in shapes({**match.options, "classes": 10}).items()}
    for name, tensor in found.items():
        if re.fullmatch(r"layer1\.\d\.conv2\.weight", name):
            found[name] = tensor[:, :51]
    with pytest.raises(RecognitionError, match="51"):
        recognise(facts_of(found))


@pytest.mark.parametrize("name", ["mobilenetv2-x0_5", "repvgg-a0-fused"])
def test_with_imagenets_classes_the_large_network_comes_first(name: str) -> None:
    (match,) = cifar.candidates({}, ModelHints(), f"cifar/{name}")
    for classes, first in ((10, name), (1000, f"{name}-224")):
        found = {key: torch.empty(shape) for key, shape in shapes({**match.options, "classes": classes}).items()}
        assert recognise(facts_of(found)).best.architecture == f"cifar/{first}"


def test_every_name_stands_for_one_network() -> None:
    assert len(set(architectures())) == len(architectures())
