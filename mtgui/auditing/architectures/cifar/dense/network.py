"""DenseNets for small pictures, with and without bottlenecks.

`mtgui.auditing.architectures.cifar.dense.recognition` explains the names of modules and the options.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_INNER = 4


class DenseLayer(nn.Module):
    """Adds ``growth`` channels to its input."""

    def __init__(self, width: int, options: Mapping[str, Any]) -> None:
        """Take ``width`` channels."""
        super().__init__()
        growth: int = options["growth"]
        self.is_new_first: bool = options["is_new_first"]
        self.is_bottleneck: bool = options["is_bottleneck"]
        self.bn1 = nn.BatchNorm2d(width)
        if self.is_bottleneck:
            self.conv1 = nn.Conv2d(width, _INNER * growth, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(_INNER * growth)
            self.conv2 = nn.Conv2d(_INNER * growth, growth, 3, 1, 1, bias=False)
        else:
            self.conv1 = nn.Conv2d(width, growth, 3, 1, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, width + growth, H, W) for ``x``, (B, width, H, W)."""
        new = self.conv1(functional.relu(self.bn1(x)))
        if self.is_bottleneck:
            new = self.conv2(functional.relu(self.bn2(new)))
        return torch.cat([new, x] if self.is_new_first else [x, new], 1)


class Transition(nn.Module):
    """Halves height and width, and changes the number of channels to ``after``."""

    def __init__(self, width: int, after: int) -> None:
        """Take ``width`` channels."""
        super().__init__()
        self.bn = nn.BatchNorm2d(width)
        self.conv = nn.Conv2d(width, after, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, after, H/2, W/2) for ``x``, (B, width, H, W)."""
        return functional.avg_pool2d(self.conv(functional.relu(self.bn(x))), 2)


class DenseNet(nn.Module):
    """A 3 × 3 stem, dense blocks with transitions between them, a last normalisation, a mean, a linear layer."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Build the member that ``options`` describe."""
        super().__init__()
        width: int = options["stem"]
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.steps: list[nn.Module] = []
        for stage, count in enumerate(options["blocks"], start=1):
            layers = [DenseLayer(width + number * options["growth"], options) for number in range(count)]
            self._add(f"dense{stage}", nn.Sequential(*layers))
            width += count * options["growth"]
            if stage < len(options["blocks"]):
                after = options["widths"][stage - 1]
                self._add(f"trans{stage}", Transition(width, after))
                width = after
        self.bn = nn.BatchNorm2d(width)
        self.linear = nn.Linear(width, options["classes"])

    def _add(self, name: str, step: nn.Module) -> None:
        self.steps.append(step)
        self.add_module(name, step)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, classes), for ``x``, (B, 3, H, W)."""
        x = self.conv1(x)
        for step in self.steps:
            x = step(x)
        logits: Tensor = self.linear(functional.relu(self.bn(x)).mean((2, 3)))
        return logits
