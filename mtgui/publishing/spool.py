"""Keeps marked copies between their making and the draw, in a file without a name.

Most work of an export is done before the draw. To keep the results without holding all of them in memory, bytes beyond
a few megabytes go to a temporary file without a name, which vanishes when the program ends in any way. So no marked
copy can be found on the disk before the record is there.
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
    """The place of kept bytes in the spool."""

    start: int
    length: int


class Spool:
    """Keeps bytes for several threads, up to a limit and while the disk has room."""

    def __init__(self, file: tempfile.SpooledTemporaryFile[bytes], limit: int) -> None:
        """Keep up to ``limit`` bytes in ``file``."""
        self._file = file
        self._limit, self._end = limit, 0
        self._lock = threading.Lock()

    def keep(self, data: bytes) -> Slot | None:
        """Keep ``data`` and return its place; None if there is no room, and the copy must be made again."""
        with self._lock:
            if self._end + len(data) > self._limit:
                return None
            slot = Slot(self._end, len(data))
            with contextlib.suppress(OSError, MemoryError):
                self._file.seek(slot.start)
                if self._file.write(data) == len(data):
                    self._end += len(data)
                    return slot
            # A full disk or memory is expected to stay full, so nothing more is written.
            self._limit = 0
            return None

    def read(self, slot: Slot) -> bytes | None:
        """Return the bytes kept in ``slot``; None if they cannot be read."""
        with self._lock, contextlib.suppress(OSError, MemoryError):
            self._file.seek(slot.start)
            data = self._file.read(slot.length)
            return data if len(data) == slot.length else None
        return None


@contextlib.contextmanager
def spool(folder: Path, limit: int) -> Iterator[Spool]:
    """Yield a spool, which is deleted when the block ends."""
    with _closed_quietly(tempfile.SpooledTemporaryFile(IN_MEMORY, "w+b", dir=str(folder))) as file:
        yield Spool(file, limit)


@contextlib.contextmanager
def _closed_quietly(file: tempfile.SpooledTemporaryFile[bytes]) -> Iterator[tempfile.SpooledTemporaryFile[bytes]]:
    """Close ``file`` when the block ends; ignore errors of a full disk, because the data are not needed any more."""
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()
