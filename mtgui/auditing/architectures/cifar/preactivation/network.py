"""Residual networks that normalise before each convolution: Wide ResNets and PreAct ResNets.

`mtgui.auditing.architectures.cifar.preactivation.recognition` explains the names of modules and the options.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional


class PreactivationBlock(nn.Module):
    """Two 3 × 3 convolutions, each after a normalisation and a ReLU, and a shortcut."""

    def __init__(self, width: int, wide: int, stride: int, options: Mapping[str, Any]) -> None:
        """Take ``width`` channels and return ``wide``; the first convolution has the ``stride``."""
        super().__init__()
        has_bias = options["block_bias"]
        self.is_shortcut_activated: bool = options["is_shortcut_activated"]
        self.bn1 = nn.BatchNorm2d(width)
        self.conv1 = nn.Conv2d(width, wide, 3, stride, 1, bias=has_bias)
        self.bn2 = nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, 1, 1, bias=has_bias)
        self.shortcut = nn.Conv2d(width, wide, 1, stride, bias=options["shortcut_bias"]) if width != wide else None

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, wide, H/stride, W/stride) for ``x``, (B, width, H, W)."""
        activated = functional.relu(self.bn1(x))
        inner: Tensor = self.conv2(functional.relu(self.bn2(self.conv1(activated))))
        if self.shortcut is None:
            return inner + x
        beside: Tensor = self.shortcut(activated if self.is_shortcut_activated else x)
        return inner + beside


class PreActivationNet(nn.Module):
    """A stem, three or four stages of blocks, optionally a last normalisation with ReLU, a mean, a linear layer."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Build the member that ``options`` describe."""
        super().__init__()
        width: int = options["stem"]
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=options["stem_bias"])
        self.stages: list[nn.Sequential] = []
        for stage, count in enumerate(options["blocks"]):
            wide = options["width"] << stage
            blocks = [
                PreactivationBlock(wide if number else width, wide, 2 if stage and not number else 1, options)
                for number in range(count)
            ]
            self.stages.append(nn.Sequential(*blocks))
            self.add_module(f"layer{stage + 1}", self.stages[-1])
            width = wide
        self.bn = nn.BatchNorm2d(width) if options["has_last_norm"] else None
        self.linear = nn.Linear(width, options["classes"])

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, (B, classes), for ``x``, (B, 3, H, W)."""
        x = self.conv1(x)
        for stage in self.stages:
            x = stage(x)
        if self.bn is not None:
            x = functional.relu(self.bn(x))
        logits: Tensor = self.linear(x.mean((2, 3)))
        return logits
