"""Pictures in one row, each with a sign: published or withheld."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mtgui.desktop.pictures.picture_entries import BADGE_SIGNS, PictureEntry
from mtgui.desktop.pictures.pictures_model import PictureListModel, PictureRole
from mtgui.desktop.pictures.tile_list import TileList
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.icons import icon_pixmap
from mtgui.desktop.theme.tokens import HEAD_PIXELS, RADIUS

SIDE, GAP, SCROLL_BAR, SIGN = 60, 8, 10, 18
CELL = QSize(SIDE + GAP, SIDE + GAP)


class PictureShelf(TileList):
    """Shows a `PictureListModel` as one horizontal row; arrow keys move, and the tool tip names the picture."""

    def __init__(self, model: PictureListModel, name: str, parent: QWidget | None = None) -> None:
        """Show ``model``; ``name`` is what a screen reader calls it."""
        super().__init__("shelf", name, CELL, parent, is_one_row=True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFixedHeight(CELL.height() + SCROLL_BAR + 4)
        self.setItemDelegate(_SmallTile(self))
        self.setModel(model)


class _SmallTile(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return CELL

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry = index.data(PictureRole.ENTRY)
        if not isinstance(entry, PictureEntry):
            return
        tokens = current_tokens()
        tile = QRect(option.rect.left() + GAP // 2, option.rect.top() + GAP // 2, SIDE, SIDE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(pixmap, QPixmap):
            painter.drawPixmap(tile, pixmap)
        else:
            painter.setPen(QPen(QColor(tokens.edge), 1, Qt.PenStyle.DashLine))
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(tile.adjusted(0, 0, -1, -1), RADIUS, RADIUS)
        if index.data(PictureRole.ERROR):
            ratio = painter.device().devicePixelRatio()
            painter.drawPixmap(tile.center().x() - 9, tile.top() + 10, icon_pixmap("warning", 20, ratio, "caution"))
        if entry.badge:
            _paint_sign(painter, tile, BADGE_SIGNS[entry.badge])
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(tile.adjusted(-2, -2, 1, 1), RADIUS + 1, RADIUS + 1)
        painter.restore()


def _paint_sign(painter: QPainter, tile: QRect, text: str) -> None:
    tokens = current_tokens()
    sign = QRect(tile.left() + 3, tile.bottom() - SIGN - 2, SIGN, SIGN)
    painter.setPen(QPen(QColor(tokens.edge), 1))
    painter.setBrush(QColor(tokens.raised))
    painter.drawRoundedRect(sign, RADIUS, RADIUS)
    painter.setFont(text_font(HEAD_PIXELS))
    painter.setPen(QColor(tokens.text))
    painter.drawText(sign, int(Qt.AlignmentFlag.AlignCenter), text)
