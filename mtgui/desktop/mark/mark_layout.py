"""The layout of the Mark page: pictures, canvas between two bars, settings above the export."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mtgui.desktop.mark.inspector import INSPECTOR_WIDTH
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine

STATUS_HEIGHT = 28
FOOT_HEIGHT = 96


def centre_column(toolbar: QWidget, canvas: QWidget, status: QLabel, other_status: QLabel) -> QWidget:
    """Return a column of toolbar, canvas and status line."""
    row = QHBoxLayout()
    row.setContentsMargins(4 * GRID - 2, 0, 4 * GRID - 2, 0)
    row.addWidget(status, 1)
    row.addWidget(other_status)
    for label in (status, other_status):
        label.setProperty("kind", "caption")
    bar = QFrame()
    bar.setProperty("kind", "bar")
    bar.setFixedHeight(scaled(STATUS_HEIGHT))
    bar.setLayout(row)
    return _column(canvas, toolbar, SeparatorLine(), canvas, SeparatorLine(), bar)


def right_column(inspector: QWidget, gauge: QWidget, panel: QWidget) -> QWidget:
    """Return a column of settings, which scroll, above the gauge and the export panel, which are always in sight."""
    panel.setFixedWidth(scaled(INSPECTOR_WIDTH))
    panel.setMinimumHeight(scaled(FOOT_HEIGHT))
    holder = QFrame()
    holder.setProperty("kind", "panel")
    row = QVBoxLayout(holder)
    row.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 0)
    row.addWidget(gauge)
    return _column(inspector, inspector, SeparatorLine(), holder, panel)


def _column(tall: QWidget, *parts: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part, 1 if part is tall else 0)
    return column
