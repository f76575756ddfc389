"""Strengths side by side: the whole picture under each, and whether it would be found; a click chooses one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.texts import text
from mtgui.desktop.jobs.latest_only import LatestOnly, Reply
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.theme.tokens import CAPTION_PIXELS, GRID
from mtgui.desktop.widgets.controls import Caption

if TYPE_CHECKING:
    from mtgui.desktop.mark.rendering import Look, PreviewPicture

MOST_WIDTH, MOST_HEIGHT = 1160, 860
"""Of the dialog, in logical pixels."""
SHARE_OF_SCREEN = 0.9
LINE_HEIGHT = 20
"""Of the title, and of the line below it."""
FRAME = 4
AROUND = 130
"""Height of everything but the tiles, in logical pixels: margins, heading and buttons."""


@dataclass(frozen=True)
class Strength:
    """One strength to compare: ``name`` of its preset (empty if it is none), title, look, and the outlook in words."""

    name: str
    title: str
    look: "Look"
    outlook: str = ""
    is_in_use: bool = False


class StrengthsDialog(QDialog):
    """Shows the same picture under several strengths; `chosen` is the name of the one that was clicked.

    The tiles are rendered on a worker thread.
    """

    def __init__(
        self,
        picture: "PreviewPicture",
        strengths: Sequence[Strength],
        parent: QWidget | None = None,
        *,
        is_fixed: bool = False,
    ) -> None:
        """Show ``picture`` under ``strengths``. If ``is_fixed``, nothing can be chosen."""
        super().__init__(parent)
        self.setWindowTitle(text("Compare strengths"))
        self.chosen = ""
        self._strengths = tuple(strengths)
        columns, size = arrangement(len(strengths), picture.width / picture.height, self._room())
        grid = QGridLayout()
        grid.setSpacing(3 * GRID)
        self._tiles = tuple(StrengthTile(one, size) for one in strengths)
        for place, tile in enumerate(self._tiles):
            tile.setEnabled(bool(strengths[place].name) and not is_fixed)
            tile.clicked.connect(self._clicked)
            grid.addWidget(tile, place // columns, place % columns)
        heading = QLabel(text("The same picture under each strength"))
        heading.setProperty("kind", "title")
        note = text("The mark stands in the record and cannot be changed any more.")
        note = (
            note
            if is_fixed
            else text("Click the one to use. “Found” counts, of 100 artists who do this, those whom an audit finds.")
        )
        close = QPushButton(text("Close"))
        close.clicked.connect(self.reject)
        last = QHBoxLayout()
        last.addWidget(Caption(note), 1)
        last.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 5 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(heading)
        column.addLayout(grid)
        column.addLayout(last)
        for tile, strength in zip(self._tiles, strengths, strict=True):
            if strength.is_in_use:
                tile.setFocus()
        self._worker = LatestOnly(_render, "strengths", self)
        self._worker.done.connect(self._rendered)
        ratio = self.devicePixelRatioF()
        scale = min(size.width() * ratio / picture.width, size.height() * ratio / picture.height, 1.0)
        pixels = max(1, round(picture.height * scale)), max(1, round(picture.width * scale))
        self._worker.ask((picture, [one.look for one in strengths], pixels))

    @property
    def tiles(self) -> tuple["StrengthTile", ...]:
        """The tiles, in order."""
        return self._tiles

    @property
    def is_ready(self) -> bool:
        """True once the tiles show the picture."""
        return all(tile.has_picture for tile in self._tiles)

    def close_workers(self) -> None:
        """Stop the worker thread."""
        self._worker.close()

    def _room(self) -> QSize:
        """Return how much room there is for all tiles together, in logical pixels."""
        screen = self.screen().availableSize()
        width = min(scaled(MOST_WIDTH), int(screen.width() * SHARE_OF_SCREEN)) - 2 * 5 * GRID
        height = min(scaled(MOST_HEIGHT), int(screen.height() * SHARE_OF_SCREEN)) - scaled(AROUND)
        return QSize(width, height)

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, StrengthTile) and sender in self._tiles:
            self.chosen = self._strengths[self._tiles.index(sender)].name
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
    """A button with a picture, its title below, and a line about the outlook below that."""

    def __init__(self, strength: Strength, size: QSize) -> None:
        """Have room for a picture of ``size`` logical pixels."""
        super().__init__()
        in_use = text("{title} (in use)", title=strength.title)
        self.setText(in_use if strength.is_in_use else strength.title)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(strength.outlook)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._strength, self._room = strength, QRect(FRAME, FRAME, size.width(), size.height())
        self._picture: QPixmap | None = None
        self.setFixedSize(tile_size(size))

    @property
    def has_picture(self) -> bool:
        """True once the picture is there."""
        return self._picture is not None

    def show_picture(self, picture: QPixmap) -> None:
        """Show ``picture``."""
        self._picture = picture
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture, both lines, and a frame around the strength in use and where mouse or keyboard is."""
        tokens, strength, room = current_tokens(), self._strength, self._room
        painter = QPainter(self)
        if self._picture is None:
            painter.fillRect(room, QColor(tokens.panel))
        else:
            place = QRect(room.topLeft(), self._picture.deviceIndependentSize().toSize())
            place.moveCenter(room.center())
            painter.drawPixmap(place.topLeft(), self._picture)
        is_pointed = self.isEnabled() and (self.underMouse() or self.hasFocus())
        if strength.is_in_use:
            painter.setPen(QPen(QColor(tokens.accent), 2))
        elif is_pointed:
            painter.setPen(QPen(QColor(tokens.text), 2, Qt.PenStyle.DotLine))
        if strength.is_in_use or is_pointed:
            painter.drawRect(room.adjusted(-2, -2, 2, 2))
        line = QRect(0, room.bottom() + 1 + FRAME, self.width(), scaled(LINE_HEIGHT))
        self._write(painter, line, self.text(), text_font(bold=strength.is_in_use), tokens.text)
        self._write(
            painter, line.translated(0, line.height()), strength.outlook, text_font(CAPTION_PIXELS), tokens.muted
        )
        painter.end()

    def _write(self, painter: QPainter, line: QRect, words: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), words)


def tile_size(picture: QSize) -> QSize:
    """Return the size of a tile with room for ``picture``, in logical pixels."""
    return QSize(picture.width() + 2 * FRAME, picture.height() + 2 * FRAME + 2 * scaled(LINE_HEIGHT))


def arrangement(count: int, shape: float, room: QSize) -> tuple[int, QSize]:
    """Return how many columns show ``count`` pictures largest in ``room``, and the size for each picture.

    shape: width by height of the picture. All sizes are in logical pixels; a picture has at least 1 x 1.
    """
    best = (0, QSize())
    extra, gap = tile_size(QSize(0, 0)), 3 * GRID
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        width = max(1, (room.width() - (columns - 1) * gap) // columns - extra.width())
        height = max(1, (room.height() - (rows - 1) * gap) // rows - extra.height())
        size = QSize(max(1, min(width, round(height * shape))), max(1, min(height, round(width / shape))))
        if size.width() > best[1].width():
            best = columns, size
    return best


def _render(request: tuple["PreviewPicture", list["Look"], tuple[int, int]]) -> list[Any]:
    """Render on the worker thread: a picture of its own, since the preview uses the other one."""
    from mtgui.desktop.mark.rendering import PreviewPicture
    from mtgui.desktop.mark.visibility_measuring import fitted_pictures

    shown, looks, size = request
    picture = PreviewPicture(shown.path, shown.planes)
    with ThreadPoolExecutor(1) as pool:
        return fitted_pictures(picture, looks, size, pool)
