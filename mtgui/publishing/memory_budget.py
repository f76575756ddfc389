"""A budget of memory, so that several giant pictures at once do not use up what the computer has."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mtgui.marking.arrays import Workspace

BYTES_PER_PIXEL = 18
"""Most that decoding, marking and encoding a picture needs at a time, measured on 100-megapixel pictures."""
ASSUMED_MEMORY = 8 << 30
_MOST_KEPT = 128 << 20
_USES = 2


def affordable_pixels() -> int:
    """Return how many pixels may be worked on at a time: half of the computer's memory."""
    return memory_size() // 2 // BYTES_PER_PIXEL


def memory_size() -> int:
    """Return the computer's memory in bytes, or a modest guess where the system does not say."""
    if sys.platform == "win32":
        return ASSUMED_MEMORY
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return ASSUMED_MEMORY


class MemoryBudget:
    """A number of pixels that several threads share; one alone always finds room."""

    def __init__(self, pixels: int) -> None:
        """Share ``pixels``. Each thread keeps memory for its next picture, as much as one of 32 megapixels needs, and
        all processors' threads together an eighth of what the computer has.
        """
        self._memory = Workspace(min(_MOST_KEPT, memory_size() // (8 * _USES * (os.cpu_count() or 1))))
        self._free = self._all = max(1, pixels)
        self._changed = threading.Condition()

    @contextmanager
    def held(self, pixels: int) -> Iterator[Workspace]:
        """Wait until there is room for ``pixels``, and keep it for the block; give the thread's memory for them."""
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
