"""Say what is wrong with a picture file that cannot be decoded, as far as its structure tells.

It runs after a decoder has failed, on the bytes of the whole file, and never decodes pixels itself.
"""

import struct
import zlib
from collections.abc import Callable

from mtgui.pictures import damage_in_boxes, damage_in_chunks, damage_in_headers
from mtgui.pictures.damage_words import COPY_AGAIN, ENDS_EARLY, SAVE_AGAIN, TOO_EARLY
from mtgui.pictures.formats import TITLES, PictureRefusedError, identify

UNKNOWN = f"the file is damaged or of a rare kind that cannot be read; {SAVE_AGAIN}."
_HEAD = 4096
_ENOUGH_ZEROS = 32
_STRUCTURES: dict[str, Callable[[bytes], str | None]] = {
    "png": damage_in_chunks.png,
    "jpeg": damage_in_chunks.jpeg,
    "webp": damage_in_chunks.webp,
    "gif": damage_in_chunks.gif,
    "avif": damage_in_boxes.media,
    "heif": damage_in_boxes.media,
    "jpeg2000": damage_in_boxes.jpeg2000,
    "bmp": damage_in_headers.bmp,
    "tga": damage_in_headers.tga,
    "ppm": damage_in_headers.ppm,
    "tiff": damage_in_headers.tiff,
}
_FAULTS = (ValueError, LookupError, ArithmeticError, struct.error, zlib.error, MemoryError)
_TELLING = {"png"}
"""Formats whose structure tells whether zeros behind it belong to the picture."""
_COMPRESSED = {"png", "jpeg", "webp", "gif", "avif", "heif", "jpeg2000"}


def _is_short(name: str, data: bytes) -> bool:
    """True unless the file content ``data`` of the format ``name`` has all of its parts, or another fault before."""
    try:
        found = _STRUCTURES[name](data)
    except _FAULTS:
        return True
    return found is None or found.startswith(TOO_EARLY) or name not in _TELLING


def reason(data: bytes, suffix: str, error: Exception) -> str:
    """Return one sentence, without the name of the file, on why the file content ``data`` cannot be decoded.

    ``suffix`` is in lower case; ``error`` is what the decoder raised.
    """
    try:
        name = identify(data[:_HEAD], suffix)
    except PictureRefusedError as refused:
        return str(refused)
    kept = len(data.rstrip(b"\0"))
    if name in _COMPRESSED and len(data) - kept >= _ENOUGH_ZEROS and _is_short(name, data[:kept]):
        return (
            f"from byte {kept} of {len(data)} on the file holds nothing but zeros, as after a copy that was not "
            f"finished; {COPY_AGAIN}."
        )
    try:
        found = _STRUCTURES[name](data)
    except _FAULTS:
        found = f"its {TITLES[name]} header is damaged; {COPY_AGAIN}."
    if found:
        return found
    if "truncated" in str(error) or isinstance(error, EOFError):
        return ENDS_EARLY
    return UNKNOWN
