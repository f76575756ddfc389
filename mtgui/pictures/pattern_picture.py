"""Load a picture of the user as the pattern of a mark: stretched to the small square that a mark record holds."""

from pathlib import Path

import numpy as np
from PIL import Image

from mtgui.marking.pattern import PICTURE_SIDE, PicturePattern
from mtgui.pictures.decoding import decode_small


def load_pattern_picture(path: Path) -> PicturePattern:
    """Return the picture at ``path`` as a pattern, 256 × 256 pixels. Raises PictureError."""
    pixels = decode_small(path, 4 * PICTURE_SIDE)
    colours = np.broadcast_to(pixels, (3, *pixels.shape[1:]))
    square = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(channel)).resize(
                (PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BICUBIC
            )
        )
        for channel in colours
    ]
    return PicturePattern(np.stack(square).tobytes())
