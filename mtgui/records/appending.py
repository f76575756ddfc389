"""Append-only files: locked while open, readable only by their owner, each line written whole or not at all."""

import contextlib
import os
import stat
import sys
import time
from pathlib import Path
from typing import IO

from mtgui.common.errors import RecordError, readable_name

_BETWEEN_TRIES = 0.02


def append_whole(file: IO[bytes], line: bytes) -> None:
    """Add ``line`` at the end of ``file``, open without a buffer. Raises OSError; then no part of ``line`` stays."""
    start = file.tell()
    try:
        view = memoryview(line)
        while view:
            view = view[file.write(view) :]
    except OSError:
        file.truncate(start)
        file.seek(start)
        raise


def keep_private(file: IO[bytes]) -> None:
    """Remove the rights of other users, which a file may get when it is copied or moved."""
    if sys.platform != "win32" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
        with contextlib.suppress(OSError):
            os.fchmod(file.fileno(), 0o600)


def lock_file(file: IO[bytes], path: Path, patience: float = 0.0) -> None:
    """Lock the open ``file`` at ``path`` until it is closed; try for ``patience`` seconds.

    Raises RecordError when another mtgui holds it.
    """
    deadline = time.monotonic() + patience
    while not _may_lock(file):
        if time.monotonic() >= deadline:
            raise RecordError(
                f"{readable_name(path)} is in use by another mtgui. Wait until that one has finished, then try again."
            )
        time.sleep(_BETWEEN_TRIES)


def _may_lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            # The locked byte lies far past the end: Windows locks are mandatory, but others must be able to read.
            file.seek(1 << 40)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
