"""Writes an artist's originals and a mark record, so that ``mtgui audit`` can look for them in the kept models."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.common import files
from mtgui.common.hashing import sha256_bytes
from mtgui.pictures.decoding import decode
from mtgui.publishing.examine import hash_pixels
from mtgui.records.journal import create_record
from mtgui.records.record_suffix import RECORD_SUFFIX
from mtgui.rehearsal.pictures.users import User

ORIGINALS, RECORD = "originals", f"rehearsal{RECORD_SUFFIX}"


def save_artist(folder: Path, user: User) -> None:
    """Write the originals of ``user`` and their record into ``folder``, once; nothing if the copies have a mark.

    A mark depends on the files of the originals, and in a rehearsal there were none when the copies were marked. The
    key comes from the seed of the rehearsal and protects nothing. Raises OSError.
    """
    record = folder / RECORD
    if not user.block.settings.is_invisible or record.exists():
        return
    (folder / ORIGINALS).mkdir(parents=True, exist_ok=True)
    pool = []
    for number, (pixels, picture) in enumerate(zip(user.pixels, user.block.pool, strict=True), 1):
        name, content = f"{number:03}.png", _png(pixels)
        files.replace(folder / ORIGINALS / name, content, durable=False)
        pixel_hash = hash_pixels(decode(Path(name), content))
        pool.append(replace(picture, picture_id=sha256_bytes(content), pixel_hash=pixel_hash, name=name))
    create_record(record, replace(user.block, pool=tuple(pool))).close()


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(file, "PNG")
    return file.getvalue()
