"""Resize a part of a picture."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def resize_part(
    planes: NDArray[np.uint8], box: tuple[float, float, float, float], width: int, height: int
) -> NDArray[np.uint8]:
    """Return a part of ``planes`` (channels, rows, columns), resized to ``width`` × ``height`` pixels by area means.

    box: (left, top, right, bottom) of the part, in pixels; fractions are allowed.
    """
    filter_, gap = Image.Resampling.BOX, 2.0
    return np.stack(
        [np.asarray(Image.fromarray(p).resize((width, height), filter_, box=box, reducing_gap=gap)) for p in planes]
    )
