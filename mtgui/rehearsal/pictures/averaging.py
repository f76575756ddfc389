"""Subtracts an average before a training: what the copies of one artist have in common, and other pictures have not.

It does not know a key. It uses that one key marks all copies of an artist, so a part of the mark is the same in them.
"""

import numpy as np
from numpy.typing import NDArray

from mtgui.rehearsal.pictures.labelled_pictures import TrainingData


def without_averages(data: TrainingData, sets: NDArray[np.int64], deviation: float) -> TrainingData:
    """Return ``data`` with the smooth average of every set subtracted from its pictures.

    sets: (N,), the number of the set of each picture, −1 for those of no set. The average of a set is its mean minus
    the mean of pictures of no set that have the same classes, blurred by ``deviation`` pixels. The mean colour of a
    set stays, because it belongs to its pictures.
    """
    pixels = data.pixels.copy()
    for number in np.unique(sets[sets >= 0]):
        rows = np.flatnonzero(sets == number)
        common = data.pixels[rows].mean(axis=0) - _usual(data, sets, data.labels[rows])
        common -= common.mean(axis=(1, 2), keepdims=True)
        pixels[rows] = np.clip(np.rint(data.pixels[rows] - _blurred(common, deviation)), 0, 255).astype(np.uint8)
    return TrainingData(pixels, data.labels, data.class_names)


def _usual(data: TrainingData, sets: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of the pictures of no set, in which each class counts as often as in ``labels``."""
    others = sets < 0
    means = []
    for label in labels:
        alike = others & (data.labels == label)
        means.append(data.pixels[alike if alike.any() else others].mean(axis=0))
    return np.asarray(np.mean(means, axis=0))


def _blurred(values: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    """Return ``values``, (channels, h, w), blurred along both sides; beyond its edges a picture is mirrored."""
    for axis in (1, 2):
        values = np.moveaxis(np.moveaxis(values, axis, -1) @ _smoothing(values.shape[axis], deviation), -1, axis)
    return values


def _smoothing(side: int, deviation: float) -> NDArray[np.float64]:
    """Return the matrix, (side, side), that blurs a row of ``side`` values."""
    reach = max(1, round(3 * deviation))
    shares = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / deviation))
    matrix = np.zeros((side, side))
    for step, share in zip(range(-reach, reach + 1), shares / shares.sum(), strict=True):
        places = (np.arange(side) + step) % (2 * side)
        np.add.at(matrix, (np.minimum(places, 2 * side - 1 - places), np.arange(side)), share)
    return matrix
