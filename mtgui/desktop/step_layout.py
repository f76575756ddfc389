"""How the parts of a page of steps stand: the steps in a column that scrolls, the run below, the result beside."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mtgui.desktop.controls import Line
from mtgui.desktop.tokens import GRID

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
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    column = QWidget()
    column.setFixedWidth(COLUMN_WIDTH)
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(area, 1)
    layout.addWidget(Line())
    layout.addWidget(panel)
    return column, area


def two_columns(left: QWidget, right: QWidget) -> QWidget:
    """Return the two side by side, the right one taking the room that is left."""
    face = QWidget()
    row = QHBoxLayout(face)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(left)
    row.addWidget(Line(upright=True))
    row.addWidget(right, 1)
    return face
