"""The mark itself: noise, then blend, the same function for NumPy arrays and torch tensors.

    x' = clip(x + ε·s, 0, 255)        noise, its own for each picture
    y  = floor(r·x' + (1 − r)·P + ½)  blend with the pattern of the set, rounded to whole levels

in 255ths of white; 16-bit pictures in 65,535ths, ε and P scaled alike (Chen and Pattabiraman, CCS 2025, section 4;
the clipping is ours: their scripts clip at 255 on a scale that ends at 1). The arithmetic is that of whole numbers,
with r in 256ths, so that every machine comes to the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mtgui.common.errors import UsageError
from mtgui.marking.arrays import Array, Space, space_of
from mtgui.marking.keys import MarkKey
from mtgui.marking.noise import Frame, NoiseDraw, SignTile, draw_noise, sign_tiles
from mtgui.marking.pattern import Pattern, PicturePattern, draw_stripes, pattern_part
from mtgui.marking.settings import SMALLEST_SIDE, MarkSettings, design_resolution_for

ALGORITHM = "mtgui-mark-1"


@dataclass(frozen=True)
class Mark:
    """Everything that fixes the marks of a set under one key."""

    key: MarkKey
    settings: MarkSettings
    pattern: Pattern


@dataclass(frozen=True)
class PictureDesign:
    """What a mark must know of one picture: its id (SHA-256 of the original file) and its original size in
    pixels, orientation applied. A shrunken copy is marked with the design of its original.
    """

    picture_id: str
    height: int
    width: int


def make_mark(key: MarkKey, settings: MarkSettings, picture: PicturePattern | None = None) -> Mark:
    """Return the mark of ``key``: with its own stripes, or with ``picture`` as the pattern.

    Raises UsageError when the settings want a picture and there is none, or the other way about.
    """
    if (settings.pattern_kind == "picture") != (picture is not None):
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


def mark_part(pixels: Array, mark: Mark, design: PictureDesign, size: tuple[int, int], at: tuple[int, int]) -> Array:
    """Return the marked copy of a part, (C, h, w), whose top left pixel is ``at`` (row, column) of a picture
    of ``size`` (height, width): equal to that part of the whole picture's marked copy.
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
    """Return the noise signs of one picture sampled at ``size`` (height, width), or of its ``window`` (top,
    bottom, left, right): (rows, columns), uint8, 1 where the noise is −ε. None for noise "none".
    """
    if mark.settings.noise_kind == "none":
        return None
    top, bottom, left, right = window or (0, size[0], 0, size[1])
    signs = space.xp.empty((bottom - top, right - left), dtype=space.xp.uint8, device=space.device)
    draws, frames = draws_of(mark, [design]), frames_of(mark, [design])
    for tile in sign_tiles(draws, frames, *size, space, window=(top, bottom, left, right)):
        signs[tile.top - top : tile.bottom - top, tile.left - left : tile.right - left] = tile.is_minus[0, ...]
    return signs


def apply_mark(
    pixels: Array, is_minus: Array | None, pattern: Array | None, settings: MarkSettings, space: Space
) -> Array:
    """Return marked pixels, of the shape and dtype of ``pixels``; whole-number arithmetic throughout.

    pixels: (…, C, H, W), uint8 or uint16. is_minus: uint8, broadcastable to (…, 1, H, W), from `picture_signs`;
    None without noise. pattern: from `pattern_part`, 256ths of a level of 255; None when nothing is blended in.
    """
    xp, dtype = space.xp, pixels.dtype
    depth = 257 if dtype == xp.uint16 else 1
    marked = pixels
    if is_minus is not None and settings.has_noise:
        budget = settings.noise_budget * depth
        # Clipping before adding cannot overflow: unsigned arithmetic then wraps only inside ``shift``.
        low = xp.astype(is_minus, dtype) * budget
        high = low + (255 * depth - budget)
        marked = xp.minimum(xp.maximum(marked, low), high)
        low *= 2
        marked += budget - low
    if pattern is None or not settings.has_blend:
        return marked if marked is not pixels else xp.asarray(pixels, copy=True)
    original_share = settings.original_share
    # Of bytes, 16 bits hold share × level + rest × pattern; torch has no such arithmetic and takes 32.
    wide = xp.uint16 if space.is_numpy and depth == 1 else xp.uint32 if space.is_numpy else xp.int32
    offset = xp.astype(xp.round(pattern * ((256 - original_share) / 256.0) * depth) + 128.0, wide)
    levels = xp.astype(marked, wide)
    levels *= original_share
    levels += offset
    levels >>= 8
    return xp.astype(levels, dtype)


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


def draws_of(mark: Mark, designs: Sequence[PictureDesign]) -> list[NoiseDraw]:
    """Return what the key of ``mark`` draws for each picture."""
    return [draw_noise(mark.key, design.picture_id, mark.settings.noise_kind) for design in designs]


def frames_of(mark: Mark, designs: Sequence[PictureDesign]) -> list[Frame]:
    """Return how each picture lies in its design pixels."""
    return [Frame(d.height, d.width, design_resolution_for(mark.settings, d.height, d.width)) for d in designs]


def _mark_window(
    pixels: Array, mark: Mark, designs: Sequence[PictureDesign], size: tuple[int, int], at: tuple[int, int]
) -> Array:
    """Mark the part of pictures of ``size`` that ``pixels`` holds, its top left at ``at``."""
    space, settings, (top, left) = space_of(pixels), mark.settings, at
    window = (top, top + pixels.shape[2], left, left + pixels.shape[3])
    marked = space.xp.empty_like(pixels)
    if settings.has_noise:
        tiles = sign_tiles(draws_of(mark, designs), frames_of(mark, designs), *size, space, window=window)
    else:
        tiles = iter([SignTile(*window, None)])
    for tile in tiles:
        rows, columns = slice(tile.top - top, tile.bottom - top), slice(tile.left - left, tile.right - left)
        pattern = None
        if settings.has_blend:
            part = (tile.top, tile.bottom, tile.left, tile.right)
            pattern = pattern_part(mark.pattern, pixels.shape[1], *size, part, space)
        signs = None if tile.is_minus is None else tile.is_minus[:, None, :, :]
        marked[:, :, rows, columns] = apply_mark(pixels[:, :, rows, columns], signs, pattern, settings, space)
    return marked
