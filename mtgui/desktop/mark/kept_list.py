"""The pictures that stay home, as a list in two columns: a small thumbnail and the name of each."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QIcon, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mtgui.common.errors import printable, readable_name
from mtgui.common.telling_names import telling_names
from mtgui.common.texts import text
from mtgui.desktop.pictures.picture_entries import PictureEntry, entry_of
from mtgui.desktop.pictures.pictures_model import PictureListModel
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.pictures.tile_list import TileList
from mtgui.desktop.theme.tokens import GRID

SIDE = 36
ROW_HEIGHT = SIDE + 2 * GRID
COLUMNS, MOST_ROWS = 2, 4


class KeptList(TileList):
    """Shows pictures that stay home; a long list scrolls. Thumbnails are decoded on worker threads."""

    def __init__(self, thumbnails: Thumbnails, name: str, parent: QWidget | None = None) -> None:
        """Take thumbnails from ``thumbnails``; ``name`` is what a screen reader calls the list."""
        super().__init__("kept", name, QSize(ROW_HEIGHT, ROW_HEIGHT), parent, is_one_row=False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setResizeMode(TileList.ResizeMode.Adjust)
        self._pictures = PictureListModel(thumbnails, self)
        self.setModel(self._pictures)
        self.setItemDelegate(_Row(self))

    @property
    def entries(self) -> tuple[PictureEntry, ...]:
        """The pictures, in order; those whose file is not known have an error."""
        return self._pictures.entries

    def show_pictures(self, names: Sequence[str], files: Sequence[Path]) -> None:
        """Show the pictures ``names`` in this order; ``files`` are those of them whose place is known."""
        entries = kept_entries(names, files)
        if entries != self.entries:
            self._pictures.clear()
            self._pictures.add(entries)
        rows = -(-len(entries) // COLUMNS)
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if rows <= MOST_ROWS else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(bar)
        self.setFixedHeight(min(rows, MOST_ROWS) * ROW_HEIGHT + 3 * GRID)
        self.setVisible(bool(entries))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give both columns the same width."""
        cell = QSize(max(1, self.viewport().width() // COLUMNS - 1), ROW_HEIGHT)
        if cell != self.gridSize():
            self.setGridSize(cell)
        super().resizeEvent(event)


class _Row(QStyledItemDelegate):
    def __init__(self, parent: KeptList) -> None:
        super().__init__(parent)
        self._list = parent

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self._list.gridSize()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        if not isinstance(pixmap, QPixmap):
            # The name stands where it will stand once the thumbnail has come.
            pixmap = QPixmap(SIDE, SIDE)
            pixmap.fill(Qt.GlobalColor.transparent)
        option.icon = QIcon(pixmap)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
        option.decorationSize = QSize(SIDE, SIDE)


def kept_entries(names: Sequence[str], files: Sequence[Path]) -> tuple[PictureEntry, ...]:
    """Return an entry for each of ``names``, with the file of that name if there is one.

    Names may have folders before them; a file then has the name that tells it apart from the others.
    """
    if len(names) == len(files) and all(_ends_with(path, name) for name, path in zip(names, files, strict=True)):
        return tuple(replace(entry_of(path), title=name) for name, path in zip(names, files, strict=True))
    known: dict[str, list[tuple[Path, str]]] = {}
    for path, name in zip(files, telling_names(files), strict=True):
        known.setdefault(readable_name(path), []).append((path, name))
    entries = []
    for place, name in enumerate(names):
        if known.get(name):
            path, title = known[name].pop(0)
            entries.append(replace(entry_of(path), title=title))
        else:
            lost = Path(f".lost-{place}") / name
            entries.append(PictureEntry(lost, lost.parent, str(lost), text("nobody noted where it lies")))
    return tuple(entries)


def _ends_with(path: Path, name: str) -> bool:
    return printable(path.as_posix()).endswith(name)
