"""Exporting from the Mark page: from the export dialog to the dialog with the results."""

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from mtgui.common.errors import MtguiError
from mtgui.desktop.jobs.confirm_stop import Closing, StopWords
from mtgui.desktop.mark.export_plan import ExportPlan, look_at_record, proposed_folder
from mtgui.desktop.mark.export_run import ExportEnd, ExportRun
from mtgui.desktop.mark.known_pictures import KnownPicturesQuestion
from mtgui.desktop.mark.mark_choices import MarkChoices
from mtgui.desktop.mark.mark_memory import MarkMemory
from mtgui.desktop.pictures.picture_entries import PictureEntry
from mtgui.desktop.widgets.file_filters import RECORDS

if TYPE_CHECKING:
    from mtgui.marking.pattern import PicturePattern
    from mtgui.publishing.export_request import MarkRequest
    from mtgui.publishing.other_records import AlreadyRecordedError, OtherRecord
    from mtgui.records.record import Record

STOP = StopWords(
    "Stop the export?",
    "An export is running. Copies written so far are whole, and exporting again goes on from there.",
    "Stop and close",
    "Keep exporting",
)


class Exporting(QObject):
    """Runs one export at a time for a page, and shows its dialogs.

    Lives on the window's thread; the export itself runs on the worker thread of an `ExportRun`.
    """

    started = Signal()
    told = Signal(object)
    """An event of the running export."""
    ended = Signal(object)
    """An `ExportEnd`."""
    known_wanted = Signal(object)
    """The `OtherRecord` that the person wants to continue, since it knows the pictures."""

    def __init__(self, page: QWidget, memory: MarkMemory) -> None:
        """Export for ``page``; store in ``memory`` how copies are written."""
        super().__init__(page)
        self._page, self._memory = page, memory
        self._run: ExportRun | None = None
        self._dialog: QDialog | None = None
        self._end = ExportEnd()
        self._closing = Closing(page, self, STOP)
        self._request: MarkRequest | None = None
        self.known_records: tuple[OtherRecord, ...] = ()
        """Records whose pictures are not drawn a second time without a question."""
        self.record: Path | None = None
        self.out: Path | None = None
        self._proposed: tuple[tuple[Path, ...], Path] | None = None
        self.share: Fraction | None = None
        """The share of new pictures that goes out if the record is continued; None for the share on the page."""

    @property
    def is_running(self) -> bool:
        """True from `started` to `ended`."""
        return self._run is not None

    @property
    def is_closing(self) -> bool:
        """True while the window waits for the end of the export before it closes."""
        return self._closing.is_closing

    @property
    def dialog(self) -> QDialog | None:
        """The open dialog; None if there is none."""
        return self._dialog

    def folder_for(self, entries: tuple[PictureEntry, ...]) -> Path | None:
        """Return the folder for the copies of ``entries``; None if there are no pictures and no folder is known."""
        if self.out is not None or not entries:
            return self.out
        roots = tuple(dict.fromkeys(entry.root for entry in entries))
        if self._proposed is None or self._proposed[0] != roots:
            # The disk is asked once, and not with every step of a slider.
            self._proposed = roots, proposed_folder(tuple(entry.path for entry in entries), roots)
        return self._proposed[1]

    def ask(self, entries: tuple[PictureEntry, ...], published: int, choices: MarkChoices, picture: Any) -> None:
        """Show the export dialog, unless one is open; start the export when it is accepted."""
        from mtgui.desktop.mark.export_dialog import ExportDialog
        from mtgui.publishing.export_request import default_record_path

        out = self.folder_for(entries)
        if out is None or self.is_running or self._dialog is not None:
            return
        try:
            plan = self._memory.plan(out, self.record or default_record_path(out))
        except MtguiError as error:
            self.ended.emit(ExportEnd(problem=str(error)))
            return
        labels = tuple(dict.fromkeys(entry.folder_label for entry in entries if entry.folder_label is not None))
        dialog = ExportDialog(plan, published, len(entries), choices.settings, self._page, labels=labels)
        if self._show(dialog):
            self._memory.keep_plan(dialog.plan)
            self.begin(entries, published, choices, picture, dialog.plan)

    def begin(
        self,
        entries: tuple[PictureEntry, ...],
        published: int,
        choices: MarkChoices,
        picture: "PicturePattern | None",
        plan: ExportPlan,
    ) -> None:
        """Start the export that ``plan`` describes."""
        from mtgui.publishing.other_records import other_records

        try:
            request = build_request(entries, published, choices, picture, plan, self.share)
        except MtguiError as error:
            self.ended.emit(ExportEnd(problem=str(error)))
            return
        self._start(replace(request, others=other_records(self.known_records, plan.out, plan.record)))

    def _start(self, request: "MarkRequest") -> None:
        self._request, self.out = request, request.out
        self._run = ExportRun(request, self)
        self._run.told.connect(self.told)
        self._run.ended.connect(self._ended)
        self.started.emit()
        self._run.start()

    def set_paused(self, is_paused: bool) -> None:
        """Pause or go on."""
        if self._run is not None:
            self._run.set_paused(is_paused)

    def cancel(self) -> None:
        """Stop after the current picture."""
        if self._run is not None:
            self._run.cancel()

    def may_stop(self) -> bool:
        """Say whether the window may close, as `Closing.may_close` does."""
        return self._closing.may_close()

    def close(self) -> None:
        """Stop a running export and wait for it."""
        if self._run is not None:
            self._run.cancel()
            self._run.wait(60.0)
            self._run = None

    def forget_places(self) -> None:
        """Forget folder and record, so that the next export proposes new ones."""
        self.out = self.record = self.share = None

    def open_record(self, path: Path | None) -> "Record | None":
        """Show the record at ``path`` (None: ask for one); return it if the person wants to continue it.

        Raises RecordError if it cannot be read.
        """
        from mtgui.desktop.mark.export_facts import record_facts
        from mtgui.desktop.widgets.fact_dialog import FactDialog
        from mtgui.records.journal import read_record

        if path is None:
            chosen, _ = QFileDialog.getOpenFileName(self._page, "Open a mark record", "", RECORDS)
            if not chosen:
                return None
            path = Path(chosen)
        record = read_record(path)
        if not self._show(FactDialog(record_facts(path, record), self._page)):
            return None
        self.record = path
        return record

    def _show(self, dialog: QDialog) -> bool:
        """Show ``dialog`` until it is answered, and say whether it was accepted."""
        self._dialog = dialog
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        self._dialog = None
        dialog.deleteLater()
        return accepted

    def _ended(self, end: ExportEnd) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.wait(10.0)
            run.deleteLater()
        asked = self._request
        self.record = asked.record if asked is not None and os.path.lexists(asked.record) else None
        self._end = end
        self._closing.settle(self._tell_end)

    def _tell_end(self) -> None:
        end = self._end
        self.ended.emit(end)
        if end.known is not None and not self.is_closing:
            self._ask_about(end.known)

    def _ask_about(self, found: "AlreadyRecordedError") -> None:
        """Ask whether the record that knows the pictures is continued; else draw a second time, or do nothing."""
        question = KnownPicturesQuestion(found, self._page)
        self._show(question)
        answer = question.answer
        if answer == "continue":
            self.forget_places()
            self.known_wanted.emit(found.other)
        elif answer == "second record" and self._request is not None:
            self._start(replace(self._request, others=()))
        else:
            self.forget_places()
            self.ended.emit(ExportEnd())


