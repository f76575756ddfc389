"""Prepares originals once: decodes them, resizes them to the model's pre-crop size, and crops them for the views."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.auditing.engine.views import ONE_VIEW, Views
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.control import Control
from mtgui.common.threads import Threads
from mtgui.marking.mark import PictureDesign, textured
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
    whole resized picture. at: (row, column) of the part in it. design: what a mark needs to know about the original.
    block: index of its block in the record, which decides the keys under which it is marked.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    at: tuple[int, int]
    design: PictureDesign
    block: int = 0


@dataclass(frozen=True)
class Original:
    """The original of one picture: a file, or the picture if it is decoded already.

    needs_texture: True if it is to be marked with a tint.
    """

    source: Path | Picture
    design: PictureDesign
    block: int = 0
    needs_texture: bool = False


def prepare_picture(original: Original, preprocessing: Preprocessing, views: Views = ONE_VIEW) -> PreparedPicture:
    """Return ``original`` decoded and resized as the loaders of trainers do it.

    It is turned upright; grey is repeated in three channels, 16 bits are cut to 8, and transparency is dropped while
    the colour under it is kept. Pillow's antialiased filters resize it. Raises PictureError if the file cannot be
    decoded.
    """
    picture = original.source if isinstance(original.source, Picture) else decode(original.source)
    resized = _resize(_eight_bits(picture), preprocessing)
    size = (int(resized.shape[1]), int(resized.shape[2]))
    top, bottom, left, right = views.window(size, preprocessing.crop)
    part = np.empty((3, bottom - top, right - left), np.uint8)
    part[:] = resized[:, top:bottom, left:right]
    design = textured(original.design, picture.pixels) if original.needs_texture else original.design
    return PreparedPicture(part, size, (top, left), design, original.block)


def prepare_pictures(
    originals: Iterable[Original], preprocessing: Preprocessing, views: Views, jobs: int, control: Control
) -> Iterator[PreparedPicture]:
    """Yield every original, prepared, in order; ``jobs`` threads decode at most two pictures each in advance.

    Raises PictureError, CancelledError.
    """

    def prepare(original: Original) -> PreparedPicture:
        return prepare_picture(original, preprocessing, views)

    with workers(jobs, control) as crew:
        for _, prepared in crew.each(prepare, originals):
            yield prepared


class PicturesOnTheWay(Sequence[PreparedPicture]):
    """Originals that threads prepare while the first are already in use; a context manager.

    A caller that asks for a picture waits until it is ready, and gets PictureError if it cannot be decoded,
    CancelledError after the work was cancelled. Threads prepare pictures in the order in which they will be needed, at
    most two per thread in advance; then they rest until a caller asks. Prepared pictures are kept.
    """

    def __init__(
        self,
        originals: Sequence[Original],
        preprocessing: Preprocessing,
        views: Views,
        *,
        order: Sequence[int],
        jobs: int,
        control: Control,
    ) -> None:
        """Start ``jobs`` threads, in the order ``order``, a permutation of the indices of ``originals``."""
        self._originals, self._preprocessing, self._views = originals, preprocessing, views
        self._order, self._control = [int(place) for place in order], control
        self._turn = {place: turn for turn, place in enumerate(self._order)}
        self._ahead = 2 * jobs
        self._lock = threading.Lock()
        self._begun: dict[int, Future[PreparedPicture]] = {}
        self._executor = Threads(jobs, "mtgui-decoding")
        self._begin_up_to(self._ahead)

    def __enter__(self) -> "PicturesOnTheWay":
        """Return the pictures."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Start no more pictures, and wait for the threads."""
        self._executor.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        """Number of pictures, prepared or not."""
        return len(self._order)

    @property
    def are_ready(self) -> bool:
        """True when all pictures are prepared."""
        with self._lock:
            begun = list(self._begun.values())
        return len(begun) == len(self) and all(one.done() and one.exception() is None for one in begun)

    @overload
    def __getitem__(self, place: int) -> PreparedPicture: ...

    @overload
    def __getitem__(self, place: slice) -> list[PreparedPicture]: ...

    def __getitem__(self, place: int | slice) -> PreparedPicture | list[PreparedPicture]:
        """Return the picture of the original at index ``place``, or a list for a slice; wait until they are ready."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        if place not in self._begun or self._turn[place] + self._ahead >= len(self._begun):
            self._begin_up_to(self._turn[place] + 1 + self._ahead)
        return self._begun[place].result()

    def in_turn(self, count: int) -> Iterator[PreparedPicture]:
        """Yield the first ``count`` pictures of the order, each as soon as it is ready."""
        for place in self._order[:count]:
            yield self[place]

    def _begin_up_to(self, turn: int) -> None:
        with self._lock:
            for place in self._order[len(self._begun) : turn]:
                self._begun[place] = self._executor.submit(self._prepare, self._originals[place])

    def _prepare(self, original: Original) -> PreparedPicture:
        self._control.checkpoint()
        return prepare_picture(original, self._preprocessing, self._views)


def _eight_bits(picture: Picture) -> NDArray[np.uint8]:
    pixels = picture.pixels
    return (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels.astype(np.uint8, copy=False)


def _resize(pixels: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Return ``pixels`` resized: (1 or 3, h, w) uint8."""
    height, width = preprocessing.resized(pixels.shape[1], pixels.shape[2])
    if (height, width) == pixels.shape[1:]:
        return pixels
    image = to_image(pixels).resize((width, height), _FILTERS[preprocessing.interpolation])
    return bands(image, image.mode)
