"""PSNR and SSIM against scikit-image."""

import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.quality import psnr, ssim
from mtgui.marking.settings import MarkSettings
from tests.marking.marking_helpers import design, noise_picture, smooth_picture

MARK = make_mark(MarkKey(bytes(32)), MarkSettings())


@pytest.mark.parametrize("channels", [1, 3])
def test_psnr_is_that_of_scikit_image(channels: int) -> None:
    picture = smooth_picture(90, 120, channels)
    marked = mark_picture(picture, MARK, design(1, 90, 120))
    assert psnr(picture, marked) == pytest.approx(peak_signal_noise_ratio(picture, marked, data_range=255), abs=1e-4)


@pytest.mark.parametrize("size", [(90, 120), (11, 300), (200, 12)])
def test_ssim_is_that_of_scikit_image(size: tuple[int, int]) -> None:
    picture = smooth_picture(*size, 1)
    marked = np.clip(picture.astype(int) + noise_picture(*size, 1) % 20, 0, 255).astype(np.uint8)
    expected = structural_similarity(
        picture[0].astype(float),
        marked[0].astype(float),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )
    assert ssim(picture, marked) == pytest.approx(expected, abs=1e-6)


def test_equal_pictures_are_perfect() -> None:
    picture = smooth_picture(40, 50)
    assert psnr(picture, picture) == math.inf
    assert ssim(picture, picture) == pytest.approx(1.0)


def test_a_stronger_mark_is_more_visible() -> None:
    picture = smooth_picture(100, 100)
    found = []
    for ratio, budget in ((0.92, 2), (0.85, 4), (0.7, 8)):
        mark = make_mark(MarkKey(bytes(32)), MarkSettings(ratio, budget))
        found.append(ssim(picture, mark_picture(picture, mark, design(1, 100, 100))))
    assert found == sorted(found, reverse=True)


def test_pictures_smaller_than_the_window_have_an_ssim_too() -> None:
    picture = smooth_picture(5, 7)
    assert ssim(picture, picture) == pytest.approx(1.0)
