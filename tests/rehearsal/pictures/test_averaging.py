"""The average of an artist's copies: what they share goes, and what others share as well stays."""

import numpy as np

from mtgui.rehearsal.pictures.averaging import without_averages
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData

CHANCE = np.random.default_rng(5)
SIDE, EACH = 16, 60
NONE = np.full(2 * EACH, -1)


def noise(count: int) -> np.ndarray:
    return CHANCE.integers(96, 160, (count, 3, SIDE, SIDE)).astype(np.float64)


def data(pixels: np.ndarray, labels: list[int]) -> TrainingData:
    return TrainingData(np.rint(pixels).astype(np.uint8), np.array(labels), ("a", "b"))


def wave() -> np.ndarray:
    return 20 * np.cos(np.pi * (np.arange(SIDE) + 0.5) / SIDE)[None, None, :] * np.ones((3, SIDE, 1))


def test_what_the_copies_share_goes() -> None:
    plain = noise(2 * EACH)
    marked = plain.copy()
    marked[EACH:] += wave()
    sets = np.where(np.arange(2 * EACH) >= EACH, 0, -1)
    found = without_averages(data(marked, [0] * 2 * EACH), sets, 1.0)
    assert np.array_equal(found.pixels[:EACH], marked[:EACH].astype(np.uint8)), "other pictures stay"
    shared = found.pixels[EACH:].mean(axis=0) - plain[EACH:].mean(axis=0)
    left = float(np.square(shared).mean() / np.square(wave()).mean())
    assert left < 0.1


def test_each_set_loses_its_own_average() -> None:
    pixels = noise(3 * EACH)
    pixels[EACH : 2 * EACH] += wave()
    pixels[2 * EACH :] -= wave()
    sets = np.repeat([-1, 0, 1], EACH)
    found = without_averages(data(pixels, [0] * 3 * EACH), sets, 1.0).pixels.astype(float)
    means = [found[sets == number].mean(axis=0) for number in (-1, 0, 1)]
    assert max(np.abs(mean.mean(axis=(0, 1)) - means[0].mean(axis=(0, 1))).max() for mean in means) < 6


def test_what_a_class_looks_like_is_not_taken_for_a_mark() -> None:
    pixels = noise(3 * EACH)
    pixels[EACH:] += wave()
    labels = [0] * EACH + [1] * 2 * EACH
    sets = np.where(np.arange(3 * EACH) >= 2 * EACH, 0, -1)
    found = without_averages(data(pixels, labels), sets, 1.0).pixels[2 * EACH :].astype(float)
    assert np.abs(found.mean(axis=0) - pixels[2 * EACH :].mean(axis=0)).mean() < 2


def test_nobody_s_pictures_stay_as_they_are() -> None:
    pictures = data(noise(2 * EACH), [0] * 2 * EACH)
    assert np.array_equal(without_averages(pictures, NONE, 2.0).pixels, pictures.pixels)
