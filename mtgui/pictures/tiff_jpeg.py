"""TIFF files whose strips or tiles are JPEG streams: whether these hold all of their pixels."""

import io

from PIL import JpegImagePlugin

from mtgui.pictures import ifd, jpeg, jpeg_scans, tiff_layout
from mtgui.pictures.formats import PictureRefusedError

_JPEG, _TABLES = 7, 347
_GREY_WITH_ALPHA = 2
_START = b"\xff\xd8"


def check(stream: bytes) -> None:
    """Decode each strip or tile of the TIFF file ``stream`` if it is JPEG. Raises EOFError when pixels are missing.

    The TIFF decoder would make them up. Their sizes are known to lie within the file.
    """
    header = ifd.read_header(stream)
    page, _ = ifd.directory(stream, header.first, header)
    if page.number(259, 1) != _JPEG:
        return
    layout = tiff_layout.read(page)
    if layout.samples == _GREY_WITH_ALPHA and not layout.is_apart:
        # Streams of two channels are known to the TIFF decoder alone, which makes up what they lack.
        raise PictureRefusedError(tiff_layout.RARE)
    tables = (page.raw(_TABLES) or b"").removesuffix(jpeg_scans.END)
    for start, size in zip(layout.offsets, layout.counts, strict=False):
        strip = stream[start : start + size]
        whole = jpeg.survey((tables or _START) + strip.removeprefix(_START)).stream
        jpeg_scans.load(JpegImagePlugin.JpegImageFile(io.BytesIO(whole)), whole)
