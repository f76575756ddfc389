"""Step 2 of an audit: mark records, and the originals of their pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QProgressBar, QPushButton, QWidget

from mtgui.auditing.job.audit_request import Missing
from mtgui.common.errors import printable, readable_name
from mtgui.common.words import listed
from mtgui.desktop.audit.outlook import AuditedRecord
from mtgui.desktop.pictures.originals_search import OriginalsSearch, SearchFindings
from mtgui.desktop.pictures.picture_entries import Badge, PictureEntry
from mtgui.desktop.pictures.picture_shelf import PictureShelf
from mtgui.desktop.pictures.pictures_model import PictureListModel
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.file_filters import RECORDS
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.step_cards import Fact, FactGrid, StepCard
from mtgui.records.record_suffix import RECORD_SUFFIX

if TYPE_CHECKING:
    from mtgui.records.record import Record

NAMED = 6
EMPTY = (
    f"The file ending in {RECORD_SUFFIX} that was written when you marked your pictures. The originals are found by it."
)


class PicturesStep(StepCard):
    """The card of the records: looks for the originals and shows which pictures were published.

    The searches run on worker threads; their findings come on the window's thread.
    """

    changed = Signal()
    """The records, or what was found of them, have changed."""
    problem = Signal(str)
    """A sentence: a record cannot be used."""
    folder_chosen = Signal(object)
    """The `Path` of a folder that a person chose."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Take thumbnails from ``thumbnails``."""
        super().__init__(2, "Pictures", "&Add record…", parent)
        self._searches: list[OriginalsSearch] = []
        self._findings: dict[Path, SearchFindings | None] = {}
        self.known_folders: list[Path] = []
        self.last_folder = Path.home()
        self._facts = FactGrid()
        self._note = Caption(EMPTY)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName("Looking for originals")
        self._model = PictureListModel(thumbnails, self)
        self.shelf = PictureShelf(self._model, "Pictures of the records, ▲ published or ○ kept private")
        self._look = QPushButton("&Look in a folder…")
        self._look.setAccessibleName("Look for originals in a folder")
        self._remove = QPushButton("Re&move")
        self._remove.setAccessibleName("Remove the records")
        self.against = QCheckBox("Count the lost ones a&gainst the claim")
        self.against.setToolTip("The audit can be run without them; they can only make evidence harder to find.")
        self._remove.setProperty("kind", "quiet")
        self.head.insertWidget(1, self._remove)
        for part in (self._facts, self._note, self._busy, self._look, self.against, self.shelf):
            self.body.addWidget(part)
        self.button.setAccessibleName("Add a mark record")
        self.button.clicked.connect(self.choose_record)
        self._look.clicked.connect(self.choose_folder)
        self._remove.clicked.connect(self.clear)
        self.against.toggled.connect(self._against_changed)
        self._show()

    @property
    def findings(self) -> tuple[SearchFindings, ...]:
        """The findings of all finished searches, in the order in which the records were added."""
        return tuple(one for one in self._findings.values() if one is not None)

    @property
    def records(self) -> "tuple[Record, ...]":
        """The records that were read."""
        return tuple(one.record for one in self.findings if one.record is not None)

    @property
    def audited(self) -> tuple[AuditedRecord, ...]:
        """The records that were read, with the originals that were not found."""
        return tuple(AuditedRecord(one.record, one.lost) for one in self.findings if one.record is not None)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of the records."""
        return tuple(self._findings)

    @property
    def places(self) -> tuple[Path, ...]:
        """The folders that hold the originals found."""
        return tuple(dict.fromkeys(place for one in self.findings for place in one.places))

    @property
    def is_busy(self) -> bool:
        """True while originals are being looked for."""
        return any(one is None for one in self._findings.values())

    @property
    def has_lost(self) -> bool:
        """True when originals are lost, whether they are counted against the claim or not."""
        return bool(self._lost())

    @property
    def missing_rule(self) -> Missing:
        """How the audit treats lost originals: “refuse” or “against”."""
        return "against" if self.against.isChecked() and self._lost() else "refuse"

    @property
    def is_ready(self) -> bool:
        """True when an audit can run with what was found."""
        found = self.findings
        if not found or self.is_busy or not all(one.found for one in found):
            return False
        return not self._lost() or self.against.isChecked()

    def choose_record(self) -> None:
        """Ask for mark records."""
        chosen, _ = QFileDialog.getOpenFileNames(self.window(), "Add mark records", str(self.last_folder), RECORDS)
        self.add([Path(name) for name in chosen])

    def choose_folder(self) -> None:
        """Ask for a folder with originals."""
        chosen = QFileDialog.getExistingDirectory(
            self.window(), "Look for the unmarked originals in a folder", str(self.last_folder)
        )
        if chosen:
            self.look_in(Path(chosen))

    def add(self, paths: Sequence[Path]) -> None:
        """Add the records at ``paths`` and look for their originals."""
        for path in paths:
            if path not in self._findings:
                self.last_folder = path.parent
                self._search(path)
        self._show()
        if paths:
            self.changed.emit()

    def look_in(self, folder: Path) -> None:
        """Look for missing originals in ``folder`` too."""
        self.known_folders = [folder, *(one for one in self.known_folders if one != folder)]
        self.folder_chosen.emit(folder)
        for path, found in list(self._findings.items()):
            if found is None or not found.is_complete:
                self._search(path)
        self._show()
        self.changed.emit()

    def clear(self) -> None:
        """Remove all records."""
        self.close_searches()
        self._findings.clear()
        self._show()
        self.changed.emit()

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while an audit runs."""
        for part in (self.button, self._look, self._remove, self.against):
            part.setEnabled(not is_locked)

    def close_searches(self) -> None:
        """Stop all searches and wait for their threads."""
        for search in self._searches:
            search.cancel()
        for search in self._searches:
            search.wait()
            search.deleteLater()
        self._searches.clear()

    def _search(self, path: Path) -> None:
        for search in [one for one in self._searches if one.path == path]:
            search.cancel()
        self._findings[path] = None
        search = OriginalsSearch(path, self.known_folders, self)
        search.done.connect(self._found)
        self._searches.append(search)
        search.start()

    def _found(self, findings: SearchFindings) -> None:
        for search in [one for one in self._searches if one.path == findings.path]:
            search.wait()
            self._searches.remove(search)
            search.deleteLater()
        if findings.problem:
            self._findings.pop(findings.path, None)
            self.problem.emit(findings.problem)
        elif findings.path in self._findings:
            self._findings[findings.path] = findings
        self._show()
        self.changed.emit()

    def _lost(self) -> int:
        return sum(len(one.pictures) - one.found for one in self.findings)

    def _against_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        has_records, lost = bool(self._findings), self._lost()
        self._busy.setVisible(self.is_busy)
        self._facts.set_facts([fact for path, found in self._findings.items() for fact in _facts(path, found)])
        self._facts.setVisible(has_records)
        self._look.setVisible(lost > 0)
        self._remove.setVisible(has_records)
        some_found = any(one.found for one in self.findings)
        self.against.setVisible(lost > 0 and some_found)
        self._note.setVisible(not has_records or self.is_busy or lost > 0)
        set_tone(self._note, "caution" if lost and not self.is_busy else "")
        if not has_records:
            self._note.setText(EMPTY)
        elif self.is_busy:
            self._note.setText("Looking for the originals…")
        elif lost:
            self._note.setText(_lost_words(self.findings))
        self._fill_shelf()

    def _fill_shelf(self) -> None:
        entries, badges = [], {}
        for one in self.findings:
            for place, picture in enumerate(one.pictures):
                path = picture.path or one.path.parent / f".lost-{place}" / picture.name
                error = "" if picture.path else "its original was not found"
                entries.append(PictureEntry(path, path.parent, f"{one.path}/{place}", error))
                badge: Badge = "published" if picture.is_published else "withheld"
                badges[path] = badge
        if [entry.identity for entry in entries] != [entry.identity for entry in self._model.entries] or any(
            new.error != old.error for new, old in zip(entries, self._model.entries, strict=True)
        ):
            self._model.clear()
            self._model.add(entries)
        self._model.set_badges(badges)
        self.shelf.setVisible(bool(entries))


def _facts(path: Path, found: SearchFindings | None) -> list[Fact]:
    name = readable_name(path)
    if found is None or found.record is None:
        return [Fact("Record", name, str(path))]
    date = found.record.blocks[0].created.partition("T")[0]
    total, lost = len(found.pictures), len(found.pictures) - found.found
    tip = f"{found.by_pixels} of them have other files but the same pixels" if found.by_pixels else ""
    private = total - found.published
    who = f"▲ {found.published:,} published · ○ {private:,} kept private"
    return [
        Fact("Record", f"{name} · {date}", str(path)),
        Fact("Originals", f"{found.found:,} of {total:,} found\n{who}", tip, "caution" if lost else ""),
    ]


def _lost_words(findings: Sequence[SearchFindings]) -> str:
    changed = [name for one in findings for name in one.changed]
    missing = [name for one in findings for name in one.missing]
    parts = []
    for names, word in (
        (changed, "found with other content (published copies, or changed originals)"),
        (missing, "not found"),
    ):
        if names:
            parts.append(f"{len(names):,} {word}: {listed([printable(name) for name in names], NAMED)}.")
    return " ".join(parts)
