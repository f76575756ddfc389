"""Files that only grow: locked while open, private to their owner, each line whole or not there."""

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
    """Add ``line`` at the end of ``file``, open without a buffer; on an error nothing of it stays. Raises OSError."""
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
    """Take back what others may do with a file whose copying or moving has opened it to them."""
    if sys.platform != "win32" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
        with contextlib.suppress(OSError):
            os.fchmod(file.fileno(), 0o600)


def lock_file(file: IO[bytes], path: Path, patience: float = 0.0) -> None:
    """Lock the open ``file`` at ``path`` until it is closed, trying for ``patience`` seconds.

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

            # A byte far past the end: Windows locks are mandatory, and others may still read the file.
            file.seek(1 << 40)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
