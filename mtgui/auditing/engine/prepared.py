"""Originals made ready once: decoded, shrunk to the model's pre-crop size, and cut to what the views need."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.auditing.engine.views import ONE_VIEW, Views
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.control import Control
from mtgui.marking.mark import PictureDesign
from mtgui.pictures.decoding import Picture, decode
from mtgui.pictures.planes import bands, to_image
from mtgui.publishing.workers import workers

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class PreparedPicture:
    """One unmarked original, ready for marking and cropping.

    pixels: (3, h, w) uint8, RGB: the part of the resized picture that the views need. size: (height, width) of the
    whole resized picture. at: (row, column) of that part in it. design: what a mark must know of the original.
    block: which block of the record it belongs to, and so under which keys it is marked.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    at: tuple[int, int]
    design: PictureDesign
    block: int = 0


@dataclass(frozen=True)
class Original:
    """Where the original of one picture is: a file, or the picture decoded already."""

    source: Path | Picture
    design: PictureDesign
    block: int = 0


def prepare_picture(original: Original, preprocessing: Preprocessing, views: Views = ONE_VIEW) -> PreparedPicture:
    """Return ``original`` decoded and resized as trainers' loaders do it: upright, grey repeated in three channels,
    16 bits cut to 8, transparency dropped and the colour under it kept, Pillow's antialiased filters.

    Raises PictureError where the file cannot be decoded.
    """
    picture = original.source if isinstance(original.source, Picture) else decode(original.source)
    resized = _resize(_eight_bits(picture), preprocessing)
    size = (int(resized.shape[1]), int(resized.shape[2]))
    top, bottom, left, right = views.window(size, preprocessing.crop)
    part = np.empty((3, bottom - top, right - left), np.uint8)
    part[:] = resized[:, top:bottom, left:right]
    return PreparedPicture(part, size, (top, left), original.design, original.block)


def prepare_pictures(
    originals: Iterable[Original], preprocessing: Preprocessing, views: Views, jobs: int, control: Control
) -> Iterator[PreparedPicture]:
    """Yield every original prepared, in order; ``jobs`` threads decode, two pictures per thread at most are on
    their way. Raises PictureError, CancelledError.
    """

    def prepare(original: Original) -> PreparedPicture:
        return prepare_picture(original, preprocessing, views)

    with workers(jobs, control) as crew:
        for _, prepared in crew.each(prepare, originals):
            yield prepared


def _eight_bits(picture: Picture) -> NDArray[np.uint8]:
    pixels = picture.pixels
    return (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels.astype(np.uint8, copy=False)


def _resize(pixels: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Return (1 or 3, h, w)."""
    height, width = preprocessing.resized(pixels.shape[1], pixels.shape[2])
    if (height, width) == pixels.shape[1:]:
        return pixels
    image = to_image(pixels).resize((width, height), _FILTERS[preprocessing.interpolation])
    return bands(image, image.mode)
