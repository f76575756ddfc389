"""Files that are there whole or not at all.

On Linux a new file has no name until its last byte is written (``O_TMPFILE``, then ``linkat``), so that
not even a killed process leaves a piece behind. Elsewhere, and on file systems that cannot do that, a
hidden temporary neighbour is renamed into place.
"""

import contextlib
import errno
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

PARTIAL_SUFFIX = ".mtgui-part"
_NO_UNNAMED_FILES = {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL}
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
_fallback_lock = threading.Lock()


def write_new(path: Path, data: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Create ``path`` holding ``data``, whole or not at all.

    ``mode`` is subject to the umask. ``durable`` waits until the disk has it. Raises FileExistsError, and
    then leaves the existing file as it was; raises OSError where the disk refuses.
    """
    if _write_unnamed(path, data, mode, durable):
        return
    with _named_partial(path, data, mode, durable) as partial:
        try:
            os.link(partial, path)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            with _fallback_lock:
                if os.path.lexists(path):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
                partial.replace(path)
    if durable:
        sync_folder(path.parent)


def replace(path: Path, data: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Put ``data`` at ``path`` in one step, in place of whatever file was there. Raises OSError."""
    with _named_partial(path, data, mode, durable) as partial:
        partial.replace(path)
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_partials(folder: Path) -> int:
    """Delete temporary files that a killed run left in ``folder``; return how many."""
    partials = [p for p in folder.glob(f".*{PARTIAL_SUFFIX}") if p.is_file()]
    for partial in partials:
        partial.unlink(missing_ok=True)
    return len(partials)


def _write_unnamed(path: Path, data: bytes, mode: int, durable: bool) -> bool:
    flag: int | None = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return False
    try:
        descriptor = os.open(path.parent, flag | os.O_WRONLY, mode)
    except OSError as error:
        if error.errno in _NO_UNNAMED_FILES and path.parent.is_dir():
            return False
        raise
    try:
        _write_all(descriptor, data, durable)
        try:
            os.link(f"/proc/self/fd/{descriptor}", path, follow_symlinks=True)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno in _NO_HARD_LINKS | {errno.ENOENT} and path.parent.is_dir():
                return False
            raise
    finally:
        os.close(descriptor)
    if durable:
        sync_folder(path.parent)
    return True


@contextlib.contextmanager
def _named_partial(path: Path, data: bytes, mode: int, durable: bool) -> Iterator[Path]:
    partial = path.with_name(f".{secrets.token_hex(8)}{PARTIAL_SUFFIX}")
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
    try:
        try:
            _write_all(descriptor, data, durable)
        finally:
            os.close(descriptor)
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _write_all(descriptor: int, data: bytes, durable: bool) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    if durable:
        os.fsync(descriptor)


def free_name(path: Path, is_taken: Callable[[Path], bool]) -> Path:
    """Return ``path``, or the first of ``name (2)``, ``name (3)`` … that ``is_taken`` does not claim."""
    candidate, number = path, 2
    while is_taken(candidate):
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return candidate
