"""Residual networks of any width and depth (arXiv 1512.03385), as in the transformers library."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from mtgui.auditing.architectures.transformers.activations import make_activation


class _Step(nn.Module):
    """A convolution, with padding that keeps the size except for the stride, and batch normalisation."""

    def __init__(self, before: int, width: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, width, kernel, stride, kernel // 2, bias=False)
        self.normalization = nn.BatchNorm2d(width)

    def forward(self, maps: Tensor) -> Tensor:
        """Return normalised maps."""
        answer: Tensor = self.normalization(self.convolution(maps))
        return answer


class _ResidualBlock(nn.Module):
    """Two 3 × 3 steps, or a bottleneck of three, and a shortcut.

    There is always a ReLU between the steps, even if the activation after them is another, as in the transformers
    library.
    """

    def __init__(
        self, before: int, width: int, stride: int, middle: int | None, is_early: bool, activation: nn.Module
    ) -> None:
        super().__init__()
        is_plain = before == width and stride == 1
        self.shortcut = nn.Identity() if is_plain else _Step(before, width, 1, stride)
        if middle is None:
            steps = [_Step(before, width, 3, stride), _Step(width, width, 3)]
        else:
            early, late = (stride, 1) if is_early else (1, stride)
            steps = [_Step(before, middle, 1, early), _Step(middle, middle, 3, late), _Step(middle, width, 1)]
        self.steps = nn.ModuleList(steps)
        self._between, self._activation = nn.ReLU(), activation

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps of the next block."""
        around = self.shortcut(maps)
        for number, step in enumerate(self.steps):
            maps = step(maps if number == 0 else self._between(maps))
        answer: Tensor = self._activation(maps + around)
        return answer


class PlainResNet(nn.Module):
    """Maps pictures (B, 3, h, w) to logits (B, classes); see the `recognition` module beside for the options."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Build the network; ``options`` include ``classes``."""
        super().__init__()
        self._activation = make_activation(options["activation"])
        self._pool = nn.MaxPool2d(3, 2, 1)
        self.stem = _Step(3, options["stem"], 7, 2)
        before = options["stem"]
        stages = []
        for stage, (width, depth) in enumerate(zip(options["widths"], options["depths"], strict=True)):
            middle = options["middle"][stage] if options["middle"] else None
            blocks = []
            for number in range(depth):
                stride = 2 if number == 0 and (stage > 0 or options["halves_first"]) else 1
                blocks.append(_ResidualBlock(before, width, stride, middle, options["halves_early"], self._activation))
                before = width
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(before, options["classes"])

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits."""
        maps = self.stages(self._pool(self._activation(self.stem(pictures))))
        logits: Tensor = self.head(maps.mean((2, 3)))
        return logits
