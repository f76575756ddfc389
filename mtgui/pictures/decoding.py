"""Picture files in, planar pixels out: every readable format, upright, with its metadata.

Nothing here uses Python's warnings or changes Pillow's settings, so that several threads can decode at
once: plugins are called directly, on a stream freed of metadata, after the size has been checked.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from mtgui.common.errors import PictureError
from mtgui.pictures import boxes, containers, files, formats, jpeg, orientation, planes, png, tiff
from mtgui.pictures.formats import RefusalError
from mtgui.pictures.metadata import Metadata, Survey

_SURVEYS: dict[str, Callable[[bytes], Survey]] = {
    "jpeg": jpeg.survey,
    "png": png.survey,
    "tiff": tiff.survey,
    "webp": containers.survey_webp,
    "jpeg2000": boxes.survey_jpeg2000,
    "avif": containers.survey_avif,
}
_PLUGINS: dict[str, Callable[[io.BytesIO], Image.Image]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
    "jpeg2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "ppm": PpmImagePlugin.PpmImageFile,
    "tga": TgaImagePlugin.TgaImageFile,
}
_HEAD = 4096


@dataclass(frozen=True)
class Picture:
    """One decoded picture.

    ``pixels`` is (C, H, W), C-contiguous, C = 1 (grey) or 3 (RGB), uint8 or uint16 (white is the largest
    number), upright. ``alpha`` is (H, W) uint8 or None; the colour under zero alpha is kept. ``format`` is
    a key of `formats.SUFFIXES`. ``metadata`` is as found. ``notes`` say, in sentences, what was changed or
    lost in reading. ``is_lossless`` says whether the file kept the pixels exactly, as far as is known.
    """

    pixels: planes.Pixels
    alpha: NDArray[np.uint8] | None
    format: str
    metadata: Metadata
    notes: tuple[str, ...]
    is_lossless: bool

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
    """What the header says: a key of `formats.SUFFIXES`, and width and height after turning upright."""

    format: str
    width: int
    height: int


def probe(path: Path) -> PictureInfo:
    """Return what the header of the file at ``path`` says, without decoding. Raises PictureError."""
    data = files.read(path)
    with _plain_errors(path):
        name = formats.identify(data[:_HEAD], path.suffix.lower())
        survey = _survey(name, data)
        width, height = _open(name, survey.stream).size
        if orientation.swaps_sides(survey.orientation):
            width, height = height, width
        return PictureInfo(name, width, height)


def decode(path: Path, data: bytes | None = None) -> Picture:
    """Decode the picture at ``path``; ``data`` is the file's content where it has been read already.

    Raises PictureError.
    """
    if data is None:
        data = files.read(path)
    with _plain_errors(path):
        name = formats.identify(data[:_HEAD], path.suffix.lower())
        survey = _survey(name, data)
        image = _load(_open(name, survey.stream))
        found = planes.from_image(image, survey)
    metadata, notes = survey.metadata, (*formats.name_note(name, path), *survey.notes, *found.notes)
    if found.drops_profile and metadata.icc:
        metadata = replace(metadata, icc=None)
        notes = (*notes, "Its colour profile no longer applies and was left out.")
    turn = survey.orientation
    alpha = found.alpha if found.alpha is None else orientation.apply(found.alpha, turn)
    return Picture(planes.turned(found.pixels, turn), alpha, name, metadata, notes, survey.is_lossless)


def decode_small(path: Path, longest: int) -> NDArray[np.uint8]:
    """Return the picture at ``path`` small: (C, H, W), C = 1 or 3, uint8, upright, for showing only.

    The longer side is ``longest`` at most; nothing is enlarged. Transparency lies over middle grey. Raises
    PictureError.
    """
    data = files.read(path)
    with _plain_errors(path):
        name = formats.identify(data[:_HEAD], path.suffix.lower())
        survey = _survey(name, data)
        image = _open(name, survey.stream)
        width, height = image.size
        scale = min(1.0, longest / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image.draft("L" if image.mode == "L" else "RGB", size)
        found = planes.from_image(_load(image), survey)
        pixels = found.pixels
        if pixels.dtype == np.uint16:
            pixels = (pixels >> 8).astype(np.uint8)
        small = planes.to_image(pixels, found.alpha)
        if found.alpha is not None:
            grey = Image.new(small.mode, small.size, (128,) * (len(pixels)) + (255,))
            small = Image.alpha_composite(grey.convert("RGBA"), small.convert("RGBA"))
            small = small.convert("L" if len(pixels) == 1 else "RGB")
        if small.size != size:
            small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        return orientation.apply(planes.bands(small, small.mode), survey.orientation)


def _survey(name: str, data: bytes) -> Survey:
    return _SURVEYS.get(name, containers.survey_plain)(data)


def _open(name: str, stream: bytes) -> Image.Image:
    image = _PLUGINS[name](io.BytesIO(stream))
    check_size(*image.size)
    return image


def _load(image: Image.Image) -> Image.Image:
    image.load()
    return image


def check_size(width: int, height: int) -> None:
    """Refuse more pixels than Pillow's hard limit, twice its ``MAX_IMAGE_PIXELS``."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and width * height > 2 * limit:
        raise RefusalError(
            f"it has {width} × {height} pixels, more than the {2 * limit // 1_000_000} million that can be "
            "handled safely; save it smaller."
        )


@contextlib.contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises on hostile bytes into one sentence.

    The net is wide on purpose. Pillow's plugins parse foreign bytes in Python and raise whatever the slip
    happened to be: OSError, SyntaxError, ValueError, KeyError, AssertionError, struct.error, zlib.error …
    No list of them would be complete, and none of them may stop the other pictures of a batch.
    """
    try:
        yield
    except RefusalError as error:
        raise PictureError(path, str(error)) from None
    except MemoryError:
        raise PictureError(path, "there is not enough memory to decode it; close other programs.") from None
    except Exception as error:
        raise PictureError(path, _damage(error)) from error


def _damage(error: Exception) -> str:
    if "truncated" in str(error) or isinstance(error, EOFError):
        return "the file ends too early; copy it again from where it came, or take it from a backup."
    return "the file is damaged or of a rare kind that cannot be read; open and save it in another program."
