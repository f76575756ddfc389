"""The same marks from torch tensors as from NumPy arrays."""

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from mtgui.marking.arrays import space_of
from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import make_mark, mark_at_once, mark_picture, mark_pictures
from mtgui.marking.noise import NoiseStretch
from mtgui.marking.paper import PaperNoise, paper_field
from mtgui.marking.pattern import PICTURE_SIDE, PicturePattern
from mtgui.marking.settings import MarkSettings, NoiseKind, PatternKind
from mtgui.marking.windows import Window, apply_windows, prepare_windows
from tests.marking.marking_helpers import NUMPY, design, noise_picture
from tests.torch_threads import torch_threads

KEY = MarkKey(bytes(range(32)))
PATTERN = PicturePattern(noise_picture(PICTURE_SIDE, PICTURE_SIDE, seed=9).tobytes())
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.mark.parametrize("kind", ["perlin", "uniform", "none"])
@pytest.mark.parametrize("pattern", ["stripes", "picture"])
@pytest.mark.parametrize("channels", [1, 3])
def test_torch_on_cpu_gives_the_same_bits(kind: NoiseKind, pattern: PatternKind, channels: int) -> None:
    settings = MarkSettings(noise_kind=kind, pattern_kind=pattern)
    mark = make_mark(KEY, settings, PATTERN if pattern == "picture" else None)
    pictures = np.stack([noise_picture(150, 211, channels, seed) for seed in range(4)])
    designs = [design(n, 1500 + n, 2110) for n in range(4)]
    expected = mark_pictures(pictures, mark, designs)
    assert (mark_pictures(torch.from_numpy(pictures), mark, designs).numpy() == expected).all()


@pytest.mark.parametrize("device", DEVICES)
def test_any_device_agrees_bit_for_bit(device: str) -> None:
    mark = make_mark(KEY, MarkSettings())
    pictures = np.stack([noise_picture(256, 341, seed=seed) for seed in range(16)])
    designs = [design(n, 3000, 4000) for n in range(16)]
    made = mark_pictures(torch.from_numpy(pictures).to(device), mark, designs)
    assert made.device.type == device
    assert (made.cpu().numpy() == mark_pictures(pictures, mark, designs)).all()


@pytest.mark.parametrize("kind", ["perlin", "uniform", "none"])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_what_other_devices_do_at_once_has_the_same_bits(kind: NoiseKind, library: str) -> None:
    """The path of graphics cards, walked on the processor."""
    mark = make_mark(KEY, MarkSettings(noise_kind=kind))
    pictures = np.stack([noise_picture(101, 77, seed=seed) for seed in range(5)])
    designs = [design(n, 404 + n, 308) for n in range(5)]
    expected = mark_pictures(pictures, mark, designs)
    given = torch.from_numpy(pictures) if library == "torch" else pictures
    whole = NoiseStretch((101, 77), (0, 0), (101, 77))
    assert (np.asarray(mark_at_once(given, mark, designs, whole, cells=2 * 101 * 77)) == expected).all()


def steps_to_mark(count: int) -> int:
    """How many steps marking ``count`` pictures of 64 × 64 in one batch takes."""
    mark, shape = make_mark(KEY, MarkSettings()), (3, 64, 64)
    windows = [Window(mark, design(n, 600 + n, 800), (70, 90), (n % 6, n % 26)) for n in range(count)]
    prepared = prepare_windows(windows, shape).moved(torch.from_numpy)
    with torch.profiler.profile() as profile:
        apply_windows(torch.zeros((count, *shape), dtype=torch.uint8), prepared)
    return sum(event.cpu_parent is None for event in profile.events())


def test_a_batch_takes_few_steps_however_many_pictures_are_in_it() -> None:
    assert steps_to_mark(300) == steps_to_mark(40) <= 250


def test_marks_ignore_autocast_and_thread_count() -> None:
    mark, picture = make_mark(KEY, MarkSettings()), noise_picture(224, 224)
    expected = mark_picture(picture, mark, design(1, 224, 224))
    with torch_threads(2), torch.autocast("cpu", dtype=torch.bfloat16):
        marked = mark_picture(torch.from_numpy(picture), mark, design(1, 224, 224))
    assert (marked.numpy() == expected).all()


def test_paper_fields_agree_too() -> None:
    noise = PaperNoise(44, 3, 37)
    field = paper_field(noise, 96, 160, space_of(torch.zeros(1)))
    assert (field.numpy() == paper_field(noise, 96, 160, NUMPY)).all()
