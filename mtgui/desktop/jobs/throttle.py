"""Rate limit for a callback: it runs at once, then at most once per interval; the last request is never dropped."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal


class Throttle(QObject):
    """Emits `due` at once for the first request, then at most once per interval for all later ones.

    Its timer runs on the thread that made it, which is the window's.
    """

    due = Signal()

    def __init__(self, interval: Callable[[], int], parent: QObject | None = None) -> None:
        """``interval`` returns the milliseconds between two signals; it is asked again for every interval."""
        super().__init__(parent)
        self._interval = interval
        self._is_requested = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ring)

    @property
    def interval(self) -> int:
        """The milliseconds between two signals, as of now."""
        return self._interval()

    @property
    def is_active(self) -> bool:
        """True while an interval runs."""
        return self._timer.isActive()

    def request(self) -> None:
        """Ask for `due`: now if no interval runs, else when this interval ends."""
        if self._timer.isActive():
            self._is_requested = True
        else:
            self._go()

    def stop(self) -> None:
        """Drop the pending request and end the interval."""
        self._timer.stop()
        self._is_requested = False

    def _ring(self) -> None:
        if self._is_requested:
            self._go()

    def _go(self) -> None:
        self._is_requested = False
        self.due.emit()
        self._timer.start(self._interval())
