"""Marked copies between the draw's two sides: made before it, written after it, in files that have no name.

Most of an export's work is done before chance decides. To keep its fruits without holding them all in memory, bytes
past a few megabytes go to a temporary file without a name, which vanishes with the program however it ends: no marked
copy can be found on the disk before the record is.
"""

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

IN_MEMORY = 32 << 20


@dataclass(frozen=True)
class Slot:
    """Where kept bytes lie."""

    start: int
    length: int


class Spool:
    """Keeps bytes for several threads, up to a limit and as far as the disk lets it."""

    def __init__(self, file: tempfile.SpooledTemporaryFile[bytes], limit: int) -> None:
        """Keep up to ``limit`` bytes in ``file``."""
        self._file = file
        self._limit, self._end = limit, 0
        self._lock = threading.Lock()

    def keep(self, data: bytes) -> Slot | None:
        """Keep ``data``; None where there is no room for it, and it must be made again."""
        with self._lock:
            if self._end + len(data) > self._limit:
                return None
            slot = Slot(self._end, len(data))
            with contextlib.suppress(OSError):
                self._file.seek(slot.start)
                if self._file.write(data) == len(data):
                    self._end += len(data)
                    return slot
            # A disk that is full stays full: ask it no more.
            self._limit = 0
            return None

    def read(self, slot: Slot) -> bytes | None:
        """Return what was kept in ``slot``, or None when the disk does not give it back."""
        with self._lock, contextlib.suppress(OSError):
            self._file.seek(slot.start)
            data = self._file.read(slot.length)
            return data if len(data) == slot.length else None
        return None


@contextlib.contextmanager
def spool(folder: Path, limit: int) -> Iterator[Spool]:
    """Give a spool; nothing of it is left when the block ends."""
    with _closed_quietly(tempfile.SpooledTemporaryFile(IN_MEMORY, "w+b", dir=str(folder))) as file:
        yield Spool(file, limit)


@contextlib.contextmanager
def _closed_quietly(file: tempfile.SpooledTemporaryFile[bytes]) -> Iterator[tempfile.SpooledTemporaryFile[bytes]]:
    """Close ``file`` when the block ends; what a full disk still owes then is not wanted any more."""
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()
