"""The layout of a page with steps: a scrolling column of steps, and the run panel below it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine
from mtgui.desktop.widgets.layouts import scrolling

COLUMN_WIDTH = 400
LEAST_WIDTH = 386
"""Width of the column where the page is narrow; both in logical pixels."""
WIDTH_BESIDE = 518
"""Width that the results keep, as long as the column need not be narrower than `LEAST_WIDTH`."""


def column_width(page: int) -> int:
    """Return the width of the column of steps on a page of the width ``page``, in logical pixels."""
    return max(LEAST_WIDTH, min(COLUMN_WIDTH, page - WIDTH_BESIDE))


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
