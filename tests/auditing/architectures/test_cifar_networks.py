"""The networks for small pictures: recognised in their usual spellings, and right by independent arithmetic."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision import models
from torchvision.models.densenet import DenseNet

from mtgui.auditing.architectures.cifar import recognition as family
from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.architectures.network_loading import BUILDERS, build_model
from mtgui.auditing.architectures.recognise import RecognitionError, recognise
from tests.auditing.tiny_networks import facts_of, tensor_file

State = dict[str, Tensor]
Rule = tuple[str, str | Callable[[re.Match[str]], str]]
MOST_MATCHES = 4
PICTURES = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(3))


def randomised(names: Iterable[tuple[str, Tensor]]) -> State:
    """Return tensors of the same shapes with numbers that keep their size from layer to layer."""
    chance = torch.Generator().manual_seed(4)
    state: State = {}
    for name, tensor in names:
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(0)
        elif tensor.ndim > 1:
            state[name] = torch.randn(tensor.shape, generator=chance) / tensor[0].numel() ** 0.5
        else:
            state[name] = torch.rand(tensor.shape, generator=chance) + 0.5
    return state


def by_hand(name: str, classes: int = 10) -> tuple[Match, State]:
    """Return our own network called ``name``, and numbers for it."""
    (match,) = family.candidates({}, ModelHints(), name)
    built = Match(**{**vars(match), "options": {**match.options, "classes": classes}})
    return built, randomised(BUILDERS["cifar"](built).state_dict().items())


def respelled(state: State, *rules: Rule) -> State:
    for pattern, replacement in rules:
        state = {re.sub(pattern, replacement, name): tensor for name, tensor in state.items()}
    return state


def answer(folder: Path, state: State, architecture: str | None = None) -> tuple[Match, Tensor]:
    match = recognise(facts_of(state), architecture=architecture).best
    network = build_model(match, tensor_file(folder, state), folder / "m.pth")
    with torch.inference_mode():
        return match, network(PICTURES)


def normalised(state: State, name: str, x: Tensor) -> Tensor:
    mean, variance, weight, bias = (state[f"{name}.{p}"] for p in ("running_mean", "running_var", "weight", "bias"))
    return functional.batch_norm(x, mean, variance, weight, bias)


def convolved(state: State, name: str, x: Tensor, stride: int = 1) -> Tensor:
    weight = state[f"{name}.weight"]
    return functional.conv2d(x, weight, state.get(f"{name}.bias"), stride, weight.shape[-1] // 2)


def pooled(state: State, x: Tensor) -> Tensor:
    return functional.linear(
        functional.adaptive_avg_pool2d(x, 1).flatten(1), state["linear.weight"], state["linear.bias"]
    )


def wide_answer(state: State, blocks: int, *, is_activated: bool, is_late: bool = False) -> Tensor:
    x = convolved(state, "conv1", PICTURES)
    for stage in range(1, 4):
        for number in range(blocks):
            block = f"layer{stage}.{number}"
            stride = 2 if stage > 1 and number == 0 else 1
            activated = normalised(state, f"{block}.bn1", x).relu()
            inner = convolved(state, f"{block}.conv1", activated, 1 if is_late else stride)
            inner = normalised(state, f"{block}.bn2", inner).relu()
            inner = convolved(state, f"{block}.conv2", inner, stride if is_late else 1)
            if number == 0:
                x = convolved(state, f"{block}.shortcut", activated if is_activated else x, stride)
            x = x + inner
    return pooled(state, normalised(state, "bn", x).relu())


def padded_answer(state: State, blocks: int, *, is_behind: bool = False) -> Tensor:
    x = normalised(state, "bn1", convolved(state, "conv1", PICTURES)).relu()
    for stage in range(1, 4):
        for number in range(blocks):
            block = f"layer{stage}.{number}"
            stride = 2 if stage > 1 and number == 0 else 1
            inner = normalised(state, f"{block}.bn1", convolved(state, f"{block}.conv1", x, stride)).relu()
            inner = normalised(state, f"{block}.bn2", convolved(state, f"{block}.conv2", inner))
            if stride == 2:
                zeros = torch.zeros_like(x[:, : x.shape[1] // 2, ::2, ::2])
                kept = x[:, :, ::2, ::2]
                x = torch.cat([kept, zeros, zeros] if is_behind else [zeros, kept, zeros], 1)
            x = (x + inner).relu()
    return pooled(state, x)


WIDE_SPELLINGS: dict[str, tuple[Rule, ...]] = {
    "ours": (),
    "block and layer": (
        (r"layer(\d)\.", r"block\1.layer."),
        (r"\.shortcut\.", ".convShortcut."),
        (r"^bn\.", "bn1."),
        (r"^linear\.", "fc."),
    ),
    "layer and sequence": ((r"\.shortcut\.", ".shortcut.0."), (r"^bn\.", "bn1.")),
}


@pytest.mark.parametrize("spelling", WIDE_SPELLINGS)
def test_wide_resnets_in_every_spelling(tmp_path: Path, spelling: str) -> None:
    _, state = by_hand("cifar/wrn-16-4")
    is_activated = spelling != "layer and sequence"
    match, found = answer(tmp_path, respelled(state, *WIDE_SPELLINGS[spelling]))
    assert match.architecture == ("cifar/wrn-16-4" if is_activated else "cifar/wrn-16-4-raw-shortcut")
    torch.testing.assert_close(found, wide_answer(state, 2, is_activated=is_activated), rtol=1e-4, atol=1e-4)


def test_wide_resnets_with_biases(tmp_path: Path) -> None:
    _, state = by_hand("cifar/wrn-16-4")
    chance = torch.Generator().manual_seed(5)
    for name in [name for name in state if re.search(r"(conv\d|shortcut)\.weight$", name)]:
        state[name.replace("weight", "bias")] = torch.randn(state[name].shape[0], generator=chance)
    spelled = respelled(state, *WIDE_SPELLINGS["layer and sequence"])
    match, found = answer(tmp_path, spelled)
    assert (match.options["block_bias"], match.architecture) == (True, "cifar/wrn-16-4-late-stride")
    right = wide_answer(state, 2, is_activated=False, is_late=True)
    torch.testing.assert_close(found, right, rtol=1e-4, atol=1e-4)
    _, found = answer(tmp_path, spelled, "wrn-16-4-raw-shortcut")
    torch.testing.assert_close(found, wide_answer(state, 2, is_activated=False), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("depth", "widen"), [(28, 4), (28, 10), (16, 8), (40, 2), (22, 3)])
def test_depth_and_width_of_wide_resnets_are_read_from_their_shapes(depth: int, widen: int) -> None:
    match, _ = by_hand("cifar/wrn-28-4")
    options = {**match.options, "blocks": [(depth - 4) // 6] * 3, "width": 16 * widen, "classes": 7}
    network = BUILDERS["cifar"](Match(**{**vars(match), "options": options}))
    found = recognise(facts_of(network.state_dict()))
    assert [m.architecture for m in found.matches] == [
        f"cifar/wrn-{depth}-{widen}",
        f"cifar/wrn-{depth}-{widen}-raw-shortcut",
        f"cifar/wrn-{depth}-{widen}-late-stride",
    ]
    assert found.best.title == f"Wide ResNet-{depth}-{widen} for 32 × 32 pixels"
    assert found.best.classes == 7


def small(name: str, *, has_pooling: bool = False) -> nn.Module:
    """Return torchvision's own network with the stem that people give it for small pictures."""
    network = models.get_model(name, weights=None, num_classes=10)
    network.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    if not has_pooling:
        network.maxpool = nn.Identity()
    network.load_state_dict(randomised(network.state_dict().items()))
    return network.eval()


