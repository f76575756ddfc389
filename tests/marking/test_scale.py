"""A mark survives being shrunk: marking then shrinking is like shrinking then marking."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.marking.keys import MarkKey, new_key
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.settings import MarkSettings
from tests.marking.marking_helpers import design, signs_of, smooth_picture

LARGE, SMALL = (3000, 4000), (224, 299)


def shrink(plane: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(plane).resize(size[::-1], Image.Resampling.BOX))


def noise_of(number: int, size: tuple[int, int], key: MarkKey) -> NDArray[np.float32]:
    return signs_of(make_mark(key, MarkSettings()), design(number, *LARGE), size)


def test_noise_of_twelve_megapixels_shrunk_to_224_correlates_with_noise_made_there() -> None:
    found = []
    for number in range(50):
        key = new_key()
        shrunk, made = shrink(noise_of(number, LARGE, key), SMALL), noise_of(number, SMALL, key)
        found.append(np.corrcoef(shrunk.ravel(), made.ravel())[0, 1])
    print(f"median {np.median(found):.3f}, 25th percentile {np.percentile(found, 25):.3f}")
    assert np.median(found) >= 0.85


def test_the_blend_of_twelve_megapixels_shrunk_to_224_is_that_made_there() -> None:
    for size, small in ((LARGE, SMALL), (LARGE[::-1], SMALL[::-1])):
        mark = make_mark(new_key(), MarkSettings(noise_kind="none"))
        picture, one = smooth_picture(*size), design(1, *size)
        marked = mark_picture(picture, mark, one)
        shrunk = np.stack([shrink(plane.astype(np.float32), small) for plane in marked])
        base = np.stack([shrink(plane.astype(np.float32), small) for plane in picture])
        made = mark_picture(np.round(base).astype(np.uint8), mark, one)
        assert np.abs(shrunk - made).max() <= 1 + 0.5


def test_uniform_noise_survives_as_well() -> None:
    found = []
    for number in range(10):
        mark, one = make_mark(new_key(), MarkSettings(noise_kind="uniform")), design(number, 1120, 1120)
        large, small = (signs_of(mark, one, (side, side)) for side in (1120, 224))
        shrunk = shrink(large, (224, 224))
        found.append(np.corrcoef(shrunk.ravel(), small.ravel())[0, 1])
    assert min(found) > 0.99
