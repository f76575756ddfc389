"""The errors a person may meet: each message says what was found, where, and what to do next."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path


class MtguiError(Exception):
    """Root of every error that mtgui raises on purpose; its text is one clear sentence for a person."""


class UsageError(MtguiError):
    """The request itself cannot be carried out: contradictory or impossible settings."""


class PictureError(MtguiError):
    """One picture cannot be used; the others of its batch can."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file (``path``) and say in one sentence why it cannot be used (``reason``)."""
        self.path = path
        self.reason = f"{reason.rstrip('.')}."
        super().__init__(f"{readable_name(path)}: {self.reason}")


class RecordError(MtguiError):
    """A mark record is damaged, foreign, or asks for something that would spoil the evidence."""


class ReportError(MtguiError):
    """A file is no audit report, or one that cannot be read as it stands."""


class StorageError(MtguiError):
    """The disk refused: it is full, read-only or unplugged."""


class CancelledError(MtguiError):
    """The person asked to stop; what was finished before stays."""


class NotOrdinaryError(OSError):
    """A pipe, a socket or a device stands where a file is expected; to open it could wait for ever."""


def readable_name(path: Path) -> str:
    """Return the name of ``path`` with control characters escaped, fit for one line of text."""
    return printable(path.name or str(path))


def printable(text: str | Path) -> str:
    """Return ``text`` with control characters, line breaks and undecodable bytes escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in str(text))


@contextlib.contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn an OSError of the block into a StorageError: ``what`` went wrong, the reason, and what to do next."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what}: {storage_reason(error)}.") from error


def storage_reason(error: OSError) -> str:
    """Say in plain words why the disk refused, and what to do next."""
    if isinstance(error, NotOrdinaryError):
        return "it is a pipe, a socket or a device, not a file; choose an ordinary file"
    reasons = {
        errno.ENOSPC: "the disk is full; free some space, then do the same again to go on",
        errno.EDQUOT: "your disk quota is used up; free some space, then do the same again to go on",
        errno.EROFS: "the disk is read-only; choose another folder",
        errno.EACCES: "you have no permission for it; choose another folder or change its permissions",
        errno.EPERM: "you have no permission for it; choose another folder or change its permissions",
        errno.ENOENT: "it is not there; check the name, or whether a drive was unplugged",
        errno.ENOTDIR: "there is a file where a folder should be; rename one of them",
        errno.EEXIST: "there is a file where a folder should be; rename one of them",
        errno.EISDIR: "it is a folder, not a file",
        errno.ENAMETOOLONG: "its name is too long for this disk; rename it",
        errno.EMFILE: "too many files are open; close other programs and try again",
        errno.EFBIG: "the disk or your account allows no file of that size; choose another folder",
        errno.EIO: "the disk reported a read or write error; check the drive",
    }
    return reasons.get(error.errno or 0, f"the system reported “{error.strerror or error}”")
