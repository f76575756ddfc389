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
from mtgui.marking.blending import apply_mark
from mtgui.marking.mark import Mark, PictureDesign, draw_of, frame_of
from mtgui.marking.noise import Stretch, noise_field, signs_of_field, uniform_signs
from mtgui.marking.pattern import pattern_part
from mtgui.marking.perlin import FieldBatch, field_batch, stack
from mtgui.marking.settings import MarkSettings

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
    """So many windows, ready to be marked: fields of noise to be computed, or signs (N, h, w) that are there already,
    or neither; and the pattern, (N, channels, h, 1 or w), or None where nothing is blended in.
    """

    count: int
    fields: FieldBatch | None
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
        return sum(part.count for part in self.parts)


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
        rows = slice(start, start + part.count)
        marked[rows, ...] = _apply(pixels[rows, ...], part, prepared, space)
        start = rows.stop
    return marked


def _prepare(windows: Sequence[Window], shape: tuple[int, int, int]) -> PreparedPart:
    settings, fields, signs = windows[0].mark.settings, None, None
    if settings.has_noise:
        noise = [
            (draw_of(one.mark, one.design), frame_of(one.mark, one.design), Stretch(one.size, one.at, shape[1:]))
            for one in windows
        ]
        if settings.noise_kind == "perlin":
            fields = stack([noise_field(*one) for one in noise])
        else:
            signs = np.stack([uniform_signs(*one) for one in noise])
    pattern = np.stack([_pattern(window, shape) for window in windows]) if settings.has_blend else None
    return PreparedPart(len(windows), fields, signs, pattern)


def _apply(pixels: Array, part: PreparedPart, prepared: PreparedWindows, space: Space) -> Array:
    signs = None
    if part.fields is not None:
        signs = signs_of_field(field_batch(part.fields, space), space)[:, None, :, :]
    elif part.signs is not None:
        signs = space.array(part.signs)[:, None, :, :]
    pattern = None if part.pattern is None else space.array(part.pattern)
    return apply_mark(pixels, signs, pattern, prepared.settings, space)


def _pattern(window: Window, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    (top, left), (_, height, width) = window.at, shape
    part = (top, top + height, left, left + width)
    return np.asarray(pattern_part(window.mark.pattern, shape[0], *window.size, part, NUMPY_SPACE))