def build_request(
    entries: tuple[PictureEntry, ...],
    published: int,
    choices: MarkChoices,
    picture: "PicturePattern | None",
    plan: ExportPlan,
    share: Fraction | None = None,
) -> "MarkRequest":
    """Return the request to mark and export ``entries``. Raises UsageError.

    If a record is continued, ``share`` applies to the pictures that are new to it, or else the chosen share. The number
    that stays home is kept: pictures that cannot be used come off those that go out.
    """
    from mtgui.pictures.encoding import EncodeOptions
    from mtgui.publishing.export_request import MarkRequest
    from mtgui.publishing.sources import Source
    from mtgui.records.draw import PublishRule

    at_hand = look_at_record(plan.record)
    pool, settings = len(entries), choices.settings
    is_new = at_hand.record is None
    chosen = Fraction(published, pool) if share is None else share
    rule = PublishRule(kept=pool - published) if is_new else PublishRule(share=chosen)
    goes_out_whole = is_new and (choices.all_go_out or published == pool)
    return MarkRequest(
        sources=tuple(
            Source(entry.path, entry.folder, entry.folder_label if plan.label_from_folders else None)
            for entry in entries
        ),
        out=plan.out,
        record=plan.record,
        settings=settings,
        settings_are_chosen=at_hand.record is None,
        pattern_picture=picture if settings.needs_picture else None,
        publish=PublishRule() if goes_out_whole or chosen == 1 else rule,
        options=EncodeOptions(
            format=plan.format,
            quality=plan.quality,
            remove_gps=plan.remove_gps,
            forbid_training=plan.forbid_training,
        ),
        embed_commitment=plan.embed_commitment,
        choices=dict(choices.pinned),
        on_conflict=plan.on_conflict,
    )
