"""Paces long work: says how much is done, waits while it is paused, and stops when it is cancelled."""

import time
from collections.abc import Callable, Iterator

from mtgui.common.control import Control
from mtgui.common.events import Event, Paused, Progress, Resumed

_SAID_EVERY = 0.5


class Pace:
    """Counts done work in units of ``total``; work that an earlier run did counts as done, but not for the time."""

    def __init__(self, total: float, control: Control, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count."""
        self._total, self._control, self._clock = total, control, clock
        self._done = self._skipped = 0.0
        self._start = self._said = clock()

    def skip(self, work: float) -> None:
        """Count ``work`` that needs not be done."""
        self._done += work
        self._skipped += work

    def did(self, work: float) -> Iterator[Event]:
        """Count ``work``, say the progress now and then, and obey pause and cancel. Raises CancelledError."""
        self._done += work
        now = self._clock()
        if now - self._said >= _SAID_EVERY:
            self._said = now
            fresh, seconds = self._done - self._skipped, now - self._start
            left = seconds / fresh * max(0.0, self._total - self._done) if fresh > 0 else None
            yield Progress(round(self._done), round(self._total), seconds, left)
        if self._control.is_paused:
            yield Paused()
            self._control.checkpoint()
            yield Resumed()
            self._start += self._clock() - now
        self._control.checkpoint()
