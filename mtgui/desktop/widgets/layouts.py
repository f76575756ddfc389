"""Layouts that several pages and dialogs share."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine
from mtgui.desktop.widgets.wheel import WheelGuard


def side_by_side(*parts: QWidget, wide: QWidget) -> QWidget:
    """Return ``parts`` side by side with lines between them; ``wide``, one of them, takes the remaining width."""
    face = QWidget()
    row = QHBoxLayout(face)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    for number, part in enumerate(parts):
        if number:
            row.addWidget(SeparatorLine(upright=True))
        row.addWidget(part, 1 if part is wide else 0)
    return face


def scrolling(inner: QWidget) -> QScrollArea:
    """Return ``inner`` in an area that scrolls vertically if needed, also by the wheel over fields of ``inner``."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    WheelGuard(area).guard(inner)
    return area


def answers(dialog: QDialog, accept: QPushButton, others: Sequence[QPushButton] = ()) -> QHBoxLayout:
    """Return the last row of ``dialog``: ``others`` on the left; *Cancel* and the default ``accept`` on the right."""
    cancel = QPushButton("Cancel")
    cancel.setAutoDefault(False)
    cancel.clicked.connect(dialog.reject)
    accept.setProperty("kind", "primary")
    accept.setDefault(True)
    row = QHBoxLayout()
    row.setSpacing(2 * GRID)
    for button in others:
        button.setAutoDefault(False)
        row.addWidget(button)
    row.addStretch(1)
    row.addWidget(cancel)
    row.addWidget(accept)
    return row


BAR_HEIGHT = 48
