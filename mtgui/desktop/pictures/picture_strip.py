"""The strip of thumbnails in one or two columns, stack by stack, and what can be dropped on it."""

from pathlib import Path

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mtgui.desktop.pictures.picture_entries import BADGE_SIGNS, BADGE_WORDS, PictureEntry
from mtgui.desktop.pictures.pictures_model import PictureRole
from mtgui.desktop.pictures.stacked_pictures import Stack, StackedPictures, StackHead, StackRole
from mtgui.desktop.pictures.thumbnails import RADIUS, TILE
from mtgui.desktop.pictures.tile_list import TileList
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.icons import icon_pixmap
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.theme.tokens import HEAD_PIXELS, TEXT_PIXELS, Tokens

GAP = 10
CELL = QSize(TILE + GAP, TILE + GAP)
STRIP_WIDTH = 232
NARROW_WIDTH = 158
HEAD_HEIGHT = 46


def paths_from_mime(data: QMimeData) -> list[Path]:
    """Return the local files and folders of a drop or paste, in order; everything else is left out."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]


class PictureStrip(TileList):
    """Shows a `StackedPictures`: arrow keys move, Ctrl and Shift select several, Delete asks to remove them.

    O lets selected pictures go out, H keeps them home, C leaves them to chance. Dragging does the same.
    """

    current_changed = Signal(object)
    """The `PictureEntry` to look at, or None."""
    remove_requested = Signal(object)
    """A tuple of the selected `PictureEntry`."""
    stack_wanted = Signal(object, str)
    """A tuple of `PictureEntry`, and the `Stack` that the person wants them in."""

    def __init__(self, model: StackedPictures, parent: QWidget | None = None) -> None:
        """Show ``model``."""
        super().__init__("strip", "Pictures", CELL, parent, is_one_row=False)
        self.setUniformItemSizes(False)
        self.setGridSize(QSize())
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(False)
        self.setViewportMargins(8, 4, 0, 0)
        self.verticalScrollBar().setSingleStep(CELL.height() // 3)
        self.setItemDelegate(TileDelegate(self))
        self.setModel(model)
        self._model = model
        self._current: PictureEntry | None = None
        self._chosen: tuple[Path, ...] = ()
        self._place = 0
        self.selectionModel().currentChanged.connect(self._tell_current)
        model.modelAboutToBeReset.connect(self._remember)
        model.restacked.connect(self._come_back)
        self.set_narrow(False)

    def set_narrow(self, is_narrow: bool) -> None:
        """Show one column of thumbnails, or two."""
        width = (NARROW_WIDTH if is_narrow else STRIP_WIDTH) - 1
        if width != self.width() or self.maximumWidth() != width:
            self.setFixedWidth(width)
            self.scheduleDelayedItemsLayout()

    @property
    def current_entry(self) -> PictureEntry | None:
        """The picture to look at."""
        index = self.currentIndex()
        return self._model.entry(index.row()) if index.isValid() else None

    def selected_entries(self) -> tuple[PictureEntry, ...]:
        """Return the selected pictures in the order of the strip."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return tuple(entry for row in rows if (entry := self._model.entry(row)) is not None)

    def show_entry(self, row: int) -> None:
        """Make the picture that was added as number ``row`` the current and only selected one."""
        index = self._model.index(self._model.row_of(row))
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove on Delete or Backspace, move to a stack on O, H and C; Qt handles all other keys."""
        chosen = self.selected_entries()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if chosen:
                self.remove_requested.emit(chosen)
        elif event.key() in _STACK_KEYS and not event.modifiers():
            if chosen:
                self.stack_wanted.emit(chosen, _STACK_KEYS[event.key()])
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, _search: str) -> None:
        """Search for nothing: letters have a meaning of their own here."""

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Repaint the selection rings, which are larger than the tiles."""
        super().selectionChanged(selected, deselected)
        self.viewport().update()

    # Dragging from stack to stack. Files from outside are the page's.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take only what was dragged from here."""
        if event.source() is self:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take it everywhere."""
        if event.source() is self:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Move the selected pictures to the stack below the mouse."""
        if event.source() is not self:
            event.ignore()
            return
        stack = self.stack_below(event.position().toPoint())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        chosen = self.selected_entries()
        if chosen and stack is not None:
            self.stack_wanted.emit(chosen, stack)

    def stack_below(self, position: QPoint) -> Stack | None:
        """Return the stack at ``position`` in the viewport; below all rows it is the last one."""
        rows = [row for row in range(self._model.rowCount()) if self._top_of(row) <= position.y()]
        return self._model.stack_at(rows[-1]) if rows else None

    def _top_of(self, row: int) -> int:
        return self.visualRect(self._model.index(row)).top()

    # What is current and selected outlives a new order of rows.

    def _remember(self) -> None:
        self._chosen = tuple(entry.path for entry in self.selected_entries())
        self._place = self.verticalScrollBar().value()

    def _come_back(self) -> None:
        current = self._current
        rows = [self._model.row_of(self._model.source.row_of(path)) for path in self._chosen]
        here = -1 if current is None else self._model.row_of(self._model.source.row_of(current.path))
        selection = self.selectionModel()
        if here >= 0:
            selection.setCurrentIndex(self._model.index(here), QItemSelectionModel.SelectionFlag.NoUpdate)
        for row in rows:
            if row >= 0:
                selection.select(self._model.index(row), QItemSelectionModel.SelectionFlag.Select)
        self.verticalScrollBar().setValue(self._place)
        if here < 0 and current is not None:
            self._set_current(None)

    def _tell_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._set_current(self._model.entry(current.row()) if current.isValid() else None)

    def _set_current(self, entry: PictureEntry | None) -> None:
        before, self._current = self._current, entry
        if (before and before.path) != (entry and entry.path):
            self.current_changed.emit(entry)


