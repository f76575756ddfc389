"""Survey files of the formats whose structure needs little: WebP, AVIF, JPEG 2000 and the plain ones."""

import struct

from mtgui.pictures import orientation
from mtgui.pictures.formats import RefusalError
from mtgui.pictures.metadata import Metadata, Survey


def survey_webp(data: bytes) -> Survey:
    """Look through the chunks of the WebP file ``data``. Raises `RefusalError`."""
    chunks: dict[bytes, bytes] = {}
    frames, is_lossless, position = 0, False, 12
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        if kind in (b"EXIF", b"XMP ", b"ICCP"):
            chunks.setdefault(kind, data[position + 8 : position + 8 + size])
        frames += kind == b"ANMF"
        is_lossless |= kind == b"VP8L"
        position += 8 + size + size % 2
    if frames > 1:
        raise RefusalError(
            f"it is an animation of {frames} frames; mtgui marks still pictures, save a single frame first."
        )
    exif = chunks.get(b"EXIF", b"").removeprefix(b"Exif\0\0") or None
    xmp = chunks.get(b"XMP ")
    metadata = Metadata(exif=exif, icc=chunks.get(b"ICCP"), xmp=xmp)
    return Survey(data, metadata, is_lossless=is_lossless, orientation=orientation.stated(exif, xmp))


def survey_plain(data: bytes) -> Survey:
    """Take BMP, GIF, PPM and TGA as they are."""
    return Survey(data)


def survey_avif(data: bytes) -> Survey:
    """Take AVIF as it is."""
    return Survey(data, is_lossless=False)
