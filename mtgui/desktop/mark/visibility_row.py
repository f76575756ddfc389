"""How visible the mark is, in words, with a way to where it shows most and to a comparison of strengths."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mtgui.common.texts import text
from mtgui.desktop.mark.visibility import Survey, Visibility
from mtgui.desktop.theme.tokens import GRID


class VisibilityRow(QWidget):
    """Shows a sentence about all pictures; the numbers of the current one are in its tool tip."""

    worst_wanted = Signal()
    """The person wants to see the picture on which the mark shows most."""
    comparison_wanted = Signal()
    """The person wants to compare strengths."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self._survey = Survey()
        self._current: Visibility | None = None
        self._words = QLabel("")
        self._words.setWordWrap(True)
        self._worst = QPushButton(text("Sho&w where"))
        self._worst.setProperty("kind", "quiet")
        self._worst.setToolTip(text("Go to the picture on which the mark shows most, and to the place"))
        self._compare = QPushButton(text("&Compare strengths…"))
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(self._compare, 1)
        row.addWidget(self._worst)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        column.addWidget(self._words)
        column.addLayout(row)
        self._worst.clicked.connect(self.worst_wanted)
        self._compare.clicked.connect(self.comparison_wanted)
        self.show_survey(Survey())

    @property
    def words(self) -> str:
        """The sentence."""
        return self._words.text()

    def show_survey(self, survey: Survey) -> None:
        """Show what was seen on all pictures."""
        self._survey = survey
        self._write()

    def show_current(self, visibility: Visibility | None) -> None:
        """Take the numbers of the picture on the canvas."""
        self._current = visibility
        self._write()

    def _write(self) -> None:
        shown = self._survey if self._survey.found else self._current
        self._words.setText(text("Looking…") if shown is None else shown.in_words)
        self._words.setVisible(shown is None or shown.seen != "nothing")
        numbers = "" if self._current is None else self._current.in_numbers
        self._words.setToolTip(numbers)
        self._words.setAccessibleDescription(numbers)
        self._worst.setVisible(self._survey.worst is not None)
