"""Turns arrays of pixels into images of Qt."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def image_from_planes(planes: "NDArray[np.uint8]") -> QImage:
    """Return a QImage that owns its pixels, from uint8 (channel, height, width) with 1, 3 or 4 channels.

    One channel is grey, three are RGB, four are RGB and alpha. Raises ValueError for anything else.
    """
    import numpy as np

    if planes.ndim != 3 or planes.shape[0] not in (1, 3, 4) or planes.dtype != np.uint8:
        raise ValueError(f"expected uint8 (1|3|4, height, width), found {planes.dtype} {planes.shape}")
    channels, height, width = planes.shape
    pixels = np.full((height, width, 4), 255, dtype=np.uint8)
    pixels[..., :3] = planes[: min(channels, 3)].transpose(1, 2, 0)
    if channels == 4:
        pixels[..., 3] = planes[3]
    kind = QImage.Format.Format_RGBA8888 if channels == 4 else QImage.Format.Format_RGBX8888
    wanted = QImage.Format.Format_ARGB32_Premultiplied if channels == 4 else QImage.Format.Format_RGB32
    return QImage(pixels.data, width, height, 4 * width, kind).convertToFormat(wanted)
