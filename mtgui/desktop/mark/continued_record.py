"""The record that exports of the Mark page continue: an export made it, or the person opened it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mtgui.common.errors import MtguiError
from mtgui.common.texts import text
from mtgui.desktop.mark.draws import Draws
from mtgui.desktop.mark.export_flow import Exporting
from mtgui.desktop.mark.looks import Looks
from mtgui.desktop.mark.mark_choices import ChoiceHistory

if TYPE_CHECKING:
    from mtgui.publishing.other_records import OtherRecord
    from mtgui.records.record import Record


class ContinuedRecord(QObject):
    """Takes draws and mark of a record into the parts of the page. Lives on the window's thread."""

    opened = Signal()
    """The person continues a record of earlier exports."""
    told = Signal(str, str)
    """A sentence for the person, and its tone."""

    def __init__(self, exporting: Exporting, draws: Draws, history: ChoiceHistory, looks: Looks, page: QWidget) -> None:
        """Continue no record yet; ``exporting``, ``draws``, ``history`` and ``looks`` follow the record."""
        super().__init__(page)
        self._exporting, self._draws, self._history, self._looks = exporting, draws, history, looks

    def open(self, path: Path | None) -> None:
        """Show the record at ``path`` (None: ask for one), and continue it if the person wants to."""
        if self._exporting.is_running:
            self.told.emit(text("A record can be opened once the export has ended."), "caution")
            return
        try:
            record = self._exporting.open_record(path)
        except MtguiError as error:
            self.told.emit(str(error), "error")
            return
        if record is not None:
            self._open(record)

    def continue_known(self, known: "OtherRecord") -> None:
        """Continue the record that knows the pictures of the list."""
        record = self._read(known.record)
        if record is not None:
            self._exporting.record, self._exporting.out = known.record, known.out
            self._open(record)

    def take_result(self, result: Mapping[str, Any]) -> int:
        """Take what an export drew; return how many copies all exports of the record made, 0 without a record."""
        self._draws.take_result(result)
        record = self._read(Path(result["record"])) if result["record"] else None
        if record is None:
            return 0
        self._take(record)
        return len(record.exports())

    def take_interrupted(self, path: Path) -> bool:
        """Take the draw of an export that ended before all copies were there; say whether the record can be read."""
        record = self._read(path)
        if record is not None:
            self._take(record)
        return record is not None

    def forget(self) -> None:
        """Begin a new set: the next export proposes a new folder and a new record."""
        self._exporting.forget_places()
        self._draws.forget()

    def _read(self, path: Path) -> "Record | None":
        """Return the record at ``path``; None, and a message, if it cannot be read."""
        from mtgui.records.journal import read_record

        try:
            return read_record(path)
        except MtguiError as error:
            self.told.emit(str(error), "error")
            return None

    def _take(self, record: "Record") -> None:
        self._draws.take_record(record)
        drawn = self._draws.set
        if drawn is not None:
            self._exporting.share = drawn.share
            choices = replace(self._history.choices, settings=drawn.settings, mark_is_chosen=True)
            # Nothing from before the draw can be undone any more.
            self._history.replace_quietly(choices)

    def _open(self, record: "Record") -> None:
        first = record.blocks[0]
        if first.pattern_picture is not None:
            self._looks.patterns.take(first.pattern_picture)
        self._draws.forget()
        self._history.replace_quietly(replace(self._history.choices, pattern=None))
        self._take(record)
        words = text("Exports continue this record. Its pictures keep their draw; add them, or new ones.")
        self.told.emit(words, "info")
        self.opened.emit()
