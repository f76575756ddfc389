"""A dialog that fits the screen: what it asks scrolls where there is too little room, and its buttons stay in sight."""

from PySide6.QtCore import QEvent, QMargins, QObject, QSize
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.layouts import scrolling

LEAST_HEIGHT = 96
"""Height of the part that scrolls, at least; in logical pixels."""
SCREEN_MARGINS = QMargins(8, 32, 8, 8)
"""About how much room a window's frame and title bar take on a screen."""


def room_on_screen(widget: QWidget) -> QSize:
    """Return the size of the largest window, without its frame, that the screen of ``widget`` shows as a whole."""
    return (widget.screen().availableGeometry() - SCREEN_MARGINS).size()


class ScrolledDialog(QDialog):
    """A dialog of a fixed width. It is as high as its content, or as the screen; on the window's thread."""

    def put_together(self, content: QLayout, buttons: QLayout, width: int, spacing: int = 4 * GRID) -> None:
        """Show ``content``, which scrolls if needed, above ``buttons``.

        width: the width of the dialog in logical pixels, on a screen that has them. spacing: the room above
        ``buttons``.
        """
        self._width, self._room = width, room_on_screen(self)
        self._inner, self._content = QWidget(), content
        content.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 0)
        self._inner.setLayout(content)
        self._area: QScrollArea = scrolling(self._inner)
        self._area.setMinimumHeight(LEAST_HEIGHT)
        self._buttons = QWidget()
        buttons.setContentsMargins(5 * GRID, 0, 5 * GRID, 5 * GRID)
        self._buttons.setLayout(buttons)
        self._spacing = spacing
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(spacing)
        column.addWidget(self._area, 1)
        column.addWidget(self._buttons)
        for button in self._inner.findChildren(QPushButton):
            # The return key answers the dialog; it presses no button in it that has not the focus.
            button.setAutoDefault(False)
        self._inner.installEventFilter(self)

    def fit(self, room: QSize) -> None:
        """Make the dialog as high as its content, but not larger than ``room``, in logical pixels."""
        self._room = room
        width = min(self._width, room.width())
        self.setFixedWidth(width)
        self.resize(width, self._height_for(width))

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the screen; the height of wrapped lines is known only with the style."""
        self.fit(room_on_screen(self))
        super().showEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grow with the content."""
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            height = self._height_for(self.width())
            if height > self.height():
                self.resize(self.width(), height)
        return super().eventFilter(watched, event)

    def _height_for(self, width: int) -> int:
        content = self._content
        content.activate()
        inner = content.totalHeightForWidth(width) if content.hasHeightForWidth() else content.totalSizeHint().height()
        return min(inner + self._spacing + self._buttons.sizeHint().height(), self._room.height())
