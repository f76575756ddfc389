"""The buttons that pause and cancel running work."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from mtgui.desktop.theme.icons import icon
from mtgui.desktop.theme.tokens import GRID


class PauseCancelButtons(QWidget):
    """*Pause*, which becomes *Go on*, and *Cancel*."""

    pause_wanted = Signal(bool)
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build both buttons, for work that is not paused."""
        super().__init__(parent)
        self.is_paused = False
        self.pause = QPushButton("&Pause")
        self.pause.setIcon(icon("pause"))
        self.pause.clicked.connect(self._pause_clicked)
        self.cancel = QPushButton("&Cancel")
        self.cancel.setIcon(icon("stop"))
        self.cancel.clicked.connect(self.cancel_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        row.addWidget(self.pause, 1)
        row.addWidget(self.cancel, 1)

    def begin(self) -> None:
        """Reset both buttons for work that starts."""
        self.set_paused(False)
        self.set_stopping(False)
        self.pause.setFocus()

    def set_paused(self, is_paused: bool) -> None:
        """Show whether the work is paused."""
        if is_paused != self.is_paused:
            self.is_paused = is_paused
            self.pause.setText("&Go on" if is_paused else "&Pause")
            self.pause.setIcon(icon("play" if is_paused else "pause"))

    def set_stopping(self, is_stopping: bool) -> None:
        """Disable both buttons while the work is stopping."""
        self.pause.setEnabled(not is_stopping)
        self.cancel.setEnabled(not is_stopping)

    def _pause_clicked(self) -> None:
        self.set_paused(not self.is_paused)
        self.pause_wanted.emit(self.is_paused)
