"""How visible a mark is: PSNR and SSIM of a marked copy against its original."""

import math

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.pattern import LUMA

_RADIUS = 5
_SIGMA = 1.5
_K1, _K2 = 0.01, 0.03


def psnr(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio in decibels over all channels; infinite for equal pictures.

    Both (C, H, W), whole levels from 0 to 255.
    """
    difference = original.astype(np.float32) - marked.astype(np.float32)
    error = float(np.mean(np.square(difference), dtype=np.float64))
    return math.inf if error == 0.0 else 10.0 * math.log10(255.0**2 / error)


def ssim(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> float:
    """Return the mean structural similarity of the luminances, at most 1.

    Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 13(4), 2004
    (doi:10.1109/TIP.2003.819861): Gaussian window of 11 × 11 pixels, standard deviation 1.5, K₁ = 0.01,
    K₂ = 0.03, averaged where the window lies inside the picture. Both (C, H, W), levels from 0 to 255; a picture under
    11 pixels a side is compared by a single window over all of it.
    """
    x, y = _luminance(original), _luminance(marked)
    mean_x, mean_y = _blur(x), _blur(y)
    square_sum = _blur(x * x + y * y)
    product = _blur(x * y)
    c1, c2 = (_K1 * 255.0) ** 2, (_K2 * 255.0) ** 2
    means = mean_x * mean_y
    mean_squares = mean_x * mean_x + mean_y * mean_y
    similarity = ((2.0 * means + c1) * (2.0 * (product - means) + c2)) / (
        (mean_squares + c1) * (square_sum - mean_squares + c2)
    )
    return float(similarity.mean())


def _luminance(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    if pixels.shape[0] == 1:
        return np.asarray(pixels[0], dtype=np.float64)
    weights = np.array(LUMA)
    return np.asarray(np.tensordot(weights, pixels.astype(np.float64), axes=1))


def _blur(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Gaussian means at every place where the window fits; along an axis that is too short, one mean."""
    for axis in (0, 1):
        size = values.shape[axis]
        radius = min(_RADIUS, (size - 1) // 2)
        offsets = np.arange(-radius, radius + 1)
        weights = np.exp(-(offsets**2) / (2.0 * _SIGMA**2))
        weights /= weights.sum()
        count = size - 2 * radius
        blurred = np.zeros_like(values[:count] if axis == 0 else values[:, :count])
        for weight, start in zip(weights, range(2 * radius + 1), strict=True):
            part = values[start : start + count] if axis == 0 else values[:, start : start + count]
            blurred += weight * part
        values = np.asarray(blurred)
    return values
