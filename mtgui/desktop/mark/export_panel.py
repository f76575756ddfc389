"""The foot of the Mark page's right column: the export button, or the progress of an export."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from mtgui.common.events import Event, Paused, Progress, Resumed, Started
from mtgui.common.texts import text
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.pause_cancel import PauseCancelButtons
from mtgui.desktop.widgets.plain_text import plain_tip
from mtgui.desktop.widgets.restyling import set_tone


class ExportPanel(QStackedWidget):
    """Offers the export, and shows its progress while it runs."""

    export_wanted = Signal()
    pause_wanted = Signal(bool)
    cancel_wanted = Signal()
    progressed = Signal(object)
    """The finished share of the step that runs, 0 to 1; None at the end of the export."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build both views; the offer is shown first."""
        super().__init__(parent)
        self.setProperty("kind", "panel")
        self._what, self._is_stopping = "", False
        self._offered: tuple[str, str, str, int] | None = None
        self._where = Caption()
        self._export = QPushButton(text("&Export…"))
        self._export.setProperty("kind", "primary")
        self._export.clicked.connect(self.export_wanted)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the export")
        self._state = Caption()
        self._buttons = PauseCancelButtons()
        self._buttons.pause_wanted.connect(self._pause_clicked)
        self._buttons.cancel_wanted.connect(self._cancel_clicked)
        self.addWidget(self._offer())
        self.addWidget(self._progress())

    @property
    def button(self) -> QPushButton:
        """The primary button."""
        return self._export

    def offer(self, words: str, folder: str, why_not: str = "") -> None:
        """Offer an export to ``folder`` with ``words`` on the button; ``why_not`` says why there is none."""
        offered = (words, folder, why_not, self.width())
        if offered == self._offered:
            return
        self._offered = offered
        self._export.setText(words)
        self._export.setEnabled(not why_not)
        self._export.setAccessibleDescription(why_not)
        set_tone(self._where, "caution" if why_not and folder else "")
        if why_not:
            self._where.setText(f"! {why_not}" if folder else why_not)
            self._where.setToolTip("")
            return
        where = text("Copies go to {folder}", folder=folder)
        room = self.width() - 8 * GRID - 2
        line = self._where.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, room)
        self._where.setText(f"{line}\n{text('Originals are never changed.')}")
        self._where.setToolTip(plain_tip(where))

    def begin(self) -> None:
        """Show that an export starts."""
        self._bar.setRange(0, 0)
        self._state.setText("Starting…")
        self._is_stopping = False
        self.setCurrentIndex(1)
        self._buttons.begin()

    def tell(self, event: Event) -> None:
        """Show the progress in ``event``."""
        if self._is_stopping:
            return
        if isinstance(event, Started):
            self._what = event.what.capitalize()
            self._bar.setRange(0, max(1, event.total))
            self._bar.setValue(0)
            self._state.setText(f"{self._what}…")
        elif isinstance(event, Progress):
            self._bar.setRange(0, max(1, event.total))
            self._bar.setValue(event.done)
            self.progressed.emit(event.done / max(1, event.total))
            if not self._buttons.is_paused:
                self._state.setText(f"{self._what}: {event.done} of {event.total}{_left(event)}")
        elif isinstance(event, Paused):
            self._set_paused(True)
        elif isinstance(event, Resumed):
            self._set_paused(False)

    def end(self) -> None:
        """Offer the next export."""
        self.progressed.emit(None)
        self.setCurrentIndex(0)
        self._export.setFocus()

    def _pause_clicked(self, is_paused: bool) -> None:
        self._set_paused(is_paused)
        self.pause_wanted.emit(is_paused)

    def stopping(self) -> None:
        """Show that the export will stop after the current picture."""
        self._is_stopping = True
        self._buttons.set_stopping(True)
        self._state.setText("Stopping after the current picture…")

    def _cancel_clicked(self) -> None:
        self.stopping()
        self.cancel_wanted.emit()

    def _set_paused(self, is_paused: bool) -> None:
        self._buttons.set_paused(is_paused)
        if is_paused:
            self._state.setText("Paused. Nothing is lost.")

    def _offer(self) -> QWidget:
        return _face(self._where, self._export)

    def _progress(self) -> QWidget:
        return _face(self._state, self._bar, self._buttons)


def _face(*parts: QWidget) -> QWidget:
    """Return a widget with ``parts`` one above the other at its bottom."""
    face = QWidget()
    layout = QVBoxLayout(face)
    layout.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 4 * GRID)
    layout.setSpacing(2 * GRID)
    layout.addStretch(1)
    for part in parts:
        layout.addWidget(part)
    return face


def _left(progress: Progress) -> str:
    if progress.remaining is None or progress.seconds < 1.0:
        return ""
    seconds = round(progress.remaining)
    return f" · {seconds} s left" if seconds < 90 else f" · about {round(seconds / 60)} min left"
