"""Temporary folders of one process; the next process removes those that killed processes left."""

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mtgui.common.files import hold

_PREFIX = "mtgui-"
_LOCK = ".in-use"
"""The file in each of these folders that its process keeps locked. The system frees the lock when the process ends."""


@contextlib.contextmanager
def private_folder(purpose: str) -> Iterator[Path]:
    """Yield a folder that only this user may open, called after ``purpose``, and delete it when the block ends.

    It lies in the system's folder for temporary files and holds nothing but a hidden lock. Folders of processes that
    were killed are deleted first. Raises OSError.
    """
    place = Path(tempfile.gettempdir())
    remove_abandoned(place)
    folder, lock = _make(place, f"{_PREFIX}{purpose}-")
    try:
        yield folder
    finally:
        if sys.platform == "win32":  # it deletes no open file
            os.close(lock)
        # What cannot be deleted now, because a file in it is still open, the next process deletes.
        _delete(folder)
        if sys.platform != "win32":
            os.close(lock)


def remove_abandoned(place: Path) -> int:
    """Delete the private folders in ``place`` whose process has ended, and no others. Return how many."""
    removed = 0
    with contextlib.suppress(OSError), os.scandir(place) as listing:
        for item in listing:
            if item.name.startswith(_PREFIX) and _is_own_folder(Path(item.path)):
                with contextlib.suppress(OSError):
                    removed += _remove(Path(item.path))
    return removed


def _make(place: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder and its locked file; return it and the descriptor of that file."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        path = folder / _LOCK
        lock = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        # Another process may have taken the file between these two lines, and be deleting the folder.
        if hold(lock) is not False and path.exists():
            return folder, lock
        os.close(lock)


def _is_own_folder(path: Path) -> bool:
    """True for a folder of this user, and no link to one."""
    try:
        about = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and (sys.platform == "win32" or about.st_uid == os.geteuid())


def _remove(folder: Path) -> bool:
    """Delete ``folder`` if it has a lock that no process holds. Raises OSError, for instance if it has no lock."""
    path = folder / _LOCK
    if sys.platform == "win32":
        path.unlink()  # fails while a process has it open
        _delete(folder)
        return True
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not hold(lock):
            return False
        _delete(folder)
        return True
    finally:
        os.close(lock)


def _delete(folder: Path) -> None:
    """Delete ``folder`` as far as possible, its lock last, so that another process can finish after a kill."""
    with contextlib.suppress(OSError):
        for item in list(folder.iterdir()):
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item, ignore_errors=True)
            elif item.name != _LOCK:
                item.unlink()
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()
