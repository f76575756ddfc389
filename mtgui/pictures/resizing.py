"""A part of a picture at another size."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def resize_part(
    planes: NDArray[np.uint8], box: tuple[float, float, float, float], width: int, height: int
) -> NDArray[np.uint8]:
    """Return the part ``box`` (left, top, right, bottom; pixels, fractions allowed) of ``planes`` (channels, rows,
    columns) at ``width`` × ``height`` pixels, each the mean of those it covers.
    """
    filter_, gap = Image.Resampling.BOX, 2.0
    return np.stack(
        [np.asarray(Image.fromarray(p).resize((width, height), filter_, box=box, reducing_gap=gap)) for p in planes]
    )
