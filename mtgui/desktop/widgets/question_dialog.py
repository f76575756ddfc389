"""A question with two answers, whose buttons say what they do; Escape and Return choose the harmless one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


class Question(QMessageBox):
    """Asks whether to do something that cannot be undone."""

    def __init__(self, parent: QWidget, title: str, text: str, yes: str, no: str) -> None:
        """Ask ``text``; ``yes`` and ``no`` are the two buttons."""
        super().__init__(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.NoButton, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._yes = self.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
        harmless = self.addButton(no, QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(harmless)
        self.setEscapeButton(harmless)

    def ask(self) -> bool:
        """Show the dialog and wait for the answer; True for yes."""
        self.exec()
        return self.clickedButton() is self._yes
