"""Read a picture file from disk, and refuse folders, pipes, devices and files that are too large."""

import errno
import os
import stat
from pathlib import Path

from mtgui.common.errors import PictureError, storage_reason
from mtgui.common.files import open_ordinary

LARGEST_FILE = 4 << 30
EMPTY = "the file is empty (0 bytes); take it from a backup or save it again."


def read(path: Path, most: int | None = None) -> bytes:
    """Return the content of the regular file at ``path``; with ``most``, at least its first ``most`` bytes.

    Folders, pipes, sockets and devices are refused before anything is opened. Raises PictureError.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(path, _not_a_file(path, status.st_mode))
        if status.st_size > LARGEST_FILE:
            raise PictureError(path, f"it is larger than {LARGEST_FILE >> 30} GB; save it smaller.")
        with open_ordinary(path) as file:
            data = file.read() if most is None else file.read(most)
    except OSError as error:
        raise PictureError(path, _reason(error)) from None
    except (ValueError, MemoryError, RuntimeError):  # without memory for its lock, a file raises RuntimeError
        raise PictureError(path, "it cannot be opened under this name or with the memory at hand.") from None
    if not data:
        raise PictureError(path, EMPTY)
    return data


def _not_a_file(path: Path, mode: int) -> str:
    if stat.S_ISDIR(mode):
        try:
            os.scandir(path).close()
        except OSError as error:
            return f"this folder cannot be opened: {storage_reason(error)}."
        return "this is a folder, not a picture; choose the pictures inside it."
    return "this is a pipe, a socket or a device, not a picture file; choose a file."


def _reason(error: OSError) -> str:
    reasons = {
        errno.ENOENT: "there is no such file; was it moved, renamed, or a drive unplugged?",
        errno.ENOTDIR: "there is no such file; was it moved, renamed, or a drive unplugged?",
        errno.EACCES: "you have no permission to read it; change its permissions or copy it elsewhere.",
        errno.EPERM: "you have no permission to read it; change its permissions or copy it elsewhere.",
        errno.ELOOP: "it is a link that leads in a circle; choose the file itself.",
        errno.EIO: "the disk reported a read error; check the drive or take the file from a backup.",
        errno.EMFILE: "too many files are open; close other programs and try again.",
    }
    return reasons.get(error.errno or 0, f"it cannot be read, the system says “{error.strerror or error}”; try again.")
