"""What the samples of a TIFF file mean as a picture, worked out from the samples alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.pictures import colour
from mtgui.pictures.decoding import Picture
from tests.pictures.tiff_samples import (
    COLOURS,
    GREY,
    INKS,
    LAB,
    PALETTE,
    RGB,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Layout,
    palette,
)


def difference(layout: Layout, samples: NDArray[Any], picture: Picture) -> str:
    """Say what of ``picture`` is not what ``samples`` (H, W, C) mean; empty when all is right."""
    if layout.kind != UNSIGNED and (samples < 0).any():
        return "negative numbers have no colour"
    expected, alpha = _pixels(layout, samples), _alpha(layout, samples)
    tolerance = 1 if layout.photometric == YCBCR else 0
    matters = np.ones(samples.shape[:2], bool)
    if alpha is not None and layout.extras[0] == 1:
        # The samples were multiplied with the transparency, so there is no colour where it is 0.
        matters = alpha > 0
        expected = np.minimum(expected * 255 // np.maximum(alpha, 1), 255)
        tolerance = 1
    if picture.pixels.shape != expected.shape:
        return "another shape"
    if (np.abs(picture.pixels.astype(int) - expected) * matters).max() > tolerance:
        return "other pixels"
    if (alpha is None) != (picture.alpha is None):
        return "transparency lost or made up"
    if alpha is not None and picture.alpha is not None and not np.array_equal(alpha, picture.alpha):
        return "other transparency"
    is_said = any("extra channel" in note for note in picture.notes)
    return "" if is_said == (0 in layout.extras) else "a channel that was lost, or the word of it"


def _alpha(layout: Layout, samples: NDArray[Any]) -> NDArray[Any] | None:
    if layout.extras[:1] in ((), (0,)):
        return None
    return _eight_bits(samples[..., COLOURS[layout.photometric]], layout.bits)


def _eight_bits(samples: NDArray[Any], bits: int) -> NDArray[Any]:
    whole = samples.astype(int)
    return whole >> bits - 8 if bits >= 8 else whole * 255 // ((1 << bits) - 1)


def _pixels(layout: Layout, samples: NDArray[Any]) -> NDArray[Any]:
    """Return the pixels (C, H, W) that mtgui reads: grey of 8 or 16 bits, colours of 8."""
    planes = np.moveaxis(samples, -1, 0)[: COLOURS[layout.photometric]].astype(int)
    if layout.photometric in (GREY, WHITE_IS_ZERO):
        is_wide = layout.bits >= 16
        grey = planes if is_wide else _eight_bits(planes, layout.bits)
        white = 65535 if is_wide else 255
        return white - grey if layout.photometric == WHITE_IS_ZERO else grey
    if layout.photometric == PALETTE:
        return np.asarray(palette(layout.bits) >> 8, int)[:, planes[0]]
    eight = _eight_bits(planes, layout.bits).astype(np.uint8)
    if layout.photometric == INKS:
        return np.stack([colour.cmyk_to_rgb(ink, eight[3]) for ink in eight[:3]]).astype(int)
    if layout.photometric == LAB:
        # TIFF stores a and b with a sign; the rule takes them with 128 added.
        return colour.lab_to_rgb(eight ^ np.array([0, 128, 128], np.uint8)[:, None, None]).astype(int)
    return (eight if layout.photometric == RGB else colour.ycbcr_to_rgb(eight)).astype(int)
