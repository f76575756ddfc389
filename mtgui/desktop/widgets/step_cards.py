"""The cards of the steps on the left of a page, and the rows of facts in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.plain_text import keep_plain, plain_tip
from mtgui.desktop.widgets.restyling import set_tone

NAME_WIDTH = 84


@dataclass(frozen=True)
class Fact:
    """One row: a name, a value and a tool tip; ``tone`` is “caution” if it needs attention."""

    name: str
    value: str
    tip: str = ""
    tone: str = ""


class FactGrid(QWidget):
    """Rows (name, value); values wrap and can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without rows."""
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(GRID)
        self._grid.setColumnMinimumWidth(0, NAME_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[Caption, QLabel]] = []

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Replace all rows by ``facts``."""
        while len(self._rows) < len(facts):
            self._rows.append(self._add_row())
        for place, (name, value) in enumerate(self._rows):
            is_used = place < len(facts)
            name.setVisible(is_used)
            value.setVisible(is_used)
            if is_used:
                fact = facts[place]
                name.setText(fact.name)
                value.setText(breakable(fact.value))
                value.setToolTip(plain_tip(fact.tip))
                value.setAccessibleName(f"{fact.name}: {fact.value}")
                value.setAccessibleDescription(fact.tip)
                set_tone(value, fact.tone)

    def _add_row(self) -> tuple[Caption, QLabel]:
        name, value = Caption(), QLabel()
        name.setWordWrap(False)
        value.setWordWrap(True)
        keep_plain(value)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = len(self._rows)
        top = Qt.AlignmentFlag.AlignTop
        name.setMinimumHeight(value.fontMetrics().lineSpacing() + 1)
        self._grid.addWidget(name, row, 0, top)
        self._grid.addWidget(value, row, 1, top)
        return name, value


class StepCard(QFrame):
    """The card of one step: a header with at most one button, and the controls of the step below."""

    def __init__(self, number: int, title: str, button: str = "", parent: QWidget | None = None) -> None:
        """Build the card of step ``number``; an empty ``button`` means no button."""
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(f"Step {number}: {title}")
        head = QLabel(f"{number} · {title}")
        head.setProperty("kind", "strong")
        self.button = QPushButton(button)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(head, 1)
        row.addWidget(self.button)
        self.head = row
        self.body = QVBoxLayout()
        self.body.setSpacing(2 * GRID)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * GRID - 2, 3 * GRID - 1, 4 * GRID - 2, 3 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(row)
        layout.addLayout(self.body)
        self.button.setVisible(bool(button))


def breakable(text: str) -> str:
    """Return ``text`` with invisible breaks after slashes, underscores and hyphens, so that long names wrap."""
    return re.sub(r"[/\\_-]|\.(?=[^\W\d])", "\\g<0>\u200b", text)
