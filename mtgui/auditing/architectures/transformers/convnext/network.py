"""ConvNeXt (arXiv 2201.03545) and its second version (arXiv 2301.00808), as the transformers library builds them."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from mtgui.auditing.architectures.transformers.activations import make_activation

_EPSILON = 1e-6


class _ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of maps, (B, channels, h, w)."""

    def __init__(self, width: int) -> None:
        super().__init__(width, _EPSILON)

    def forward(self, maps: Tensor) -> Tensor:
        """Return normalised maps."""
        normed = layer_norm(maps.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        answer: Tensor = normed.permute(0, 3, 1, 2)
        return answer


class _Response(nn.Module):
    """Global response normalisation (arXiv 2301.00808, algorithm 1) of (B, h, w, channels)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, 1, 1, width))
        self.bias = nn.Parameter(torch.empty(1, 1, 1, width))

    def forward(self, maps: Tensor) -> Tensor:
        """Return ``maps`` with each channel scaled by its share of the global response."""
        strength = torch.linalg.vector_norm(maps, dim=(1, 2), keepdim=True)
        share = strength / (strength.mean(-1, keepdim=True) + _EPSILON)
        answer: Tensor = self.weight * (maps * share) + self.bias + maps
        return answer


class _ConvNextBlock(nn.Module):
    """A depthwise convolution, then two linear layers with an activation between them, and a shortcut."""

    def __init__(self, width: int, options: Mapping[str, Any]) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, _EPSILON)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.response = _Response(4 * width) if options["has_responses"] else nn.Identity()
        self.scale = nn.Parameter(torch.empty(width)) if options["has_scales"] else None
        self._activation = make_activation(options["activation"])

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps of the next block."""
        inner = self.norm(self.convolution(maps).permute(0, 2, 3, 1))
        inner = self.narrow(self.response(self._activation(self.widen(inner))))
        inner = inner if self.scale is None else inner * self.scale
        answer: Tensor = maps + inner.permute(0, 3, 1, 2)
        return answer


class _Halving(nn.Module):
    """Halves height and width, and changes the number of channels."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.norm, self.convolution = _ChannelNorm(before), nn.Conv2d(before, width, 2, 2)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the smaller maps."""
        answer: Tensor = self.convolution(self.norm(maps))
        return answer


class _Stage(nn.Module):
    """A stage of blocks; all stages except the first begin with a halving."""

    def __init__(self, before: int, width: int, depth: int, options: Mapping[str, Any]) -> None:
        super().__init__()
        self.halving = _Halving(before, width) if before else nn.Identity()
        self.blocks = nn.Sequential(*(_ConvNextBlock(width, options) for _ in range(depth)))

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps of the next stage."""
        answer: Tensor = self.blocks(self.halving(maps))
        return answer


class _Stem(nn.Module):
    """Turns patches into channels, then normalises."""

    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, width, patch, patch), _ChannelNorm(width)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the first maps."""
        answer: Tensor = self.norm(self.convolution(pictures))
        return answer


class ConvNeXt(nn.Module):
    """Maps pictures (B, 3, h, w) to logits (B, classes); see the `recognition` module beside for the options."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Build the network; ``options`` include ``classes``."""
        super().__init__()
        widths = options["widths"]
        self.stem = _Stem(widths[0], options["patch_size"])
        before = (0, *widths[:-1])
        stages = zip(before, widths, options["depths"], strict=True)
        self.stages = nn.Sequential(*(_Stage(*stage, options) for stage in stages))
        self.norm = nn.LayerNorm(widths[-1], options["epsilon"])
        self.head = nn.Linear(widths[-1], options["classes"])

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits."""
        logits: Tensor = self.head(self.norm(self.stages(self.stem(pictures)).mean((2, 3))))
        return logits
