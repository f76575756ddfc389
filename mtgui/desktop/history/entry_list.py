"""The list of the History page: one row per entry, with the sign of its kind and verdict."""

from collections.abc import Mapping, Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QItemSelectionModel, QModelIndex, QObject, QRect, QSize, Qt, Signal
from PySide6.QtCore import QPersistentModelIndex as Persistent
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mtgui.common.words import moment
from mtgui.desktop.history.entry_words import outcome_in_words
from mtgui.desktop.jobs.history_store import HistoryEntry, Kind
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.icons import icon_pixmap
from mtgui.desktop.theme.tokens import CAPTION_PIXELS, GRID, TEXT_PIXELS, Role
from mtgui.desktop.widgets.plain_text import plain_tip

ROW_HEIGHT = 56
SIGN_WIDTH = 44
Index = QModelIndex | Persistent
_ROOT = QModelIndex()


class EntryRole(IntEnum):
    """The roles of a row that Qt does not define."""

    ENTRY = Qt.ItemDataRole.UserRole + 1


class EntryModel(QAbstractListModel):
    """Entries in the order given."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._entries: tuple[HistoryEntry, ...] = ()

    @property
    def entries(self) -> tuple[HistoryEntry, ...]:
        """All rows."""
        return self._entries

    def set_entries(self, entries: Sequence[HistoryEntry]) -> None:
        """Show ``entries``."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the data of a row."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == EntryRole.ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return headline(entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{headline(entry)}\n{below(entry)}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{_SPOKEN[entry.kind]}{headline(entry)}, {below(entry)}"
        return None


_SPOKEN: Mapping[Kind, str] = {"record": "Record ", "audit": "Audit ", "rehearsal": ""}
"""What a screen reader says before the first line, which names a rehearsal itself."""


def headline(entry: HistoryEntry) -> str:
    """Return the first line of a row."""
    return f"{entry.title} on {entry.model}" if entry.kind == "audit" else entry.title


def below(entry: HistoryEntry) -> str:
    """Return the second line of a row."""
    return f"{moment(entry.created)} · {outcome_in_words(entry)}"


class EntryList(QListView):
    """Shows an `EntryModel`; Ctrl and Shift select several entries, Return or a double click opens one."""

    opened = Signal()

    def __init__(self, model: EntryModel, parent: QWidget | None = None) -> None:
        """Show ``model``."""
        super().__init__(parent)
        self.setProperty("kind", "history")
        self.setAccessibleName("Records, audits and rehearsals, newest first")
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_EntryDelegate(self))
        self.setModel(model)
        self._model = model
        self.doubleClicked.connect(self._open)

    def selected(self) -> tuple[HistoryEntry, ...]:
        """Return the selected entries, in the order of the list."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return tuple(self._model.entries[row] for row in rows)

    def select_numbers(self, numbers: Sequence[int]) -> None:
        """Select the entries with these numbers."""
        selection = self.selectionModel()
        for row, entry in enumerate(self._model.entries):
            if entry.number in numbers:
                index = self._model.index(row)
                selection.select(index, QItemSelectionModel.SelectionFlag.Select)
                selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open on Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _open(self, _index: QModelIndex) -> None:
        self.opened.emit()


class _EntryDelegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(200, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(EntryRole.ENTRY)
        if not isinstance(entry, HistoryEntry):
            return
        tokens, cell = current_tokens(), option.rect
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if is_selected:
            painter.fillRect(cell, QColor(tokens.accent))
        else:
            painter.setPen(QColor(tokens.line))
            painter.drawLine(cell.bottomLeft(), cell.bottomRight())
        _paint_sign(painter, cell, entry, is_selected)
        text = QRect(cell.left() + SIGN_WIDTH, cell.top() + 8, cell.width() - SIGN_WIDTH - 3 * GRID, 20)
        elide, left = Qt.TextElideMode.ElideMiddle, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(text_font(TEXT_PIXELS, bold=True))
        painter.setPen(QColor(tokens.on_accent if is_selected else tokens.text))
        painter.drawText(text, left, painter.fontMetrics().elidedText(headline(entry), elide, text.width()))
        painter.setFont(text_font(CAPTION_PIXELS))
        painter.setPen(QColor(tokens.on_accent if is_selected else tokens.muted))
        words = painter.fontMetrics().elidedText(below(entry), Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text.translated(0, 20), left, words)
        painter.restore()


def _paint_sign(painter: QPainter, cell: QRect, entry: HistoryEntry, is_selected: bool) -> None:
    place = QRect(cell.left(), cell.top(), SIGN_WIDTH, cell.height())
    sign, role = sign_of(entry)
    if sign:
        painter.setFont(text_font(18))
        tokens = current_tokens()
        painter.setPen(QColor(tokens.on_accent if is_selected else tokens.role(role)))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), sign)
        return
    name = "key" if entry.kind == "record" else "rehearse"
    pixmap = icon_pixmap(name, 20, painter.device().devicePixelRatio(), "on_accent" if is_selected else "muted")
    painter.drawPixmap(place.center().x() - 9, place.center().y() - 9, pixmap)


def sign_of(entry: HistoryEntry) -> tuple[str, Role]:
    """Return the sign of an audit and its colour; no sign for other entries, which have an icon."""
    if entry.kind != "audit":
        return "", "muted"
    if entry.verdict == "evidence":
        return "▲", "evidence"
    if entry.verdict:
        return "○", "no_evidence"
    return ("…", "muted") if entry.state == "running" else ("!", "caution")
