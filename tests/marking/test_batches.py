"""Key material made for many pictures at once is that of each picture alone, to the bit."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtgui.common.errors import UsageError
from mtgui.marking.batches import Places, draw_many, perlin_batch
from mtgui.marking.keys import MarkKey, Subkeys, shake_stream, shake_streams, subkey
from mtgui.marking.mark import PictureDesign, draw_of, frame_of, make_mark, mark_part
from mtgui.marking.noise import FREQUENCIES, NoiseStretch, draw_noise, noise_field
from mtgui.marking.perlin import field_batch, stack
from mtgui.marking.settings import MarkSettings
from mtgui.marking.windows import Window, apply_windows, prepare_windows
from tests.marking.marking_helpers import NUMPY, design

SECRETS = st.binary(min_size=32, max_size=32)


Together = tuple[list[Window], tuple[int, int, int]]


@st.composite
def some_windows(draw: st.DrawFn, most: int = 6) -> Together:
    """Windows of one shape and one kind of settings: of several keys, and of pictures of any size, shrunk or not."""
    shape = (draw(st.sampled_from((1, 3))), draw(st.integers(16, 60)), draw(st.integers(16, 60)))
    resolution = draw(st.sampled_from((None, 48, 224)))
    how = MarkSettings(noise_kind=draw(st.sampled_from(("perlin", "perlin", "uniform"))), design_resolution=resolution)
    windows = []
    for number in range(draw(st.integers(1, most))):
        size = shape[1] + draw(st.integers(0, 90)), shape[2] + draw(st.integers(0, 90))
        at = draw(st.integers(0, size[0] - shape[1])), draw(st.integers(0, size[1] - shape[2]))
        original = draw(st.integers(16, 6000)), draw(st.integers(16, 6000))
        key = MarkKey(bytes([draw(st.integers(0, 2))]) * 32)
        windows.append(Window(make_mark(key, how), design(number, *original), size, at))
    return windows, shape


@settings(max_examples=60, deadline=None)
@given(some_windows())
def test_windows_of_any_company_are_marked_as_if_alone(
    given_windows: Together,
) -> None:
    windows, shape = given_windows
    pixels = np.random.default_rng(1).integers(0, 256, (len(windows), *shape), np.uint8)
    alone = [mark_part(p, w.mark, w.design, w.size, w.at) for p, w in zip(pixels, windows, strict=True)]
    assert np.array_equal(apply_windows(pixels, prepare_windows(windows, shape)), np.stack(alone))


@settings(max_examples=60, deadline=None)
@given(some_windows(12))
def test_a_batch_of_fields_is_the_fields_put_together(given_windows: Together) -> None:
    windows, (_, *shape) = given_windows
    window = (shape[0], shape[1])
    frames = [frame_of(one.mark, one.design) for one in windows]
    draws = draw_many([one.mark.key for one in windows], [one.design.picture_id for one in windows])
    numbers = [(frame.height, frame.width, frame.design_resolution) for frame in frames]
    sizes, starts = [one.size for one in windows], [one.at for one in windows]
    batch = perlin_batch(draws, Places(np.array(numbers), np.array(sizes), np.array(starts), window))
    alone = [
        noise_field(
            draw_noise(one.mark.key, one.design.picture_id, "perlin"), frame, NoiseStretch(one.size, one.at, window)
        )
        for one, frame in zip(windows, frames, strict=True)
    ]
    together = stack(alone)
    for name in ("rows", "columns", "factors", "constants"):
        assert np.array_equal(getattr(batch, name), getattr(together, name))
    assert np.array_equal(field_batch(batch, NUMPY), field_batch(together, NUMPY))


@given(SECRETS, st.sampled_from(("noise perlin", "decoy key", "")), st.lists(st.binary(max_size=80), max_size=4))
def test_subkeys_of_one_purpose_are_those_of_hkdf(secret: bytes, purpose: str, contexts: list[bytes]) -> None:
    subkeys = Subkeys(MarkKey(secret), purpose)
    assert [subkeys(context) for context in contexts] == [subkey(MarkKey(secret), purpose, one) for one in contexts]


@given(st.lists(st.tuples(SECRETS, st.integers(0, 300)), max_size=5), st.text(max_size=9))
def test_streams_of_many_seeds_follow_each_other(wanted: list[tuple[bytes, int]], label: str) -> None:
    seeds, lengths = [seed for seed, _ in wanted], [length for _, length in wanted]
    assert shake_streams(seeds, label, lengths) == b"".join(shake_stream(seed, label, size) for seed, size in wanted)


def test_what_a_key_draws_does_not_depend_on_how_many_pictures_it_draws_for() -> None:
    keys = [MarkKey(bytes([number % 3]) * 32) for number in range(5000)]
    ids = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(5000)]
    draws = draw_many(keys, ids)
    bound = FREQUENCIES[1] - FREQUENCIES[0] + 1
    values = [int.from_bytes(shake_stream(seed, "frequency 0", 2), "big") for seed in draws.seeds]
    # Some numbers must be passed over, as they would make others likelier.
    assert any(value >= 65536 - 65536 % bound for value in values)
    for place, (key, picture_id) in enumerate(zip(keys, ids, strict=True)):
        one = draw_noise(key, picture_id, "perlin")
        assert (one.seed, one.period, one.octaves, one.frequency, one.phase) == (
            draws.seeds[place],
            draws.periods[place],
            draws.octaves[place],
            draws.frequencies[place],
            draws.phases[place],
        )


@pytest.mark.parametrize("picture_id", ["", "12", "x" * 64, "0" * 66])
def test_a_malformed_picture_id_is_refused(picture_id: str) -> None:
    window = Window(make_mark(MarkKey(bytes(32)), MarkSettings()), PictureDesign(picture_id, 60, 60), (60, 60), (0, 0))
    with pytest.raises(UsageError, match="is not a picture id"):
        prepare_windows([window], (3, 40, 40))


@settings(max_examples=20, deadline=None)
@given(some_windows(), st.integers(1, 8000))
def test_it_does_not_matter_how_many_go_together(given_windows: Together, cells: int) -> None:
    windows, shape = given_windows
    pixels = np.random.default_rng(2).integers(0, 256, (len(windows), *shape), np.uint8)
    whole = apply_windows(pixels, prepare_windows(windows, shape))
    assert np.array_equal(apply_windows(pixels, prepare_windows(windows, shape, cells)), whole)


def test_every_array_that_was_prepared_can_be_moved() -> None:
    shape, how = (3, 40, 40), MarkSettings()
    windows = [
        Window(make_mark(MarkKey(bytes([n]) * 32), how), design(n, 60, 60), (44, 50), (n % 4, 0)) for n in range(7)
    ]
    pixels = np.random.default_rng(3).integers(0, 256, (7, *shape), np.uint8)
    prepared, moved = prepare_windows(windows, shape), list[bytes]()

    def move(array: np.ndarray) -> np.ndarray:
        moved.append(array.tobytes())
        return array.copy()

    there = prepared.moved(move)
    assert np.array_equal(apply_windows(pixels, there), apply_windows(pixels, prepared))
    octaves = int(draw_many([w.mark.key for w in windows], [w.design.picture_id for w in windows]).octaves.max())
    # Gradients of each octave, four arrays of numbers, the patterns and which is whose.
    assert len(moved) == octaves + 6
    assert draw_of(windows[0].mark, windows[0].design).seed not in b"".join(moved)
