"""The arithmetic of a mark: noise of one sign per pixel, then a blend with the pattern, in whole numbers throughout."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import NUMPY_SPACE, Array, Space
from mtgui.marking.pattern import pattern_part
from mtgui.marking.settings import MarkSettings
from mtgui.marking.stripes import Stripes


def apply_mark(
    pixels: Array, is_minus: Array | None, pattern: Array | None, settings: MarkSettings, space: Space
) -> Array:
    """Return marked pixels, of the shape and dtype of ``pixels``.

    pixels: (…, C, H, W), uint8 or uint16. is_minus: uint8, broadcastable to (…, 1, H, W), from `picture_signs`;
    None without noise. pattern: from `pattern_part`, 256ths of a level of 255; None when nothing is blended in.
    """
    shift = None if pattern is None else blend_shift(pattern, settings, pixels.dtype, space)
    return add_mark(pixels, is_minus, shift, settings, space, space.xp.empty_like(pixels))


def blend_shift(pattern: Array, settings: MarkSettings, dtype: Any, space: Space) -> Array:
    """Return the whole numbers that a pattern adds to 256 · r · pixel of ``dtype``; ½ for rounding is included."""
    share = (256 - settings.original_share) / 256.0
    depth = _depth(dtype, space)
    return space.xp.astype(space.xp.round(pattern * share * depth) + 128.0, _wide(dtype, space))


@lru_cache(maxsize=64)
def stripes_shift(stripes: Stripes, channels: int, height: int, settings: MarkSettings, dtype: Any) -> NDArray[Any]:
    """Return `blend_shift` of stripes for pictures ``height`` pixels high, (channels, height, 1); cached."""
    rows = pattern_part(stripes, channels, height, 1, (0, height, 0, 1), NUMPY_SPACE)
    return np.asarray(blend_shift(rows, settings, dtype, NUMPY_SPACE))


def add_mark(
    pixels: Array, is_minus: Array | None, shift: Array | None, settings: MarkSettings, space: Space, out: Array
) -> Array:
    """Write marked pixels to ``out`` and return it. shift: from `blend_shift`. The rest is as in `apply_mark`."""
    xp, dtype, marked = space.xp, pixels.dtype, pixels
    if is_minus is not None and settings.has_noise:
        depth = _depth(dtype, space)
        budget = settings.noise_budget * depth
        # Pixels are clipped before the noise is added, so nothing overflows: only ``low`` wraps, at the end.
        low = space.cast(is_minus, dtype, "low")
        low *= budget
        high = xp.add(low, 255 * depth - budget, **space.into("high", low.shape, dtype))
        into = space.into("marked", pixels.shape, dtype)
        marked = xp.minimum(xp.maximum(pixels, low, **into), high, **into)
        low *= 2
        low -= budget
        marked -= low
    if shift is None or not settings.has_blend:
        out[...] = marked
        return out
    levels = space.cast(marked, _wide(dtype, space), "levels")
    levels *= settings.original_share
    levels += shift
    levels >>= 8
    out[...] = levels
    return out


def _depth(dtype: Any, space: Space) -> int:
    """Return the value of one 255th of white in ``dtype``: 1 for uint8, 257 for uint16."""
    return 257 if dtype == space.xp.uint16 else 1


def _wide(dtype: Any, space: Space) -> Any:
    """Return the type that holds 256 times a level: uint16 for uint8, uint32 for uint16; int32 in torch.

    torch has no arithmetic for uint16.
    """
    if not space.is_numpy:
        return space.xp.int32
    return np.uint16 if dtype == np.uint8 else np.uint32
