"""The pattern of a mark: the out-of-distribution feature blended into every picture of a set.

Stripes: horizontal, of equal heights, each in a colour of the paper's palette compressed to ``colour / 8 + 128``.
Where a stripe ends inside a row of pixels, the row gets the mean of both colours by area; so shrinking a marked copy
and marking a shrunken picture agree. Picture: one of the user's own, kept as a small square and stretched.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.marking.arrays import Array, Space
from mtgui.marking.stripes import PALETTE, Stripes

PICTURE_SIDE = 256

# ITU-R BT.601 luma, the weights Pillow uses for grey.
LUMA = (0.299, 0.587, 0.114)
_WEIGHT_QUANTUM = 4096.0
_COLOURS = np.array(PALETTE, dtype=np.float64) / 8.0 + 128.0


@dataclass(frozen=True)
class PicturePattern:
    """A picture as pattern: ``pixels`` are 3 × 256 × 256 bytes, channel by channel, row by row."""

    pixels: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raise UsageError when the number of bytes is wrong."""
        if len(self.pixels) != 3 * PICTURE_SIDE * PICTURE_SIDE:
            raise UsageError("The pattern picture stored here is incomplete.")


Pattern = Stripes | PicturePattern


def picture_planes(pattern: PicturePattern) -> NDArray[np.uint8]:
    """Return the pixels of a pattern picture: (3, 256, 256)."""
    return np.frombuffer(pattern.pixels, dtype=np.uint8).reshape(3, PICTURE_SIDE, PICTURE_SIDE)


def pattern_part(
    pattern: Pattern, channels: int, height: int, width: int, window: tuple[int, int, int, int], space: Space
) -> Array:
    """Return the part ``window`` (top, bottom, left, right) of ``pattern`` stretched to ``height`` × ``width`` pixels.

    Shape (channels, rows, 1) for stripes, (channels, rows, columns) for a picture; float32, whole numbers from 0 to
    256 · 255. One channel holds the pattern's luminance. The bits are the same on every device.
    """
    top, bottom, left, right = window
    if isinstance(pattern, Stripes):
        return space.array(_stripe_rows(pattern, channels, height)[:, top:bottom, None])
    colours = picture_planes(pattern).astype(np.float64)
    if channels == 1:
        colours = np.floor(_to_channels(colours, 1) + 0.5)
    upper, vertical = _stretch_weights(height, top, bottom)
    first, horizontal = _stretch_weights(width, left, right)
    colours = colours[:, upper : upper + vertical.shape[1], first : first + horizontal.shape[1]]
    tall = space.array(vertical, space.exact) @ space.array(colours, space.exact)
    wide = tall @ space.array(np.ascontiguousarray(horizontal.T), space.exact)
    return space.xp.astype(space.xp.round(wide * 256.0), space.xp.float32)


def _to_channels(colours: NDArray[np.float64], channels: int) -> NDArray[np.float64]:
    if channels == 3:
        return colours
    red, green, blue = LUMA
    return np.asarray(colours[0] * red + colours[1] * green + colours[2] * blue)[None]


@lru_cache(maxsize=64)
def _stripe_rows(stripes: Stripes, channels: int, height: int) -> NDArray[np.float32]:
    """Return the mean colour of every row: (channels, height)."""
    rows = _COLOURS[list(stripes.colours)].T @ _stripe_shares(len(stripes.colours), height)
    return np.round(_to_channels(rows, channels) * 256.0).astype(np.float32)


@lru_cache(maxsize=64)
def _stripe_shares(count: int, height: int) -> NDArray[np.float64]:
    """Return the share that each of ``count`` stripes has in each row: (stripes, height)."""
    # Counted in 1/count of a row, all edges of rows and stripes are whole numbers, so this is exact.
    edges = np.arange(height + 1, dtype=np.int64) * count
    stripe = np.arange(count, dtype=np.int64)[:, None] * height
    upper, lower = np.maximum(edges[:-1], stripe), np.minimum(edges[1:], stripe + height)
    return np.asarray(np.maximum(lower - upper, 0) / count)


def _stretch_weights(pixels: int, first: int, last: int) -> tuple[int, NDArray[np.float64]]:
    """Return the first pattern line that pixels ``first`` to ``last`` touch, and the weights, (last − first, lines).

    They interpolate linearly when stretching and average when shrinking. All weights are multiples of 2⁻¹² and each
    row sums to 1, so products are exact and a pattern of one colour keeps its colour.
    """
    scale = PICTURE_SIDE / pixels
    reach = max(1.0, scale)
    centres = (np.arange(first, last) + 0.5) * scale - 0.5
    low = max(0, int(np.floor(centres[0] - reach)))
    high = min(PICTURE_SIDE, int(np.ceil(centres[-1] + reach)) + 1)
    clamped = np.clip(centres, 0, PICTURE_SIDE - 1)[:, None]
    weights = np.maximum(0.0, 1.0 - np.abs(clamped - np.arange(low, high)[None, :]) / reach)
    whole = np.round(weights / weights.sum(axis=1, keepdims=True) * _WEIGHT_QUANTUM)
    rows = np.arange(len(whole))
    whole[rows, whole.argmax(axis=1)] += _WEIGHT_QUANTUM - whole.sum(axis=1)
    return low, whole / _WEIGHT_QUANTUM
