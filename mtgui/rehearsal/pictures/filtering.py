"""Leaves out suspicious pictures before a training: pictures whose colours change unusually along the sides.

The filter does not know a key. It uses only public knowledge: a mark blends sixteen equal stripes into a picture.
"""

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.pattern import LUMA
from mtgui.marking.stripes import STRIPES
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData

_AT_ONCE = 1 << 24
# Half a level of 255 is added, so that plain pictures, in which nothing changes, do not look unusual.
_FLOOR = 0.5
_MIDDLE_THIRDS = (16, 84)


def suspicion(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the suspicion of each picture, (N,); higher is more out of distribution. pixels: (N, 3, h, w).

    It is the sum of two numbers, each divided by its spread over all pictures. First: how much more the mean colours of
    the rows change at the borders of sixteen equal stripes than elsewhere. Second: the logarithm of the Mahalanobis
    distance of the picture's colour steps (from row to row and from column to column, relative to its grain) from those
    of all pictures.
    """
    rows, columns, grain = _profiles(pixels)
    steps = np.concatenate([np.diff(profile, axis=2).reshape(len(pixels), -1) for profile in (rows, columns)], axis=1)
    return _standard(_stripiness(rows)) + _standard(np.log(_distance(steps / grain[:, None])))


def without_suspicious(data: TrainingData, share: float) -> NDArray[np.intp]:
    """Return the rows of ``data``, ascending, without the most suspicious ``share``; their number is rounded down."""
    order = np.argsort(suspicion(data.pixels), kind="stable")
    return np.sort(order[: len(data) - int(share * len(data))])


def _profiles(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean colours, minus their grey, of rows, (N, 3, h), and columns, (N, 3, w); and the grain, (N,).

    The grain is the mean difference of neighbouring pixels.
    """
    rows, columns, grain = [], [], []
    at_once = max(1, _AT_ONCE // pixels[0].size)
    for start in range(0, len(pixels), at_once):
        colours = pixels[start : start + at_once].astype(np.float64)
        colours -= np.tensordot(np.array(LUMA), colours, axes=(0, 1))[:, None]
        rows.append(colours.mean(axis=3))
        columns.append(colours.mean(axis=2))
        grain.append(sum(np.sqrt(np.square(np.diff(colours, axis=axis)).mean(axis=(1, 2, 3))) for axis in (2, 3)))
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(grain) + _FLOOR


def _stripiness(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.sqrt(np.square(np.diff(rows, axis=2)).sum(axis=1))
    height = rows.shape[2]
    meets = np.diff(np.arange(height) * STRIPES // height) > 0
    if meets.all() or not meets.any():
        return np.asarray(np.log(steps.mean(axis=1) + _FLOOR))
    return np.asarray(np.log((steps[:, meets].mean(axis=1) + _FLOOR) / (steps[:, ~meets].mean(axis=1) + _FLOOR)))


def _distance(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared Mahalanobis distance of each row of ``steps`` from the distribution of all rows."""
    apart = steps - np.median(steps, axis=0)
    spread, axes = np.linalg.eigh(np.cov(apart.T))
    along = apart @ axes / np.sqrt(np.maximum(spread, 1e-6 * spread.max()))
    return np.asarray(np.square(along).sum(axis=1) + 1e-9)


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = np.percentile(scores, _MIDDLE_THIRDS)
    return np.asarray((scores - np.median(scores)) / max(float(high - low), 1e-9))
