"""Convert between Pillow's pictures and planar pixels: arrays (C, H, W), one plane per channel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.marking.arrays import Workspace
from mtgui.pictures import colour, orientation
from mtgui.pictures.canvas import FRESH
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.metadata import Survey

_PACKED = {"RGB", "RGBA", "CMYK"}
"""Modes for which Pillow can pack a single channel directly into bytes, twice as fast as `getchannel`."""

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Planes:
    """Pixels (C, H, W), alpha (H, W) or None, and notes on what was changed to get them."""

    pixels: Pixels
    alpha: NDArray[np.uint8] | None = None
    notes: tuple[str, ...] = ()
    drops_profile: bool = False


def from_image(image: Image.Image, survey: Survey, memory: Workspace = FRESH) -> Planes:
    """Return the planes of a loaded ``image`` of any mode; planes of plain 8-bit pictures lie in ``memory``.

    Raises `PictureRefusedError`.
    """
    mode = image.mode
    if mode in ("RGB", "L"):
        return _keyed(bands(image, mode, memory), survey)
    if mode == "1":
        return _keyed(bands(image.convert("L"), "L"), survey)
    if mode in ("RGBA", "LA"):
        return Planes(bands(image, "R" if survey.is_grey and mode == "RGBA" else mode[:-1], memory), band(image, "A"))
    if mode in ("P", "PA"):
        return _from_palette(image, survey)
    if mode.startswith("I"):
        return _from_integers(image, survey)
    if mode == "CMYK":
        return _from_cmyk(image)
    if mode in ("YCbCr", "LAB"):
        return _from_other_colours(image)
    if mode in ("La", "RGBa"):
        return from_image(image.convert(mode.upper()), survey)
    if mode in ("RGBX", "HSV"):
        return Planes(bands(image.convert("RGB"), "RGB"))
    raise PictureRefusedError(
        "it holds floating-point numbers, whose white is not defined; save it with 8 or 16 bits per channel."
    )


def band(image: Image.Image, name: str) -> NDArray[np.uint8]:
    """Return the 8-bit channel ``name`` of ``image`` as (H, W)."""
    if image.mode in _PACKED:
        raw = image.tobytes("raw", name)
    else:
        raw = (image if image.mode == name else image.getchannel(name)).tobytes()
    return np.frombuffer(raw, np.uint8).reshape(image.height, image.width)


def bands(image: Image.Image, names: str, memory: Workspace = FRESH) -> NDArray[np.uint8]:
    """Return the 8-bit channels ``names`` of ``image`` as (C, H, W), C-contiguous and writable, in ``memory``."""
    planes: NDArray[np.uint8] = memory.array("planes", (len(names), image.height, image.width), np.uint8)
    for plane, name in zip(planes, names, strict=True):
        plane[:] = band(image, name)
    return planes


def turned(pixels: Pixels, turn: int) -> Pixels:
    """Return ``pixels`` turned upright from the orientation ``turn`` (1 to 8)."""
    if turn == 1:
        return pixels
    if pixels.dtype == np.uint16:
        return orientation.apply(np.asarray(pixels, np.uint16), turn)
    return orientation.apply(np.asarray(pixels, np.uint8), turn)


def to_image(pixels: Pixels, alpha: NDArray[np.uint8] | None = None) -> Image.Image:
    """Return ``pixels`` (C, H, W), C = 1 or 3, with ``alpha`` (H, W), as a Pillow picture.

    uint16 is allowed only for grey without alpha.
    """
    planes = [*pixels] if alpha is None else [*pixels, alpha]
    size = (pixels.shape[2], pixels.shape[1])
    if pixels.dtype == np.uint16:
        grey = np.ascontiguousarray(pixels[0], "<u2")
        return Image.frombuffer("I;16", size, grey, "raw", "I;16", 0, 1)
    images = [Image.frombuffer("L", size, np.ascontiguousarray(p), "raw", "L", 0, 1) for p in planes]
    return images[0] if len(images) == 1 else Image.merge({2: "LA", 3: "RGB", 4: "RGBA"}[len(images)], images)


def _keyed(pixels: NDArray[np.uint8], survey: Survey) -> Planes:
    """Make an alpha channel from the one transparent colour that a PNG may have."""
    key = survey.transparent
    if key is None or len(key) < 2 * len(pixels):
        return Planes(pixels)
    alpha = np.zeros(pixels.shape[1:], bool)
    for channel, plane in enumerate(pixels):
        sample = int.from_bytes(key[2 * channel : 2 * channel + 2], "big")
        value = sample >> 8 if survey.bits == 16 else sample * 255 // ((1 << survey.bits) - 1)
        alpha |= plane != value
    return Planes(pixels, np.where(alpha, np.uint8(255), np.uint8(0)))


def _from_palette(image: Image.Image, survey: Survey) -> Planes:
    note = ("Its colours from a table (palette) became full colours.",)
    if image.mode == "PA" or (image.palette is not None and image.palette.mode == "RGBA"):
        full = image.convert("RGBA")
        return Planes(bands(full, "RGB"), band(full, "A"), note)
    key = image.info.pop("transparency", None) if survey.transparent is None else survey.transparent
    pixels = bands(image.convert("RGB"), "RGB")
    if key is None:
        return Planes(pixels, None, note)
    table = np.full(256, 255, np.uint8)
    if isinstance(key, int):
        table[key] = 0
    else:
        table[: len(key)] = np.frombuffer(key, np.uint8)[:256]
    indexes = np.frombuffer(image.tobytes(), np.uint8).reshape(image.height, image.width)
    return Planes(pixels, table[indexes], note)


def _from_integers(image: Image.Image, survey: Survey) -> Planes:
    if image.mode == "I":
        wide = np.frombuffer(image.tobytes(), np.int32)
        if wide.min() < 0 or wide.max() > 65535:
            raise PictureRefusedError(
                "its grey values go beyond 16 bits, so their white is not known; save it with 8 or 16 bits."
            )
        values = wide.astype(np.uint16)
    else:
        values = np.frombuffer(image.tobytes(), ">u2" if image.mode == "I;16B" else "<u2").astype(np.uint16)
    pixels = values.reshape(1, image.height, image.width)
    if 8 < survey.bits < 16:
        shift = np.uint16(16 - survey.bits if survey.is_unscaled else 0)
        pixels = np.left_shift(pixels, shift)
        pixels = np.bitwise_or(pixels, np.right_shift(pixels, np.uint16(survey.bits)))
    if survey.is_inverted:
        pixels = 65535 - pixels
    if survey.transparent is None or len(survey.transparent) < 2:
        return Planes(pixels)
    key = int.from_bytes(survey.transparent[:2], "big")
    alpha = np.where(pixels[0] == key, np.uint8(0), np.uint8(255))
    note = "It has 16-bit greys with transparency and was read with 8 bits."
    return Planes((pixels >> 8).astype(np.uint8), alpha, (note,))


def _from_cmyk(image: Image.Image) -> Planes:
    key = band(image, "K")
    pixels = np.empty((3, *key.shape), np.uint8)
    for plane, ink in zip(pixels, "CMY", strict=True):
        plane[:] = colour.cmyk_to_rgb(band(image, ink), key)
    note = f"Its printing colours (CMYK) became RGB by a fixed rule (version {colour.CMYK_RULE})."
    return Planes(pixels, None, (note,), drops_profile=True)


def _from_other_colours(image: Image.Image) -> Planes:
    samples = np.stack([np.frombuffer(b.tobytes(), np.uint8).reshape(b.height, b.width) for b in image.split()])
    if image.mode == "LAB":
        return Planes(
            colour.lab_to_rgb(samples), None, ("Its Lab colours became RGB by a fixed rule.",), drops_profile=True
        )
    return Planes(colour.ycbcr_to_rgb(samples), None, ("Its YCbCr colours became RGB by a fixed rule.",))
