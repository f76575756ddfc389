"""Encode JPEG and WebP pictures to bytes in memory, with Pillow.

While Pillow encodes JPEG, other threads can run only if it writes to a real file. So JPEG goes through a file in
memory without a name: two threads then encode nearly twice as much. Each thread keeps its file for the next picture.
"""

import contextlib
import io
import os
import tempfile
import threading
from typing import IO

from PIL import Image

from mtgui.pictures.metadata import Metadata

_LOSSY_METHOD = 2
_LOSSLESS_METHOD = 0
_LOSSLESS_EFFORT = 50
_KEPT_BYTES = 4 << 20


class _Scratch:
    """A file without a name, used again for each picture, closed when its thread ends."""

    def __init__(self) -> None:
        self._file = _nameless_file()

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def jpeg(self, image: Image.Image, quality: int) -> bytes:
        """Return ``image`` as JPEG. Raises OSError."""
        self._file.seek(0)
        image.save(self._file, "JPEG", quality=quality, subsampling=0)
        length = self._file.tell()
        self._file.seek(0)
        data = self._file.read(length)
        if length > _KEPT_BYTES:
            self._file.truncate(0)
        return data


class _Scratches(threading.local):
    """The scratch file of each thread."""

    scratch: _Scratch | None = None


_MINE = _Scratches()


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Return ``image`` as baseline JPEG of full colour resolution, without metadata, the same on every run."""
    with contextlib.suppress(OSError):
        if _MINE.scratch is None:
            _MINE.scratch = _Scratch()
        return _MINE.scratch.jpeg(image, quality)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


def webp(image: Image.Image, metadata: Metadata, quality: int, *, is_lossless: bool) -> bytes:
    """Return ``image`` with ``metadata`` as WebP; the colour of transparent pixels is kept."""
    out = io.BytesIO()
    image.save(
        out,
        "WEBP",
        lossless=is_lossless,
        quality=_LOSSLESS_EFFORT if is_lossless else quality,
        method=_LOSSLESS_METHOD if is_lossless else _LOSSY_METHOD,
        exact=True,
        exif=metadata.exif or b"",
        icc_profile=metadata.icc or b"",
        xmp=metadata.xmp or b"",
    )
    return out.getvalue()


def _nameless_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("mtgui"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)
