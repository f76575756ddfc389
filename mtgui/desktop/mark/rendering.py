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

from mtgui.marking.arrays import space_of
from mtgui.marking.blending import apply_mark
from mtgui.marking.keys import KEY_BYTES, MarkKey
from mtgui.marking.mark import Mark, PictureDesign, check_size, make_mark, picture_signs
from mtgui.marking.pattern import PicturePattern, pattern_part
from mtgui.marking.quality import psnr, ssim
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.resizing import resize_part

Planes = NDArray[np.uint8]
DIFFERENCE_GAIN = 8
MEASURED_SIDE = 512
_TILE_BYTES = 1 << 21


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

    def original(self, window: PictureWindow) -> Planes:
        """Return the part of the original that ``window`` describes: uint8 (channels, rows, columns)."""
        part: Planes = self._keep("original", window, lambda: self._cut(window))
        return part

    def marked(self, window: PictureWindow, look: Look, pool: Executor) -> NDArray[np.uint8]:
        """Return the marked copy of that part, in screen pixels: uint8 (rows, columns, 4), BGRX."""
        return self._compose(window, look, pool, _onto_screen)

    def difference(self, window: PictureWindow, look: Look, pool: Executor) -> NDArray[np.uint8]:
        """Return grey plus eight times the change by the mark: uint8 (rows, columns, 4), BGRX."""
        return self._compose(window, look, pool, _difference_onto_screen)

    def measure(self, look: Look) -> tuple[float, float]:
        """Return PSNR in decibels and SSIM of the mark; the longer side is scaled down to 512 pixels first."""
        scale = min(1.0, MEASURED_SIDE / max(self.height, self.width))
        height, width = max(1, round(self.height * scale)), max(1, round(self.width * scale))
        window = PictureWindow(height, width, 0, height, 0, width)
        original = self._cut(window)
        marked = self._apply(original, self._signs(window, look), self._pattern(window, look), look, slice(0, height))
        return psnr(original, marked), ssim(original, marked)

    def _compose(
        self,
        window: PictureWindow,
        look: Look,
        pool: Executor,
        put: Callable[[NDArray[np.uint8], Planes, Planes], None],
    ) -> NDArray[np.uint8]:
        original = self.original(window)
        signs = self._keep("signs", (window, look.settings.noise_kind), lambda: self._signs(window, look))
        pattern_of = (window, look.settings.pattern_kind, look.picture)
        pattern = self._keep("pattern", pattern_of, lambda: self._pattern(window, look))
        rows, columns = original.shape[1:]
        screen = np.empty((rows, columns, 4), dtype=np.uint8)
        step = max(8, _TILE_BYTES // (columns * self.channels))

        def tile(first: int) -> None:
            part = slice(first, min(first + step, rows))
            marked = self._apply(original[:, part, :], signs, pattern, look, part)
            put(screen[part], original[:, part, :], marked)

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
    _onto_screen(screen, planes, planes)
    return screen


def _onto_screen(screen: NDArray[np.uint8], _original: Planes, marked: Planes) -> None:
    last = len(marked) - 1
    for channel in range(3):
        screen[:, :, channel] = marked[max(0, last - channel)]
    screen[:, :, 3] = 255


def _difference_onto_screen(screen: NDArray[np.uint8], original: Planes, marked: Planes) -> None:
    change = (marked.astype(np.int16) - original) * DIFFERENCE_GAIN + 128
    _onto_screen(screen, original, np.clip(change, 0, 255).astype(np.uint8))
