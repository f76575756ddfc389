"""The frame that covers a page while files are dragged over it and says what dropping does."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mtgui.desktop.pictures.picture_strip import paths_from_mime
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.tokens import GRID


class DropOverlay(QWidget):
    """Lets files be dropped on its parent; visible only while files are dragged over it."""

    dropped = Signal(object)
    """A list of `Path`."""

    def __init__(self, words: Callable[[], str], parent: QWidget) -> None:
        """Cover ``parent``; ``words`` returns what dropping does at the moment."""
        super().__init__(parent)
        self._words, self._text = words, ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        parent.setAcceptDrops(True)
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """React to files that are dragged over the parent or dropped on it."""
        kind = event.type()
        if kind == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        elif kind == QEvent.Type.DragLeave:
            self.hide()
        elif kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            if paths_from_mime(event.mimeData()):
                _accept_copy(event)
                self.cover()
            return True
        elif kind == QEvent.Type.DragMove and isinstance(event, QDragMoveEvent):
            _accept_copy(event)
            return True
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hide()
            paths = paths_from_mime(event.mimeData())
            if paths:
                _accept_copy(event)
                self.dropped.emit(paths)
            return True
        return False

    def cover(self) -> None:
        """Show the overlay over the whole parent."""
        self._text = self._words()
        self.setAccessibleName(self._text)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame and the text."""
        tokens = current_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(tokens.surround)
        ground.setAlphaF(0.92)
        painter.fillRect(self.rect(), ground)
        painter.setPen(QPen(QColor(tokens.accent), 2, Qt.PenStyle.DashLine))
        inset = 4.0 * GRID
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        painter.setFont(text_font(16, bold=True))
        painter.setPen(QColor(tokens.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()


def _accept_copy(event: QDropEvent) -> None:
    """Accept ``event`` as a copy, whatever the other program proposes: a file that is added is never moved away."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
