"""Measures how visible a mark is on a picture, and finds where it shows most. It runs on worker threads."""

import math
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.desktop.mark.rendering import Look, PictureWindow, PreviewPicture
from mtgui.desktop.mark.visibility import Place, Visibility
from mtgui.marking.quality import colour_differences, delta_e, psnr, ssim

_BLOCKS_ON_LONG_SIDE = 16
_MOST_CHANGED = 0.1
"""Share of the blocks whose colours decide: people see a cast where it is strongest."""
_BRIGHT, _DARK = 205.0, 50.0
_SMOOTH = 10.0
"""Standard deviation of the lightness of a block, in levels."""


def visibility_of(picture: PreviewPicture, look: Look) -> Visibility:
    """Return how visible the mark of ``look`` is on ``picture``, which should be small: it takes a second for 4 MP."""
    if look.settings.is_invisible:
        return Visibility(float("inf"), 1.0, 0.0, 0.0, 0.0)
    return visibility_of_planes(picture.planes, picture.marked_planes(look))


def visibility_of_planes(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> Visibility:
    """Return how visible the change from ``original`` to ``marked`` is: both (C, H, W), levels from 0 to 255."""
    mean, most = delta_e(original, marked)
    spot, place = _most_visible(original, marked)
    return Visibility(
        psnr(original, marked), ssim(original, marked), mean, most, strongest_shift(original, marked), spot, place
    )


def strongest_shift(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> float:
    """Return by which ΔE2000 the mean colour of a block changes, on average over the tenth that changes most.

    Both (C, H, W), levels from 0 to 255.
    """
    means = [
        np.stack([np.rint(_blocks(plane).mean(axis=(2, 3))) for plane in planes]).astype(np.uint8)
        for planes in (original, marked)
    ]
    shifts = np.sort(colour_differences(means[0], means[1]), axis=None)
    return float(shifts[-math.ceil(_MOST_CHANGED * shifts.size) :].mean())


def _most_visible(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> tuple[tuple[float, float], Place]:
    spot = _centre_of(_scores(original, marked))
    lightness = _blocks(_lightness(original))
    row, column = (min(int(share * count), count - 1) for share, count in zip(spot, lightness.shape[:2], strict=True))
    block = lightness[row, column]
    if block.std() < _SMOOTH and _DARK <= block.mean() <= _BRIGHT:
        return spot, "smooth"
    return spot, "bright" if block.mean() > _BRIGHT else "dark" if block.mean() < _DARK else "detailed"


def _scores(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how conspicuous the change of each block is: texture hides some of it."""
    change = np.abs(marked.astype(np.int16) - original).sum(axis=0).astype(np.float64)
    hidden = _blocks(_lightness(original)).std(axis=(2, 3))
    return np.asarray(_blocks(change).mean(axis=(2, 3)) / (1.0 + hidden / _SMOOTH))


def _lightness(planes: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.asarray(planes.mean(axis=0, dtype=np.float64))


def _blocks(values: NDArray[Any]) -> NDArray[Any]:
    """Return whole blocks of ``values``, (rows, columns, side, side); what is left over at the edges is dropped."""
    side = max(2, max(values.shape) // _BLOCKS_ON_LONG_SIDE)
    side = min(side, *values.shape)
    rows, columns = values.shape[0] // side, values.shape[1] // side
    cut = values[: rows * side, : columns * side]
    return cut.reshape(rows, side, columns, side).transpose(0, 2, 1, 3)


def _centre_of(scores: NDArray[np.float64]) -> tuple[float, float]:
    row, column = np.unravel_index(int(np.argmax(scores)), scores.shape)
    return (float(row) + 0.5) / scores.shape[0], (float(column) + 0.5) / scores.shape[1]


def fitted_pictures(picture: PreviewPicture, looks: list[Look], size: tuple[int, int], pool: Executor) -> list[Any]:
    """Return the whole of ``picture`` under each of ``looks``: uint8 (rows, columns, 4), BGRX.

    size: (rows, columns), at most those of the picture.
    """
    rows, columns = size
    window = PictureWindow(rows, columns, 0, rows, 0, columns)
    return [picture.marked(window, look, pool) for look in looks]
