"""Decode picture files of every readable format to planar pixels, upright, with their metadata.

Nothing here changes Python's warnings or Pillow's settings, so several threads can decode at once.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.marking.arrays import Workspace
from mtgui.pictures import canvas, damage, formats, orientation, planes
from mtgui.pictures import picture_files as files
from mtgui.pictures.canvas import FRESH
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.metadata import Metadata
from mtgui.pictures.opening import Opened, open_picture

_JPEG_HEAD = 1 << 18


@dataclass(frozen=True)
class Picture:
    """One decoded picture.

    ``pixels`` is (C, H, W), C-contiguous, C = 1 (grey) or 3 (RGB), uint8 or uint16 (white is the largest
    number), upright. ``alpha`` is (H, W) uint8 or None; the colour under zero alpha is kept. ``format`` is
    a key of `formats.SUFFIXES`. ``metadata`` is as found. ``notes`` are sentences about what was changed or
    lost in reading. ``is_lossless`` is True when the file kept the pixels exactly, as far as is known.
    ``memory`` is the workspace in which the pixels may lie, and which saving may use.
    """

    pixels: planes.Pixels
    alpha: NDArray[np.uint8] | None
    format: str
    metadata: Metadata
    notes: tuple[str, ...]
    is_lossless: bool
    memory: Workspace = field(default=FRESH, repr=False, compare=False)

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return int(self.pixels.shape[0])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[1])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[2])

    @property
    def bit_depth(self) -> int:
        """8 or 16."""
        return 8 * self.pixels.dtype.itemsize


@dataclass(frozen=True)
class PictureInfo:
    """Facts from the header: the format, a key of `formats.SUFFIXES`, and width and height when upright."""

    format: str
    width: int
    height: int


def probe(path: Path) -> PictureInfo:
    """Return the facts from the header of the file at ``path``, without decoding. Raises PictureError."""
    head = files.read(path, _JPEG_HEAD)
    if len(head) == _JPEG_HEAD:
        with contextlib.suppress(PictureError):
            return _info(path, head) if head.startswith(b"\xff\xd8") else _info(path, files.read(path))
        head = files.read(path)
    return _info(path, head)


@dataclass(frozen=True)
class Unread:
    """A picture file whose header is read and whose pixels are not."""

    path: Path
    opened: Opened
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Number of pixels, according to the header."""
        return self.opened.size[0] * self.opened.size[1]

    def decode(self, memory: Workspace = FRESH) -> Picture:
        """Decode it. Raises PictureError.

        If ``memory`` is a thread's own workspace, the pixels are valid until the thread decodes the next picture there.
        """
        opened = self.opened
        with plain_errors(self.path, self.data):
            cells = opened.draw(memory)
            if cells is not None:
                found = planes.Planes(canvas.split(cells, memory))
            else:
                found = planes.from_image(opened.load(), opened.survey, memory)
        survey, name = opened.survey, opened.format
        metadata, notes = survey.metadata, (*formats.name_note(name, self.path), *survey.notes, *found.notes)
        if found.drops_profile and metadata.icc:
            metadata = replace(metadata, icc=None)
            notes = (*notes, "Its colour profile no longer applies and was left out.")
        turn = survey.orientation
        alpha = found.alpha if found.alpha is None else orientation.apply(found.alpha, turn)
        return Picture(planes.turned(found.pixels, turn), alpha, name, metadata, notes, survey.is_lossless, memory)


def read_header(path: Path, data: bytes) -> Unread:
    """Read the header of the picture at ``path``, whose file content is ``data``. Raises PictureError."""
    with plain_errors(path, data):
        if not data:
            raise PictureRefusedError(files.EMPTY)
        return Unread(path, open_picture(data, path.suffix.lower()), data)


def decode(path: Path, data: bytes | None = None) -> Picture:
    """Decode the picture at ``path``; ``data`` is the file's content if it was read before.

    Raises PictureError.
    """
    return read_header(path, files.read(path) if data is None else data).decode()


def decode_small(path: Path, longest: int) -> NDArray[np.uint8]:
    """Return a small version of the picture at ``path`` for display: (C, H, W), C = 1 or 3, uint8, upright.

    The longer side has at most ``longest`` pixels; small pictures are not enlarged. Transparent parts are shown over
    middle grey. Raises PictureError.
    """
    data = files.read(path)
    with plain_errors(path, data):
        opened = open_picture(data, path.suffix.lower())
        width, height = opened.size
        scale = min(1.0, longest / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = _flat(opened, size)
        if small.size != size:
            small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        return orientation.apply(planes.bands(small, small.mode), opened.survey.orientation)


def _info(path: Path, data: bytes) -> PictureInfo:
    with plain_errors(path, data):
        opened = open_picture(data, path.suffix.lower())
        return PictureInfo(opened.format, *opened.upright_size)


def _flat(opened: Opened, size: tuple[int, int]) -> Image.Image:
    """Decode to 8 bits without alpha, not smaller than ``size``; JPEG files are decoded at a fraction of their size."""
    if opened.image is not None and opened.format == "jpeg":
        opened.image.draft("L" if opened.image.mode == "L" else "RGB", size)
    found = planes.from_image(opened.load(), opened.survey)
    pixels = found.pixels
    eight = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    if found.alpha is None:
        return planes.to_image(eight)
    upper = planes.to_image(eight, found.alpha).convert("RGBA")
    over = Image.alpha_composite(Image.new("RGBA", upper.size, (128, 128, 128, 255)), upper)
    return over.convert("L" if len(eight) == 1 else "RGB")


@contextlib.contextmanager
def plain_errors(path: Path, data: bytes) -> Iterator[None]:
    """Turn any error that a decoder raises on hostile bytes, the file content ``data``, into a PictureError.

    It catches every Exception on purpose. Pillow's plugins parse foreign bytes in Python and raise errors of many
    kinds: OSError, SyntaxError, ValueError, KeyError, AssertionError, struct.error, zlib.error … No list of them
    would be complete, and none of them may stop the other pictures of a batch.
    """
    try:
        yield
    except PictureRefusedError as error:
        raise PictureError(path, str(error)) from None
    except MemoryError:
        raise PictureError(path, "there is not enough memory to decode it; close other programs.") from None
    except Exception as error:
        raise PictureError(path, damage.reason(data, path.suffix.lower(), error)) from error
