"""Originals made ready once: decoded, shrunk to the model's pre-crop size, and cut to what the views need."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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


class PicturesOnTheWay(Sequence[PreparedPicture]):
    """Originals that are prepared in threads while the first of them are in use already; a context manager.

    A caller that asks for one waits until it is there, and gets PictureError where it cannot be decoded, CancelledError
    once the work was cancelled. They are begun in the order in which they are to be asked for, two for each thread
    before anybody has asked for them, and not one more: while nobody asks, the threads rest. All are kept once they
    are there.
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
        """Begin with the first of ``order``, a permutation of the places of ``originals``, in ``jobs`` threads."""
        self._originals, self._preprocessing, self._views = originals, preprocessing, views
        self._order, self._control = [int(place) for place in order], control
        self._turn = {place: turn for turn, place in enumerate(self._order)}
        self._ahead = 2 * jobs
        self._lock = threading.Lock()
        self._begun: dict[int, Future[PreparedPicture]] = {}
        self._executor = ThreadPoolExecutor(jobs, thread_name_prefix="mtgui-decoding")
        self._begin_up_to(self._ahead)

    def __enter__(self) -> "PicturesOnTheWay":
        """Give the pictures."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Begin no more of them, and wait for the threads."""
        self._executor.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        """How many there are, prepared or not."""
        return len(self._order)

    @property
    def are_ready(self) -> bool:
        """True once every one of them is there."""
        with self._lock:
            begun = list(self._begun.values())
        return len(begun) == len(self) and all(one.done() and one.exception() is None for one in begun)

    @overload
    def __getitem__(self, place: int) -> PreparedPicture: ...

    @overload
    def __getitem__(self, place: slice) -> list[PreparedPicture]: ...

    def __getitem__(self, place: int | slice) -> PreparedPicture | list[PreparedPicture]:
        """Return the picture of the original at ``place``, or several of them; wait until they are there."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        if place not in self._begun or self._turn[place] + self._ahead >= len(self._begun):
            self._begin_up_to(self._turn[place] + 1 + self._ahead)
        return self._begun[place].result()

    def in_turn(self, count: int) -> Iterator[PreparedPicture]:
        """Yield the first ``count`` of the order, each as soon as it is there."""
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
    """Return (1 or 3, h, w)."""
    height, width = preprocessing.resized(pixels.shape[1], pixels.shape[2])
    if (height, width) == pixels.shape[1:]:
        return pixels
    image = to_image(pixels).resize((width, height), _FILTERS[preprocessing.interpolation])
    return bands(image, image.mode)