_STACK_KEYS: dict[int, Stack] = {Qt.Key.Key_O: "out", Qt.Key.Key_H: "home", Qt.Key.Key_C: "undecided"}


class TileDelegate(QStyledItemDelegate):
    """Draws one picture of the strip: tile, selection ring, badge, error."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a cell, or that of a head, which is as wide as the strip."""
        if index.data(StackRole.HEAD) is None:
            return CELL
        strip = option.widget
        return QSize(strip.viewport().width() if isinstance(strip, PictureStrip) else CELL.width(), scaled(HEAD_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row ``index``."""
        cell = option.rect
        tile = QRect(cell.left() + GAP // 2, cell.top() + GAP // 2, TILE, TILE)
        tokens = current_tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        head = index.data(StackRole.HEAD)
        if isinstance(head, StackHead):
            _paint_head(painter, cell.adjusted(GAP // 2, 0, -GAP, 0), head, tokens)
            painter.restore()
            return
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


def _paint_head(painter: QPainter, line: QRect, head: StackHead, tokens: Tokens) -> None:
    above = QRect(line.left(), line.top() + 8, line.width(), scaled(18))
    below = QRect(line.left(), above.bottom() + 1, line.width(), scaled(16))
    left, right = (side | Qt.AlignmentFlag.AlignVCenter for side in (_LEFT, _RIGHT))
    painter.setFont(text_font(TEXT_PIXELS, bold=True))
    painter.setPen(QColor(tokens.text))
    painter.drawText(above, int(right), head.count)
    room = above.width() - painter.fontMetrics().horizontalAdvance(f"  {head.count}")
    title = f"{head.sign} {head.title}".strip()
    painter.drawText(above, int(left), painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room))
    painter.setFont(text_font(HEAD_PIXELS))
    painter.setPen(QColor(tokens.muted))
    detail = painter.fontMetrics().elidedText(head.detail, Qt.TextElideMode.ElideRight, below.width())
    painter.drawText(below, int(left), detail)


_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


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
    width, height = painter.fontMetrics().horizontalAdvance(text) + 10, scaled(18)
    pill = QRect(tile.left() + 4, tile.bottom() - height - 3, min(width, TILE - 8), height)
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
