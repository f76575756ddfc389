"""A section that is hidden until a person opens it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from mtgui.desktop.theme.icons import icon
from mtgui.desktop.theme.tokens import GRID


class Collapsible(QWidget):
    """A quiet button, and below it `content`, which the button shows and hides."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        """Start closed; ``text`` is on the button, and ``name`` is what a screen reader calls it."""
        super().__init__(parent)
        self.button = QPushButton(text)
        self.button.setProperty("kind", "quiet")
        self.button.setAccessibleName(name)
        self.content = QWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * GRID)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.content)
        self.button.clicked.connect(self._clicked)
        self.set_open(False)

    @property
    def is_open(self) -> bool:
        """True while the content is shown."""
        return not self.content.isHidden()

    def set_open(self, is_open: bool) -> None:
        """Show or hide the content."""
        self.content.setVisible(is_open)
        self.button.setIcon(icon("fold-open" if is_open else "fold-closed"))
        self.button.setAccessibleDescription("shown" if is_open else "folded away")

    def _clicked(self) -> None:
        self.set_open(not self.is_open)
