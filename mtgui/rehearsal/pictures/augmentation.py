"""What happens to each batch before the network sees it, on any device and from one generator.

What is left to chance is drawn first, and then done: so a card can record the doing and repeat it with other draws.
"""

import torch
from torch import Tensor
from torch.nn import functional

_PADDING = 4


def draw_moves(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return by how much each of ``count`` pictures is shifted, (2, count) int64 from 0 to 8, rows first, and which are
    mirrored, (count, 1) bool.
    """
    device = generator.device
    shifts = torch.randint(0, 2 * _PADDING + 1, (2, count), generator=generator, device=device)
    return shifts, torch.randint(0, 2, (count, 1), generator=generator, device=device, dtype=torch.bool)


def flipped_and_cropped(pixels: Tensor, shifts: Tensor, mirrored: Tensor) -> Tensor:
    """Return (B, 3, h, w) ``pixels``, each shifted by up to four pixels in both directions, zeros coming in from
    outside, and those mirrored that `draw_moves` says. Any dtype; what is zero must be zero before normalisation too.
    """
    count, _, height, width = pixels.shape
    device = pixels.device
    rows = shifts[0, :, None] + torch.arange(height, device=device)
    columns = torch.arange(width, device=device).expand(count, width)
    columns = shifts[1, :, None] + torch.where(mirrored, columns.flip(1), columns)
    padded = functional.pad(pixels, (_PADDING,) * 4).permute(0, 2, 3, 1)
    pictures = torch.arange(count, device=device)[:, None, None]
    return padded[pictures, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def mixed(inputs: Tensor, shares: Tensor, partners: Tensor) -> Tensor:
    """Return each picture with weight ``shares[0]`` over its partner with ``shares[1]`` (mixup, arXiv 1710.09412)."""
    return shares[0] * inputs + shares[1] * inputs[partners]


def box_around(middle: tuple[float, float], share: float, size: tuple[int, int]) -> tuple[tuple[int, ...], float]:
    """Return a box (top, bottom, left, right) around ``middle`` (0 to 1, rows and columns) in a picture of ``size``
    (height, width), and the share of the picture outside it. The box has the area 1 − ``share`` before it is cut off
    at the edges.
    """
    height, width = size
    half = 0.5 * (1 - share) ** 0.5
    top, bottom = (round(height * min(1.0, max(0.0, middle[0] + side))) for side in (-half, half))
    left, right = (round(width * min(1.0, max(0.0, middle[1] + side))) for side in (-half, half))
    return (top, bottom, left, right), 1 - (bottom - top) * (right - left) / (height * width)


def pasted(inputs: Tensor, box: Tensor, partners: Tensor) -> Tensor:
    """Return each picture with ``box``, (4,) as `box_around` gives it, of its partner pasted in (CutMix, arXiv
    1905.04899).
    """
    rows = torch.arange(inputs.shape[2], device=inputs.device)[:, None]
    columns = torch.arange(inputs.shape[3], device=inputs.device)
    inside = (rows >= box[0]) & (rows < box[1]) & (columns >= box[2]) & (columns < box[3])
    return torch.where(inside, inputs[partners], inputs)


def thinned(features: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return ``features`` with a ``share`` of them set to zero and the rest raised to make up for it (dropout)."""
    kept = torch.rand(features.shape, generator=generator, device=features.device) >= share
    return features * kept / (1 - share)
