"""The mark itself, the same function for NumPy arrays and torch tensors.

A tint, or the paper's mark: noise, then blend.

    x' = clip(x + ε·s, 0, 255)        noise, its own for each picture
    y  = floor(r·x' + (1 − r)·P + ½)  blend with the pattern of the set, rounded to whole levels

in 255ths of white; 16-bit pictures in 65,535ths, with ε and P scaled alike (Chen and Pattabiraman, CCS 2025,
section 4; the clipping is ours: their scripts clip at 255 on a scale that ends at 1). The arithmetic uses whole
numbers, with r in 256ths, so every machine computes the same bits. `mtgui.marking.tint` explains the tint.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.marking.arrays import NUMPY_SPACE, Array, Space, space_of
from mtgui.marking.blending import add_mark, apply_mark, blend_shift, stripes_shift
from mtgui.marking.keys import MarkKey
from mtgui.marking.noise import (
    Frame,
    NoiseDraw,
    NoiseStretch,
    draw_noise,
    noise_field,
    sign_bands,
    signs_of_field,
    uniform_signs,
)
from mtgui.marking.pattern import Pattern, PicturePattern, pattern_part
from mtgui.marking.perlin import field_batch, stack
from mtgui.marking.settings import SMALLEST_SIDE, MarkSettings, design_resolution_for
from mtgui.marking.stripes import Stripes, draw_stripes
from mtgui.marking.texture import Texture, texture_of
from mtgui.marking.tint import draw_tint
from mtgui.marking.tinting import TintWindow, add_tints, prepare_tints, tint_on_host

_BAND_CELLS = 1 << 16
_DEVICE_CELLS = 1 << 22


@dataclass(frozen=True)
class Mark:
    """Everything that fixes the marks of a set under one key. A tint has no pattern; its numbers come from the key."""

    key: MarkKey
    settings: MarkSettings
    pattern: Pattern


@dataclass(frozen=True)
class PictureDesign:
    """What a mark needs to know about a picture: its id (SHA-256 of the original file) and its original size.

    The size is in pixels, with the orientation applied. A shrunken copy is marked with the design of its original.
    texture: where the original hides a tint. Only tints need it; a whole picture that is marked is its own original if
    it has none.
    """

    picture_id: str
    height: int
    width: int
    texture: Texture | None = None


def make_mark(key: MarkKey, settings: MarkSettings, picture: PicturePattern | None = None) -> Mark:
    """Return the mark of ``key``: a tint, or one with its own stripes, or with ``picture`` as the pattern.

    Raises UsageError when the settings need a picture and there is none, or there is one and they need none.
    """
    if settings.needs_picture != (picture is not None):
        raise UsageError("A picture is needed as the pattern exactly when the pattern is “picture”.")
    return Mark(key, settings, picture or draw_stripes(key))


def mark_pictures(pixels: Array, mark: Mark, designs: Sequence[PictureDesign]) -> Array:
    """Return the marked copies of a batch of pictures of one size.

    pixels: (N, C, H, W), C = 1 (grey) or 3 (RGB); uint8, or in NumPy also uint16.
    designs: one per picture. Result: same shape, dtype and device. Raises UsageError for shapes that fit no
    picture. On CPU the result is bit-exact whatever library, batch size or number of threads.
    """
    _check_batch(pixels, len(designs))
    return _mark_window(pixels, mark, designs, tuple(pixels.shape[2:]), (0, 0))


def mark_picture(pixels: Array, mark: Mark, design: PictureDesign) -> Array:
    """Return the marked copy of one picture, (C, H, W); otherwise as `mark_pictures`."""
    return mark_pictures(pixels[None, ...], mark, [design])[0, ...]


def mark_in_place(pixels: NDArray[Any], mark: Mark, design: PictureDesign) -> None:
    """Mark one picture, (C, H, W), in place; otherwise as `mark_pictures`."""
    _check_batch(pixels[None, ...], 1)
    shape = pixels.shape[1:]
    _mark_on_host(pixels, pixels, mark, _with_texture(design, mark, pixels), NoiseStretch(shape, (0, 0), shape))


def textured(design: PictureDesign, pixels: NDArray[Any]) -> PictureDesign:
    """Return ``design`` with the texture of its original, whose ``pixels`` are (1 or 3, H, W)."""
    return replace(design, texture=texture_of(pixels))


def mark_part(pixels: Array, mark: Mark, design: PictureDesign, size: tuple[int, int], at: tuple[int, int]) -> Array:
    """Return the marked copy of a part, (C, h, w); it equals that part of the whole picture's marked copy.

    at: (row, column) of the part's top left pixel. size: (height, width) of the whole picture, in pixels. For a tint
    the design must have a texture, unless the part is the whole picture.
    """
    _check_batch(pixels[None, ...], 1)
    return _mark_window(pixels[None, ...], mark, [design], size, at)[0, ...]


def picture_signs(
    mark: Mark,
    design: PictureDesign,
    size: tuple[int, int],
    space: Space,
    *,
    window: tuple[int, int, int, int] | None = None,
) -> Array | None:
    """Return the noise signs of one picture, (rows, columns) uint8: 1 where the noise is −ε, else 0.

    size: (height, width) at which the picture is sampled. window: (top, bottom, left, right) of the part that is
    wanted, by default the whole. Returns None for noise "none".
    """
    if mark.settings.noise_kind == "none":
        return None
    top, bottom, left, right = window or (0, size[0], 0, size[1])
    stretch = NoiseStretch(size, (top, left), (bottom - top, right - left))
    signs = np.empty(stretch.shape, dtype=np.uint8)
    for band in sign_bands(draw_of(mark, design), frame_of(mark, design), stretch):
        signs[band.top : band.bottom, band.left : band.right] = band.is_minus
    return space.array(signs)


def _check_batch(pixels: Array, count: int) -> None:
    if pixels.ndim != 4 or pixels.shape[1] not in (1, 3) or pixels.shape[0] != count or count == 0:
        raise UsageError(
            f"Pictures to mark come as (pictures, 1 or 3 channels, height, width) with one design each; "
            f"these have the shape {tuple(pixels.shape)} and {count} designs."
        )


def check_size(height: int, width: int) -> None:
    """Raise UsageError when a picture is too small to carry a mark."""
    if min(height, width) < SMALLEST_SIDE:
        raise UsageError(
            f"it is only {width} × {height} pixels; a mark needs at least {SMALLEST_SIDE} on the short side"
        )


def draw_of(mark: Mark, design: PictureDesign) -> NoiseDraw:
    """Return the noise parameters that the key of ``mark`` draws for a picture."""
    return draw_noise(mark.key, design.picture_id, mark.settings.noise_kind)


def frame_of(mark: Mark, design: PictureDesign) -> Frame:
    """Return the frame of a picture: its size and its design resolution."""
    resolution = design_resolution_for(mark.settings, design.height, design.width)
    return Frame(design.height, design.width, resolution)


def _mark_window(
    pixels: Array, mark: Mark, designs: Sequence[PictureDesign], size: tuple[int, int], at: tuple[int, int]
) -> Array:
    """Mark ``pixels``, the part at ``at`` (row, column) of pictures of ``size`` (height, width)."""
    space, stretch = space_of(pixels), NoiseStretch(size, at, tuple(pixels.shape[2:]))
    if not space.is_cpu:
        return mark_at_once(pixels, mark, designs, stretch)
    marked = np.empty_like(np.asarray(pixels))
    is_whole = stretch.shape == stretch.size
    for source, target, design in zip(np.asarray(pixels), marked, designs, strict=True):
        known = _with_texture(design, mark, source) if is_whole else design
        _mark_on_host(source, target, mark, known, stretch)
    return space.array(marked)


def _mark_on_host(
    source: NDArray[Any], target: NDArray[Any], mark: Mark, design: PictureDesign, stretch: NoiseStretch
) -> None:
    """Mark one window, (C, h, w), from ``source`` into ``target``; both may be the same array."""
    if mark.settings.is_invisible:
        if target is not source:
            target[...] = source
        return
    if mark.settings.has_tint:
        tint_on_host(source, target, tint_window(mark, design, stretch))
        return
    for top, bottom, left, right, signs in _sign_bands(mark, design, stretch):
        source_part, target_part = (whole[:, top:bottom, left:right] for whole in (source, target))
        shift = _shift(mark, source, stretch, (top, bottom, left, right))
        add_mark(source_part, signs, shift, mark.settings, NUMPY_SPACE, target_part)


def tint_window(mark: Mark, design: PictureDesign, stretch: NoiseStretch) -> TintWindow:
    """Return the tint of ``mark`` over a window. Raises UsageError if the texture of the original is not known."""
    if design.texture is None:
        raise UsageError("A part of a picture gets a tint only if the texture of the whole picture is known.")
    tint, settings = draw_tint(mark.key, design.picture_id), mark.settings
    return TintWindow(tint, settings.tint_quarters, design.texture, stretch, settings.tint_is_coloured)


def _with_texture(design: PictureDesign, mark: Mark, pixels: NDArray[Any]) -> PictureDesign:
    """Return ``design`` with a texture where the mark needs one; ``pixels`` are the whole picture."""
    return textured(design, pixels) if mark.settings.has_tint and design.texture is None else design


def _shift(
    mark: Mark, picture: NDArray[Any], stretch: NoiseStretch, part: tuple[int, int, int, int]
) -> NDArray[Any] | None:
    """Return `blend_shift` for a part (top, bottom, left, right) of a window."""
    if not mark.settings.has_blend:
        return None
    if isinstance(mark.pattern, Stripes):
        shift = stripes_shift(mark.pattern, len(picture), stretch.size[0], mark.settings, picture.dtype)
        return shift[:, stretch.start[0] + part[0] : stretch.start[0] + part[1]]
    pattern = _pattern(mark, len(picture), stretch, part, NUMPY_SPACE)
    return np.asarray(blend_shift(pattern, mark.settings, picture.dtype, NUMPY_SPACE))


def _sign_bands(
    mark: Mark, design: PictureDesign, stretch: NoiseStretch
) -> Iterator[tuple[int, int, int, int, NDArray[np.uint8] | None]]:
    """Yield top, bottom, left and right of bands that cover a window, and the signs of each."""
    if mark.settings.has_noise:
        for band in sign_bands(draw_of(mark, design), frame_of(mark, design), stretch):
            yield band.top, band.bottom, band.left, band.right, band.is_minus
        return
    height, width = stretch.shape
    rows = max(1, _BAND_CELLS // width)
    for top in range(0, height, rows):
        yield top, min(top + rows, height), 0, width, None


def mark_at_once(
    pixels: Array, mark: Mark, designs: Sequence[PictureDesign], stretch: NoiseStretch, cells: int = _DEVICE_CELLS
) -> Array:
    """Return the marked window of each of ``pixels``, (N, C, h, w), computed as on devices other than the processor.

    cells: greatest number of pixels that are marked at a time, though at least one window is. The bits are those of
    `mark_pictures`.
    """
    space = space_of(pixels)
    if mark.settings.has_tint:
        return _tint_at_once(pixels, mark, designs, stretch, space, cells)
    height, width = stretch.shape
    part = (0, height, 0, width)
    pattern = _pattern(mark, pixels.shape[1], stretch, part, space) if mark.settings.has_blend else None
    marked, step = space.xp.empty_like(pixels), max(1, cells // (height * width))
    for first in range(0, len(designs), step):
        some, signs = slice(first, first + step), None
        if mark.settings.has_noise:
            noise = [(draw_of(mark, design), frame_of(mark, design), stretch) for design in designs[some]]
            if mark.settings.noise_kind == "perlin":
                fields = field_batch(stack([noise_field(*one) for one in noise]), space)
                signs = signs_of_field(fields, space)[:, None, :, :]
            else:
                signs = space.array(np.stack([uniform_signs(*one) for one in noise]))[:, None, :, :]
        marked[some, ...] = apply_mark(pixels[some, ...], signs, pattern, mark.settings, space)
    return marked


def _tint_at_once(
    pixels: Array, mark: Mark, designs: Sequence[PictureDesign], stretch: NoiseStretch, space: Space, cells: int
) -> Array:
    marked, step = space.xp.empty_like(pixels), max(1, cells // (stretch.shape[0] * stretch.shape[1]))
    for first in range(0, len(designs), step):
        some = slice(first, first + step)
        known = designs[some]
        if stretch.shape == stretch.size:
            host = [np.asarray(one.cpu() if hasattr(one, "cpu") else one) for one in pixels[some, ...]]
            known = [_with_texture(*one) for one in zip(known, [mark] * len(known), host, strict=True)]
        windows = [tint_window(mark, design, stretch) for design in known]
        marked[some, ...] = add_tints(pixels[some, ...], prepare_tints(windows, pixels.shape[1]), space)
    return marked


def _pattern(mark: Mark, channels: int, stretch: NoiseStretch, part: tuple[int, int, int, int], space: Space) -> Array:
    """Return the pattern over a part (top, bottom, left, right) of a window."""
    (first, start), (top, bottom, left, right) = stretch.start, part
    window = (first + top, first + bottom, start + left, start + right)
    return pattern_part(mark.pattern, channels, *stretch.size, window, space)
