"""The networks that a rehearsal trains: a fast one of our own, and the usual ones for small pictures."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from mtgui.auditing.architectures.cifar.network import network
from mtgui.auditing.architectures.cifar.preactivation.recognition import wide
from mtgui.auditing.architectures.cifar.residual.names import large, small
from mtgui.common.errors import UsageError
from mtgui.rehearsal.network_table import network_named

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
"""Mean and standard deviation for normalisation, equal to the audit's defaults for networks for small pictures."""
_FAST_WIDTHS = (64, 128, 256, 256, 256)


@dataclass(frozen=True, eq=False)
class Network:
    """A module that maps (B, 3, h, w) floats to logits, and the normalisation of its pictures."""

    module: nn.Module
    mean: tuple[float, float, float] = MEAN
    std: tuple[float, float, float] = STD


class FastNet(nn.Module):
    """Five 3 × 3 convolutions, each with normalisation and ReLU; 2 × 2 pooling follows all but the third.

    It has about 1.6 million parameters for ten classes, and takes pictures of at least 16 × 16 pixels. For large
    pictures, the first convolution has a stride of 2 in place of the last pooling.
    """

    def __init__(self, classes: int, *, is_for_large: bool = False) -> None:
        """Build it for ``classes``, and for large pictures if ``is_for_large``."""
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for number, width in enumerate(_FAST_WIDTHS):
            step = 2 if is_for_large and number == 0 else 1
            layers += [nn.Conv2d(before, width, 3, step, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            if number != 2 and not (is_for_large and number == 4):
                layers.append(nn.MaxPool2d(2))
            before = width
        self.features = nn.Sequential(*layers)
        self.linear = nn.Linear(before, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, classes), for ``x``, (B, 3, H, W)."""
        logits: Tensor = self.linear(self.features(x).mean((2, 3)))
        return logits


_BUILDERS: Mapping[str, Callable[[int], nn.Module]] = {
    "fast": FastNet,
    "fast-large": partial(FastNet, is_for_large=True),
    "resnet8": partial(network, small(8, zeros="")),
    "resnet20": partial(network, small(20, zeros="")),
    "resnet18": partial(network, large((2, 2, 2, 2))),
    "wrn-28-4": partial(network, wide(28, 4)),
}


def make_network(name: str, classes: int, seed: int) -> nn.Module:
    """Return the network called ``name`` with random weights, always the same for the same ``seed``.

    `mtgui audit` recognises saved weights of all networks but “fast” and “fast-large”. Raises UsageError for another
    name.
    """
    build = _BUILDERS[network_named(name).name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random.Random(f"weights {seed}").getrandbits(63))
        return build(classes)


def check_input(name: str, side: int) -> None:
    """Raise UsageError if the network called ``name`` cannot take pictures that are ``side`` pixels wide."""
    network = make_network(name, 2, 0).eval()
    try:
        with torch.no_grad():
            network(torch.zeros(1, 3, side, side))
    except RuntimeError as error:
        raise UsageError(
            f"The network {name} takes no pictures as small as {side} pixels. Take a larger --side."
        ) from error


def logits_in(answer: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Return the logits in a module's answer, without the auxiliary outputs that some modules give in training."""
    return answer if isinstance(answer, Tensor) else answer[0]
