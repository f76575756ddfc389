"""The tint: bounds, symmetry, colour, sizes, depths, parts and libraries."""

import hashlib
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import (
    Mark,
    make_mark,
    mark_at_once,
    mark_in_place,
    mark_part,
    mark_picture,
    mark_pictures,
    textured,
)
from mtgui.marking.noise import NoiseStretch
from mtgui.marking.quality import psnr, ssim
from mtgui.marking.settings import MarkSettings, preset_named
from tests.marking.marking_helpers import design, noise_picture, smooth_picture

Maker: TypeAlias = Callable[[int, int], NDArray[np.uint8]]


def a_mark(strength: float = 8.0, number: int = 1, *, is_coloured: bool = True) -> Mark:
    settings = MarkSettings(kind="tint", tint_strength=strength, tint_is_coloured=is_coloured)
    return make_mark(MarkKey(bytes([number]) * 32), settings)


def colourful(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture with texture and colour everywhere and far from black and white, so that the tint has its full size."""
    base = np.array((115, 85, 55), dtype=np.uint8)[:, None, None]
    return np.asarray(noise_picture(height, width, seed=seed) // 3 + base, dtype=np.uint8)


def shift_of(picture: NDArray[np.uint8], mark: Mark) -> NDArray[np.float64]:
    marked = mark_picture(picture, mark, design(1, *picture.shape[1:]))
    return np.asarray(marked.astype(np.float64) - picture)


sizes = st.tuples(st.integers(16, 300), st.integers(16, 300))


@settings(max_examples=40, deadline=None)
@given(sizes, st.sampled_from((1, 3)), st.booleans(), st.floats(0, 16))
def test_a_picture_marked_in_place_or_all_at_once_is_the_marked_copy(
    size: tuple[int, int], channels: int, is_deep: bool, strength: float
) -> None:
    picture = noise_picture(*size)[:channels].astype(np.uint16) * (257 if is_deep else 1)
    picture = picture if is_deep else picture.astype(np.uint8)
    mark, one = a_mark(strength), design(1, *size)
    expected = mark_picture(picture, mark, one)
    assert expected.shape == picture.shape
    assert expected.dtype == picture.dtype
    whole = NoiseStretch(size, (0, 0), size)
    assert np.array_equal(mark_at_once(picture[None], mark, [one], whole)[0], expected)
    mark_in_place(picture, mark, one)
    assert np.array_equal(picture, expected)


@settings(max_examples=40, deadline=None)
@given(st.tuples(st.integers(40, 400), st.integers(40, 400)), st.integers(0, 10**6))
def test_a_part_is_marked_like_that_part_of_the_whole(size: tuple[int, int], number: int) -> None:
    chance = np.random.default_rng(number)
    picture = noise_picture(*size)
    top, left = (int(chance.integers(0, side - 16)) for side in size)
    height, width = int(chance.integers(16, size[0] - top + 1)), int(chance.integers(16, size[1] - left + 1))
    mark, one = a_mark(), textured(design(1, *size), picture)
    cut = np.s_[:, top : top + height, left : left + width]
    part = mark_part(picture[cut], mark, one, size, (top, left))
    assert np.array_equal(part, mark_picture(picture, mark, one)[cut])


def test_a_part_without_the_texture_of_the_whole_is_refused() -> None:
    with pytest.raises(UsageError, match="texture"):
        mark_part(noise_picture(20, 20), a_mark(), design(1, 40, 40), (40, 40), (0, 0))


@pytest.mark.parametrize("size", [(32, 32), (64, 48), (300, 450)])
def test_torch_computes_the_same_bits(size: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    pictures = np.stack([noise_picture(*size, seed=seed) for seed in range(3)])
    designs = [design(seed, *size) for seed in range(3)]
    expected = mark_pictures(pictures, a_mark(), designs)
    on_tensor = mark_at_once(torch.from_numpy(pictures), a_mark(), designs, NoiseStretch(size, (0, 0), size))
    assert np.array_equal(on_tensor.numpy(), expected)
    assert np.array_equal(mark_pictures(torch.from_numpy(pictures), a_mark(), designs).numpy(), expected)


@pytest.mark.parametrize("size", [(32, 32), (100, 151), (500, 375)])
def test_the_mirror_image_of_a_marked_copy_is_the_marked_copy_of_the_mirror_image(size: tuple[int, int]) -> None:
    picture = smooth_picture(*size)
    copy = mark_picture(picture, a_mark(), design(1, *size))
    mirrored = mark_picture(np.ascontiguousarray(picture[:, :, ::-1]), a_mark(), design(1, *size))
    assert np.abs(mirrored[:, :, ::-1].astype(int) - copy).max() <= 1


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("is_coloured", [False, True])
def test_a_tint_has_no_mean_and_shifts_channels_alike_unless_it_is_coloured(is_coloured: bool, number: int) -> None:
    shift = shift_of(colourful(200, 260), a_mark(number=number, is_coloured=is_coloured))
    assert np.abs(shift.mean(axis=(1, 2))).max() < 0.15 * np.sqrt(np.mean(shift**2))
    light = np.mean(shift.mean(axis=0) ** 2) / np.mean(shift**2)
    assert (0.05 < light < 0.8) if is_coloured else light == 1


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("is_coloured", [False, True])
@pytest.mark.parametrize("strength", [2.0, 3.25, 7.0, 12.0])
def test_the_strength_is_the_root_mean_square_of_the_shift(strength: float, is_coloured: bool, number: int) -> None:
    shift = shift_of(colourful(128, 128), a_mark(strength, number, is_coloured=is_coloured))
    assert np.sqrt(np.mean(shift**2)) == pytest.approx(strength, rel=0.12, abs=0.3)


def test_tints_of_two_keys_are_hardly_alike_and_those_of_two_pictures_of_a_key_half() -> None:
    picture = colourful(64, 64)

    def shift(number: int, other: int) -> NDArray[np.float64]:
        marked = mark_picture(picture, a_mark(number=number), design(other, 64, 64))
        return np.asarray(marked.astype(np.float64) - picture).ravel()

    def likeness(pairs: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> list[float]:
        return [float(np.corrcoef(*pair)[0, 1]) for pair in pairs]

    keys = likeness(combinations([shift(number, number) for number in range(16)], 2))
    assert abs(np.mean(keys)) < 0.1
    assert max(map(abs, keys)) < 0.8
    pictures = [one for key in range(8) for one in likeness(combinations([shift(key, n) for n in range(5)], 2))]
    assert 0.35 < np.mean(pictures) < 0.65


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grey_picture_stays_grey_and_both_of_its_forms_get_the_same_mark(channels: int) -> None:
    grey = colourful(120, 90)[:1]
    picture = np.ascontiguousarray(np.broadcast_to(grey, (channels, 120, 90)))
    marked = mark_picture(picture, a_mark(), design(1, 120, 90))
    assert (marked == marked[:1]).all()
    assert (marked != picture).mean() > 0.5
    assert np.array_equal(marked[:1], mark_picture(grey, a_mark(), design(1, 120, 90)))


@pytest.mark.parametrize("level", [0, 1, 254, 255])
def test_white_paper_and_black_stay_as_they_are(level: int) -> None:
    picture = np.full((3, 300, 200), level, dtype=np.uint8)
    assert np.array_equal(mark_picture(picture, a_mark(), design(1, 300, 200)), picture)


def test_a_flat_area_is_changed_less_than_a_textured_one() -> None:
    picture = colourful(200, 200)
    picture[:, :, :100] = 120
    shift = np.square(shift_of(picture, a_mark()))
    assert shift[:, :, :80].mean() < 0.5 * shift[:, :, 120:].mean()


def test_sixteen_bits_get_the_same_tint_in_finer_steps() -> None:
    picture = colourful(90, 140)
    fine = mark_picture(picture.astype(np.uint16) * 257, a_mark(), design(1, 90, 140))
    coarse = mark_picture(picture, a_mark(), design(1, 90, 140))
    assert np.abs(fine / 257.0 - coarse).max() <= 0.51
    assert len(np.unique(fine % 257)) > 100


def test_a_marked_copy_that_is_shrunk_carries_the_tint_of_a_shrunken_picture() -> None:
    picture = np.kron(colourful(75, 100), np.ones((8, 8), dtype=np.uint8))
    one = textured(design(1, 600, 800), picture)
    large = mark_picture(picture, a_mark(), one).astype(float) - picture
    small = np.ascontiguousarray(picture[:, ::8, ::8])
    shrunk = large.reshape(3, 75, 8, 100, 8).mean(axis=(2, 4))
    there = mark_picture(small, a_mark(), one).astype(float) - small
    assert np.corrcoef(shrunk.ravel(), there.ravel())[0, 1] > 0.98


@pytest.mark.parametrize(("preset", "decibels", "similarity"), [("faint", 36.0, 0.99), ("clear", 30.0, 0.975)])
@pytest.mark.parametrize("make", [colourful, smooth_picture, noise_picture])
def test_presets_stay_within_their_visibility(preset: str, decibels: float, similarity: float, make: Maker) -> None:
    picture = make(224, 300)
    for number in range(8):
        mark = make_mark(MarkKey(bytes([number]) * 32), preset_named(preset).mark)
        marked = mark_picture(picture, mark, design(1, 224, 300))
        assert psnr(picture, marked) >= decibels
        assert ssim(picture, marked) >= similarity


@pytest.mark.parametrize(
    ("shape", "dtype", "is_coloured", "digest"),
    [
        ((3, 32, 32), "uint8", True, "2ea88a97f954aa7c95f710061c084ae35b67612419d8c6703301ced671bb800c"),
        ((3, 240, 320), "uint8", False, "423ccdaae68c70e577d628d6bec14244795821efe70964f66d3f25535852b23d"),
        ((1, 101, 77), "uint8", True, "12d2fe5f16bdfdf481a855853a9f001413e05d40805704a3cbdc32bcd502fda1"),
        ((3, 40, 30), "<u2", True, "2d711496f599dd84c486c954f7a0567f987b4b9b0a3646b838210037524924da"),
    ],
)
def test_the_bits_of_version_2_never_change(
    shape: tuple[int, int, int], dtype: str, is_coloured: bool, digest: str
) -> None:
    whole = np.arange(np.prod(shape), dtype=np.uint64).reshape(shape)
    picture = ((whole * 2654435761 >> 7) % 181 + 30).astype(dtype)
    picture = picture * 257 if dtype != "uint8" else picture
    settings = MarkSettings(kind="tint", tint_strength=7.25, tint_is_coloured=is_coloured)
    marked = mark_picture(picture, make_mark(MarkKey(bytes(range(32))), settings), design(1, *shape[1:]))
    assert hashlib.sha256(marked.astype(dtype).tobytes()).hexdigest() == digest
