"""The list beside the plot of single pictures: thumbnail, name, published or private, and loss; lowest loss first."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mtgui.auditing.loss_kinds import LossScale, loss_scale
from mtgui.common.errors import printable
from mtgui.common.words import nats
from mtgui.desktop.pictures.picture_entries import ShownPicture
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.tokens import CAPTION_PIXELS, GRID, TEXT_PIXELS
from mtgui.desktop.widgets.plain_text import plain_tip

ROW_HEIGHT = 48
TILE_SIDE = 40
LIST_WIDTH = 236
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class LossRole(IntEnum):
    """The roles of a row that Qt does not define."""

    PICTURE = Qt.ItemDataRole.UserRole + 1


class LossListModel(QAbstractListModel):
    """Pictures with their losses, in the order given."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        """Take thumbnails from ``thumbnails``."""
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._pictures: tuple[ShownPicture, ...] = ()
        self._scale = loss_scale("cross-entropy", classes=1)
        thumbnails.ready.connect(self._ready)

    @property
    def pictures(self) -> tuple[ShownPicture, ...]:
        """All rows."""
        return self._pictures

    def set_pictures(self, pictures: Sequence[ShownPicture], scale: LossScale) -> None:
        """Show ``pictures``, whose losses have ``scale``."""
        self.beginResetModel()
        self._pictures, self._scale = tuple(pictures), scale
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return how many pictures there are."""
        return 0 if parent.isValid() else len(self._pictures)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the data of a row."""
        if not index.isValid() or index.row() >= len(self._pictures):
            return None
        one = self._pictures[index.row()]
        if role == LossRole.PICTURE:
            return one
        if role == Qt.ItemDataRole.DisplayRole:
            return printable(one.name)
        if role == Qt.ItemDataRole.DecorationRole:
            return None if one.path is None else self._thumbnails.get(one.path)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            said = f"{printable(one.name)}, {who(one)}, loss {self._scale.in_words(one.loss)}"
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None

    def _ready(self, path: object) -> None:
        for row, one in enumerate(self._pictures):
            if one.path == path:
                self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])


def who(picture: ShownPicture) -> str:
    """Return a sign and a word that say whether the picture was published."""
    return "▲ published" if picture.is_published else "○ kept private"


class LossList(QListView):
    """Shows a `LossListModel`; arrow keys move, and the plot follows."""

    chosen = Signal(int)
    """The number of the row that a person moved to."""

    def __init__(self, model: LossListModel, parent: QWidget | None = None) -> None:
        """Show ``model``."""
        super().__init__(parent)
        self.setProperty("kind", "shelf")
        self.setAccessibleName("Pictures by loss, the best remembered first")
        self.setFixedWidth(LIST_WIDTH)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_RowDelegate(self))
        self.setModel(model)
        self.selectionModel().currentChanged.connect(self._moved)

    def show_row(self, row: int) -> None:
        """Make ``row`` the current one."""
        self.setCurrentIndex(self.model().index(row, 0))

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.chosen.emit(current.row())


class _RowDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(LIST_WIDTH - 16, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        one = index.data(LossRole.PICTURE)
        if not isinstance(one, ShownPicture):
            return
        tokens, cell = current_tokens(), option.rect
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if is_selected:
            painter.fillRect(cell, QColor(tokens.accent))
        tile = QRect(cell.left() + GRID, cell.top() + GRID, TILE_SIDE, TILE_SIDE)
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(pixmap, QPixmap):
            painter.drawPixmap(tile, pixmap)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.line))
            painter.drawRoundedRect(tile, 4, 4)
        _paint_words(painter, cell, one, tokens.on_accent if is_selected else "")
        painter.restore()


def _paint_words(painter: QPainter, cell: QRect, one: ShownPicture, ink: str) -> None:
    tokens = current_tokens()
    left = cell.left() + TILE_SIDE + 3 * GRID
    top = QRect(left, cell.top() + 5, cell.right() - left - 2 * GRID, 20)
    below = top.translated(0, 19)
    painter.setFont(text_font(TEXT_PIXELS))
    painter.setPen(QColor(ink or tokens.text))
    loss = nats(one.loss)
    room = top.width() - painter.fontMetrics().horizontalAdvance(loss) - 2 * GRID
    name = painter.fontMetrics().elidedText(printable(one.name), Qt.TextElideMode.ElideMiddle, room)
    painter.drawText(top, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)
    painter.drawText(top, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), loss)
    painter.setFont(text_font(CAPTION_PIXELS))
    painter.setPen(QColor(ink or tokens.muted))
    painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), who(one))
