"""Renders the preview as plain arrays: a part of a picture at some scale, marked with the current settings.

It runs on worker threads and does not use Qt. Whatever does not depend on the sliders is kept from frame to frame.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.desktop.mark.tint_frames import FramePlace, add_shift, shift_of_cells
from mtgui.marking.arrays import space_of
from mtgui.marking.blending import apply_mark
from mtgui.marking.keys import KEY_BYTES, MarkKey
from mtgui.marking.mark import Mark, PictureDesign, check_size, make_mark, mark_part, picture_signs, textured
from mtgui.marking.pattern import PicturePattern, pattern_part
from mtgui.marking.settings import SMALLEST_SIDE, MarkSettings
from mtgui.pictures.resizing import resize_part

Planes = NDArray[np.uint8]
MEASURED_SIDE = 512
GAINS = (1, 2, 4, 8, 16, 32, 64)
"""By what a difference may be multiplied."""
_TILE_BYTES = 1 << 21
_MOST_CHANGE = 127
_SAMPLED = 3


@dataclass(frozen=True)
class PictureWindow:
    """A part of a scaled picture.

    The whole picture has ``height`` × ``width`` pixels at this scale. The part has the rows from ``top`` to before
    ``bottom`` and the columns from ``left`` to before ``right``.
    """

    height: int
    width: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def is_whole(self) -> bool:
        """True when the part is the whole picture."""
        return (self.top, self.left, self.bottom, self.right) == (0, 0, self.height, self.width)


@dataclass(frozen=True)
class Look:
    """The settings of a preview; ``picture`` is the pattern picture, if the settings need one."""

    settings: MarkSettings
    picture: PicturePattern | None = None


class PreviewPicture:
    """One decoded picture from which frames are rendered. Only one thread may use it at a time."""

    def __init__(self, path: Path, planes: NDArray[np.uint8 | np.uint16]) -> None:
        """Take the decoded ``planes`` (channels, height, width) of the file at ``path``; 16 bits become 8."""
        self.path = path
        self.planes: Planes = np.asarray(planes >> 8 if planes.dtype == np.uint16 else planes, dtype=np.uint8)
        self.channels, self.height, self.width = self.planes.shape
        check_size(self.height, self.width)
        # A fixed key is enough: the real key is drawn at export, and this one is used only for the preview.
        self.key = MarkKey(hashlib.sha256(b"mtgui preview").digest()[:KEY_BYTES])
        self.design = PictureDesign(
            hashlib.sha256(str(path).encode(errors="replace")).hexdigest(), self.height, self.width
        )
        self._kept: dict[str, tuple[Any, Any]] = {}

    def shrunk(self, longest: int = MEASURED_SIDE) -> "PreviewPicture":
        """Return this picture with a longer side of at most ``longest`` pixels; its marks are those of this one."""
        scale = min(1.0, longest / max(self.height, self.width))
        height, width = (max(SMALLEST_SIDE, round(side * scale)) for side in (self.height, self.width))
        small = PreviewPicture(self.path, self._cut(PictureWindow(height, width, 0, height, 0, width)))
        small.design = self.textured_design
        return small

    def original(self, window: PictureWindow) -> Planes:
        """Return the part of the original that ``window`` describes: uint8 (channels, rows, columns)."""
        part: Planes = self._keep("original", window, lambda: self._cut(window))
        return part

    def screen(self, window: PictureWindow) -> NDArray[np.uint8]:
        """Return that part of the original in screen pixels: uint8 (rows, columns, 4), BGRX."""
        pixels: NDArray[np.uint8] = self._keep("screen", window, lambda: to_screen(self.original(window)))
        return pixels

    def marked(self, window: PictureWindow, look: Look, pool: Executor) -> NDArray[np.uint8]:
        """Return the marked copy of that part, in screen pixels: uint8 (rows, columns, 4), BGRX."""
        if look.settings.is_invisible:
            return self.screen(window)
        return self._tinted(window, look, pool) if look.settings.has_tint else self._composed(window, look, pool)

    def difference(self, window: PictureWindow, look: Look, pool: Executor) -> tuple[NDArray[np.uint8], int]:
        """Return grey plus the change by the mark times a factor, in screen pixels as `marked`, and the factor.

        The factor is the largest of `GAINS` at which nearly all of the part keeps its order; 1 without a change.
        """
        change = self.marked(window, look, pool).astype(np.int16) - self.screen(window)
        gain = _gain(change)
        shown = np.clip(change * gain + 128, 0, 255).astype(np.uint8)
        shown[:, :, 3] = 255
        return shown, gain

    def marked_planes(self, look: Look) -> Planes:
        """Return this picture with its mark, as the engine makes it: uint8 (channels, height, width)."""
        size = (self.height, self.width)
        marked: Planes = mark_part(self.planes, self._mark(look), self.textured_design, size, (0, 0))
        return marked

    @property
    def textured_design(self) -> PictureDesign:
        """The design with the texture of the original; it is computed once."""
        if self.design.texture is None:
            self.design = textured(self.design, self.planes)
        return self.design

    def _tinted(self, window: PictureWindow, look: Look, pool: Executor) -> NDArray[np.uint8]:
        size = (window.height, window.width)
        shift = shift_of_cells(self._mark(look), self.textured_design, size, self.channels)
        place = FramePlace(size, (window.top, window.bottom), (window.left, window.right))
        return add_shift(self.screen(window), shift, place, pool)

    def _composed(self, window: PictureWindow, look: Look, pool: Executor) -> NDArray[np.uint8]:
        original = self.original(window)
        signs = self._keep("signs", (window, look.settings.noise_kind), lambda: self._signs(window, look))
        pattern_of = (window, look.settings.pattern_kind, look.picture)
        pattern = self._keep("pattern", pattern_of, lambda: self._pattern(window, look))
        rows, columns = original.shape[1:]
        screen = np.empty((rows, columns, 4), dtype=np.uint8)
        step = max(8, _TILE_BYTES // (columns * self.channels))

        def tile(first: int) -> None:
            part = slice(first, min(first + step, rows))
            _onto_screen(screen[part], self._apply(original[:, part, :], signs, pattern, look, part))

        list(pool.map(tile, range(0, rows, step)))
        return screen

    def _apply(self, original: Planes, signs: Any, pattern: Any, look: Look, rows: slice) -> Planes:
        is_minus = None if signs is None else signs[None, rows, :]
        part = pattern[:, rows, :]
        marked: Planes = apply_mark(original, is_minus, part, look.settings, space_of(original))
        return marked

    def _mark(self, look: Look) -> Mark:
        return make_mark(self.key, look.settings, look.picture)

    def _signs(self, window: PictureWindow, look: Look) -> Any:
        part = (window.top, window.bottom, window.left, window.right)
        full = replace(look, settings=replace(look.settings, noise_budget=max(1, look.settings.noise_budget)))
        size = (window.height, window.width)
        return picture_signs(self._mark(full), self.design, size, space_of(self.planes), window=part)

    def _pattern(self, window: PictureWindow, look: Look) -> Any:
        part = (window.top, window.bottom, window.left, window.right)
        size = (window.height, window.width)
        return pattern_part(self._mark(look).pattern, self.channels, *size, part, space_of(self.planes))

    def _cut(self, window: PictureWindow) -> Planes:
        if (window.height, window.width) == (self.height, self.width):
            return np.ascontiguousarray(self.planes[:, window.top : window.bottom, window.left : window.right])
        across, down = self.width / window.width, self.height / window.height
        box = (window.left * across, window.top * down, window.right * across, window.bottom * down)
        return resize_part(self.planes, box, window.right - window.left, window.bottom - window.top)

    def _keep(self, name: str, key: Any, make: Callable[[], Any]) -> Any:
        """Return the value that was made last under ``name`` if ``key`` is the same; else make a new one."""
        kept = self._kept.get(name)
        if kept is None or kept[0] != key:
            kept = self._kept[name] = (key, make())
        return kept[1]


def to_screen(planes: Planes) -> NDArray[np.uint8]:
    """Return planes (1 or 3, rows, columns) as (rows, columns, 4), BGRX."""
    screen = np.empty((*planes.shape[1:], 4), dtype=np.uint8)
    _onto_screen(screen, planes)
    return screen


def _onto_screen(screen: NDArray[np.uint8], planes: Planes) -> None:
    last = len(planes) - 1
    for channel in range(3):
        screen[:, :, channel] = planes[max(0, last - channel)]
    screen[:, :, 3] = 255


def _gain(change: NDArray[np.int16]) -> int:
    sampled = np.abs(change[::_SAMPLED, ::_SAMPLED])
    largest = float(np.percentile(sampled, 99.8))
    if largest < 1:
        largest = float(sampled.max())
    return max(gain for gain in GAINS if gain == 1 or gain * largest <= _MOST_CHANGE) if largest else 1
