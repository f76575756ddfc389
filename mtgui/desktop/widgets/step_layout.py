"""How the parts of a page of steps stand: the steps in a column that scrolls, the run below."""

from collections.abc import Sequence

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine
from mtgui.desktop.widgets.layouts import scrolling

COLUMN_WIDTH = 400


def left_column(steps: Sequence[QWidget], panel: QWidget) -> tuple[QWidget, QScrollArea]:
    """Return ``steps`` above one another, scrolling where they are higher than the window, with ``panel`` below; and
    what scrolls.
    """
    inner = QWidget()
    inner.setObjectName("steps")
    cards = QVBoxLayout(inner)
    cards.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 3 * GRID)
    cards.setSpacing(3 * GRID)
    for step in steps:
        cards.addWidget(step)
    cards.addStretch(1)
    area = scrolling(inner)
    column = QWidget()
    column.setFixedWidth(COLUMN_WIDTH)
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(area, 1)
    layout.addWidget(SeparatorLine())
    layout.addWidget(panel)
    return column, area
