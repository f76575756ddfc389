"""The left column of the Mark page: the pictures, and the buttons and menus to add and remove them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from mtgui.common.errors import printable
from mtgui.common.files import is_folder
from mtgui.common.resources import resource_path
from mtgui.desktop.pictures.folder_scan import FolderScan, ScanSummary
from mtgui.desktop.pictures.picture_entries import PictureEntry
from mtgui.desktop.pictures.picture_strip import NARROW_WIDTH, STRIP_WIDTH, PictureStrip
from mtgui.desktop.pictures.pictures_model import PictureListModel
from mtgui.desktop.pictures.stacked_pictures import Stack, StackedPictures
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.theme.text_size import text_scale
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine
from mtgui.desktop.widgets.file_filters import PICTURES
from mtgui.desktop.widgets.layouts import BAR_HEIGHT
from mtgui.desktop.widgets.notices import icon_button
from mtgui.records.coin_choice import Choice
from mtgui.records.record_suffix import RECORD_SUFFIX

if TYPE_CHECKING:
    from mtgui.desktop.pictures.thumbnails import LoadSmall

MOST_WITH_TITLE = 1.15
"""Text that is larger leaves no room for the title beside the buttons; the status line has the number, too."""
RECENT_FOLDERS = 6
PATIENCE_MS = 400
LONGEST_TEXT = 56

_STACKS: dict[Stack, tuple[str, str, Choice]] = {
    "out": ("Always goes out", "O", "always publish"),
    "home": ("Always stays home", "H", "always withhold"),
    "undecided": ("Let chance decide", "C", "drawn"),
}
"""For each stack: the words of the menu, the key, and the choice."""


@dataclass(frozen=True)
class Gathered:
    """The result of adding pictures: how many are new to the list, and the summary of the scan."""

    new: int
    summary: ScanSummary

    @property
    def text(self) -> str:
        """One or two sentences; empty if there is nothing to say."""
        return " ".join(part for part in (self._about_pictures(), self.summary.refusal) if part)

    def _about_pictures(self) -> str:
        found, skipped = self.summary.found, self.summary.sentence
        if self.summary.was_cancelled:
            return f"Stopped; {_pictures(self.new)} {'was' if self.new == 1 else 'were'} added."
        if not found:
            if self.summary.refused and not skipped:
                return ""
            return f"No pictures were found there. {f'{skipped}.' if skipped else ''}".strip()
        if not self.new:
            where = "All of them are" if found > 1 else "It is"
            return f"{where} in the list already."
        return f"{_pictures(self.new)} added; {skipped}." if skipped else ""

    @property
    def is_caution(self) -> bool:
        """True when no pictures were found, or a folder was refused."""
        return bool(self.summary.refused) or (not self.summary.found and not self.summary.was_cancelled)


class MarkPictures(QFrame):
    """Owns the list of pictures, its thumbnails, and the scan that fills it.

    Scan and thumbnails use worker threads; all signals come on the window's thread.
    """

    count_changed = Signal(int)
    current_changed = Signal(object)
    """The `PictureEntry` to look at, or None."""
    pins_wanted = Signal(object, str)
    """The paths of pictures, and the choice for them."""
    pins_refused = Signal()
    """The person wants to decide about pictures of which the draw has decided."""
    scanned = Signal(object)
    """A `Gathered`: the scan has ended."""
    searching = Signal(object)
    """The `Path` of a folder whose scan takes long."""
    record_wanted = Signal(object)
    """The `Path` of a mark record to open; None to ask for one."""
    folders_used = Signal(object)
    """The folders from which pictures were added."""

    def __init__(
        self, load: "LoadSmall", is_picture: Callable[[str], bool], ratio: float, parent: QWidget | None = None
    ) -> None:
        """Decode thumbnails with ``load``; from folders, take files whose name ``is_picture`` accepts."""
        super().__init__(parent)
        self.setProperty("kind", "strip")
        self.setFixedWidth(STRIP_WIDTH)
        self.thumbnails = Thumbnails(load, ratio, self)
        self.model = PictureListModel(self.thumbnails, self)
        self.stacks = StackedPictures(self.model, self)
        self.strip = PictureStrip(self.stacks)
        self._scan = FolderScan(is_picture, self)
        self._queue: list[list[Path]] = []
        self._new = 0
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._tell_search)
        self._recent: list[Path] = []
        self._searched: list[Path] = []
        self._last_folder = self._last_search = Path.home()
        self._title = QLabel("No pictures")
        self._title.setProperty("kind", "strong")
        self._remove = icon_button("remove", "Remove selected pictures from the list", "Del")
        self._remove.setShortcut("")
        self._add = QPushButton("&Add")
        self._add.setAccessibleName("Add pictures")
        self.menu = QMenu(self._add)
        self._add.setMenu(self.menu)
        self._files = self._action("&Pictures…", self.choose_files, "Ctrl+O")
        self._folder = self._action("&Folder…", self.choose_folder, "Ctrl+Shift+O")
        self._record = self._action("Mark &record…", self.choose_record, "Ctrl+Shift+R")
        self._demo = self._action("&Demo pictures", self.add_demo)
        self._lay_out()
        self._connect()
        self._fill_menu()

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return self.model.rowCount()

    @property
    def is_scanning(self) -> bool:
        """True while folders are being scanned."""
        return self._scan.is_running or bool(self._queue)

    @property
    def is_idle(self) -> bool:
        """True while no thumbnail is requested or being made."""
        return self.thumbnails.is_idle

    def add(self, paths: list[Path]) -> None:
        """Add the pictures at ``paths`` (files and folders); if a mark record is among them, open it."""
        for record in [path for path in paths if path.suffix == RECORD_SUFFIX]:
            self.record_wanted.emit(record)
        others = [path for path in paths if path.suffix != RECORD_SUFFIX]
        if others:
            self._search(others)

    def set_recent(self, folders: list[Path]) -> None:
        """Offer ``folders``, newest first."""
        self._recent = folders[:RECENT_FOLDERS]
        self._fill_menu()

    def choose_files(self) -> None:
        """Ask for picture files."""
        chosen, _ = QFileDialog.getOpenFileNames(self, "Add pictures", str(self._last_folder), PICTURES)
        if chosen:
            self.add([Path(name) for name in chosen])

    def choose_folder(self) -> None:
        """Ask for a folder."""
        chosen = QFileDialog.getExistingDirectory(
            self, "Add a folder with all pictures below it", str(self._last_folder)
        )
        if chosen:
            self.add([Path(chosen)])

    def choose_record(self) -> None:
        """Ask for a mark record."""
        self.record_wanted.emit(None)

    def add_demo(self) -> None:
        """Add the pictures that ship with mtgui."""
        self._search([resource_path("demo")])

    def remove(self, entries: tuple[PictureEntry, ...]) -> None:
        """Remove ``entries`` from the list; the files stay."""
        rows = [self.model.row_of(entry.path) for entry in entries]
        first = min(rows, default=0)
        self.model.remove(rows)
        if self.count:
            self.strip.show_entry(min(first, self.count - 1))
        self._count()

    def clear(self) -> None:
        """Empty the list."""
        self.stop_search()
        self.model.clear()
        self._count()

    def stop_search(self) -> None:
        """Stop the scan; pictures that were found stay in the list."""
        self._queue.clear()
        self._scan.cancel()

    def close_workers(self) -> None:
        """Stop the scan and the thumbnails, with their threads."""
        self._queue.clear()
        self._patience.stop()
        self._scan.wait(5.0)
        self.thumbnails.close()

    def set_narrow(self, is_narrow: bool) -> None:
        """Show one column of thumbnails, or two."""
        self.setFixedWidth(NARROW_WIDTH if is_narrow else STRIP_WIDTH)
        self.strip.set_narrow(is_narrow)
        self._title.setVisible(not is_narrow and text_scale() <= MOST_WITH_TITLE)

    def set_locked(self, is_locked: bool) -> None:
        """Disable changes of the list while an export runs."""
        self._add.setEnabled(not is_locked)
        for action in self.actions():
            action.setEnabled(not is_locked)
        self._remove.setEnabled(not is_locked and bool(self.strip.selected_entries()))

    def _connect(self) -> None:
        self._scan.found.connect(self._take)
        self._scan.finished.connect(self._scan_finished)
        self.strip.current_changed.connect(self._current)
        self.strip.remove_requested.connect(self._remove_requested)
        self.strip.stack_wanted.connect(self._stack_wanted)
        self.strip.selectionModel().selectionChanged.connect(self._selection_changed)
        self.strip.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.strip.customContextMenuRequested.connect(self._context_menu)
        self._remove.clicked.connect(self._remove_selected)

    def _take(self, entries: tuple[PictureEntry, ...]) -> None:
        self._new += self.model.add(entries)
        if self.strip.current_entry is None and self.count:
            self.strip.show_entry(0)
        self._count()

    def _scan_finished(self, summary: ScanSummary) -> None:
        self._patience.stop()
        self._count()
        refused = {folder for folder, _ in summary.refused}
        used = [folder for folder in self._searched if folder not in refused]
        if used:
            self._last_folder = used[-1]
            self.folders_used.emit(used)
        self.scanned.emit(Gathered(self._new, summary))
        if self._queue and not self._scan.is_running:
            self._start_search(self._queue.pop(0))

    def _current(self, entry: PictureEntry | None) -> None:
        self.current_changed.emit(entry)

    def _selection_changed(self) -> None:
        self._remove.setEnabled(self._add.isEnabled() and bool(self.strip.selected_entries()))

    def _remove_selected(self) -> None:
        self._remove_requested(self.strip.selected_entries())

    def _remove_requested(self, entries: tuple[PictureEntry, ...]) -> None:
        if self._add.isEnabled():
            self.remove(entries)

    def _count(self) -> None:
        count = self.count
        self._title.setText(_pictures(count) if count else "No pictures")
        self.count_changed.emit(count)

    def _context_menu(self, position: QPoint) -> None:
        entries = self.strip.selected_entries()
        if not entries or not self._add.isEnabled():
            return
        menu = QMenu(self)
        are_drawn = all(entry.is_drawn for entry in entries)
        for stack, (words, keys, _) in _STACKS.items():
            action = menu.addAction(f"{words}\t{keys}")
            action.setData(stack)
            action.setEnabled(not are_drawn)
        menu.addSeparator()
        remove = menu.addAction("Remove from the list\tDel")
        chosen = menu.exec(self.strip.viewport().mapToGlobal(position))
        if chosen is remove:
            self.remove(entries)
        elif chosen is not None:
            self._stack_wanted(entries, chosen.data())
        menu.deleteLater()

    def _stack_wanted(self, entries: tuple[PictureEntry, ...], stack: Stack) -> None:
        """Pin ``entries``, or leave them to chance; what the draw has decided stays."""
        if not self._add.isEnabled():
            return
        free = tuple(entry.path for entry in entries if not entry.is_drawn)
        if len(free) < len(entries):
            self.pins_refused.emit()
        if free:
            self.pins_wanted.emit(free, _STACKS[stack][2])

    def _fill_menu(self) -> None:
        self.menu.clear()
        self.menu.addActions([self._files, self._folder, self._record])
        self.menu.addSeparator()
        if self._recent:
            head = self.menu.addAction("Recent folders")
            head.setEnabled(False)
            for path in self._recent:
                self.menu.addAction(menu_text(path)).setData(path)
            self.menu.addSeparator()
        self.menu.addAction(self._demo)

    def _action(self, text: str, slot: Callable[[], None], keys: str = "") -> QAction:
        action = QAction(text, self)
        action.setShortcut(keys)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _search(self, paths: list[Path]) -> None:
        if self._scan.is_running:
            self._queue.append(paths)
        else:
            self._start_search(paths)

    def _start_search(self, paths: list[Path]) -> None:
        self._new, self._last_search = 0, paths[0]
        folders = dict.fromkeys(path if is_folder(path) else path.parent for path in paths)
        self._searched = [folder for folder in folders if folder != resource_path("demo")]
        self._patience.start()
        self._scan.start(paths)

    def _tell_search(self) -> None:
        self.searching.emit(self._last_search)

    def _recent_chosen(self, action: QAction) -> None:
        if isinstance(action.data(), Path):
            self.add([action.data()])

    def _lay_out(self) -> None:
        self.menu.triggered.connect(self._recent_chosen)
        self._remove.setEnabled(False)
        head = QHBoxLayout()
        head.setContentsMargins(3 * GRID, 0, 3 * GRID, 0)
        head.setSpacing(2 * GRID)
        head.addWidget(self._title, 1)
        head.addWidget(self._remove)
        head.addWidget(self._add)
        bar = QWidget()
        bar.setFixedHeight(BAR_HEIGHT - 1)
        bar.setLayout(head)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(SeparatorLine())
        layout.addWidget(self.strip, 1)


def menu_text(path: Path) -> str:
    """Return ``path`` as one line of a menu: only its end if it is long, and with every ampersand escaped."""
    text = printable(path)
    return (text if len(text) <= LONGEST_TEXT else f"…{text[1 - LONGEST_TEXT :]}").replace("&", "&&")


def _pictures(count: int) -> str:
    return f"{count:,} {'picture' if count == 1 else 'pictures'}"
