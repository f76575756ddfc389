"""Pause and cancel for long work, and a twin that does neither."""

import threading

from mtgui.common.errors import CancelledError


class Control:
    """Shared between the one who asks (window, signal handler) and the ones who work (any thread)."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()

    @property
    def is_cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled.is_set()

    @property
    def is_paused(self) -> bool:
        """True between `pause` and `resume`."""
        return not self._running.is_set()

    def cancel(self) -> None:
        """Ask the work to stop at its next checkpoint; wakes it if it is paused."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Ask the work to wait at its next checkpoint."""
        if not self._cancelled.is_set():
            self._running.clear()

    def resume(self) -> None:
        """Let paused work go on."""
        self._running.set()

    def checkpoint(self) -> None:
        """Wait while paused; raise `CancelledError` once cancelled. Called by the work between items."""
        self._running.wait()
        if self._cancelled.is_set():
            raise CancelledError("Stopped. What was finished before is kept.")
