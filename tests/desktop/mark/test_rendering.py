"""The preview shows what the engine makes: whole, in part, and as a difference."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mtgui.desktop.mark.rendering import DIFFERENCE_GAIN, Look, PictureWindow, PreviewPicture, to_screen
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.quality import psnr, ssim
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
]


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


def test_the_difference_is_eight_times_the_change(pool: ThreadPoolExecutor) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    look = LOOKS[0]
    change = engine(picture, look).astype(int) - PIXELS
    expected = np.clip(change * DIFFERENCE_GAIN + 128, 0, 255)
    assert DIFFERENCE_GAIN == 8
    assert np.array_equal(planes_of(picture.difference(WHOLE, look, pool)), expected)


def test_without_a_mark_the_difference_is_grey(pool: ThreadPoolExecutor) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    assert (planes_of(picture.difference(WHOLE, LOOKS[1], pool)) == 128).all()


def test_a_moving_slider_never_shows_the_look_before(pool: ThreadPoolExecutor) -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    for look in (*LOOKS, *reversed(LOOKS)):
        assert np.array_equal(planes_of(picture.marked(WHOLE, look, pool)), engine(picture, look))


def test_small_pictures_are_measured_as_they_are() -> None:
    picture = PreviewPicture(Path("/a.png"), PIXELS)
    marked = engine(picture, LOOKS[0])
    assert picture.measure(LOOKS[0]) == pytest.approx((psnr(PIXELS, marked), ssim(PIXELS, marked)))


def test_sixteen_bits_are_shown_in_eight() -> None:
    deep = PIXELS.astype(np.uint16) * 257
    assert np.array_equal(PreviewPicture(Path("/a.png"), deep).planes, PIXELS)


def test_screens_are_blue_first_and_opaque() -> None:
    screen = to_screen(PIXELS)
    assert screen[3, 4].tolist() == [PIXELS[2, 3, 4], PIXELS[1, 3, 4], PIXELS[0, 3, 4], 255]
    assert to_screen(PIXELS[:1])[3, 4].tolist() == [*[PIXELS[0, 3, 4]] * 3, 255]
