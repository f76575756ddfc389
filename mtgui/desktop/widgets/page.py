"""What the main window knows of a page: when it may close, and how far its running work is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QWidget,
)


class Page(QWidget):
    """A page of the window; both methods may be overridden."""

    progressed = Signal(object)
    """The finished share of running work, 0 to 1; None once nothing runs any more. The window shows it."""

    def may_close(self) -> bool:
        """Say whether the window may close now; a page with running work may ask the person first."""
        return True

    def shut_down(self) -> None:
        """Stop threads and timers; called once, when the window closes."""
