"""The panel below the steps: the run button, or the buttons for pause and cancel while work runs."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID, PRIMARY_HEIGHT
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.pause_cancel import PauseCancelButtons
from mtgui.desktop.widgets.plain_text import plain_tip
from mtgui.desktop.widgets.restyling import restyle

PANEL_HEIGHT = PRIMARY_HEIGHT + 12 * GRID


@dataclass(frozen=True)
class RunWords:
    """The texts of the panel: the button before a run, the button after it, and the line during it."""

    run: str
    again: str
    running: str


class RunPanel(QStackedWidget):
    """Says what is missing or offers to run; during a run it offers to pause and cancel."""

    run_wanted = Signal()
    pause_wanted = Signal(bool)
    cancel_wanted = Signal()

    def __init__(self, words: RunWords, parent: QWidget | None = None) -> None:
        """Build both views; the offer is shown first."""
        super().__init__(parent)
        self._words = words
        self.setFixedHeight(PANEL_HEIGHT)
        self._hint, self._state = Caption(), Caption()
        for label in (self._hint, self._state):
            label.setWordWrap(False)
        self.run = QPushButton(words.run)
        self.run.setProperty("kind", "primary")
        self.run.clicked.connect(self.run_wanted)
        self._buttons = PauseCancelButtons()
        self.pause, self.cancel = self._buttons.pause, self._buttons.cancel
        self._buttons.pause_wanted.connect(self.pause_wanted)
        self._buttons.cancel_wanted.connect(self._cancel_clicked)
        self.addWidget(_face(self._hint, self.run))
        # The buttons of a run lie above the place of the run button, so that none turns into it under the mouse.
        self.addWidget(_face(self._buttons, self._state, is_at_top=True))

    @property
    def is_steering(self) -> bool:
        """True while a run is shown."""
        return self.currentIndex() == 1

    def offer(self, hint: str, *, can_run: bool, has_run: bool) -> None:
        """Offer to run, or say in ``hint`` what is missing.

        After a run the button is no longer the primary one, since the results have their own buttons.
        """
        self._hint.setToolTip(plain_tip(hint))
        self._show_hint()
        self.run.setEnabled(can_run)
        self.run.setText(self._words.again if has_run else self._words.run)
        restyle(self.run, "kind", "" if has_run else "primary")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the hint where it meets the edge."""
        super().resizeEvent(event)
        self._show_hint()

    def _show_hint(self) -> None:
        hint, room = self._hint.toolTip(), self.width() - 8 * GRID
        self._hint.setText(self._hint.fontMetrics().elidedText(hint, Qt.TextElideMode.ElideRight, room))

    def begin(self) -> None:
        """Show the buttons for a run that starts."""
        self._state.setText(self._words.running)
        self.setCurrentIndex(1)
        self._buttons.begin()

    def end(self) -> None:
        """Show the offer again."""
        focus: QWidget | None = self.window().focusWidget()
        had_focus = focus is not None and self.isAncestorOf(focus)
        self.setCurrentIndex(0)
        if had_focus:
            self.run.setFocus()

    def tell(self, text: str) -> None:
        """Show ``text`` on the progress, unless the run is stopping."""
        if self.cancel.isEnabled():
            self._state.setText(text)

    def stopping(self) -> None:
        """Show that the run is stopping."""
        self._buttons.set_stopping(True)
        self._state.setText("Stopping…")

    def set_paused(self, is_paused: bool) -> None:
        """Show whether the run is paused."""
        self._buttons.set_paused(is_paused)

    def _cancel_clicked(self) -> None:
        self.stopping()
        self.cancel_wanted.emit()


def _face(upper: QWidget, lower: QWidget, *, is_at_top: bool = False) -> QWidget:
    face = QWidget()
    layout = QVBoxLayout(face)
    layout.setContentsMargins(4 * GRID, GRID + GRID // 2 if is_at_top else GRID, 4 * GRID, 3 * GRID)
    layout.setSpacing(GRID)
    if not is_at_top:
        layout.addStretch(1)
    layout.addWidget(upper)
    layout.addWidget(lower)
    if is_at_top:
        layout.addStretch(1)
    return face
