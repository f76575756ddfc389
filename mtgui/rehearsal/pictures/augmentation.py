"""Augmentation of batches before the network sees them, on any device, with one random generator.

All random numbers are drawn first and applied afterwards, so a card can record the second part and replay it with other
numbers.
"""

import torch
from torch import Tensor
from torch.nn import functional

_PADDING = 4


def draw_moves(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return random shifts and mirrorings of ``count`` pictures.

    Shifts are (2, count) int64 from 0 to 8, rows first; mirrorings are (count, 1) bool.
    """
    device = generator.device
    shifts = torch.randint(0, 2 * _PADDING + 1, (2, count), generator=generator, device=device)
    return shifts, torch.randint(0, 2, (count, 1), generator=generator, device=device, dtype=torch.bool)


def flipped_and_cropped(pixels: Tensor, shifts: Tensor, mirrored: Tensor) -> Tensor:
    """Return ``pixels``, (B, 3, h, w) of any dtype, shifted and mirrored by the values of `draw_moves`.

    Shifts are up to four pixels in each direction. The free border is filled with zeros, which must mean black: call
    this before normalisation.
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
    """Return a box (top, bottom, left, right) in a picture of ``size`` (height, width), and the share outside it.

    middle: centre of the box, rows and columns, from 0 to 1. The box has the area 1 − ``share`` of the picture before
    it is cut at the edges.
    """
    height, width = size
    half = 0.5 * (1 - share) ** 0.5
    top, bottom = (round(height * min(1.0, max(0.0, middle[0] + side))) for side in (-half, half))
    left, right = (round(width * min(1.0, max(0.0, middle[1] + side))) for side in (-half, half))
    return (top, bottom, left, right), 1 - (bottom - top) * (right - left) / (height * width)


def pasted(inputs: Tensor, box: Tensor, partners: Tensor) -> Tensor:
    """Return each picture with the ``box`` of its partner pasted in (CutMix, arXiv 1905.04899).

    box: (4,), from `box_around`.
    """
    rows = torch.arange(inputs.shape[2], device=inputs.device)[:, None]
    columns = torch.arange(inputs.shape[3], device=inputs.device)
    inside = (rows >= box[0]) & (rows < box[1]) & (columns >= box[2]) & (columns < box[3])
    return torch.where(inside, inputs[partners], inputs)


def thinned(features: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return ``features`` with a random ``share`` set to zero, and the rest divided by 1 − ``share`` (dropout)."""
    kept = torch.rand(features.shape, generator=generator, device=features.device) >= share
    return features * kept / (1 - share)
