"""The eight orientations that a picture file can state, and how planar pixels are turned upright."""

import re
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mtgui.pictures import exif as exif_blocks

T = TypeVar("T", bound=np.generic)

_XMP_ORIENTATION = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>)\s*([1-8])\s*["'<]""")


def stated(exif: bytes | None, xmp: bytes | None) -> int:
    """Return the orientation (1 to 8) that EXIF states, else the one that XMP states, else 1."""
    found = exif_blocks.orientation(exif) if exif else None
    if found is None and xmp:
        match = _XMP_ORIENTATION.search(xmp)
        found = int(match[1]) if match else None
    return found or 1


def swaps_sides(orientation: int) -> bool:
    """True when ``orientation`` exchanges width and height."""
    return orientation >= 5


def apply(pixels: NDArray[T], orientation: int) -> NDArray[T]:
    """Turn ``pixels``, shape (…, H, W), so that they stand upright; the result is C-contiguous.

    Orientations are those of EXIF 2.32, tag 0x0112: 5 to 8 exchange rows and columns first.
    """
    if orientation >= 5:
        pixels = np.swapaxes(pixels, -1, -2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[..., ::-1, :]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[..., ::-1]
    return np.ascontiguousarray(pixels)
