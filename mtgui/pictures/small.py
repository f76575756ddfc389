"""Make small JPEG files of pictures, for reports."""

import io
from pathlib import Path

from mtgui.pictures.decoding import decode_small
from mtgui.pictures.planes import to_image

_QUALITY = 82


def thumbnail_jpeg(path: Path, longest: int) -> bytes:
    """Return the picture at ``path`` as a JPEG file without metadata; its longer side has at most ``longest`` pixels.

    Raises PictureError.
    """
    file = io.BytesIO()
    to_image(decode_small(path, longest)).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
