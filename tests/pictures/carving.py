"""Find pictures in a file, as they are, encoded or compressed. Nothing here is shared with mtgui."""

import base64
import binascii
import io
import itertools
import re
import struct
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_START = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|RIFF....WEBP|GIF8[79]a|II\*\0|MM\0\*|BM....\0\0\0\0|....ftyp", re.DOTALL
)
_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    KeyError,
    EOFError,
    struct.error,
    TypeError,
    ZeroDivisionError,
    RuntimeError,
)
_ERRORS_OF_MEMORY = (
    MemoryError,
    OverflowError,
    IndexError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_MOST_STREAMS = 50
_LARGEST = 1 << 20
_RUN = 24
_LIVELY = 16
"""Different values in a run of pixels that says something; black rows are everywhere."""


def pictures_in(data: bytes, depth: int = 3) -> int:
    """Return how many pictures can be carved out of ``data``: stored, encoded or compressed, one within another."""
    number = sum(_is_picture(data[match.start() :]) for match in _START.finditer(data))
    if depth:
        number += sum(pictures_in(inner, depth - 1) for inner in inner_data(data))
    return number


def _is_picture(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                image.load()
    except (*_ERRORS, *_ERRORS_OF_MEMORY):
        return False
    return True


def inner_data(data: bytes) -> Iterator[bytes]:
    """Yield what runs in ``data`` decode to: zlib, gzip, base64 (URL-safe and in lines too) and hexadecimal digits.

    Texts of two bytes a letter are read as well.
    """
    for match in itertools.islice(re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", data), _MOST_STREAMS):
        try:
            yield zlib.decompressobj(47).decompress(data[match.start() :], _LARGEST)
        except zlib.error:
            continue
    for plain in {data, data.replace(b"\0", b"")}:
        dense = re.sub(rb"\s|\\n|&#10;", b"", plain)
        for run in re.findall(rb"[A-Za-z0-9+/_-]{80,}", dense):
            yield from (_from_base64(run[start:]) for start in range(4))
        for run in re.findall(rb"[0-9a-fA-F]{80,}", dense):
            yield from (bytes.fromhex(run[s : len(run) - (len(run) - s) % 2].decode()) for s in range(2))


def _from_base64(run: bytes) -> bytes:
    plain = run.replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(plain + {1: b"A==", 2: b"==", 3: b"="}.get(len(plain) % 4, b""))
    except binascii.Error:
        return b""


def runs_of(pixels: NDArray[np.uint8]) -> list[bytes]:
    """Return runs of 24 lively bytes of ``pixels`` (H, W, C), as they lie in a row, and channel by channel."""
    rows = [row.tobytes() for row in pixels] + [row.tobytes() for plane in np.moveaxis(pixels, -1, 0) for row in plane]
    starts = (row[at : at + _RUN] for row in rows for at in range(0, len(row) - _RUN + 1, _RUN))
    return [run for run in starts if len({*run}) >= _LIVELY]


def holds_run(data: bytes, runs: list[bytes], depth: int = 2) -> bool:
    """True when one of ``runs`` stands in ``data``, as it is, encoded or compressed."""
    if any(run in data for run in runs):
        return True
    return depth > 0 and any(holds_run(inner, runs, depth - 1) for inner in inner_data(data))
