"""A limit on memory, so that several giant pictures at once do not use up all memory of the computer."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mtgui.marking.arrays import Workspace

BYTES_PER_PIXEL = 18
"""Most memory that decoding, marking and encoding needs, measured on 100-megapixel pictures."""
ASSUMED_MEMORY = 8 << 30
_MOST_KEPT = 128 << 20
_USES = 2


def affordable_pixels() -> int:
    """Return how many pixels may be worked on at a time, so that they need half of the computer's memory."""
    return memory_size() // 2 // BYTES_PER_PIXEL


def memory_size() -> int:
    """Return the computer's memory in bytes, or the limit set for this process if that is less.

    It is a low guess if the system does not tell.
    """
    if sys.platform == "win32":
        return ASSUMED_MEMORY
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        size = ASSUMED_MEMORY
    return size if limit == resource.RLIM_INFINITY else min(size, limit)


class MemoryBudget:
    """A number of pixels that several threads share; a single picture always gets room, however large."""

    def __init__(self, pixels: int) -> None:
        """Share ``pixels``. Each thread keeps memory for its next picture.

        That memory is bounded by the needs of a 32-megapixel picture; with one thread per processor, all threads
        together keep at most an eighth of the computer's memory.
        """
        self._memory = Workspace(min(_MOST_KEPT, memory_size() // (8 * _USES * (os.cpu_count() or 1))))
        self._free = self._all = max(1, pixels)
        self._changed = threading.Condition()

    @contextmanager
    def held(self, pixels: int) -> Iterator[Workspace]:
        """Reserve room for ``pixels`` during the block, after waiting for it. Yield the thread's workspace."""
        taken = min(pixels, self._all)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= taken)
            self._free -= taken
        try:
            yield self._memory
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()
