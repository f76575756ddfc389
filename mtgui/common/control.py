"""Pause and cancel for long work."""

import threading

from mtgui.common.errors import CancelledError


class Control:
    """Shared between the one who asks (window, signal handler) and the ones who work (any thread).

    The lock is re-entrant, because a signal handler may interrupt the very thread that holds it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._is_cancelled = False
        self._is_paused = False

    @property
    def is_cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._is_cancelled

    @property
    def is_paused(self) -> bool:
        """True between `pause` and `resume`; never once cancelled."""
        return self._is_paused

    def cancel(self) -> None:
        """Ask the work to stop at its next checkpoint; wakes it if it is paused."""
        with self._changed:
            self._is_cancelled, self._is_paused = True, False
            self._changed.notify_all()

    def pause(self) -> None:
        """Ask the work to wait at its next checkpoint."""
        with self._changed:
            self._is_paused = not self._is_cancelled

    def resume(self) -> None:
        """Let paused work go on."""
        with self._changed:
            self._is_paused = False
            self._changed.notify_all()

    def checkpoint(self) -> None:
        """Wait while paused; raise `CancelledError` once cancelled. Called by the work between items."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_paused)
        if self._is_cancelled:
            raise CancelledError("Stopped. What was finished before is kept.")
