"""Taking one picture the whole way, decode, mark, encode, before chance decides whether it is published."""

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mtgui.common.errors import MtguiError, PictureError, storage_reason
from mtgui.common.hashing import sha256_bytes
from mtgui.marking.mark import Mark, PictureDesign, check_size, mark_picture
from mtgui.pictures.decoding import Picture, decode
from mtgui.pictures.encoding import Encoded, EncodeOptions, encode
from mtgui.publishing.sources import Source

LARGEST_FILE = 2 << 30


@dataclass(frozen=True)
class Examined:
    """A picture that came through: its hashes and size, and its marked copy as it would be published."""

    source: Source
    picture_id: str
    pixel_hash: str
    height: int
    width: int
    notes: tuple[str, ...]
    encoded: Encoded


def read_original(path: Path) -> bytes:
    """Return the bytes of an original. Raises PictureError in plain words."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(path, "it is not an ordinary file; choose a picture file")
        if status.st_size > LARGEST_FILE:
            raise PictureError(path, "it is larger than 2 GiB; save it smaller and try again")
        return path.read_bytes()
    except OSError as error:
        raise PictureError(path, storage_reason(error)) from error


def examine(source: Source, data: bytes, mark: Mark, options: EncodeOptions) -> Examined:
    """Decode ``data``, mark it under ``mark`` and encode it. Raises PictureError."""
    path = source.path
    try:
        picture = decode(path, data)
        check_size(picture.height, picture.width)
        picture_id = sha256_bytes(data)
        design = PictureDesign(picture_id, picture.height, picture.width)
        marked = mark_picture(picture.pixels, mark, design)
        encoded = encode(picture, marked, options, path)
    except PictureError:
        raise
    except MtguiError as error:
        raise PictureError(path, str(error)) from error
    except MemoryError as error:
        raise PictureError(path, "there is not enough memory for it; close other programs or shrink it") from error
    notes = tuple(dict.fromkeys((*picture.notes, *encoded.notes)))
    return Examined(source, picture_id, hash_pixels(picture), picture.height, picture.width, notes, encoded)


def hash_pixels(picture: Picture) -> str:
    """Return the SHA-256 of the decoded pixels with their shape: for finding a picture again, nothing else."""
    little_endian = np.ascontiguousarray(picture.pixels, dtype=picture.pixels.dtype.newbyteorder("<"))
    digest = hashlib.sha256(f"{little_endian.shape} {little_endian.dtype.itemsize}".encode())
    digest.update(little_endian.data)
    return digest.hexdigest()
