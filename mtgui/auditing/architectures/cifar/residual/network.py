"""Residual networks for small pictures: ResNet-18 and similar with a 3 × 3 stem, and the 6n+2 layers of the paper.

`mtgui.auditing.architectures.cifar.residual.recognition` explains the names of modules and the options.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

_EXPANSION = 4


class Padding(nn.Module):
    """The shortcut without weights: every ``stride``-th pixel, and zeros on both sides of the channels (option A)."""

    def __init__(self, width: int, wide: int, stride: int) -> None:
        """Take ``width`` channels and return ``wide``."""
        super().__init__()
        self.stride = stride
        self.before = (wide - width) // 2
        self.behind = wide - width - self.before

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, wide, H/stride, W/stride) for ``x``, (B, width, H, W)."""
        return functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.behind))


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions, or a bottleneck of three, each normalised, and a shortcut."""

    def __init__(self, width: int, inner: int, stride: int, options: Mapping[str, Any]) -> None:
        """Take ``width`` channels; return ``inner`` channels, a bottleneck four times as many."""
        super().__init__()
        self.is_bottleneck: bool = options["is_bottleneck"]
        wide = inner * (_EXPANSION if self.is_bottleneck else 1)
        if self.is_bottleneck:
            self.conv1 = nn.Conv2d(width, inner, 1, bias=False)
            self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False)
            self.conv3 = nn.Conv2d(inner, wide, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(wide)
        else:
            self.conv1 = nn.Conv2d(width, inner, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(inner, inner, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.bn2 = nn.BatchNorm2d(inner)
        self.shortcut: nn.Module | None = None
        if width != wide and options["has_projections"]:
            self.shortcut = nn.Sequential(nn.Conv2d(width, wide, 1, stride, bias=False), nn.BatchNorm2d(wide))
        elif width != wide:
            self.shortcut = Padding(width, wide, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, wide, H/stride, W/stride) for ``x``, (B, width, H, W)."""
        inner = functional.relu(self.bn1(self.conv1(x)))
        inner = self.bn2(self.conv2(inner))
        if self.is_bottleneck:
            inner = self.bn3(self.conv3(functional.relu(inner)))
        return functional.relu(inner + (x if self.shortcut is None else self.shortcut(x)))


class ResidualNet(nn.Module):
    """A 3 × 3 stem, three or four stages of blocks, a mean, a linear layer."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Build the member that ``options`` describe."""
        super().__init__()
        width: int = options["width"]
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pooling = nn.MaxPool2d(3, 2, 1) if options["has_pooling"] else nn.Identity()
        self.stages: list[nn.Sequential] = []
        for stage, count in enumerate(options["blocks"]):
            inner = options["width"] << stage
            wide = inner * (_EXPANSION if options["is_bottleneck"] else 1)
            blocks = [
                ResidualBlock(wide if number else width, inner, 2 if stage and not number else 1, options)
                for number in range(count)
            ]
            self.stages.append(nn.Sequential(*blocks))
            self.add_module(f"layer{stage + 1}", self.stages[-1])
            width = wide
        self.linear = nn.Linear(width, options["classes"])

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, classes), for ``x``, (B, 3, H, W)."""
        x = self.pooling(functional.relu(self.bn1(self.conv1(x))))
        for stage in self.stages:
            x = stage(x)
        logits: Tensor = self.linear(x.mean((2, 3)))
        return logits
