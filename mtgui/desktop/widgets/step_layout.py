"""The layout of a page with steps: a scrolling column of steps, and the run panel below it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine
from mtgui.desktop.widgets.layouts import scrolling

COLUMN_WIDTH = 400


def left_column(steps: Sequence[QWidget], panel: QWidget) -> tuple[QWidget, QScrollArea]:
    """Return the column of ``steps``, which scrolls if needed, with ``panel`` below; and its scroll area."""
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
