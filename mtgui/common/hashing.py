"""SHA-256 of bytes and files, as 64 lower-case hexadecimal digits."""

import hashlib
from pathlib import Path

from mtgui.common.files import open_ordinary


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of the file at ``path``, read in pieces. Raises OSError, also for a pipe or a device."""
    with open_ordinary(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
