"""Mark windows of many pictures in one batch; each window has its own mark, size and place.

Made for audits on graphics cards: `prepare_windows` makes the key material on the host, possibly in another thread,
and `apply_windows` does the rest on the device of the pixels. The result equals that of `mark_part` for each picture.
Prepared windows consist of arrays only, so they can be sent to the device in advance: `PreparedWindows.moved`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.marking.arrays import NUMPY_SPACE, Array, Space, space_of
from mtgui.marking.batches import Places, draw_many, perlin_batch
from mtgui.marking.blending import apply_mark
from mtgui.marking.mark import Mark, PictureDesign, draw_of, frame_of, tint_window
from mtgui.marking.noise import NoiseStretch, signs_of_field, uniform_signs
from mtgui.marking.pattern import Pattern, pattern_part
from mtgui.marking.perlin import FieldBatch, field_batch
from mtgui.marking.settings import MarkSettings, design_resolution_for
from mtgui.marking.tinting import TintBatch, add_tints, prepare_tints

# Most pixels, of all windows together, that are marked at once. A card needs about 70 bytes for each.
_MOST_CELLS = 1 << 25
_PATTERNS_KEPT = 64


@dataclass(frozen=True)
class Window:
    """One window of a picture, to be marked.

    size: (height, width) at which the whole picture is sampled. at: (row, column) of the window's top left pixel.
    """

    mark: Mark
    design: PictureDesign
    size: tuple[int, int]
    at: tuple[int, int]


@dataclass(frozen=True)
class PreparedPart:
    """N = ``count`` windows, ready to be marked.

    fields: inputs of Perlin noise, or None. signs: (N, h, w) uint8 of uniform noise, or None. patterns: (P, channels,
    h, 1 or w), and pattern_of: (N,), the index of each window's pattern; both None when nothing is blended in.
    tints: None without a tint.
    """

    count: int
    fields: FieldBatch | None
    signs: Array | None
    patterns: Array | None
    pattern_of: Array | None
    tints: TintBatch | None = None

    def moved(self, move: Callable[[Array], Array]) -> "PreparedPart":
        """Return the same part with ``move`` applied to each array."""
        fields = self.fields
        if fields is not None:
            numbers = (fields.rows, fields.columns, fields.factors, fields.constants)
            rows, columns, factors, constants = map(move, numbers)
            fields = FieldBatch(tuple(map(move, fields.gradients)), rows, columns, factors, constants, fields.bits)
        signs, patterns, pattern_of = (
            None if array is None else move(array) for array in (self.signs, self.patterns, self.pattern_of)
        )
        tints = None if self.tints is None else self.tints.moved(move)
        return PreparedPart(self.count, fields, signs, patterns, pattern_of, tints)


@dataclass(frozen=True)
class PreparedWindows:
    """A batch of windows with the same ``shape``, (channels, height, width), and the same ``settings``."""

    parts: Sequence[PreparedPart]
    settings: MarkSettings
    shape: tuple[int, int, int]

    def __len__(self) -> int:
        """Windows in the batch."""
        return sum(part.count for part in self.parts)

    def moved(self, move: Callable[[Array], Array]) -> "PreparedWindows":
        """Return the same windows with ``move`` applied to each array.

        move: takes a NumPy array and returns an array of the same content, of any library, on the device of the pixels
        to be marked. It may turn float64 into float32 on devices without float64.
        """
        return replace(self, parts=[part.moved(move) for part in self.parts])


def prepare_windows(
    windows: Sequence[Window], shape: tuple[int, int, int], cells: int = _MOST_CELLS
) -> PreparedWindows:
    """Return ``windows`` of ``shape``, (1 or 3 channels, height, width), ready to be marked; it runs on the host.

    cells: greatest number of pixels that are marked at a time, though at least one window is; the result does not
    depend on it. Raises UsageError when there is no window or the settings of the marks differ.
    """
    if not windows or any(window.mark.settings != windows[0].mark.settings for window in windows):
        raise UsageError("Windows that are marked together have the same settings, and there is at least one of them.")
    together = max(1, cells // (shape[1] * shape[2]))
    some = [windows[start : start + together] for start in range(0, len(windows), together)]
    return PreparedWindows([_prepare(part, shape) for part in some], windows[0].mark.settings, shape)


def apply_windows(pixels: Array, prepared: PreparedWindows) -> Array:
    """Return the marked copies of ``pixels``, (N, channels, height, width) uint8, on the same device.

    pixels: a NumPy array, or a torch tensor on any device. The result is bit-exact on processors. Raises UsageError for
    a shape other than the prepared one.
    """
    if tuple(pixels.shape) != (len(prepared), *prepared.shape):
        raise UsageError(f"The windows were prepared for other pixels than these of the shape {tuple(pixels.shape)}.")
    space = space_of(pixels)
    if len(prepared.parts) == 1:
        return _apply(pixels, prepared.parts[0], prepared, space)
    marked = space.xp.empty_like(pixels)
    start = 0
    for part in prepared.parts:
        rows = slice(start, start + part.count)
        marked[rows, ...] = _apply(pixels[rows, ...], part, prepared, space)
        start = rows.stop
    return marked


def _prepare(windows: Sequence[Window], shape: tuple[int, int, int]) -> PreparedPart:
    settings, fields, signs, patterns, pattern_of = windows[0].mark.settings, None, None, None, None
    if settings.has_tint:
        stretches = [NoiseStretch(one.size, one.at, shape[1:]) for one in windows]
        pairs = zip(windows, stretches, strict=True)
        tints = prepare_tints([tint_window(one.mark, one.design, stretch) for one, stretch in pairs], shape[0])
        return PreparedPart(len(windows), None, None, None, None, tints)
    if settings.has_noise and settings.noise_kind == "perlin":
        draws = draw_many([one.mark.key for one in windows], [one.design.picture_id for one in windows])
        fields = perlin_batch(draws, _places(windows, shape))
    elif settings.has_noise:
        signs = np.stack([_uniform(one, shape) for one in windows])
    if settings.has_blend:
        patterns, pattern_of = _patterns(windows, shape)
    return PreparedPart(len(windows), fields, signs, patterns, pattern_of)


def _places(windows: Sequence[Window], shape: tuple[int, int, int]) -> Places:
    settings, designs = windows[0].mark.settings, [one.design for one in windows]
    frames = [(d.height, d.width, design_resolution_for(settings, d.height, d.width)) for d in designs]
    sizes, starts = np.array([one.size for one in windows]), np.array([one.at for one in windows])
    return Places(np.array(frames), sizes, starts, shape[1:])


def _uniform(window: Window, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    draw, frame = draw_of(window.mark, window.design), frame_of(window.mark, window.design)
    return uniform_signs(draw, frame, NoiseStretch(window.size, window.at, shape[1:]))


def _patterns(windows: Sequence[Window], shape: tuple[int, int, int]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the different patterns of ``windows``, and for each window the index of its pattern."""
    places: dict[tuple[Pattern, tuple[int, int], tuple[int, int]], int] = {}
    pattern_of = [places.setdefault((one.mark.pattern, one.size, one.at), len(places)) for one in windows]
    patterns = [_pattern(pattern, shape, size, at) for pattern, size, at in places]
    return np.stack(patterns), np.array(pattern_of, dtype=np.int64)


@lru_cache(maxsize=_PATTERNS_KEPT)
def _pattern(
    pattern: Pattern, shape: tuple[int, int, int], size: tuple[int, int], at: tuple[int, int]
) -> NDArray[np.float32]:
    """Return the part of ``pattern`` that a window shows; cached, because decoy keys may share a picture."""
    part = (at[0], at[0] + shape[1], at[1], at[1] + shape[2])
    return np.asarray(pattern_part(pattern, shape[0], *size, part, NUMPY_SPACE))


def _apply(pixels: Array, part: PreparedPart, prepared: PreparedWindows, space: Space) -> Array:
    if part.tints is not None:
        return add_tints(pixels, part.tints, space)
    signs = pattern = None
    if part.fields is not None:
        signs = signs_of_field(field_batch(part.fields, space), space)[:, None, :, :]
    elif part.signs is not None:
        signs = space.array(part.signs)[:, None, :, :]
    if part.patterns is not None:
        pattern = space.xp.take(space.array(part.patterns), space.array(part.pattern_of), axis=0)
    return apply_mark(pixels, signs, pattern, prepared.settings, space)
