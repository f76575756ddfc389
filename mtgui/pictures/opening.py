"""Open the bytes of a picture file with the right decoder, without decoding pixels.

Pillow's plugins are called directly, not through ``Image.open``, which would warn about pictures of 89 to 179
million pixels. Medium-format cameras make such pictures, and Python's warnings cannot be muted for one thread. The
upper limit, twice ``Image.MAX_IMAGE_PIXELS``, still holds.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

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

from mtgui.marking.arrays import Workspace
from mtgui.pictures import (
    boxes,
    canvas,
    containers,
    exif,
    formats,
    items,
    jpeg,
    jpeg_scans,
    orientation,
    png,
    tiff,
    tiff_deflate,
    tiff_jpeg,
    tiff_layout,
)
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.metadata import Survey
from mtgui.pictures.sizes import check_size

_HEAD = 4096
_SURVEYS: dict[str, Callable[[bytes], Survey]] = {
    "jpeg": jpeg.survey,
    "png": png.survey,
    "tiff": tiff.survey,
    "webp": containers.survey_webp,
    "gif": containers.survey_gif,
    "bmp": containers.survey_bmp,
    "ppm": containers.survey_ppm,
    "tga": containers.survey_tga,
    "jpeg2000": boxes.survey_jpeg2000,
    "avif": items.survey,
    "heif": items.survey,
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


@dataclass(frozen=True)
class Opened:
    """A picture whose header is read: its format, survey, size as stored, and a function that loads its pixels.

    ``image`` is the undecoded picture, for `Image.Image.draft`; None if the decoder has no draft mode.
    """

    format: str
    survey: Survey
    size: tuple[int, int]
    load: Callable[[], Image.Image]
    image: Image.Image | None = None

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height after the orientation is applied."""
        width, height = self.size
        return (height, width) if orientation.swaps_sides(self.survey.orientation) else (width, height)

    def draw(self, memory: Workspace) -> canvas.Cells | None:
        """Decode the colours of a JPEG file into ``memory``. None for every other picture, which needs `load`."""
        if not isinstance(self.image, JpegImagePlugin.JpegImageFile) or self.image.mode != "RGB":
            return None
        image = self.image
        return canvas.draw(image, memory, lambda: jpeg_scans.load(image, self.survey.stream))


def open_picture(data: bytes, suffix: str) -> Opened:
    """Open the file content ``data``; the lower-case ``suffix`` matters only for TGA, which has no signature.

    Raises `PictureRefusedError`, and any error that a decoder raises on damaged files.
    """
    name = formats.identify(data[:_HEAD], suffix)
    survey = _SURVEYS[name](data)
    if name == "heif":
        return _open_heif(survey)
    image = _undecoded(name, survey.stream)
    check_size(*image.size)
    if name == "avif":
        items.refuse_frames(getattr(image, "n_frames", 1))
        survey = replace(survey, orientation=_transformation(image))
    elif name == "bmp":
        survey = replace(survey, metadata=containers.with_density(survey.metadata, image.info.get("dpi")))
    return Opened(name, survey, image.size, lambda: _loaded(name, image, survey.stream), image)


def _undecoded(name: str, stream: bytes) -> Image.Image:
    try:
        return _PLUGINS[name](io.BytesIO(stream))
    except SyntaxError as error:
        # A directory that the plugin cannot map to one of its modes is whole, but of a kind that it does not know.
        if name == "tiff" and str(error) in ("unknown pixel mode", "unknown data organization"):
            raise PictureRefusedError(tiff_layout.RARE) from error
        raise


def _loaded(name: str, image: Image.Image, stream: bytes) -> Image.Image:
    limit = Image.MAX_IMAGE_PIXELS
    if isinstance(image, TiffImagePlugin.TiffImageFile) and limit and image.width * image.height > limit:
        # If it has memory, the TIFF plugin skips its own check of the size, which would warn.
        image.im = Image.new(image.mode, image.size, None).im
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        jpeg_scans.load(image, stream)
    else:
        image.load()
    if name == "tiff":
        tiff_jpeg.check(stream)
        tiff_deflate.check(stream)
    if isinstance(image, PngImagePlugin.PngImageFile):
        png.check_parts(stream)
        if _may_lack_rows(image) and not png.holds_all_rows(stream):
            raise EOFError("rows are missing")
    return image


def _may_lack_rows(image: PngImagePlugin.PngImageFile) -> bool:
    """True when the last row is as empty as memory that was never written, or came in several passes."""
    is_empty = not any(image.crop((0, image.height - 1, *image.size)).tobytes())
    return is_empty or bool(image.info.get("interlace"))


def _transformation(image: Image.Image) -> int:
    """Return the orientation (1 to 8) that equals the rotation and mirror properties of an AVIF file."""
    block = image.info.get("exif")
    return (exif.orientation(block.removeprefix(exif.PREFIX)) or 1) if isinstance(block, bytes) else 1


def _open_heif(survey: Survey) -> Opened:
    try:
        import pillow_heif
    except ImportError:
        raise PictureRefusedError(
            'this is a HEIC picture; to read it, install the extra: pip install "mtgui[heif]".'
        ) from None
    file = pillow_heif.open_heif(io.BytesIO(survey.stream), convert_hdr_to_8bit=True)
    check_size(*file.size)
    if len(file) > 1:
        note = f"It holds {len(file)} pictures; only the main one was taken."
        survey = replace(survey, notes=(*survey.notes, note))

    def load() -> Image.Image:
        return Image.frombytes(file.mode, file.size, file.data, "raw", file.mode, file.stride)

    return Opened("heif", survey, file.size, load)
