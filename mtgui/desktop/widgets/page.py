"""The methods of a page that the main window calls when it closes."""

from PySide6.QtWidgets import (
    QWidget,
)


class Page(QWidget):
    """A page of the window; both methods may be overridden."""

    def may_close(self) -> bool:
        """Say whether the window may close now; a page with running work may ask the person first."""
        return True

    def shut_down(self) -> None:
        """Stop threads and timers; called once, when the window closes."""
