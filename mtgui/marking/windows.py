"""Marking windows of many pictures in one batch, each under a mark, of a size and at a place of its own.

Made for audits on graphics cards: `prepare_windows` makes the key material on the host, also in another thread, and
`apply_windows` does the rest wherever the pixels are. The result is that of `mark_part` for each picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.marking.arrays import NUMPY_SPACE, Array, Space, space_of
from mtgui.marking.mark import Mark, PictureDesign, apply_mark, draws_of, frames_of, picture_signs
from mtgui.marking.pattern import pattern_part
from mtgui.marking.settings import MarkSettings
from mtgui.marking.window_noise import WindowNoise, window_noise, window_signs

_MOST_TOGETHER = 64


@dataclass(frozen=True)
class Window:
    """One window: its ``mark``, the picture's ``design``, the ``size`` (height, width) at which the whole picture is
    sampled, and ``at``, the window's top left pixel (row, column) in it.
    """

    mark: Mark
    design: PictureDesign
    size: tuple[int, int]
    at: tuple[int, int]


@dataclass(frozen=True)
class PreparedPart:
    """Some windows, ready to be marked: Perlin noise to be computed, or signs (N, h, w) that are there already, or
    neither; and the pattern, (N, channels, h, 1 or w), or None where nothing is blended in.
    """

    at: Sequence[tuple[int, int]]
    noise: WindowNoise | None
    signs: NDArray[np.uint8] | None
    pattern: NDArray[np.float32] | None


@dataclass(frozen=True)
class PreparedWindows:
    """A batch of windows of one ``shape``, (channels, height, width), and one kind of ``settings``."""

    parts: Sequence[PreparedPart]
    settings: MarkSettings
    shape: tuple[int, int, int]

    def __len__(self) -> int:
        """Windows in the batch."""
        return sum(len(part.at) for part in self.parts)


def prepare_windows(windows: Sequence[Window], shape: tuple[int, int, int]) -> PreparedWindows:
    """Return what marking ``windows`` of ``shape``, (1 or 3 channels, height, width), takes, made on the host.

    All marks have the same settings. Raises UsageError where there is no window, or settings differ.
    """
    if not windows or any(window.mark.settings != windows[0].mark.settings for window in windows):
        raise UsageError("Windows that are marked together have the same settings, and there is at least one of them.")
    some = [windows[start : start + _MOST_TOGETHER] for start in range(0, len(windows), _MOST_TOGETHER)]
    return PreparedWindows([_prepare(part, shape) for part in some], windows[0].mark.settings, shape)


def apply_windows(pixels: Array, prepared: PreparedWindows) -> Array:
    """Return the marked copies of ``pixels``, (N, channels, height, width) uint8, of a NumPy array or a torch tensor on
    any device, where the result lies too. Bit-exact on processors. Raises UsageError for another shape.
    """
    if tuple(pixels.shape) != (len(prepared), *prepared.shape):
        raise UsageError(f"The windows were prepared for other pixels than these of the shape {tuple(pixels.shape)}.")
    space = space_of(pixels)
    marked = space.xp.empty_like(pixels)
    start = 0
    for part in prepared.parts:
        rows = slice(start, start + len(part.at))
        marked[rows, ...] = _apply(pixels[rows, ...], part, prepared, space)
        start = rows.stop
    return marked


def _prepare(windows: Sequence[Window], shape: tuple[int, int, int]) -> PreparedPart:
    settings, at = windows[0].mark.settings, [window.at for window in windows]
    noise = signs = None
    if settings.has_noise and settings.noise_kind == "perlin":
        draws = [draws_of(window.mark, [window.design])[0] for window in windows]
        frames = [frames_of(window.mark, [window.design])[0] for window in windows]
        noise = window_noise(draws, frames, [window.size for window in windows])
    elif settings.has_noise:
        signs = np.stack([_signs(window, shape) for window in windows])
    pattern = np.stack([_pattern(window, shape) for window in windows]) if settings.has_blend else None
    return PreparedPart(at, noise, signs, pattern)


def _apply(pixels: Array, part: PreparedPart, prepared: PreparedWindows, space: Space) -> Array:
    signs = None
    if part.noise is not None:
        signs = window_signs(part.noise, part.at, prepared.shape[1:], space)[:, None, :, :]
    elif part.signs is not None:
        signs = space.array(part.signs)[:, None, :, :]
    pattern = None if part.pattern is None else space.array(part.pattern)
    return apply_mark(pixels, signs, pattern, prepared.settings, space)


def _extent(window: Window, shape: tuple[int, int, int]) -> tuple[int, int, int, int]:
    top, left = window.at
    return top, top + shape[1], left, left + shape[2]


def _signs(window: Window, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    extent = _extent(window, shape)
    return np.asarray(picture_signs(window.mark, window.design, window.size, NUMPY_SPACE, window=extent))


def _pattern(window: Window, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    extent = _extent(window, shape)
    return np.asarray(pattern_part(window.mark.pattern, shape[0], *window.size, extent, NUMPY_SPACE))
