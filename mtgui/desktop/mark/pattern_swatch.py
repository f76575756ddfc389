"""A small view of the pattern: sample stripes, or the chosen picture."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from mtgui.desktop.theme.appearance import current_tokens
from mtgui.marking.settings import PatternKind

HEIGHT = 44
RADIUS = 5


class PatternSwatch(QWidget):
    """Paints the pattern as it is blended in, not as it looks in the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show sample stripes."""
        super().__init__(parent)
        self._kind: PatternKind = "stripes"
        self._picture: QPixmap | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Pattern")
        self._describe("")

    def set_kind(self, kind: PatternKind) -> None:
        """Show stripes or the picture."""
        self._kind = kind
        self._describe("")
        self.update()

    def show_picture(self, picture: QPixmap | None, name: str = "") -> None:
        """Take ``picture``, called ``name``, as the pattern."""
        self._picture = picture
        self._describe(name)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a wide size: the swatch takes all the width that is free."""
        return QSize(200, HEIGHT)

    def _describe(self, name: str) -> None:
        stripes = "Sample stripes. The real colours are drawn from the secret key at export."
        text = (
            stripes
            if self._kind == "stripes"
            else f"The picture {name} is blended in. Only the noise depends on the key."
        )
        self.setToolTip(text)
        self.setAccessibleDescription(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the pattern with rounded corners."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        path = QPainterPath()
        path.addRoundedRect(frame, RADIUS, RADIUS)
        painter.setClipPath(path)
        if self._kind == "picture" and self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(self.rect(), self._picture)
        else:
            self._paint_stripes(painter)
        painter.setClipping(False)
        painter.setPen(QColor(current_tokens().line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.end()

    def _paint_stripes(self, painter: QPainter) -> None:
        from mtgui.marking.keys import MarkKey
        from mtgui.marking.stripes import PALETTE, STRIPES, draw_stripes

        colours = draw_stripes(MarkKey(bytes(range(32)))).colours
        for number, index in enumerate(colours):
            top = self.height() * number / STRIPES
            colour = QColor(*(value // 8 + 128 for value in PALETTE[index]))
            painter.fillRect(QRectF(0, top, self.width(), self.height() / STRIPES + 1), colour)
