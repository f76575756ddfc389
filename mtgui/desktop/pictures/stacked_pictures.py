"""The pictures in stacks, each below a head: what goes out, what stays home, and what chance still decides about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from mtgui.desktop.pictures.picture_entries import Badge, PictureEntry
from mtgui.desktop.pictures.pictures_model import PictureListModel

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
DRAGGED = "application/x-mtgui-pictures"
Stack = Literal["out", "home", "undecided"]
STACKS: tuple[Stack, ...] = get_args(Stack)
STACK_OF: Mapping[Badge, Stack] = {
    "published": "out",
    "always published": "out",
    "withheld": "home",
    "always private": "home",
    "": "undecided",
}


class StackRole(IntEnum):
    """The role of a head's row."""

    HEAD = Qt.ItemDataRole.UserRole + 11


@dataclass(frozen=True)
class StackHead:
    """The head of a stack: a sign, a title, how many pictures belong to it in the end, and a line about them."""

    sign: str
    title: str
    count: str
    detail: str = ""


class StackedPictures(QAbstractListModel):
    """Shows the rows of a `PictureListModel` by stack; a stack without head and pictures is left out.

    Rows are those of this model; a head has no picture. Pictures keep their order within a stack.
    """

    restacked = Signal()
    """The rows are other ones now, after a reset."""

    def __init__(self, source: PictureListModel, parent: QObject | None = None) -> None:
        """Show ``source``."""
        super().__init__(parent)
        self._source = source
        self._heads: dict[Stack, StackHead] = {}
        self._stack_of_free: Stack = "undecided"
        # A row is a head, named by its stack, or a picture, named by its file, since numbers change before a reset.
        self._rows: list[Stack | Path] = []
        self._places: dict[Path, int] = {}
        source.rowsInserted.connect(self._restack)
        source.rowsRemoved.connect(self._restack)
        source.modelReset.connect(self._restack)
        source.dataChanged.connect(self._source_changed)
        self._take(self._wanted_rows())

    @property
    def source(self) -> PictureListModel:
        """The pictures in the order in which they were added."""
        return self._source

    def set_heads(self, heads: Mapping[Stack, StackHead]) -> None:
        """Show these heads; pictures without a badge lie in the first stack if there is no undecided one."""
        if dict(heads) == self._heads:
            return
        self._heads = dict(heads)
        self._stack_of_free = "undecided" if "undecided" in heads or not heads else next(iter(heads))
        self._restack()
        for row, one in enumerate(self._rows):
            if isinstance(one, str):
                self.dataChanged.emit(self.index(row), self.index(row))

    def source_row(self, row: int) -> int:
        """Return the row of the source for a ``row``; -1 for a head and for what is no row."""
        one = self._rows[row] if 0 <= row < len(self._rows) else "undecided"
        return self._source.row_of(one) if isinstance(one, Path) else -1

    def row_of(self, source_row: int) -> int:
        """Return the row in which the picture of ``source_row`` lies; -1 if there is none."""
        entries = self._source.entries
        return self._places.get(entries[source_row].path, -1) if 0 <= source_row < len(entries) else -1

    def stack_at(self, row: int) -> Stack | None:
        """Return the stack to which ``row`` belongs; None for what is no row."""
        if not 0 <= row < len(self._rows):
            return None
        return next((one for one in reversed(self._rows[: row + 1]) if isinstance(one, str)), None)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return how many rows there are, heads included."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a row; heads cannot be selected."""
        if self.source_row(index.row()) < 0:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Return the one kind of data that is dragged from stack to stack."""
        return [DRAGGED]

    def mimeData(self, _indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return data that say only that pictures are dragged; the strip knows which are selected."""
        data = QMimeData()
        data.setData(DRAGGED, b"")
        return data

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the data of a row."""
        row = index.row()
        if not index.isValid() or row >= len(self._rows):
            return None
        source = self.source_row(row)
        if source >= 0:
            return self._source.data(self._source.index(source), role)
        one = self._rows[row]
        head = self._heads.get(one) if isinstance(one, str) else None
        if head is None:
            return None
        if role == StackRole.HEAD:
            return head
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.DisplayRole):
            return f"{head.sign} {head.title}: {head.count}. {head.detail}"
        return None

    def _wanted_rows(self) -> list[Stack | Path]:
        by_stack: dict[Stack, list[Path]] = {stack: [] for stack in STACKS}
        for entry in self._source.entries:
            by_stack[STACK_OF[entry.badge] if entry.badge else self._stack_of_free].append(entry.path)
        rows: list[Stack | Path] = []
        for stack in STACKS:
            if stack in self._heads and (by_stack[stack] or stack != "undecided"):
                rows.append(stack)
            rows += by_stack[stack]
        return rows

    def _restack(self) -> None:
        rows = self._wanted_rows()
        if rows != self._rows:
            self._take(rows)

    def _take(self, rows: list[Stack | Path]) -> None:
        self.beginResetModel()
        self._rows = rows
        self._places = {one: row for row, one in enumerate(rows) if isinstance(one, Path)}
        self.endResetModel()
        self.restacked.emit()

    def _source_changed(self, first: QModelIndex, last: QModelIndex, roles: Sequence[int] = ()) -> None:
        if not roles:
            self._restack()
        for entry in self._source.entries[first.row() : last.row() + 1]:
            row = self._places.get(entry.path, -1)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row), list(roles))

    def entry(self, row: int) -> PictureEntry | None:
        """Return the picture of ``row``; None for a head."""
        source = self.source_row(row)
        return self._source.entry(source) if source >= 0 else None
