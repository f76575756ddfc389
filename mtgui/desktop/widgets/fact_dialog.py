"""A dialog with facts about an export or a mark record, and the record's commitment to copy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.desktop.theme.icons import icon, icon_pixmap
from mtgui.desktop.theme.tokens import GRID, Role
from mtgui.desktop.widgets.controls import Caption, SeparatorLine
from mtgui.desktop.widgets.plain_text import keep_plain
from mtgui.desktop.widgets.scrolled_dialog import ScrolledDialog

DIALOG_WIDTH = 600
COPY_WIDTH = 96
LIST_ROWS = 8
COMMITMENT_NOTE = (
    "The dating number (the record’s commitment) fixes what the coin decided without revealing it. It shows that the "
    "record existed once somebody else has dated it: post it, mail it, or have it time-stamped today."
)


@dataclass(frozen=True)
class Facts:
    """The content of a `FactDialog`: a headline, rows (name, value), a list with its own title, a commitment."""

    window_title: str
    headline: str
    icon_name: str
    icon_role: Role
    rows: Sequence[tuple[str, str]]
    commitment: str
    commitment_note: str = COMMITMENT_NOTE
    list_title: str = ""
    list_lines: Sequence[str] = ()
    folder: Path | None = None
    action: str = ""


class FactDialog(ScrolledDialog):
    """Shows `Facts`; it is accepted when the person presses the button of the offered action."""

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        """Show ``facts``."""
        super().__init__(parent)
        self._facts = facts
        self.setWindowTitle(facts.window_title)
        sign = QLabel()
        sign.setPixmap(icon_pixmap(facts.icon_name, 24, self.devicePixelRatioF(), facts.icon_role))
        headline = QLabel(facts.headline)
        headline.setProperty("kind", "title")
        headline.setWordWrap(True)
        keep_plain(headline)
        head = QHBoxLayout()
        head.setSpacing(3 * GRID)
        head.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(headline, 1)
        layout = QVBoxLayout()
        layout.setSpacing(4 * GRID)
        layout.addLayout(head)
        layout.addLayout(self._form())
        if facts.list_lines:
            layout.addLayout(_titled(facts.list_title, _list(facts.list_title, facts.list_lines)))
        if facts.commitment:
            layout.addWidget(SeparatorLine())
            layout.addLayout(_titled("", self._commitment(), Caption(facts.commitment_note)))
        layout.addStretch(1)
        self.put_together(layout, self._make_buttons(), DIALOG_WIDTH)
        self._primary.setFocus()

    def copy_commitment(self) -> None:
        """Put the commitment on the clipboard."""
        QGuiApplication.clipboard().setText(self._facts.commitment)
        self._copy.setText("Copied")
        self._copy.setIcon(icon("check"))

    def open_folder(self) -> None:
        """Show the folder in the system's file manager."""
        if self._facts.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._facts.folder)))

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        form.setVerticalSpacing(2 * GRID)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for name, value in self._facts.rows:
            label = QLabel(breakable(value))
            keep_plain(label)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(f"{name}: {value}")
            title = Caption(name)
            title.setWordWrap(False)
            title.setMinimumHeight(label.fontMetrics().lineSpacing() + 1)
            title.setAlignment(Qt.AlignmentFlag.AlignTop)
            form.addRow(title, label)
        return form

    def _commitment(self) -> QWidget:
        field = QLineEdit(self._facts.commitment)
        field.setReadOnly(True)
        field.setCursorPosition(0)
        label = QLabel("&Dating number")
        label.setBuddy(field)
        field.setAccessibleName("Dating number of the record")
        self._copy = QPushButton("&Copy")
        self._copy.setIcon(icon("copy"))
        self._copy.setAccessibleName("Copy the dating number")
        self._copy.setAutoDefault(False)
        self._copy.clicked.connect(self.copy_commitment)
        self._copy.setMinimumWidth(COPY_WIDTH)
        parts = QWidget()
        row = QHBoxLayout(parts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        row.addWidget(label)
        row.addWidget(field, 1)
        row.addWidget(self._copy)
        return parts

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        if self._facts.folder is not None:
            folder = QPushButton("&Open folder")
            folder.setIcon(icon("folder"))
            folder.setAutoDefault(False)
            folder.clicked.connect(self.open_folder)
            row.addWidget(folder)
        row.addStretch(1)
        close = self._primary = QPushButton("Close")
        close.clicked.connect(self.reject)
        row.addWidget(close)
        if self._facts.action:
            action = self._primary = QPushButton(self._facts.action)
            action.setProperty("kind", "primary")
            action.setDefault(True)
            action.clicked.connect(self.accept)
            row.addWidget(action)
        else:
            close.setProperty("kind", "primary")
            close.setDefault(True)
        return row


_HASH = re.compile(r"\b([0-9a-f]{32})([0-9a-f]{32})\b")


def breakable(text: str) -> str:
    """Return ``text`` with invisible breaks after slashes and in SHA-256, so that long paths and hashes wrap."""
    return _HASH.sub("\\1\u200b\\2", text.replace("/", "/\u200b").replace("\\", "\\\u200b"))


def _list(title: str, lines: Sequence[str]) -> QPlainTextEdit:
    box = QPlainTextEdit("\n".join(lines))
    box.setReadOnly(True)
    box.setAccessibleName(title)
    box.setTabChangesFocus(True)
    box.setFrameShape(QPlainTextEdit.Shape.NoFrame)
    line, width = box.fontMetrics().lineSpacing(), DIALOG_WIDTH - 14 * GRID
    rows = sum(-(-box.fontMetrics().horizontalAdvance(text) // width) for text in lines[:LIST_ROWS])
    box.setFixedHeight(min(LIST_ROWS, max(2, rows)) * line + 4 * GRID)
    return box


def _titled(title: str, *parts: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(2 * GRID)
    if title:
        head = QLabel(title)
        head.setProperty("kind", "strong")
        column.addWidget(head)
    for part in parts:
        column.addWidget(part)
    return column
