"""Zeros in the middle of compressed pixels, as copies that were not finished and broken disks leave them.

The decoders of AVIF and HEIC make pixels of them without an error. What they decode looks like chance to others, in
which so many zeros in a row do not occur, not even where a picture is of one colour. In WebP they do.
"""

from mtgui.pictures.damage_words import zeros_from
from mtgui.pictures.formats import PictureRefusedError

_HOLE = bytes(256)


def refuse_hole(data: bytes, start: int, end: int) -> None:
    """Raise `PictureRefusedError` if the compressed pixels from ``start`` to ``end`` in ``data`` have a hole."""
    position = data.find(_HOLE, start, end)
    if position >= 0:
        raise PictureRefusedError(zeros_from(position))
