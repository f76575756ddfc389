"""Writes files so that they exist whole or not at all.

On Linux a new file has no name until its last byte is written (``O_TMPFILE``, then ``linkat``), so that
not even a killed process leaves a piece behind. Elsewhere, and on file systems that cannot do that, a
hidden temporary neighbour is renamed into place.
"""

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from mtgui.common.errors import NotOrdinaryError

PARTIAL_SUFFIX = ".mtgui-part"
_NO_UNNAMED_FILES = {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL}
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def write_new(path: Path, data: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Create ``path`` holding ``data``, whole or not at all.

    ``mode`` is subject to the umask. ``durable`` waits until the disk has it. Raises FileExistsError, and
    then leaves the existing file as it was; raises OSError that names ``path`` where the disk refuses.
    """
    with _named_in_errors(path):
        if not _write_unnamed(path, data, mode, durable):
            with _named_partial(path, data, mode, durable) as partial:
                _name_partial(partial, path)
        if durable:
            sync_folder(path.parent)


def replace(path: Path, data: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Put ``data`` at ``path`` in one step, in place of whatever file was there. Raises OSError that names it."""
    with _named_in_errors(path):
        with _named_partial(path, data, mode, durable) as partial:
            partial.replace(path)
        if durable:
            sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until the content of the file at ``path`` is on disk; do nothing if it cannot be opened."""
    with contextlib.suppress(OSError), path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in ``folder`` are on disk; do nothing on Windows."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_partials(folder: Path) -> int:
    """Delete the temporary files that killed runs left in ``folder``, but none in use. Return how many."""
    removed = 0
    for partial in folder.glob(f".*{PARTIAL_SUFFIX}"):
        with contextlib.suppress(OSError):
            if partial.is_symlink() or not partial.is_file():
                continue
            descriptor = os.open(partial, os.O_RDONLY)
            try:
                if hold(descriptor) is False:
                    continue
                if os.name == "posix":
                    partial.unlink()
            finally:
                os.close(descriptor)
            # Windows deletes no open file; there, one still in use stays because its writer has it open.
            partial.unlink(missing_ok=True)
            removed += 1
    return removed


def open_ordinary(path: Path) -> BufferedReader:
    """Open the ordinary file at ``path`` for reading bytes, and never wait for a pipe or a device.

    Raises NotOrdinaryError for these, IsADirectoryError for a folder, and OSError.
    """
    # A device may act when it is opened, so what it is gets asked before; and after, because it may have changed.
    _refuse_special(path, path.stat().st_mode)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _refuse_special(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _refuse_special(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise NotOrdinaryError(errno.EINVAL, "not an ordinary file", str(path))


def is_folder(path: Path) -> bool:
    """True when there is a folder at ``path``; False, and no error, where the system will not say."""
    with contextlib.suppress(OSError):
        return path.is_dir()
    return False


def is_ordinary(path: Path) -> bool:
    """True when there is an ordinary file at ``path``; False, and no error, where the system will not say."""
    with contextlib.suppress(OSError):
        return path.is_file()
    return False


@contextlib.contextmanager
def _named_in_errors(path: Path) -> Iterator[None]:
    """Make an OSError that is raised inside the block name ``path`` or its folder.

    The system's own error names no file when the disk is full, or a temporary file that the user never saw.
    """
    try:
        yield
    except OSError as error:
        if error.filename not in (path.parent, str(path.parent)):
            error.filename = str(path)
        raise


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
        # Python calls linkat, which follows the link in /proc, only when it gets a folder descriptor; the value of
        # the descriptor does not matter, because the path is absolute.
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in _NO_HARD_LINKS | {errno.ENOENT} and path.parent.is_dir():
            return False
        raise
    finally:
        os.close(descriptor)
    return True


@contextlib.contextmanager
def _named_partial(path: Path, data: bytes, mode: int, durable: bool) -> Iterator[Path]:
    partial = path.with_name(f".{secrets.token_hex(8)}{PARTIAL_SUFFIX}")
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
    with contextlib.ExitStack() as stack:
        stack.callback(partial.unlink, missing_ok=True)
        closing = stack.enter_context(contextlib.ExitStack())
        closing.callback(os.close, descriptor)
        hold(descriptor)
        _write_all(descriptor, data, durable)
        if os.name != "posix":
            closing.close()
        yield partial


def _name_partial(partial: Path, path: Path) -> None:
    """Give ``partial`` the name ``path`` unless that is taken."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # Without hard links an empty file reserves the name, so that no other program can take it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        partial.replace(path)


def hold(descriptor: int) -> bool | None:
    """Lock an open temporary file for as long as it is open.

    False when another run holds it; None where there are no such locks.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _write_all(descriptor: int, data: bytes, durable: bool) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    if durable:
        os.fsync(descriptor)
    elif hasattr(os, "posix_fadvise"):
        # This makes Linux begin to write, so that a later `sync_file` returns soon.
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
