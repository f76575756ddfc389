"""What the window needs from `mtgui.pictures`: which file names are pictures, and small versions of them.

Both functions are called on worker threads, so that Pillow is imported there and not while the window opens.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def load_small(path: Path, longest: int) -> "NDArray[np.uint8]":
    """Return the picture at ``path``, its longer side at most ``longest`` pixels: uint8 (channel, height, width)."""
    from mtgui.pictures.decoding import decode_small

    return decode_small(path, longest)


def is_picture_name(name: str) -> bool:
    """True when a file of this name is taken as a picture."""
    from mtgui.pictures.formats import looks_like_picture

    return looks_like_picture(Path(name))