LARGE_SPELLINGS: dict[str, tuple[Rule, ...]] = {
    "torchvision": (),
    "shortcut and linear": ((r"downsample", "shortcut"), (r"^fc\.", "linear.")),
    "residual_function": (
        (r"^conv1\.", "conv1.0."),
        (r"^bn1\.", "conv1.1."),
        (r"layer(\d)\.(\d+)\.downsample", lambda m: f"conv{int(m[1]) + 1}_x.{m[2]}.shortcut"),
        (
            r"layer(\d)\.(\d+)\.(conv|bn)(\d)",
            lambda m: f"conv{int(m[1]) + 1}_x.{m[2]}.residual_function.{3 * int(m[4]) - 3 + (m[3] == 'bn')}",
        ),
    ),
}


@pytest.mark.parametrize(
    ("name", "spelling"), [*(("resnet18", spelling) for spelling in LARGE_SPELLINGS), ("resnet50", "residual_function")]
)
def test_resnets_for_small_pictures_in_every_spelling(tmp_path: Path, name: str, spelling: str) -> None:
    original = small(name)
    match, found = answer(tmp_path, respelled(dict(original.state_dict()), *LARGE_SPELLINGS[spelling]))
    assert match.architecture == f"cifar/{name}"
    with torch.inference_mode():
        torch.testing.assert_close(found, original(PICTURES), rtol=1e-4, atol=1e-4)


