"""Does at most so often what is asked for as often as anything changes; the last wish is always carried out."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal


class Throttle(QObject):
    """Emits `due` at once for the first wish, then once for all wishes within each interval."""

    due = Signal()

    def __init__(self, interval: Callable[[], int], parent: QObject | None = None) -> None:
        """``interval`` says how many milliseconds lie between two times."""
        super().__init__(parent)
        self._interval = interval
        self._is_requested = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ring)

    @property
    def interval(self) -> int:
        """How many milliseconds lie between two times now."""
        return self._interval()

    @property
    def is_active(self) -> bool:
        """True within an interval."""
        return self._timer.isActive()

    def request(self) -> None:
        """Ask for it."""
        if self._timer.isActive():
            self._is_requested = True
        else:
            self._go()

    def stop(self) -> None:
        """Forget what was wished."""
        self._timer.stop()
        self._is_requested = False

    def _ring(self) -> None:
        if self._is_requested:
            self._go()

    def _go(self) -> None:
        self._is_requested = False
        self.due.emit()
        self._timer.start(self._interval())
