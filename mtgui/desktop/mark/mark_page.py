"""The Mark page: pictures on the left, the comparison in the middle, settings and export on the right."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtGui import QKeySequence, QPaintEvent, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QStackedLayout, QVBoxLayout, QWidget

from mtgui.common.errors import MtguiError, PictureError, readable_name
from mtgui.desktop.canvas.canvas_view import ComparisonView
from mtgui.desktop.jobs.rehearsed_numbers import numbers_in_words
from mtgui.desktop.mark.export_flow import Exporting
from mtgui.desktop.mark.export_panel import ExportPanel
from mtgui.desktop.mark.export_plan import short_name
from mtgui.desktop.mark.export_run import ExportEnd
from mtgui.desktop.mark.inspector import Inspector
from mtgui.desktop.mark.mark_choices import ChoiceHistory, MarkChoices
from mtgui.desktop.mark.mark_layout import centre_column, right_column
from mtgui.desktop.mark.mark_memory import MarkMemory
from mtgui.desktop.mark.mark_toolbar import MarkToolbar
from mtgui.desktop.mark.pattern_source import PatternSource
from mtgui.desktop.mark.picture_column import Gathered, MarkPictures, menu_text
from mtgui.desktop.mark.preloading import Preloading
from mtgui.desktop.mark.preview import Preview, Quality
from mtgui.desktop.pictures.drop_overlay import DropOverlay
from mtgui.desktop.pictures.picture_access import is_picture_name, load_small
from mtgui.desktop.pictures.picture_entries import Badge, PictureEntry
from mtgui.desktop.widgets.layouts import side_by_side
from mtgui.desktop.widgets.notices import EmptyState, MessageBar
from mtgui.desktop.widgets.page import Page
from mtgui.marking.settings import MarkSettings
from mtgui.records.coin_choice import CHOICES

if TYPE_CHECKING:
    from mtgui.desktop.mark.rendering import Look

ROOMY_WIDTH = 1150
LINKS = 3


class MarkPage(Page):
    """Connects the parts of marking; each part owns its controls. All of it runs on the window's thread."""

    exported = Signal(object)
    """The result of a finished export."""

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        """Build the page with the choices stored in ``settings``."""
        super().__init__(parent)
        self._memory = MarkMemory(settings)
        self.history = ChoiceHistory(self._memory.choices(), self)
        self.pictures = MarkPictures(load_small, is_picture_name, self.devicePixelRatioF())
        self.canvas = ComparisonView()
        self.toolbar = MarkToolbar(self.canvas, self.history.stack)
        self.inspector = Inspector(self.history)
        self.panel = ExportPanel()
        self.messages = MessageBar()
        self.preview = Preview(self.canvas, self)
        self.patterns = PatternSource(self)
        self.exporting = Exporting(self, self._memory)
        self.empty = EmptyState(
            "mark",
            "Mark your pictures before you publish them",
            "mtgui blends a secret pattern into copies of your pictures. Publish the copies; should a model be "
            "trained on them, an audit can show it later. Your originals are never changed.",
            "Add pictures…",
            "or drop pictures and folders here",
        )
        self._drawn: dict[Path, Badge] = {}
        self._is_searching = False
        self._status = QLabel("")
        self._record_status = QLabel("")
        self.warming = Preloading()
        self._warming_timer = QTimer(self)
        self._warming_timer.setSingleShot(True)
        self._warming_timer.timeout.connect(self.warming.begin)
        self._lay_out()
        self._overlay = DropOverlay(self._drop_words, self)
        self._connect()
        self._shortcuts()
        self.toolbar.set_mode(self._memory.mode())
        self._choices_changed(self.history.choices)
        self._show_recent(self._memory.recent_folders())
        self._count_changed(0)

    def open_paths(self, paths: list[Path]) -> None:
        """Add ``paths``, as if they had been dropped here."""
        if self.exporting.is_running:
            self.messages.show_message("Pictures can be added once the export has ended.", "caution")
        else:
            self.pictures.add(paths)

    def take_rehearsed(self, mark: MarkSettings, published: int, withheld: int, pictures: Sequence[Path]) -> None:
        """Set the mark and the numbers of a rehearsal (undo works); if the list is empty, add its ``pictures``."""
        if self.exporting.is_running:
            self.messages.show_message("Settings can be changed once the export has ended.", "caution")
            return
        there = len(self.pictures.model.entries)
        self.pictures.add([] if there else list(pictures))
        choices = self.history.choices.as_rehearsed(mark, published, withheld, there)
        self.history.change(choices, "settings of a rehearsal")
        words = numbers_in_words(published, withheld, there or len(pictures))
        self.messages.show_message(f"Set as rehearsed. {words}", "info")

    def may_close(self) -> bool:
        """Say whether the window may close; ask first if an export runs."""
        may = self.exporting.may_stop()
        if self.exporting.is_closing:
            self.panel.stopping()
        return may

    def shut_down(self) -> None:
        """Stop all workers and store the settings."""
        self.exporting.close()
        self._memory.keep_choices(self.history.choices)
        self._warming_timer.stop()
        self.warming.close()
        self.history.close()
        self.preview.close()
        self.patterns.close()
        self.pictures.close_workers()

    # Pictures.

    def _count_changed(self, count: int) -> None:
        self._show_face(1 if count else 0)
        if not count:
            self.exporting.forget_places()
            self.preview.clear()
            self._drawn = {}
        self.inspector.set_pool(frozenset(entry.path for entry in self.pictures.model.entries))
        self._show_badges()
        self._offer()

    def _show_face(self, face: int) -> None:
        """Show the empty or the working view; the keyboard focus moves with it."""
        if face != self._faces.currentIndex():
            focus = QApplication.focusWidget()
            is_here = focus is not None and self.isAncestorOf(focus)
            self._faces.setCurrentIndex(face)
            if is_here:
                (self.pictures.strip if face else self.empty.button).setFocus()

    def _current_changed(self, entry: PictureEntry | None) -> None:
        self.canvas.set_captions("", "")
        if entry is None:
            self.preview.clear()
        else:
            self.preview.show(entry.path, self._look())

    def _scanned(self, gathered: Gathered) -> None:
        if self._is_searching or gathered.text:
            self.messages.dismiss()
        is_stopped = gathered.summary.was_cancelled and not self._is_searching
        self._is_searching = False
        if gathered.text and not is_stopped:
            self.messages.show_message(gathered.text, "caution" if gathered.is_caution else "info")

    def _searching(self, folder: Path) -> None:
        self._is_searching = True
        self.messages.show_message(f"Looking for pictures in “{readable_name(folder)}”…", "info", "Stop")

    def _message_action(self) -> None:
        if self._is_searching:
            self.pictures.stop_search()

    def _folders_used(self, folders: list[Path]) -> None:
        self._show_recent(self._memory.remember_folders(folders))

    def _show_recent(self, folders: list[Path]) -> None:
        self.pictures.set_recent(folders)
        self._links = folders[:LINKS]
        self.empty.set_links("Recent folders", [menu_text(folder) for folder in self._links])

    def _link_chosen(self, place: int) -> None:
        self.open_paths([self._links[place]])

    def _pins_wanted(self, paths: tuple[Path, ...], choice: str) -> None:
        for known in CHOICES:
            if known == choice:
                self.history.change(self.history.choices.with_pins(paths, known), "who decides about pictures")

    # Settings and preview.

    def _choices_changed(self, choices: MarkChoices) -> None:
        if choices.settings.pattern_kind == "picture" and choices.pattern is not None:
            self.patterns.want(choices.pattern)
        self._show_badges()
        self._refresh()
        self._offer()

    def _show_badges(self) -> None:
        """Show on each picture what the draw decided, or else what the person decided."""
        badges: dict[Path, Badge] = {
            path: "always published" if choice == "always publish" else "always private"
            for path, choice in self.history.choices.pinned
        }
        self.pictures.model.set_badges(badges | self._drawn)

    def _refresh(self) -> None:
        entry = self.pictures.strip.current_entry
        if entry is not None:
            self.preview.show(entry.path, self._look())

    def _look(self) -> "Look":
        from mtgui.desktop.mark.rendering import Look

        settings, picture = self.history.choices.settings, self.patterns.picture
        if settings.pattern_kind == "picture" and picture is not None:
            return Look(settings, picture)
        return Look(replace(settings, pattern_kind="stripes"))

    def _choose_pattern(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Choose a picture as the pattern")
        if chosen:
            self.inspector.take_pattern(Path(chosen))

    def _pattern_ready(self) -> None:
        from mtgui.desktop.pictures.array_images import image_from_planes
        from mtgui.marking.pattern import picture_planes

        picture, path = self.patterns.picture, self.patterns.path
        if picture is not None:
            pixmap = QPixmap.fromImage(image_from_planes(picture_planes(picture)))
            self.inspector.show_pattern(pixmap, readable_name(path) if path is not None else "of the record")
        self._refresh()

    def _pattern_failed(self, reason: str) -> None:
        self.messages.show_message(f"That picture cannot be the pattern: {reason}", "error")
        if self.history.stack.canUndo():
            self.history.stack.undo()

    def _loaded(self, _path: Path) -> None:
        self._caption("")

    def _measured(self, quality: Quality) -> None:
        self._caption(quality.text)

    def _caption(self, quality: str) -> None:
        entry, request = self.pictures.strip.current_entry, self.canvas.request
        if entry is not None and request is not None:
            size = f"{request.full.width():,} × {request.full.height():,}"
            self.canvas.set_captions(f"{entry.name} · {size}", quality, quality)

    def _preview_failed(self, error: PictureError) -> None:
        self.pictures.model.set_error(error.path, error.reason)

    # Export.

    def _offer(self) -> None:
        entries = self.pictures.model.entries
        published, pool = self.inspector.published, len(entries)
        folder, record = self.exporting.folder_for(entries), self.exporting.record
        where = short_name(folder) if folder is not None and entries else ""
        self.panel.offer(published, where, goes_on=record is not None)
        fate = "all are published" if published == pool else f"chance picks the {published:,} to publish at export"
        if record is not None:
            fate = "those of the record keep their draw"
        self._status.setText(f"{pool:,} {'picture' if pool == 1 else 'pictures'} · {fate}" if pool else "")
        self._record_status.setText(
            f"Continues the record {readable_name(record)}"
            if record
            else "The record is saved beside the copies’ folder"
        )

    def export(self) -> None:
        """Ask how to export, then do it."""
        entries = self.pictures.model.entries
        if not entries or self.exporting.is_running:
            return
        settings = self.history.choices.settings
        if settings.pattern_kind == "picture" and self.patterns.picture is None:
            self.messages.show_message("Choose the pattern picture first, or go back to stripes.", "caution")
            return
        self.exporting.ask(entries, self.inspector.published, self.history.choices, self.patterns.picture)

    def _export_started(self) -> None:
        self.messages.dismiss()
        self._lock(True)
        self.panel.begin()

    def _export_ended(self, end: ExportEnd) -> None:
        self._lock(False)
        self.panel.end()
        self._offer()
        if self.exporting.is_closing:
            return
        if end.problem:
            self.messages.show_message(end.problem, "error")
        elif end.was_cancelled:
            self.messages.show_message(
                "The export was stopped. Copies written so far are whole; export again to go on from there.", "info"
            )
        elif end.result is not None:
            self._drawn |= {Path(one["file"]): "published" for one in end.result["marked"]}
            self._drawn |= {Path(one["file"]): "withheld" for one in end.result["withheld"]}
            self._show_badges()
            for one in end.result["failed"]:
                self.pictures.model.set_error(Path(one["file"]), one["reason"])
            self.exported.emit(end.result)
            self.exporting.show_result(end.result)

    def _lock(self, is_locked: bool) -> None:
        self.toolbar.set_locked(is_locked)
        self.inspector.set_locked(is_locked)
        self.pictures.set_locked(is_locked)

    def _open_record(self, path: Path | None) -> None:
        if self.exporting.is_running:
            self.messages.show_message("A record can be opened once the export has ended.", "caution")
            return
        try:
            record = self.exporting.open_record(path)
        except MtguiError as error:
            self.messages.show_message(str(error), "error")
            return
        if record is None:
            return
        first = record.blocks[0]
        if first.pattern_picture is not None:
            self.patterns.take(first.pattern_picture)
        self.history.replace_quietly(replace(self.history.choices, settings=first.settings, pattern=None))
        self.messages.show_message(
            "Exports continue this record. Its pictures keep their draw; add them, or new ones.", "info"
        )
        self._offer()

    def _drop_words(self) -> str:
        is_busy = self.exporting.is_running
        return "Pictures can be added once the export has ended" if is_busy else "Drop pictures and folders to add them"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Start to load libraries for the first picture after the first paint."""
        super().paintEvent(event)
        if not self.warming.has_begun:
            self._warming_timer.start(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the second half of the status line if the page is narrow."""
        super().resizeEvent(event)
        self._record_status.setVisible(self.width() >= ROOMY_WIDTH)

    # Building.

    def _connect(self) -> None:
        self.pictures.count_changed.connect(self._count_changed)
        self.pictures.current_changed.connect(self._current_changed)
        self.pictures.scanned.connect(self._scanned)
        self.pictures.folders_used.connect(self._folders_used)
        self.pictures.pins_wanted.connect(self._pins_wanted)
        self.pictures.record_wanted.connect(self._open_record)
        self.empty.triggered.connect(self.pictures.choose_files)
        self.empty.link_triggered.connect(self._link_chosen)
        for text, slot in (
            ("Add a &folder…", self.pictures.choose_folder),
            ("Open a &mark record…", self.pictures.choose_record),
            ("Try the &demo pictures", self.pictures.add_demo),
        ):
            self.empty.add_choice(text).clicked.connect(slot)
        self._overlay.dropped.connect(self.open_paths)
        self.messages.action_triggered.connect(self._message_action)
        self.pictures.searching.connect(self._searching)
        self.history.changed.connect(self._choices_changed)
        self.inspector.pattern_wanted.connect(self._choose_pattern)
        self.patterns.ready.connect(self._pattern_ready)
        self.patterns.failed.connect(self._pattern_failed)
        self.toolbar.mode_chosen.connect(self._memory.keep_mode)
        self.preview.loaded.connect(self._loaded)
        self.preview.measured.connect(self._measured)
        self.preview.failed.connect(self._preview_failed)
        self.panel.export_wanted.connect(self.export)
        self.panel.pause_wanted.connect(self.exporting.set_paused)
        self.panel.cancel_wanted.connect(self.exporting.cancel)
        self.exporting.started.connect(self._export_started)
        self.exporting.told.connect(self.panel.tell)
        self.exporting.ended.connect(self._export_ended)

    def _shortcuts(self) -> None:
        for keys, slot in (
            (QKeySequence(QKeySequence.StandardKey.Undo), self.toolbar.undo),
            (QKeySequence(QKeySequence.StandardKey.Redo), self.toolbar.redo),
            (QKeySequence("Ctrl+E"), self.export),
        ):
            # They work in the whole window: at the start nothing on the page has the focus. A hidden page has none.
            shortcut = QShortcut(keys, self)
            shortcut.activated.connect(slot)
        self.addActions(self.pictures.actions())

    def _lay_out(self) -> None:
        self._faces = QStackedLayout()
        self._faces.addWidget(self.empty)
        centre = centre_column(self.toolbar, self.canvas, self._status, self._record_status)
        right = right_column(self.inspector, self.panel)
        self._faces.addWidget(side_by_side(self.pictures, centre, right, wide=centre))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.messages)
        layout.addLayout(self._faces, 1)
