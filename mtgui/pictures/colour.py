"""Fixed rules that turn CMYK, YCbCr and Lab samples into RGB; the same numbers on every machine.

Colour profiles are not used: a rule that depends on a profile and on the version of a colour engine could not be
repeated years later, and then the program must compute the same pixels as on the day of marking.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

CMYK_RULE = 1
"""Version of the rule in `cmyk_to_rgb`; raised whenever its numbers change."""

_BLOCK_ROWS = 256


def cmyk_to_rgb(cyan: NDArray[np.uint8], key: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return one RGB channel for one ink (rule 1): ``(255 - K) - round(ink · (255 - K) / 255)``.

    ``cyan`` is cyan, magenta or yellow for red, green or blue; ``key`` is black; both (H, W), 255 is full ink.
    """
    channel = np.empty(cyan.shape, np.uint8)
    for top in range(0, len(cyan), _BLOCK_ROWS):
        rows = slice(top, top + _BLOCK_ROWS)
        light = 255 - key[rows].astype(np.uint32)
        channel[rows] = light - (cyan[rows] * light * 2 + 255) // 510
    return channel


def ycbcr_to_rgb(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGB for full-range YCbCr ``samples``, both (3, H, W) (ITU-R BT.601 as in JFIF 1.02)."""
    matrix = np.array([[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]])
    return _by_rows(samples, lambda rows: np.tensordot(matrix, rows - np.array([[[0.0]], [[128.0]], [[128.0]]]), 1))


def lab_to_rgb(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return sRGB for CIE L*a*b* (D50) ``samples``, both (3, H, W); a* and b* have 128 added to them.

    CIE 15:2004 to XYZ, then the D50 matrix and curve of IEC 61966-2-1.
    """
    return _by_rows(samples, _lab_rows)


def _lab_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lightness, a, b = rows[0] / 2.55, rows[1] - 128, rows[2] - 128
    fy = (lightness + 16) / 116
    axes = np.stack([fy + a / 500, fy, fy - b / 200])
    xyz = np.where(axes > 6 / 29, axes**3, (axes - 4 / 29) * 3 * (6 / 29) ** 2)
    xyz *= np.array([[[0.96422]], [[1.0]], [[0.82521]]])
    matrix = np.array(
        [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.033454], [0.0719453, -0.2289914, 1.4052427]]
    )
    linear = np.clip(np.tensordot(matrix, xyz, 1), 0, 1)
    return 255 * np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)


def _by_rows(
    samples: NDArray[np.uint8], rule: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.uint8]:
    result = np.empty_like(samples)
    for top in range(0, samples.shape[1], _BLOCK_ROWS):
        rows = slice(top, top + _BLOCK_ROWS)
        result[:, rows] = np.clip(np.rint(rule(samples[:, rows].astype(np.float64))), 0, 255)
    return result
