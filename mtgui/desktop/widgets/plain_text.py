"""Texts with names from outside, such as those of files, are shown as they are: Qt takes markup in them for its own."""

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def keep_plain(*labels: QLabel) -> None:
    """Let ``labels`` show every text as it is written."""
    for label in labels:
        label.setTextFormat(Qt.TextFormat.PlainText)


def plain_tip(text: str) -> str:
    """Return the tool tip that shows ``text`` as it is written; a tool tip has no format that could be set."""
    if "<" not in text:
        return text
    lines = html.escape(text).replace("\n", "<br>")
    return f"<qt>{lines}</qt>"
