"""Strengths side by side: the spot of the picture where marks show most, at full size; a click chooses one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mtgui.common.texts import text
from mtgui.desktop.jobs.latest_only import LatestOnly, Reply
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption

if TYPE_CHECKING:
    from mtgui.desktop.mark.rendering import Look, PreviewPicture

WIDTH = 880
TITLE_HEIGHT = 28


class StrengthsDialog(QDialog):
    """Shows the same spot under several looks; `chosen` is the name of the one that was clicked.

    The tiles are rendered on a worker thread.
    """

    def __init__(
        self,
        picture: "PreviewPicture",
        looks: Sequence[tuple[str, str, "Look"]],
        parent: QWidget | None = None,
        *,
        is_fixed: bool = False,
    ) -> None:
        """Show ``picture`` under ``looks``: name, title and look of each. If ``is_fixed``, nothing can be chosen."""
        super().__init__(parent)
        self.setWindowTitle(text("Compare strengths"))
        self.chosen = ""
        self._tiles: list[StrengthTile] = []
        self._names = [name for name, _, _ in looks]
        self._side = (WIDTH - 2 * 5 * GRID - (len(looks) - 1) * 2 * GRID) // len(looks)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        for name, title, look in looks:
            words = text("Original ({title})", title=title) if look.settings.is_invisible else title
            row.addWidget(self._tile(words, is_enabled=bool(name) and not is_fixed))
        heading = QLabel(text("Where the marks show most, at full size"))
        heading.setProperty("kind", "title")
        note = text("The mark stands in the record and cannot be changed any more.")
        note = note if is_fixed else text("Click the one that you want to use.")
        close = QPushButton(text("Close"))
        close.clicked.connect(self.reject)
        last = QHBoxLayout()
        last.addWidget(Caption(note), 1)
        last.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 5 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(heading)
        column.addLayout(row)
        column.addLayout(last)
        self._worker = LatestOnly(_crops, "strengths", self)
        self._worker.done.connect(self._rendered)
        pixels = round(self._side * self.devicePixelRatioF())
        self._worker.ask((picture, [look for _, _, look in looks], pixels))

    @property
    def tiles(self) -> tuple["StrengthTile", ...]:
        """The tiles, in order."""
        return tuple(self._tiles)

    @property
    def is_ready(self) -> bool:
        """True once the tiles show the picture."""
        return all(tile.has_picture for tile in self._tiles)

    def close_workers(self) -> None:
        """Stop the worker thread."""
        self._worker.close()

    def _tile(self, title: str, *, is_enabled: bool) -> "StrengthTile":
        tile = StrengthTile(title, self._side)
        tile.setEnabled(is_enabled)
        tile.clicked.connect(self._clicked)
        self._tiles.append(tile)
        return tile

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, StrengthTile) and sender in self._tiles:
            self.chosen = self._names[self._tiles.index(sender)]
            self.accept()

    def _rendered(self, answer: Reply) -> None:
        if answer.error is not None:
            self.reject()
            return
        for tile, screen in zip(self._tiles, answer.result, strict=True):
            rows, columns = screen.shape[:2]
            image = QImage(screen.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()
            image.setDevicePixelRatio(self.devicePixelRatioF())
            tile.show_picture(QPixmap.fromImage(image))


class StrengthTile(QAbstractButton):
    """A button with a picture at full size and its title below."""

    def __init__(self, title: str, side: int) -> None:
        """Have room for a picture of ``side`` logical pixels."""
        super().__init__()
        self.setText(title)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._side = side
        self._picture: QPixmap | None = None
        self.setFixedSize(side, side + TITLE_HEIGHT)

    @property
    def has_picture(self) -> bool:
        """True once the picture is there."""
        return self._picture is not None

    def show_picture(self, picture: QPixmap) -> None:
        """Show ``picture``."""
        self._picture = picture
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint picture, title, and a ring where the mouse or the keyboard is."""
        tokens = current_tokens()
        painter = QPainter(self)
        room = QRect(0, 0, self._side, self._side)
        painter.fillRect(room, QColor(tokens.panel))
        if self._picture is not None:
            painter.setClipRect(room)
            painter.drawPixmap(0, 0, self._picture)
            painter.setClipping(False)
        is_pointed = self.isEnabled() and self.underMouse()
        if is_pointed or self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 3))
            painter.drawRect(room.adjusted(1, 1, -2, -2))
        painter.setFont(text_font(bold=is_pointed or self.hasFocus()))
        painter.setPen(QColor(tokens.text))
        line = QRect(0, self._side, self._side, TITLE_HEIGHT)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), self.text())
        painter.end()


def _crops(request: tuple["PreviewPicture", list["Look"], int]) -> list[Any]:
    """Render on the worker thread: a picture of its own, since the preview uses the other one."""
    from mtgui.desktop.mark.rendering import PreviewPicture
    from mtgui.desktop.mark.visibility_measuring import crops

    shown, looks, side = request
    picture = PreviewPicture(shown.path, shown.planes)
    with ThreadPoolExecutor(1) as pool:
        return crops(picture, looks, side, pool)
