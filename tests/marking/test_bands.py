"""Fields come out the same however they are cut, and memory that is used again belongs to one thread."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mtgui.marking.arrays import WORKSPACE, Workspace
from mtgui.marking.bands import field_bands, whole_field
from mtgui.marking.keys import MarkKey, uniform_integer, uniform_integers
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.noise import Frame, NoiseStretch, draw_noise, noise_field
from mtgui.marking.perlin import GradientField, field_batch, stack
from mtgui.marking.settings import MarkSettings
from tests.marking.marking_helpers import NUMPY, design, noise_picture

KEY = MarkKey(bytes(range(32)))


def a_field(number: int, size: tuple[int, int], start: tuple[int, int], shape: tuple[int, int]) -> GradientField:
    draw = draw_noise(KEY, design(number, *size).picture_id, "perlin")
    return noise_field(draw, Frame(*size, 224), NoiseStretch(size, start, shape))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 40))
def test_a_field_in_bands_is_the_one_of_a_single_product(data: st.DataObject, number: int) -> None:
    height, width = data.draw(st.integers(16, 400)), data.draw(st.integers(16, 400))
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    shape = data.draw(st.integers(1, height - top)), data.draw(st.integers(1, width - left))
    field = a_field(number, (height, width), (top, left), shape)
    assert (whole_field(field, NUMPY) == field_batch(stack([field]), NUMPY)[0]).all()


@pytest.mark.parametrize("size", [(131, 517), (900, 61), (64, 2100)])
@pytest.mark.parametrize(("cells", "columns"), [(1, 7), (1000, 64), (1 << 20, 4096)])
def test_the_size_of_bands_does_not_matter(size: tuple[int, int], cells: int, columns: int) -> None:
    field, found = a_field(3, size, (0, 0), size), np.empty(size)
    expected = whole_field(field, NUMPY)
    for band in field_bands(field, cells, columns):
        found[band.top : band.bottom, band.left : band.right] = band.values
    assert (found == expected).all()


def test_bands_cover_every_pixel_once() -> None:
    covered = np.zeros((700, 1500), dtype=int)
    for band in field_bands(a_field(5, (700, 1500), (0, 0), (700, 1500))):
        assert band.values.shape == (band.bottom - band.top, band.right - band.left)
        covered[band.top : band.bottom, band.left : band.right] += 1
    assert (covered == 1).all()


def test_fields_of_several_octaves_and_places_come_out_of_one_batch_as_alone() -> None:
    sizes = [(60, 90), (120, 60), (60, 60), (75, 61), (200, 133)]
    fields = [a_field(n, size, (n, 2 * n), (48, 50)) for n, size in enumerate(sizes)]
    assert len({len(field.steps) for field in fields}) > 1
    batch = field_batch(stack(fields), NUMPY)
    assert (batch == np.stack([whole_field(field, NUMPY) for field in fields])).all()


def test_threads_that_mark_side_by_side_do_not_disturb_each_other() -> None:
    mark = make_mark(KEY, MarkSettings())
    sizes = [(40 + 17 * n, 300 - 13 * n) for n in range(16)]

    def marked(number: int) -> NDArray[np.uint8]:
        size = sizes[number]
        return np.asarray(mark_picture(noise_picture(*size, seed=number), mark, design(number, *size)))

    expected = [marked(number) for number in range(16)]
    with ThreadPoolExecutor(4) as pool:
        for number, found in zip([*range(16)] * 4, pool.map(marked, [*range(16)] * 4), strict=True):
            assert (found == expected[number]).all()


def test_memory_for_one_use_is_used_again_by_the_same_thread_alone() -> None:
    workspace = Workspace()
    first = workspace.array("a", (100, 3), np.uint8)
    assert np.shares_memory(first, workspace.array("a", (50, 2), np.uint16))
    assert not np.shares_memory(first, workspace.array("b", (100, 3), np.uint8))
    with ThreadPoolExecutor(1) as pool:
        assert not np.shares_memory(first, pool.submit(workspace.array, "a", (100, 3), np.uint8).result())


def test_memory_grows_with_what_is_asked_for_and_giants_are_not_kept() -> None:
    small, large = WORKSPACE.array("test", (8,), np.float64), WORKSPACE.array("test", (200, 1000), np.float64)
    assert small.shape == (8,)
    assert large.shape == (200, 1000)
    assert np.shares_memory(large, WORKSPACE.array("test", (8,), np.float64))
    workspace = Workspace(1 << 18)
    assert workspace.array("test", (1 << 18,), np.uint8).base.nbytes == 1 << 18
    giant = WORKSPACE.array("test", (1 << 21,), np.float64)
    assert not np.shares_memory(giant, WORKSPACE.array("test", (1 << 21,), np.float64))


@given(st.binary(min_size=32, max_size=32), st.integers(1, 65536))
def test_one_uniform_integer_is_the_first_of_many(seed: bytes, bound: int) -> None:
    assert uniform_integer(seed, "period", bound) == next(uniform_integers(seed, "period", bound))
