"""Encode marked pixels and their metadata as the bytes of a file."""

import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from mtgui.common.errors import PictureError, UsageError
from mtgui.pictures import canvas, cleaning, formats, jpeg, planes, png, saving, tiff_writing
from mtgui.pictures.decoding import Picture
from mtgui.pictures.metadata import Metadata

Target = Literal["keep", "png", "jpeg", "webp", "tiff"]
LARGEST_SIDE = {"jpeg": 65535, "webp": 16383}
_WRITABLE = ("jpeg", "png", "webp", "tiff")


@dataclass(frozen=True)
class EncodeOptions:
    """How marked copies are written.

    ``quality`` (95 to 100) is for JPEG and lossy WebP. ``remove_gps`` takes positions and names of places
    out of the metadata. ``forbid_training`` states in XMP that training of machine-learning models on the
    picture is prohibited; ``commitment`` (64 letters and digits) is stated there too.
    """

    format: Target = "keep"
    quality: int = 95
    remove_gps: bool = False
    forbid_training: bool = False
    commitment: str | None = None


@dataclass(frozen=True)
class Encoded:
    """A file ready to be written: its bytes, format, suffix with the dot, and what was changed or lost."""

    data: bytes
    format: str
    suffix: str
    notes: tuple[str, ...]


def check_options(options: EncodeOptions) -> None:
    """Raise UsageError for options that cannot be carried out."""
    if not 95 <= options.quality <= 100:
        raise UsageError(f"The quality is {options.quality}, but marks need 95 to 100; choose a number between these.")
    commitment = options.commitment
    if commitment is not None and not (len(commitment) == 64 and commitment.isascii() and commitment.isalnum()):
        raise UsageError("A commitment has 64 letters and digits; copy it again from the mark record.")


def encode(picture: Picture, pixels: planes.Pixels, options: EncodeOptions, source: Path) -> Encoded:
    """Return the file to publish for ``pixels``, the marked pixels of ``picture``, which was read from ``source``.

    ``pixels`` has the shape of ``picture.pixels`` and is uint8 or uint16. Raises UsageError, PictureError.
    """
    check_options(options)
    if pixels.shape != picture.pixels.shape:
        raise UsageError(f"The marked pixels have the shape {pixels.shape}, the picture {picture.pixels.shape}.")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise UsageError(
            f"The marked pixels are of the type {pixels.dtype}, but must be whole numbers of 8 or 16 bits."
        )
    target, why = _choose(picture, options)
    shown, depth_notes = _fitting_depth(pixels, picture, target)
    metadata, metadata_notes = cleaning.prepare(
        picture.metadata, (picture.width, picture.height), picture.format, target, _cleaning_options(options)
    )
    try:
        data = _write(target, shown, picture, metadata, options.quality)
    except (OSError, ValueError, MemoryError, OverflowError, struct.error) as error:
        raise PictureError(source, f"it cannot be written as {formats.TITLES[target]}; choose PNG.") from error
    return Encoded(data, target, formats.suffix_for(target, source), (*why, *depth_notes, *metadata_notes))


def set_commitment(encoded: Encoded, placeholder: str, commitment: str) -> Encoded | None:
    """Return ``encoded`` with ``placeholder`` replaced by ``commitment``, of the same length.

    Returns None unless the placeholder occurs exactly once; the picture must then be encoded again.
    """
    old, new = placeholder.encode(), commitment.encode()
    position = encoded.data.find(old)
    if len(old) != len(new) or not old or position < 0 or encoded.data.find(old, position + 1) >= 0:
        return None
    if encoded.format == "png":
        data = png.replace_in_chunk(encoded.data, position, old, new)
    else:
        data = b"".join((encoded.data[:position], new, encoded.data[position + len(old) :]))
    return None if data is None else replace(encoded, data=data)


def _cleaning_options(options: EncodeOptions) -> cleaning.CleaningOptions:
    return cleaning.CleaningOptions(options.remove_gps, options.forbid_training, options.commitment)


def _choose(picture: Picture, options: EncodeOptions) -> tuple[str, tuple[str, ...]]:
    """Return the format to write, and notes on why it differs from the format of the picture."""
    wanted = picture.format if options.format == "keep" else options.format
    title = formats.TITLES[wanted]
    if wanted not in _WRITABLE:
        return "png", (f"{title} became PNG, which keeps the marked pixels exactly.",)
    if wanted == "jpeg" and picture.alpha is not None:
        return "png", ("JPEG cannot hold transparency, so it was saved as PNG.",)
    limit = LARGEST_SIDE.get(wanted)
    if limit is not None and max(picture.width, picture.height) > limit:
        return "png", (f"{title} holds at most {limit} pixels a side, so it was saved as PNG.",)
    return wanted, ()


def _fitting_depth(pixels: planes.Pixels, picture: Picture, target: str) -> tuple[planes.Pixels, tuple[str, ...]]:
    if pixels.dtype == np.uint8:
        return pixels, ()
    if target in ("png", "tiff") and picture.channels == 1 and picture.alpha is None:
        return pixels, ()
    eight = ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    return eight, ("It was saved with 8 instead of 16 bits per channel.",)


def _write(target: str, pixels: planes.Pixels, picture: Picture, metadata: Metadata, quality: int) -> bytes:
    if target == "tiff":
        return tiff_writing.write(pixels, picture.alpha, metadata)
    if target == "png":
        return png.with_metadata(png.write(pixels, picture.alpha), metadata)
    if target == "jpeg":
        eight = np.asarray(pixels, np.uint8)
        image = canvas.merge(eight, picture.memory) if len(eight) == 3 else planes.to_image(eight)
        return jpeg.with_metadata(saving.jpeg(image, quality), metadata)
    image = planes.to_image(pixels, picture.alpha)
    return saving.webp(image, metadata, quality, is_lossless=picture.is_lossless)
