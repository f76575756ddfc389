"""The strip of thumbnails in two columns, and what can be dropped on it."""

from pathlib import Path

from PySide6.QtCore import QItemSelection, QMimeData, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mtgui.desktop.pictures.picture_entries import BADGE_SIGNS, BADGE_WORDS, PictureEntry
from mtgui.desktop.pictures.pictures_model import PictureListModel, PictureRole
from mtgui.desktop.pictures.thumbnails import RADIUS, TILE
from mtgui.desktop.pictures.tile_list import TileList
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.icons import icon_pixmap
from mtgui.desktop.theme.tokens import HEAD_PIXELS, Tokens

GAP = 10
CELL = QSize(TILE + GAP, TILE + GAP)
STRIP_WIDTH = 232


def paths_from_mime(data: QMimeData) -> list[Path]:
    """Return the local files and folders of a drop or paste, in order; everything else is left out."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]


class PictureStrip(TileList):
    """Shows a `PictureListModel`: arrow keys move, Ctrl and Shift select several, Delete asks to remove them."""

    current_changed = Signal(object)
    """The `PictureEntry` to look at, or None."""
    remove_requested = Signal(object)
    """A tuple of the selected `PictureEntry`."""

    def __init__(self, model: PictureListModel, parent: QWidget | None = None) -> None:
        """Show ``model``."""
        super().__init__("strip", "Pictures", CELL, parent, is_one_row=False)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.NoDragDrop)
        self.setAcceptDrops(False)
        self.setFixedWidth(STRIP_WIDTH - 1)
        self.setViewportMargins(8, 8, 0, 0)
        self.verticalScrollBar().setSingleStep(CELL.height() // 3)
        self.setItemDelegate(TileDelegate(self))
        self.setModel(model)
        self._model = model
        self.selectionModel().currentChanged.connect(self._tell_current)

    @property
    def current_entry(self) -> PictureEntry | None:
        """The picture to look at."""
        index = self.currentIndex()
        return self._model.entry(index.row()) if index.isValid() else None

    def selected_entries(self) -> tuple[PictureEntry, ...]:
        """Return the selected pictures in the order of the list."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return tuple(self._model.entry(row) for row in rows)

    def show_entry(self, row: int) -> None:
        """Make ``row`` the current and only selected picture."""
        self.setCurrentIndex(self._model.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask to remove the selected pictures on Delete or Backspace; Qt handles all other keys."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            chosen = self.selected_entries()
            if chosen:
                self.remove_requested.emit(chosen)
        else:
            super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Repaint the selection rings, which are larger than the tiles."""
        super().selectionChanged(selected, deselected)
        self.viewport().update()

    def _tell_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.current_changed.emit(self._model.entry(current.row()) if current.isValid() else None)


class TileDelegate(QStyledItemDelegate):
    """Draws one picture of the strip: tile, selection ring, badge, error."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the one size of all cells."""
        return CELL

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row ``index``."""
        cell = option.rect
        tile = QRect(cell.left() + GAP // 2, cell.top() + GAP // 2, TILE, TILE)
        tokens = current_tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        entry = index.data(PictureRole.ENTRY)
        if isinstance(entry, PictureEntry):
            pixmap = index.data(Qt.ItemDataRole.DecorationRole)
            if index.data(PictureRole.ERROR):
                _paint_error(painter, tile, entry.name, tokens)
            elif isinstance(pixmap, QPixmap):
                painter.drawPixmap(tile.topLeft(), pixmap)
            else:
                _paint_ground(painter, tile, tokens.panel)
            if entry.badge:
                _paint_badge(painter, tile, f"{BADGE_SIGNS[entry.badge]} {BADGE_WORDS[entry.badge]}", tokens)
        _paint_rings(painter, tile, option.state, tokens)
        painter.restore()


def _paint_ground(painter: QPainter, tile: QRect, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(tile, RADIUS, RADIUS)


def _paint_error(painter: QPainter, tile: QRect, name: str, tokens: Tokens) -> None:
    _paint_ground(painter, tile, tokens.panel)
    painter.setPen(QPen(QColor(tokens.edge), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(tile.adjusted(0, 0, -1, -1), RADIUS, RADIUS)
    ratio = painter.device().devicePixelRatio()
    painter.drawPixmap(tile.center().x() - 11, tile.top() + 22, icon_pixmap("warning", 24, ratio, "caution"))
    painter.setFont(text_font(HEAD_PIXELS))
    painter.setPen(QColor(tokens.muted))
    line = tile.adjusted(6, 54, -6, -8)
    text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, line.width())
    painter.drawText(line, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), text)


def _paint_badge(painter: QPainter, tile: QRect, text: str, tokens: Tokens) -> None:
    painter.setFont(text_font(HEAD_PIXELS))
    width = painter.fontMetrics().horizontalAdvance(text) + 10
    pill = QRect(tile.left() + 4, tile.bottom() - 21, min(width, TILE - 8), 18)
    painter.setPen(QPen(QColor(tokens.edge), 1))
    painter.setBrush(QColor(tokens.raised))
    painter.drawRoundedRect(pill, RADIUS, RADIUS)
    painter.setPen(QColor(tokens.text))
    painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), text)


def _paint_rings(painter: QPainter, tile: QRect, state: QStyle.StateFlag, tokens: Tokens) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state & QStyle.StateFlag.State_Selected:
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawRoundedRect(tile.adjusted(-2, -2, 1, 1), RADIUS + 1, RADIUS + 1)
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(QPen(QColor(tokens.edge), 1))
        painter.drawRoundedRect(tile.adjusted(-2, -2, 1, 1), RADIUS + 1, RADIUS + 1)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(tokens.text), 1))
        painter.drawRoundedRect(tile.adjusted(-5, -5, 4, 4), RADIUS + 3, RADIUS + 3)
