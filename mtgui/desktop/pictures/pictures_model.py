"""The list of pictures as a model for Qt's views."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from mtgui.desktop.pictures.picture_entries import BADGE_MEANINGS, BADGE_SIGNS, Badge, PictureEntry
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.widgets.plain_text import plain_tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class PictureRole(IntEnum):
    """The roles of a picture's row that Qt does not define."""

    ENTRY = Qt.ItemDataRole.UserRole + 1
    ERROR = Qt.ItemDataRole.UserRole + 2


class PictureListModel(QAbstractListModel):
    """Pictures in the order in which they were added, each file once; thumbnails are made only for painted rows."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._entries: list[PictureEntry] = []
        self._identities: set[str] = set()
        self._rows: dict[Path, int] = {}
        thumbnails.ready.connect(self._thumbnail_ready)

    @property
    def entries(self) -> tuple[PictureEntry, ...]:
        """All pictures, in order."""
        return tuple(self._entries)

    def entry(self, row: int) -> PictureEntry:
        """Return the picture of ``row``."""
        return self._entries[row]

    def row_of(self, path: Path) -> int:
        """Return the row of ``path``, -1 where it is not in the list."""
        return self._rows.get(path, -1)

    def add(self, entries: Iterable[PictureEntry]) -> int:
        """Append those ``entries`` that are not yet in the list; return how many were new."""
        fresh: list[PictureEntry] = []
        for entry in entries:
            if entry.identity not in self._identities:
                self._identities.add(entry.identity)
                fresh.append(entry)
        if fresh:
            first = len(self._entries)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._entries.extend(fresh)
            self._rows.update((entry.path, first + i) for i, entry in enumerate(fresh))
            self.endInsertRows()
        return len(fresh)

    def remove(self, rows: Iterable[int]) -> None:
        """Remove ``rows`` from the list; the files stay."""
        chosen = sorted({row for row in rows if 0 <= row < len(self._entries)})
        for first, last in reversed(_runs(chosen)):
            self.beginRemoveRows(QModelIndex(), first, last)
            for entry in self._entries[first : last + 1]:
                self._identities.discard(entry.identity)
                self._thumbnails.forget(entry.path)
            del self._entries[first : last + 1]
            self._rows = {entry.path: row for row, entry in enumerate(self._entries)}
            self.endRemoveRows()

    def clear(self) -> None:
        """Empty the list."""
        self.remove(range(len(self._entries)))

    def set_error(self, path: Path, error: str) -> None:
        """Mark ``path`` as unusable, with the reason ``error``; an empty ``error`` marks it as usable."""
        self._change(path, error=error)

    def set_badges(self, badges: dict[Path, Badge]) -> None:
        """Give these pictures their badges; all others lose theirs."""
        changed = [row for row, entry in enumerate(self._entries) if entry.badge != badges.get(entry.path, "")]
        for row in changed:
            self._entries[row] = replace(self._entries[row], badge=badges.get(self._entries[row].path, ""))
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return how many pictures there are."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the data of a row; a missing thumbnail is requested, and the row changes when it has come."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return None if entry.error else self._thumbnails.get(entry.path)
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == PictureRole.ENTRY:
            return entry
        if role == PictureRole.ERROR:
            return self._error(entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._in_words(entry, "\n"))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._in_words(entry, ", ")
        return None

    def failed(self) -> Sequence[PictureEntry]:
        """Return the pictures that are known to be unusable, with the reasons."""
        return [replace(e, error=self._error(e)) for e in self._entries if self._error(e)]

    def _error(self, entry: PictureEntry) -> str:
        return entry.error or self._thumbnails.failure(entry.path)

    def _in_words(self, entry: PictureEntry, joint: str) -> str:
        badge = f"{BADGE_SIGNS[entry.badge]} {BADGE_MEANINGS[entry.badge]}" if entry.badge else ""
        error = self._error(entry)
        return joint.join(part for part in (entry.name, badge, f"Cannot be used: {error}" if error else "") if part)

    def _change(self, path: Path, *, error: str) -> None:
        row = self.row_of(path)
        if row >= 0:
            self._entries[row] = replace(self._entries[row], error=error)
            self.dataChanged.emit(self.index(row), self.index(row))

    @Slot(object)
    def _thumbnail_ready(self, path: Path) -> None:
        row = self.row_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Return ``rows`` (ascending) as ranges of consecutive numbers, both ends included."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
