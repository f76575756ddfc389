"""Builds the networks for small pictures from their descriptions, without weights, on the meta device."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtgui.auditing.architectures.cifar import plan
from mtgui.auditing.architectures.cifar.recognition import description
from mtgui.auditing.architectures.match import Match

_ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "relu6": functional.relu6,
    "swish": functional.silu,
    "sigmoid": torch.sigmoid,
}


def build(match: Match) -> nn.Module:
    """Return the module that ``match`` names."""
    with torch.device("meta"):
        return network(match.options, match.options["classes"])


def network(options: Mapping[str, Any], classes: int) -> nn.Module:
    """Return the network that ``options`` of a match stand for, with random weights, for a number of ``classes``."""
    return DescribedNetwork(description(options), classes)


class DescribedNetwork(nn.Module):
    """The network that ``steps`` describe; its tensors have the names of the description."""

    def __init__(self, steps: plan.Steps, classes: int) -> None:
        """Build it for a number of ``classes``."""
        super().__init__()
        self.steps = steps
        for layer in plan.layers(steps):
            self._put(layer.name, _module(layer, classes))

    def _put(self, name: str, module: nn.Module) -> None:
        """Make ``module`` one of this one, inside the modules that its ``name`` goes through."""
        *path, last = name.split(".")
        place: nn.Module = self
        for part in path:
            if not hasattr(place, part):
                place.add_module(part, nn.Module())
            place = place.get_submodule(part)
        place.add_module(last, module)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, classes), for ``x``, (B, 3, H, W)."""
        return self._after(self.steps, x)

    def _after(self, steps: plan.Steps, x: Tensor) -> Tensor:
        for step in steps:
            x = self._step(step, x)
        return x

    def _step(self, step: plan.Step, x: Tensor) -> Tensor:
        match step:
            case plan.Convolution() | plan.Normalisation() | plan.Linear():
                answer: Tensor = self.get_submodule(step.name)(x)
                return answer
            case plan.Sum():
                first, *others = (self._after(branch, x) for branch in step.branches)
                return sum(others, first)
            case plan.Concatenation():
                return torch.cat([self._after(branch, x) for branch in step.branches], 1)
            case plan.Gate():
                return x * self._after(step.steps, x).reshape(*x.shape[:2], 1, 1)
            case plan.Unused():
                return x
            case _:
                return _applied(step, x)


def _applied(step: plan.Step, x: Tensor) -> Tensor:
    """Return what ``step``, which has no weights, makes of ``x``."""
    match step:
        case plan.Activation():
            return _ACTIVATIONS[step.kind](x)
        case plan.Pooling(kind="max"):
            return functional.max_pool2d(x, step.size, step.stride, step.padding)
        case plan.Pooling():
            return functional.avg_pool2d(x, step.size, step.stride, step.padding)
        case plan.Mean():
            return x.mean((2, 3), keepdim=True)
        case plan.Flatten():
            return x.flatten(1)
        case plan.Channels():
            return x[:, step.first : step.behind]
        case plan.Shuffle():
            return functional.channel_shuffle(x, step.groups)
        case plan.Scaling():
            return x * step.factor
        case plan.ZeroChannels():
            pixels = x[:, :, :: step.stride, :: step.stride]
            return functional.pad(pixels, (0, 0, 0, 0, step.before, step.behind))
        case _:
            raise TypeError(f"{type(step).__name__} is no step without weights")


def _module(layer: plan.Layer, classes: int) -> nn.Module:
    """Return the module of ``layer``."""
    if isinstance(layer, plan.Normalisation):
        return nn.BatchNorm2d(layer.width, layer.epsilon)
    outputs = layer.outputs if isinstance(layer.outputs, int) else classes
    if isinstance(layer, plan.Linear):
        return nn.Linear(layer.inputs, outputs)
    height, width = plan.both_sides(layer.size)
    padding: Any = (height // 2, width // 2) if layer.padding is None else layer.padding
    return nn.Conv2d(
        layer.inputs,
        outputs,
        (height, width),
        layer.stride,
        padding,
        groups=layer.groups,
        bias=layer.has_bias,
    )
