"""The preview shows what the engine makes: whole, in part, and as a difference."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mtgui.desktop.mark.rendering import GAINS, Look, PictureWindow, PreviewPicture, to_screen
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.settings import MarkSettings

PIXELS = np.random.default_rng(1).integers(0, 256, (3, 150, 211), dtype=np.uint8)
WHOLE = PictureWindow(150, 211, 0, 150, 0, 211)
PATTERN = PicturePattern(bytes(range(256)) * 3 * 256)
LOOKS = [
    Look(MarkSettings(0.7, 8)),
    Look(MarkSettings(1.0, 0)),
    Look(MarkSettings(0.85, 4, noise_kind="uniform")),
    Look(MarkSettings(0.6, 0, noise_kind="none")),
    Look(MarkSettings(0.7, 8, pattern_kind="picture"), PATTERN),
    Look(MarkSettings(kind="tint", tint_strength=7.5)),
    Look(MarkSettings(kind="tint", tint_strength=0.25)),
    Look(MarkSettings(kind="tint", tint_strength=7.0, tint_is_coloured=True)),
    Look(MarkSettings(kind="tint", tint_strength=16.0)),
]
TINT = LOOKS[5]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def engine(picture: PreviewPicture, look: Look) -> NDArray[np.uint8]:
    mark = make_mark(picture.key, look.settings, look.picture)
    return np.asarray(mark_picture(picture.planes, mark, picture.design))


def planes_of(screen: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return screen[:, :, 2::-1].transpose(2, 0, 1)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("channels", [1, 3])
def test_at_full_size_the_frame_is_the_mark_of_the_engine(pool: ThreadPoolExecutor, look: Look, channels: int) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS[:channels])
    frame = planes_of(picture.marked(WHOLE, look, pool))
    assert np.array_equal(frame, np.broadcast_to(engine(picture, look), frame.shape))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", [(150, 211), (75, 105)])
def test_a_window_is_a_part_of_the_whole(pool: ThreadPoolExecutor, look: Look, size: tuple[int, int]) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    rows, columns = size
    whole = picture.marked(PictureWindow(rows, columns, 0, rows, 0, columns), look, pool)
    part = picture.marked(PictureWindow(rows, columns, 20, 61, 33, 90), look, pool)
    apart = np.abs(whole[20:61, 33:90].astype(int) - part)
    assert np.mean(apart > 1) <= 0.001


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[2], TINT])
def test_the_difference_is_the_change_times_the_factor_that_is_said(pool: ThreadPoolExecutor, look: Look) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    change = engine(picture, look).astype(int) - PIXELS
    shown, gain = picture.difference(WHOLE, look, pool)
    assert gain in GAINS
    assert np.array_equal(planes_of(shown), np.clip(change * gain + 128, 0, 255))


def test_the_factor_fills_the_range_and_keeps_the_order(pool: ThreadPoolExecutor) -> None:
    smooth = np.full((3, 200, 200), 120, dtype=np.uint8)
    smooth[:, ::2] += 9
    picture = PreviewPicture(Path("/a.png"), smooth)
    looks = (LOOKS[0], Look(MarkSettings(kind="tint", tint_strength=1.0)))
    gains = [picture.difference(PictureWindow(200, 200, 0, 200, 0, 200), look, pool)[1] for look in looks]
    for look, gain in zip(looks, gains, strict=True):
        change = np.abs(engine(picture, look).astype(int) - smooth)
        assert np.mean(change * gain > 127) <= 0.01, "nearly nothing is clipped"
        assert gain == GAINS[-1] or np.percentile(change, 99.8) * 2 * gain > 127, "twice as much would clip"
    assert gains[1] > gains[0], "a faint mark is made stronger"


def test_without_a_mark_the_difference_is_grey(pool: ThreadPoolExecutor) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    shown, gain = picture.difference(WHOLE, LOOKS[1], pool)
    assert (planes_of(shown) == 128).all()
    assert gain == 1


def test_a_moving_slider_never_shows_the_look_before(pool: ThreadPoolExecutor) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    for look in (*LOOKS, *reversed(LOOKS)):
        assert np.array_equal(planes_of(picture.marked(WHOLE, look, pool)), engine(picture, look))


@pytest.mark.parametrize("look", [LOOKS[0], TINT])
@pytest.mark.parametrize("size", [(1200, 1600), (300, 2000)])
def test_a_tint_of_a_scaled_part_is_the_engines(pool: ThreadPoolExecutor, look: Look, size: tuple[int, int]) -> None:
    rows, columns = size
    pixels = np.random.default_rng(2).integers(0, 256, (3, rows, columns), dtype=np.uint8)
    picture = PreviewPicture(Path("/a.png"), pixels)
    whole = PictureWindow(rows, columns, 0, rows, 0, columns)
    expected = to_screen(engine(picture, look))
    assert np.array_equal(picture.marked(whole, look, pool), expected)
    part = PictureWindow(rows, columns, 33, 207, 100, 901)
    apart = np.abs(picture.marked(part, look, pool).astype(int) - expected[33:207, 100:901])
    assert apart.max() == 0 if look is TINT else np.mean(apart > 1) <= 0.001


def test_a_grey_picture_stays_grey_under_a_tint(pool: ThreadPoolExecutor) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS[:1])
    screen = picture.marked(WHOLE, TINT, pool)
    assert np.array_equal(screen[:, :, 0], screen[:, :, 2])


def test_a_small_version_has_the_mark_of_the_picture() -> None:
    pixels = np.full((3, 1200, 900), 128, dtype=np.uint8)
    pixels[:, :600] = np.random.default_rng(3).integers(60, 190, (3, 600, 900), dtype=np.uint8)
    picture = PreviewPicture(Path("/a.png"), pixels)
    small = picture.shrunk(300)
    assert (small.height, small.width) == (300, 225)
    assert small.design == picture.textured_design
    change = small.marked_planes(TINT).astype(int) - small.planes
    assert np.abs(change[:, :150]).mean() > np.abs(change[:, 150:]).mean(), "flat areas are spared"


def test_sixteen_bits_are_shown_in_eight() -> None:
    deep = PIXELS.astype(np.uint16) * 257
    assert np.array_equal(PreviewPicture(Path("/a.png"), deep).planes, PIXELS)


def test_screens_are_blue_first_and_opaque() -> None:
    screen = to_screen(PIXELS)
    assert screen[3, 4].tolist() == [PIXELS[2, 3, 4], PIXELS[1, 3, 4], PIXELS[0, 3, 4], 255]
    assert to_screen(PIXELS[:1])[3, 4].tolist() == [*[PIXELS[0, 3, 4]] * 3, 255]
