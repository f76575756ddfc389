"""How many pixels a picture may have."""

from PIL import Image

from mtgui.pictures.formats import PictureRefusedError


def check_size(width: int, height: int) -> None:
    """Refuse more pixels than Pillow's hard limit, twice its ``MAX_IMAGE_PIXELS``. Raises `PictureRefusedError`."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and width * height > 2 * limit:
        raise PictureRefusedError(
            f"it has {width} × {height} pixels, more than the {2 * limit // 1_000_000} million that can be "
            "handled safely; save it smaller."
        )
