"""The texture of a picture: where a tint is weak and where it is strong."""

import numpy as np
import pytest

from mtgui.marking.texture import GRID_SIDE, WEIGHT_ONE, texture_of
from tests.marking.marking_helpers import noise_picture


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((16, 16), (16, 16)),
        ((32, 40), (32, 40)),
        ((300, 450), (64, 96)),
        ((3000, 64), (1024, 64)),
        ((17, 999), (17, 999)),
    ],
)
def test_there_are_at_most_64_cells_along_the_short_side(size: tuple[int, int], grid: tuple[int, int]) -> None:
    texture = texture_of(noise_picture(*size))
    assert texture.grid.shape == grid
    assert min(grid) <= GRID_SIDE


def test_black_and_white_have_no_weight_and_texture_has_more_than_flat_colour() -> None:
    picture = np.zeros((3, 128, 256), dtype=np.uint8)
    picture[:, :, 64:128] = 255
    picture[:, :, 128:192] = np.array((150, 120, 90), dtype=np.uint8)[:, None, None]
    picture[:, :, 192:] = noise_picture(128, 64) // 2 + 60
    weights = texture_of(picture).grid
    assert not weights[:, 4:28].any()
    assert not weights[:, 36:60].any()
    assert 0 < weights[:, 70:90].max() < 0.75 * weights[:, 102:124].min()


def test_a_picture_that_is_textured_everywhere_has_weights_around_one() -> None:
    colourful = np.array((90, 40, 10), dtype=np.uint8)[:, None, None] + noise_picture(200, 200) // 2 + np.uint8(30)
    weights = texture_of(colourful).grid / WEIGHT_ONE
    assert np.sqrt(np.square(weights).mean()) == pytest.approx(1.0, abs=0.02)


def test_a_flat_picture_is_not_made_up_for() -> None:
    weights = texture_of(np.full((3, 100, 100), 128, dtype=np.uint8)).grid / WEIGHT_ONE
    assert 0 < weights.max() < 0.6


def test_both_depths_have_the_same_texture() -> None:
    picture = noise_picture(90, 130)
    assert texture_of(picture) == texture_of(picture.astype(np.uint16) * 257)


@pytest.mark.parametrize("channels", [1, 3])
def test_only_a_picture_without_colour_is_grey(channels: int) -> None:
    grey = np.ascontiguousarray(np.broadcast_to(noise_picture(40, 50)[:1], (channels, 40, 50)))
    assert texture_of(grey).is_grey
    assert texture_of(grey) == texture_of(grey[:1])
    assert not texture_of(noise_picture(40, 50)).is_grey


def test_one_coloured_spot_that_is_not_read_changes_nothing_but_a_coloured_area_does() -> None:
    picture = np.ascontiguousarray(np.broadcast_to(noise_picture(512, 512)[:1], (3, 512, 512)))
    picture[0, 100:140, 100:140] //= 2
    assert not texture_of(picture).is_grey
