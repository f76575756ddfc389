"""Shared by the tests of the marking room: pictures, designs and a NumPy space."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import NUMPY_SPACE
from mtgui.marking.mark import Mark, PictureDesign, picture_signs

NUMPY = NUMPY_SPACE


def noise_picture(height: int, width: int, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (channels, height, width), dtype=np.uint8)


def smooth_picture(height: int, width: int, channels: int = 3) -> NDArray[np.uint8]:
    rows, columns = np.linspace(0, 3, height)[:, None], np.linspace(0, 4, width)[None, :]
    waves = [127.5 + 127.5 * np.sin(rows * (c + 1) + columns) for c in range(channels)]
    return np.stack(waves).astype(np.uint8)


def design(number: int, height: int, width: int) -> PictureDesign:
    return PictureDesign(hashlib.sha256(str(number).encode()).hexdigest(), height, width)


def signs_of(mark: Mark, one: PictureDesign, size: tuple[int, int]) -> NDArray[np.float32]:
    """The noise signs of a picture, −1 or +1."""
    is_minus = picture_signs(mark, one, size, NUMPY)
    assert is_minus is not None
    return np.asarray(1 - 2 * is_minus.astype(np.float32))
