"""What happens to each batch before the network sees it, on any device and from one generator."""

import torch
from torch import Tensor
from torch.nn import functional

_PADDING = 4


def flipped_and_cropped(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Return (B, 3, h, w) ``pixels``, each shifted by up to four pixels in both directions, zeros coming in from
    outside, and every second one mirrored. Any dtype; what is zero must be zero before normalisation too.
    """
    count, _, height, width = pixels.shape
    device = pixels.device
    drawn = torch.randint(0, 2 * _PADDING + 1, (2, count), generator=generator, device=device)
    mirrored = torch.randint(0, 2, (count, 1), generator=generator, device=device, dtype=torch.bool)
    rows = drawn[0, :, None] + torch.arange(height, device=device)
    columns = torch.arange(width, device=device).expand(count, width)
    columns = drawn[1, :, None] + torch.where(mirrored, columns.flip(1), columns)
    padded = functional.pad(pixels, (_PADDING,) * 4).permute(0, 2, 3, 1)
    pictures = torch.arange(count, device=device)[:, None, None]
    return padded[pictures, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def mixed(inputs: Tensor, share: float, order: Tensor) -> Tensor:
    """Return each picture with weight ``share`` over its partner by ``order`` (mixup, arXiv 1710.09412)."""
    return share * inputs + (1 - share) * inputs[order]


def pasted(inputs: Tensor, share: float, order: Tensor, middle: tuple[float, float]) -> tuple[Tensor, float]:
    """Return each picture with a box of its partner pasted in, around ``middle`` (0 to 1, rows and columns), and the
    share of its own that is left (CutMix, arXiv 1905.04899). The box has the area 1 − ``share`` before it is cut off
    at the edges.
    """
    height, width = inputs.shape[2:]
    half = 0.5 * (1 - share) ** 0.5
    top, bottom = (round(height * min(1.0, max(0.0, middle[0] + side))) for side in (-half, half))
    left, right = (round(width * min(1.0, max(0.0, middle[1] + side))) for side in (-half, half))
    result = inputs.clone()
    result[:, :, top:bottom, left:right] = inputs[order][:, :, top:bottom, left:right]
    return result, 1 - (bottom - top) * (right - left) / (height * width)


def thinned(features: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return ``features`` with a ``share`` of them set to zero and the rest raised to make up for it (dropout)."""
    kept = torch.rand(features.shape, generator=generator, device=features.device) >= share
    return features * kept / (1 - share)
