"""The Mark page: pictures on the left, the comparison in the middle, what goes out and the export on the right."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.desktop.jobs.record_ticks import Ticks
from mtgui.desktop.jobs.rehearsed_numbers import numbers_in_words
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare
from mtgui.desktop.mark.after_export import AfterExport, after_result
from mtgui.desktop.mark.drawn_set import DrawnSet
from mtgui.desktop.mark.export_offer import button_words, why_not
from mtgui.desktop.mark.export_plan import short_name
from mtgui.desktop.mark.export_run import ExportEnd
from mtgui.desktop.mark.mark_choices import MarkChoices
from mtgui.desktop.mark.mark_parts import AFTER, START, WORK, MarkParts
from mtgui.desktop.mark.outlook_gauge import found_in_brief
from mtgui.desktop.mark.own_rehearsal import fitting
from mtgui.desktop.mark.picture_column import menu_text
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.desktop.mark.status_words import STOPPED_AFTER, STOPPED_BEFORE, status_in_words
from mtgui.marking.settings import MarkSettings
from mtgui.records.coin_choice import CHOICES

if TYPE_CHECKING:
    from mtgui.publishing.other_records import OtherRecord

LINKS = 3


class MarkPage(MarkParts):
    """Connects the parts of marking; each part owns its controls. All of it runs on the window's thread."""

    exported = Signal(object)
    """The result of a finished export."""
    ticked = Signal(object, object)
    """The `Path` of a record, and the `Ticks` of what the person has done after its export."""

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        """Build the page with the choices stored in ``settings``."""
        super().__init__(settings, parent)
        self._rehearsals: tuple[RehearsedShare, ...] = ()
        self._connect()
        self._shortcuts()
        self.toolbar.set_mode(self._memory.mode())
        self._choices_changed(self.history.choices)
        self._show_recent(self._memory.recent_folders())
        self._count_changed(0)

    def open_paths(self, paths: list[Path]) -> None:
        """Add ``paths``, as if they had been dropped here."""
        if self.exporting.is_running:
            self.messages.show_message(text("Pictures can be added once the export has ended."), "caution")
        else:
            self._show_face(WORK if self.pictures.count else START)
            self.pictures.add(paths)

    def take_rehearsed(self, mark: MarkSettings, published: int, withheld: int, pictures: Sequence[Path]) -> None:
        """Set the mark and the numbers of a rehearsal (undo works); if the list is empty, add its ``pictures``."""
        if self.exporting.is_running:
            self.messages.show_message(text("Settings can be changed once the export has ended."), "caution")
            return
        if self.draws.set is not None:
            # There the person finds the button that the sentence names.
            self._leave_after()
            words = text("The coin has decided about this set already. Begin a new set to use other settings.")
            self.messages.show_message(words, "caution")
            return
        there = len(self.pictures.model.entries)
        self.pictures.add([] if there else list(pictures))
        choices = self.history.choices.as_rehearsed(mark, published, withheld, there)
        self.history.change(choices, text("settings of a rehearsal"))
        words = numbers_in_words(published, withheld, there or len(pictures))
        self.messages.show_message(f"{text('Set as rehearsed.')} {words}", "info")

    def take_rehearsals(self, rehearsals: Sequence[RehearsedShare]) -> None:
        """Let the gauge use these rehearsals where they suit, in place of the shipped table."""
        self._rehearsals = tuple(rehearsals)
        self._offer()

    def take_records(self, records: "Sequence[OtherRecord]") -> None:
        """Ask before pictures of these records are drawn a second time."""
        self.exporting.known_records = tuple(records)

    def show_after(self, after: AfterExport) -> None:
        """Show what is to be done after an export; nothing happens while one runs."""
        if not self.exporting.is_running:
            self.messages.dismiss()
            self.after.show_after(after)
            self._show_face(AFTER)

    def take_ticks(self, ticks: Ticks) -> None:
        """Show ``ticks`` with the export that is shown, as the history remembers them."""
        after = self.after.after
        if after is not None:
            self.after.show_after(replace(after, ticks=ticks))

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
        self.sights.close()
        self.looks.close()
        self.after.close_workers()
        self.pictures.close_workers()

    # Pictures.

    def _count_changed(self, count: int) -> None:
        if self._faces.currentIndex() != AFTER or not count:
            self._show_face(WORK if count else START)
        if not count:
            self.continued.forget()
            self.preview.clear()
        self.inspector.set_pool(frozenset(entry.path for entry in self.pictures.model.entries))
        self._show_badges()
        self.sights.refresh()
        self._offer()

    def _leave_after(self) -> None:
        self._show_face(WORK if self.pictures.count else START)

    def _folders_used(self, folders: list[Path]) -> None:
        self._show_recent(self._memory.remember_folders(folders))

    def _show_recent(self, folders: list[Path]) -> None:
        self.pictures.set_recent(folders)
        self._links = folders[:LINKS]
        self.empty.set_links(text("Recent folders"), [menu_text(folder) for folder in self._links])

    def _link_chosen(self, place: int) -> None:
        self.open_paths([self._links[place]])

    def _pins_wanted(self, paths: tuple[Path, ...], choice: str) -> None:
        for known in CHOICES:
            if known == choice:
                self.history.change(self.history.choices.with_pins(paths, known), text("who decides about pictures"))

    def _pins_refused(self) -> None:
        words = text("The coin has decided about pictures of the record, and that stands. New ones can be pinned.")
        self.messages.show_message(words, "caution")

    # Settings and preview.

    def _choices_changed(self, _choices: MarkChoices) -> None:
        self._show_badges()
        self.sights.refresh()
        self._offer()

    def _show_badges(self) -> None:
        self.pictures.model.set_badges(self.draws.badges(self.history.choices))

    def _compare_strengths(self) -> None:
        if chosen := self.sights.choose_strength(self._outlook_of, is_fixed=self.draws.set is not None):
            self.inspector.mark.choose_preset(chosen)

    def _outlook_of(self, settings: MarkSettings) -> str:
        numbers = self._plan[1]
        return found_in_brief(settings, numbers, fitting(self._rehearsals, settings, numbers.published, numbers.kept))

    # Export.

    @property
    def _plan(self) -> tuple[MarkSettings, PublishNumbers]:
        """What the gauge judges: what was drawn and will be drawn of new pictures, or what the choices say."""
        drawn = self._drawn_with_new
        if drawn is None:
            return self.history.choices.settings, self.inspector.numbers
        numbers = PublishNumbers(
            drawn.published + drawn.kept, drawn.pinned_out, drawn.pinned_home, drawn.published, not drawn.kept
        )
        return drawn.settings, numbers

    @property
    def _drawn_with_new(self) -> DrawnSet | None:
        """The drawn set as it will be after the next export; None before any draw."""
        drawn = self.draws.set
        return None if drawn is None else drawn.with_new(self.draws.new(self.pictures.model.entries))

    def _offer(self) -> None:
        entries, drawn = self.pictures.model.entries, self.draws.set
        numbers = self.inspector.numbers
        settings, planned = self._plan
        goes_on = self.exporting.record is not None
        reason = why_not(settings, numbers, goes_on=goes_on)
        rehearsal = fitting(self._rehearsals, settings, planned.published, planned.kept)
        self.gauge.show_plan(settings, planned, rehearsal, self._drawn_with_new, is_refused=bool(reason))
        self.inspector.show_drawn(drawn, self.draws.new(entries))
        self.pictures.stacks.set_heads(self.draws.heads(entries, numbers))
        folder, record = self.exporting.folder_for(entries), self.exporting.record
        where = short_name(folder) if folder is not None and entries else ""
        published = numbers.published if drawn is None else drawn.new_out(self.draws.new(entries))
        words = button_words(published, is_marked=not settings.is_invisible, goes_on=goes_on)
        if not reason and not self.looks.is_complete:
            reason = text("Choose the pattern picture first, or go back to stripes.")
        self.panel.offer(words, where, reason)
        self._write_status(numbers, record)

    def _write_status(self, numbers: PublishNumbers, record: Path | None) -> None:
        new = None if record is None else self.draws.new(self.pictures.model.entries)
        self._status.setText(status_in_words(numbers, new))
        continued = "" if record is None else text("Continues the record {name}", name=readable_name(record))
        self._record_status.setText(continued or text("The record is saved beside the copies’ folder"))

    def export(self) -> None:
        """Ask how to export, then do it."""
        entries = self.pictures.model.entries
        is_ready = self._faces.currentIndex() == WORK and self.panel.button.isEnabled()
        if entries and is_ready and not self.exporting.is_running:
            self.exporting.ask(entries, self.inspector.published, self.history.choices, self.looks.patterns.picture)
            if not self.exporting.is_running:
                # The space bar must not open the dialog a second time.
                self.pictures.strip.setFocus()

    def _export_started(self) -> None:
        self.messages.dismiss()
        self._lock(True)
        self.panel.begin()

    def _export_ended(self, end: ExportEnd) -> None:
        self._lock(False)
        self.panel.end()
        copies, record = 0, self.exporting.record
        if end.result is not None:
            copies = self.continued.take_result(end.result)
        elif record is not None and self.draws.set is None and self.continued.take_interrupted(record):
            # The history lists it.
            self.exported.emit({"record": str(record), "out": str(self.exporting.out), "marked": (), "withheld": ()})
        self._draws_changed()
        if self.exporting.is_closing:
            return
        if end.problem:
            self.messages.show_message(end.problem, "error")
        elif end.was_cancelled:
            words = STOPPED_BEFORE if record is None else STOPPED_AFTER
            self.messages.show_message(text(words), "info")
        elif end.result is not None:
            is_marked = self.draws.set is None or not self.draws.set.settings.is_invisible
            for one in end.result["failed"]:
                self.pictures.model.set_error(Path(one["file"]), one["reason"])
            self.show_after(after_result(end.result, is_marked=is_marked, copies=copies))
            self.exported.emit(end.result)

    def _draws_changed(self) -> None:
        self._show_badges()
        self._offer()

    def _ticked(self, ticks: Ticks) -> None:
        after = self.after.after
        if after is not None and after.record is not None:
            self.ticked.emit(after.record, ticks)

    def _lock(self, is_locked: bool) -> None:
        self.toolbar.set_locked(is_locked)
        self.inspector.set_locked(is_locked)
        self.pictures.set_locked(is_locked)

    def _begin_new_set(self) -> None:
        self.history.replace_quietly(self.history.choices.for_a_new_set)
        self.pictures.clear()

    def _connect(self) -> None:
        pictures, exporting, panel = self.pictures, self.exporting, self.panel
        pictures.count_changed.connect(self._count_changed)
        pictures.folders_used.connect(self._folders_used)
        pictures.pins_wanted.connect(self._pins_wanted)
        pictures.pins_refused.connect(self._pins_refused)
        pictures.record_wanted.connect(self.continued.open)
        self.empty.triggered.connect(pictures.choose_files)
        self.empty.link_triggered.connect(self._link_chosen)
        for words, slot in (
            (text("Add a &folder…"), pictures.choose_folder),
            (text("Open a &mark record…"), pictures.choose_record),
            (text("Try the &demo pictures"), pictures.add_demo),
        ):
            self.empty.add_choice(words).clicked.connect(slot)
        self._overlay.dropped.connect(self.open_paths)
        self.history.changed.connect(self._choices_changed)
        self.inspector.new_set_wanted.connect(self._begin_new_set)
        self.inspector.visibility.comparison_wanted.connect(self._compare_strengths)
        self.looks.changed.connect(self._offer)
        self.looks.failed.connect(self._look_failed)
        self.toolbar.mode_chosen.connect(self._memory.keep_mode)
        self.after.left.connect(self._leave_after)
        self.after.ticked.connect(self._ticked)
        panel.export_wanted.connect(self.export)
        panel.pause_wanted.connect(exporting.set_paused)
        panel.cancel_wanted.connect(exporting.cancel)
        exporting.started.connect(self._export_started)
        exporting.told.connect(panel.tell)
        panel.progressed.connect(self.progressed)
        exporting.ended.connect(self._export_ended)
        exporting.known_wanted.connect(self.continued.continue_known)
        self.continued.told.connect(self.messages.show_message)
        self.continued.opened.connect(self._draws_changed)

    def _look_failed(self, reason: str) -> None:
        self.messages.show_message(reason, "error")

    def _shortcuts(self) -> None:
        for keys, slot in (
            (QKeySequence(QKeySequence.StandardKey.Undo), self.toolbar.undo),
            (QKeySequence(QKeySequence.StandardKey.Redo), self.toolbar.redo),
            (QKeySequence("Ctrl+E"), self.export),
            (QKeySequence("F"), self._flip),
        ):
            # They work in the whole window: at the start nothing on the page has the focus. A hidden page has none.
            QShortcut(keys, self).activated.connect(slot)
        self.addActions(self.pictures.actions())

    def _flip(self) -> None:
        if self._faces.currentIndex() == WORK:
            self.toolbar.flip()
