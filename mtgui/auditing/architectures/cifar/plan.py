"""A network as a description, without torch: its layers, their names, and the way of a picture through them.

Shapes and network follow from the same description, so they cannot disagree. A description is a tuple of steps; each
step takes what the one before it returns, (B, channels, H, W) or, after `Flatten`, (B, channels).
"""

from dataclasses import dataclass
from typing import Literal

from mtgui.auditing.architectures.tensor_layouts import Layout, Shapes, as_layout, batch_norm

Size = int | tuple[int, int]
"""Pixels: one number for a square, or (height, width)."""

Kind = Literal["relu", "relu6", "swish", "sigmoid"]

CLASSES = "C"
"""Stands for the number of classes, which the file decides."""


@dataclass(frozen=True)
class Convolution:
    """A convolution. ``padding``: None for half of the kernel, so that stride 1 keeps height and width."""

    name: str
    inputs: int
    outputs: int | str
    size: Size = 3
    stride: int = 1
    padding: Size | None = None
    groups: int = 1
    has_bias: bool = False


@dataclass(frozen=True)
class Normalisation:
    """A batch normalisation over ``width`` channels."""

    name: str
    width: int
    epsilon: float = 1e-5


@dataclass(frozen=True)
class Linear:
    """A linear layer with a bias."""

    name: str
    inputs: int
    outputs: int | str


@dataclass(frozen=True)
class Activation:
    """A function of each number; swish is x · sigmoid(x)."""

    kind: Kind = "relu"


@dataclass(frozen=True)
class Pooling:
    """The maximum or the mean of each square of ``size`` pixels."""

    kind: Literal["max", "mean"]
    size: int
    stride: int
    padding: int = 0


@dataclass(frozen=True)
class Mean:
    """The mean of each channel, (B, channels, 1, 1)."""


@dataclass(frozen=True)
class Flatten:
    """All numbers of a picture in one row."""


@dataclass(frozen=True)
class Channels:
    """The channels from ``first`` to the one before ``behind``."""

    first: int
    behind: int


@dataclass(frozen=True)
class Shuffle:
    """Channels of ``groups`` groups, dealt out in turn (Zhang et al. 2018, arXiv 1707.01083, figure 1)."""

    groups: int


@dataclass(frozen=True)
class Scaling:
    """Everything times ``factor``."""

    factor: float


@dataclass(frozen=True)
class ZeroChannels:
    """Every ``stride``-th pixel, with ``before`` and ``behind`` channels of zeros (arXiv 1512.03385, option A)."""

    stride: int
    before: int
    behind: int


@dataclass(frozen=True)
class Sum:
    """The sum of what ``branches`` return for the same input; an empty branch returns it as it is."""

    branches: tuple["Steps", ...]


@dataclass(frozen=True)
class Concatenation:
    """The channels of what ``branches`` return for the same input, one behind the other."""

    branches: tuple["Steps", ...]


@dataclass(frozen=True)
class Gate:
    """The input times what ``steps`` return for it, one number for each channel (Hu et al. 2018, arXiv 1709.01507)."""

    steps: "Steps"


@dataclass(frozen=True)
class Unused:
    """Layers that have weights and no say: the input is returned as it is."""

    steps: "Steps"


Layer = Convolution | Normalisation | Linear
Step = (
    Layer
    | Activation
    | Pooling
    | Mean
    | Flatten
    | Channels
    | Shuffle
    | Scaling
    | ZeroChannels
    | Sum
    | Concatenation
    | Gate
    | Unused
)
Steps = tuple[Step, ...]


def layers(steps: Steps) -> list[Layer]:
    """Return all layers that have weights, branch by branch."""
    found: list[Layer] = []
    for step in steps:
        if isinstance(step, Sum | Concatenation):
            for branch in step.branches:
                found += layers(branch)
        elif isinstance(step, Gate | Unused):
            found += layers(step.steps)
        elif isinstance(step, Convolution | Normalisation | Linear):
            found.append(step)
    return found


def layout(steps: Steps) -> Layout:
    """Return the names and shapes of all tensors of the network that ``steps`` describe."""
    shapes: Shapes = {}
    for layer in layers(steps):
        shapes |= _shapes(layer)
    return as_layout(shapes)


def both_sides(size: Size) -> tuple[int, int]:
    """Return (height, width) of ``size``."""
    return (size, size) if isinstance(size, int) else size


def _shapes(layer: Layer) -> Shapes:
    if isinstance(layer, Normalisation):
        return batch_norm(layer.name, layer.width)
    bias: Shapes = {f"{layer.name}.bias": (layer.outputs,)}
    if isinstance(layer, Linear):
        return {f"{layer.name}.weight": (layer.outputs, layer.inputs), **bias}
    # A file may claim widths that no groups divide; nothing has a length of 0, so it does not fit.
    is_divided = layer.inputs % layer.groups == 0 and (layer.groups == 1 or int(layer.outputs) % layer.groups == 0)
    kernel = (layer.outputs, layer.inputs // layer.groups if is_divided else 0, *both_sides(layer.size))
    return {f"{layer.name}.weight": kernel, **(bias if layer.has_bias else {})}
