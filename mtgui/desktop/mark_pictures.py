"""The left column of the Mark page: the pictures, and the ways to add and remove them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from mtgui.common.resources import resource_path
from mtgui.desktop.controls import Line
from mtgui.desktop.folder_scan import FolderScan, ScanSummary
from mtgui.desktop.mark_toolbar import BAR_HEIGHT
from mtgui.desktop.notices import icon_button
from mtgui.desktop.picture_entries import PictureEntry
from mtgui.desktop.picture_strip import STRIP_WIDTH, PictureStrip
from mtgui.desktop.pictures_model import PictureListModel
from mtgui.desktop.thumbnails import Thumbnails
from mtgui.desktop.tokens import GRID
from mtgui.records.record import Choice

if TYPE_CHECKING:
    from mtgui.desktop.thumbnails import LoadSmall

RECENT_FOLDERS = 6


class MarkPictures(QFrame):
    """Owns the list of pictures, its thumbnails and the scan that fills it."""

    count_changed = Signal(int)
    current_changed = Signal(object)
    """The `PictureEntry` to look at, or None."""
    pins_wanted = Signal(object, str)
    """Paths, and the choice for them."""
    scanned = Signal(object)
    """A `ScanSummary`: a scan has ended."""
    record_wanted = Signal(object)
    """The person wants to open the mark record at this `Path`; None asks which."""
    folders_used = Signal(object)
    """Folders that pictures were added from."""

    def __init__(
        self, load: "LoadSmall", is_picture: Callable[[str], bool], ratio: float, parent: QWidget | None = None
    ) -> None:
        """Decode thumbnails with ``load``; of folders take what ``is_picture`` accepts."""
        super().__init__(parent)
        self.setProperty("kind", "strip")
        self.setFixedWidth(STRIP_WIDTH)
        self._thumbnails = Thumbnails(load, ratio, self)
        self.model = PictureListModel(self._thumbnails, self)
        self.strip = PictureStrip(self.model)
        self._scan = FolderScan(is_picture, self)
        self._recent: list[Path] = []
        self._last_folder = Path.home()
        self._title = QLabel("No pictures")
        self._title.setProperty("kind", "strong")
        self._remove = icon_button("remove", "Remove selected pictures from the list", "Del")
        self._remove.setShortcut("")
        self._add = QPushButton("&Add")
        self._add.setAccessibleName("Add pictures")
        self.menu = QMenu(self._add)
        self._add.setMenu(self.menu)
        self._lay_out()
        self._connect()
        self._fill_menu()

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return self.model.rowCount()

    @property
    def is_scanning(self) -> bool:
        """True while folders are being walked."""
        return self._scan.is_running

    def add(self, paths: list[Path]) -> None:
        """Add the pictures at ``paths``, files and folders; open a mark record among them."""
        for record in [path for path in paths if path.suffix == ".mtrecord"]:
            self.record_wanted.emit(record)
        others = [path for path in paths if path.suffix != ".mtrecord"]
        if others:
            folders = [path if path.is_dir() else path.parent for path in others]
            self._last_folder = folders[-1]
            self.folders_used.emit(folders)
            self._scan.start(others)

    def set_recent(self, folders: list[Path]) -> None:
        """Offer ``folders``, newest first."""
        self._recent = folders[:RECENT_FOLDERS]
        self._fill_menu()

    def choose_files(self) -> None:
        """Ask for picture files."""
        chosen, _ = QFileDialog.getOpenFileNames(self, "Add pictures", str(self._last_folder))
        if chosen:
            self.add([Path(name) for name in chosen])

    def choose_folder(self) -> None:
        """Ask for a folder."""
        chosen = QFileDialog.getExistingDirectory(
            self, "Add a folder with all pictures below it", str(self._last_folder)
        )
        if chosen:
            self.add([Path(chosen)])

    def add_demo(self) -> None:
        """Add the pictures that ship with mtgui."""
        self._scan.start([resource_path("demo")])

    def remove(self, entries: tuple[PictureEntry, ...]) -> None:
        """Take ``entries`` out of the list; the files stay."""
        rows = [self.model.row_of(entry.path) for entry in entries]
        first = min(rows, default=0)
        self.model.remove(rows)
        if self.count:
            self.strip.show_entry(min(first, self.count - 1))
        self._count()

    def clear(self) -> None:
        """Empty the list."""
        self._scan.cancel()
        self.model.clear()
        self._count()

    def close_workers(self) -> None:
        """Stop scan and thumbnails."""
        self._scan.wait(5.0)
        self._thumbnails.close()

    def set_locked(self, is_locked: bool) -> None:
        """Keep the list as it is while an export runs."""
        self._add.setEnabled(not is_locked)
        self._remove.setEnabled(not is_locked and bool(self.strip.selected_entries()))

    def _connect(self) -> None:
        self._scan.found.connect(self._take)
        self._scan.finished.connect(self._scan_finished)
        self.strip.current_changed.connect(self._current)
        self.strip.remove_requested.connect(self._remove_requested)
        self.strip.selectionModel().selectionChanged.connect(self._selection_changed)
        self.strip.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.strip.customContextMenuRequested.connect(self._context_menu)
        self._remove.clicked.connect(self._remove_selected)

    def _take(self, entries: tuple[PictureEntry, ...]) -> None:
        self.model.add(entries)
        if self.strip.current_entry is None and self.count:
            self.strip.show_entry(0)
        self._count()

    def _scan_finished(self, summary: ScanSummary) -> None:
        self._count()
        self.scanned.emit(summary)

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
        name = "picture" if count == 1 else "pictures"
        self._title.setText(f"{count:,} {name}" if count else "No pictures")
        self.count_changed.emit(count)

    def _context_menu(self, position: QPoint) -> None:
        entries = self.strip.selected_entries()
        if not entries or not self._add.isEnabled():
            return
        menu = QMenu(self)
        choices: tuple[tuple[str, Choice], ...] = (
            ("Let chance decide", "drawn"),
            ("Always publish", "always publish"),
            ("Always keep private", "always withhold"),
        )
        for text, choice in choices:
            menu.addAction(text).setData(choice)
        menu.addSeparator()
        remove = menu.addAction("Remove from the list")
        chosen = menu.exec(self.strip.viewport().mapToGlobal(position))
        if chosen is remove:
            self.remove(entries)
        elif chosen is not None:
            self.pins_wanted.emit(tuple(entry.path for entry in entries), str(chosen.data()))
        menu.deleteLater()

    def _fill_menu(self) -> None:
        self.menu.clear()
        files = self.menu.addAction("&Pictures…")
        files.setShortcut("Ctrl+O")
        files.triggered.connect(self.choose_files)
        folder = self.menu.addAction("&Folder…")
        folder.setShortcut("Ctrl+Shift+O")
        folder.triggered.connect(self.choose_folder)
        record = self.menu.addAction("Mark &record…")
        record.triggered.connect(self._record_chosen)
        if self._recent:
            self.menu.addSection("Recent folders")
            for path in self._recent:
                self.menu.addAction(str(path)).setData(path)
        self.menu.addSeparator()
        demo = self.menu.addAction("&Demo pictures")
        demo.triggered.connect(self.add_demo)
        self.addActions([files, folder])

    def _recent_chosen(self, action: QAction) -> None:
        if isinstance(action.data(), Path):
            self.add([action.data()])

    def _record_chosen(self) -> None:
        self.record_wanted.emit(None)

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
        layout.addWidget(Line())
        layout.addWidget(self.strip, 1)
