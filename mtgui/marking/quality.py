"""How visible a mark is: PSNR, SSIM and ΔE2000 of a marked copy against its original."""

import math

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.pattern import LUMA

_RADIUS = 5
_SIGMA = 1.5
_K1, _K2 = 0.01, 0.03
# sRGB to CIE XYZ (IEC 61966-2-1) over the white point D65.
_XYZ = np.array(((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)))
_XYZ_OF_WHITE = _XYZ / _XYZ.sum(axis=1, keepdims=True)
_LINEAR = np.arange(256) / 255.0
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4)
_LAB_EDGE = 216 / 24389
_25_TO_7 = 25.0**7
_LINES = 1 << 16


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


def delta_e(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the mean and the 95th percentile of `colour_differences` over all pixels."""
    differences = colour_differences(original, marked)
    return float(differences.mean()), float(np.percentile(differences, 95))


def colour_differences(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the colour difference ΔE2000 of each pixel, (H, W).

    A difference of 1 is about the smallest that people see in patches of colour side by side. Both (C, H, W), C = 1 or
    3, levels from 0 to 255, as sRGB under D65. Sharma, Wu and Dalal, Color Research and Application 30(1), 2005
    (doi:10.1002/col.20070).
    """
    both = [np.broadcast_to(picture, (3, *picture.shape[1:])).reshape(3, -1) for picture in (original, marked)]
    parts = range(0, both[0].shape[1], _LINES)
    found = [_ciede2000(*(_lab(picture[:, first : first + _LINES]) for picture in both)) for first in parts]
    return np.concatenate(found).reshape(original.shape[1:])


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return L*, a*, b* of sRGB ``pixels``, (3, N) each."""
    x, y, z = (
        np.where(one > _LAB_EDGE, np.cbrt(one), (24389 / 27 * one + 16) / 116)
        for one in _XYZ_OF_WHITE @ _LINEAR[pixels]
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _ciede2000(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ΔE2000 of colours in L*a*b*, (3, N) each."""
    chroma_7 = ((np.hypot(first[1], first[2]) + np.hypot(second[1], second[2])) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(chroma_7 / (chroma_7 + _25_TO_7))
    chromas = [np.hypot(stretch * colour[1], colour[2]) for colour in (first, second)]
    hues = [np.degrees(np.arctan2(colour[2], stretch * colour[1])) % 360 for colour in (first, second)]
    is_grey = chromas[0] * chromas[1] == 0
    turn = np.where(is_grey, 0.0, (hues[1] - hues[0] + 180) % 360 - 180)
    total = hues[0] + hues[1]
    far = np.abs(hues[0] - hues[1]) > 180
    hue = np.where(is_grey, total, np.where(far, (total + np.where(total < 360, 360, -360)) / 2, total / 2))
    light, chroma = (first[0] + second[0]) / 2, (chromas[0] + chromas[1]) / 2
    angle = np.radians(hue)
    weight = (
        1
        - 0.17 * np.cos(angle - np.radians(30))
        + 0.24 * np.cos(2 * angle)
        + 0.32 * np.cos(3 * angle + np.radians(6))
        - 0.20 * np.cos(4 * angle - np.radians(63))
    )
    from_middle = (light - 50) ** 2
    lightness = (second[0] - first[0]) / (1 + 0.015 * from_middle / np.sqrt(20 + from_middle))
    saturation = (chromas[1] - chromas[0]) / (1 + 0.045 * chroma)
    shift = 2 * np.sqrt(chromas[0] * chromas[1]) * np.sin(np.radians(turn) / 2) / (1 + 0.015 * chroma * weight)
    rotation = -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))) * 2
    rotation *= np.sqrt(chroma**7 / (chroma**7 + _25_TO_7))
    return np.asarray(np.sqrt(np.maximum(0, lightness**2 + saturation**2 + shift**2 + rotation * saturation * shift)))


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
