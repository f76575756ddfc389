"""SHA-256 of bytes and files, as 64 lower-case hexadecimal digits."""

import hashlib
from pathlib import Path

from mtgui.common.control import Control
from mtgui.common.files import open_ordinary

_PIECE = 1 << 20


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path, control: Control | None = None) -> str:
    """Return the SHA-256 of the file at ``path``, read in pieces, between which ``control`` may pause or cancel.

    Raises OSError, also for a pipe or a device; CancelledError.
    """
    digest = hashlib.sha256()
    with open_ordinary(path) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            if control is not None:
                control.checkpoint()
    return digest.hexdigest()
