import numpy as np
import pytest

from mtgui.common.errors import UsageError
from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import PictureDesign, make_mark, mark_part, textured
from mtgui.marking.pattern import PICTURE_SIDE, PicturePattern
from mtgui.marking.settings import MarkSettings
from mtgui.marking.windows import Window, apply_windows, prepare_windows
from tests.marking.marking_helpers import noise_picture
from tests.needs_card import CARD

torch = pytest.importorskip("torch")
SIZES = [(40, 61), (57, 40), (40, 40), (200, 44), (41, 90)]


def windows_of(settings: MarkSettings, shape: tuple[int, int, int], count: int = 9) -> list[Window]:
    rng = np.random.default_rng(5)
    pattern = PicturePattern(rng.bytes(3 * PICTURE_SIDE**2)) if settings.pattern_kind == "picture" else None
    windows = []
    for number in range(count):
        height, width = SIZES[number % len(SIZES)]
        windows.append(
            Window(
                make_mark(MarkKey(bytes([number % 4]) * 32), settings, pattern),
                textured(
                    PictureDesign(f"{number:064x}", height * (number + 1), width * (number + 1)),
                    noise_picture(50 + number % 3, 60, channels=3, seed=number % 3),
                ),
                (height, width),
                (int(rng.integers(0, height - shape[1] + 1)), int(rng.integers(0, width - shape[2] + 1))),
            )
        )
    return windows


def one_by_one(pixels: np.ndarray, windows: list[Window]) -> np.ndarray:
    return np.stack([mark_part(p, w.mark, w.design, w.size, w.at) for p, w in zip(pixels, windows, strict=True)])


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "settings",
    [
        MarkSettings(),
        MarkSettings(noise_kind="uniform"),
        MarkSettings(noise_kind="none"),
        MarkSettings(blend_ratio=1.0),
        MarkSettings(blend_ratio=1.0, noise_budget=0),
        MarkSettings(pattern_kind="picture", design_resolution=64),
        MarkSettings(kind="tint"),
        MarkSettings(kind="tint", tint_is_coloured=True),
    ],
)
def test_windows_are_marked_as_if_one_by_one(settings: MarkSettings, channels: int, library: str) -> None:
    shape = (channels, 33, 40)
    windows = windows_of(settings, shape)
    pixels = np.random.default_rng(1).integers(0, 256, (len(windows), *shape), np.uint8)
    prepared = prepare_windows(windows, shape)
    given = torch.from_numpy(pixels.copy()) if library == "torch" else pixels.copy()
    assert np.array_equal(np.asarray(apply_windows(given, prepared)), one_by_one(pixels, windows))
    assert np.array_equal(np.asarray(given), pixels)


def test_more_windows_than_go_together_are_cut() -> None:
    shape = (3, 40, 40)
    windows = windows_of(MarkSettings(), shape, count=150)
    pixels = np.random.default_rng(1).integers(0, 256, (len(windows), *shape), np.uint8)
    marked = apply_windows(torch.from_numpy(pixels), prepare_windows(windows, shape))
    assert np.array_equal(marked.numpy(), one_by_one(pixels, windows))


@CARD
@pytest.mark.parametrize("settings", [MarkSettings(), MarkSettings(kind="tint")])
def test_a_card_marks_the_same_but_for_a_pixel_in_a_thousand(settings: MarkSettings) -> None:
    shape = (3, 40, 40)
    windows = windows_of(settings, shape, count=100)
    pixels = np.random.default_rng(1).integers(0, 256, (len(windows), *shape), np.uint8)
    marked = apply_windows(torch.from_numpy(pixels).cuda(), prepare_windows(windows, shape)).cpu().numpy()
    assert np.mean(marked != one_by_one(pixels, windows)) <= 0.001


def test_marks_of_several_settings_do_not_go_together() -> None:
    one, other = (windows_of(MarkSettings(noise_budget=n), (3, 33, 40), 1) for n in (4, 8))
    with pytest.raises(UsageError):
        prepare_windows([*one, *other], (3, 33, 40))
    with pytest.raises(UsageError):
        prepare_windows([], (3, 33, 40))


def test_other_pixels_than_prepared_for_are_refused() -> None:
    prepared = prepare_windows(windows_of(MarkSettings(), (3, 33, 40)), (3, 33, 40))
    with pytest.raises(UsageError):
        apply_windows(np.zeros((9, 3, 33, 41), np.uint8), prepared)