def test_pooling_after_the_stem_is_listed_and_can_be_chosen(tmp_path: Path) -> None:
    original = small("resnet18", has_pooling=True)
    state = dict(original.state_dict())
    assert [match.architecture for match in recognise(facts_of(state)).matches] == [
        "cifar/resnet18",
        "cifar/resnet18-maxpool",
    ]
    _, found = answer(tmp_path, state, "resnet18-maxpool")
    with torch.inference_mode():
        torch.testing.assert_close(found, original(PICTURES), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("depth", [20, 32])
def test_resnets_of_6n_2_layers_without_weights_in_their_shortcuts(tmp_path: Path, depth: int) -> None:
    _, state = by_hand(f"cifar/resnet{depth}")
    match, found = answer(tmp_path, state)
    assert (match.architecture, match.options["zeros"]) == (f"cifar/resnet{depth}", "around")
    torch.testing.assert_close(found, padded_answer(state, (depth - 2) // 6), rtol=1e-4, atol=1e-4)
    _, found = answer(tmp_path, state, f"resnet{depth}-zeros-behind")
    right = padded_answer(state, (depth - 2) // 6, is_behind=True)
    torch.testing.assert_close(found, right, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("spelling", ["shortcut", "downsample"])
def test_resnets_of_6n_2_layers_with_projections(spelling: str) -> None:
    match, _ = by_hand("cifar/resnet20")
    network = BUILDERS["cifar"](Match(**{**vars(match), "options": {**match.options, "zeros": ""}}))
    state = respelled(dict(network.state_dict()), ("shortcut", spelling), ("^linear", "fc"))
    found = recognise(facts_of({**state, "fc.weight": torch.zeros(10, 64), "fc.bias": torch.zeros(10)})).best
    assert (found.architecture, found.options["zeros"]) == ("cifar/resnet20", "")


def test_densenets(tmp_path: Path) -> None:
    original = DenseNet(12, (3, 3, 3), 24, num_classes=10)
    original.features.conv0 = nn.Conv2d(3, 24, 3, 1, 1, bias=False)
    for left_out in ("norm0", "relu0", "pool0"):
        setattr(original.features, left_out, nn.Identity())
    original.load_state_dict(randomised(original.state_dict().items()))
    state = respelled(
        dict(original.eval().state_dict()),
        (r"^features\.conv0", "conv1"),
        (r"^features\.norm5", "bn"),
        (
            r"^features\.transition(\d)\.(?:norm|conv)\.",
            lambda m: f"trans{m[1]}.{'bn' if 'norm' in m[0] else 'conv'}1.",
        ),
        (r"^features\.denseblock(\d)\.denselayer(\d+)", lambda m: f"dense{m[1]}.{int(m[2]) - 1}"),
        (r"(dense\d\.\d\.)norm", r"\1bn"),
        (r"^classifier", "fc"),
    )
    match, found = answer(tmp_path, state)
    assert match.architecture == "cifar/densenet-bc-22-12"
    with torch.inference_mode():
        torch.testing.assert_close(found, original(PICTURES), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", family.architectures())
def test_every_name_can_be_built_and_is_recognised_again(name: str) -> None:
    (match,) = family.candidates({}, ModelHints(), name)
    network = BUILDERS["cifar"](Match(**{**vars(match), "options": {**match.options, "classes": 7}}))
    assert match.architecture == name
    assert set(match.missing) | {n for n in network.state_dict() if n.endswith("tracked")} == set(network.state_dict())
    assert recognise(facts_of(network.state_dict()), architecture=name).best.architecture == name
    found = recognise(facts_of(network.state_dict())).matches
    assert len({m.architecture for m in found}) == len(found) <= MOST_MATCHES


def test_ten_classes_are_guessed_to_be_those_of_cifar() -> None:
    _, state = by_hand("cifar/resnet20")
    found = recognise(facts_of(state))
    assert (found.class_names[3], found.class_names_origin) == ("cat", "CIFAR-10, a guess because there are 10")
    assert (found.preprocessing.resize, found.preprocessing.crop) == (32, (32, 32))
    assert found.preprocessing.mean == (0.4914, 0.4822, 0.4465)


@pytest.mark.parametrize("name", ["wrn-28-4", "resnet20", "densenet-bc-100-12"])
def test_damage_is_a_sentence(name: str) -> None:
    _, state = by_hand(f"cifar/{name}")
    lost = next(key for key in state if key.endswith("bn2.running_mean") or key == "layer2.1.bn1.running_mean")
    less = {key: tensor for key, tensor in state.items() if key != lost}
    with pytest.raises(RecognitionError, match=rf"the closest is .*for 32 × 32 pixels.*“{lost}” is missing"):
        recognise(facts_of(less))
    with pytest.raises(RecognitionError, match=r"“extra\.weight” has no place in it"):
        recognise(facts_of({**state, "extra.weight": torch.zeros(2, 2)}))
    with pytest.raises(RecognitionError, match=rf"“{lost}” is 5 instead of"):
        recognise(facts_of({**state, lost: torch.zeros(5)}))
