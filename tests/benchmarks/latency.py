"""Measures how long the window is deaf."""

import time

from PySide6.QtCore import QTimer


class Latency:
    """Counts how long the event loop is deaf, by a timer that wants to ring every 2 ms."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._ring)
        self._last = 0.0
        self.worst = 0.0

    def __enter__(self) -> "Latency":
        self._last = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ring()
        self._timer.stop()

    def _ring(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last)
        self._last = now
