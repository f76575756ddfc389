"""Step 1 of a rehearsal: the person's pictures, how many are published, and their mark."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.common.words import counted, one_time_in, whole
from mtgui.desktop.pictures.folder_scan import FolderScan, ScanSummary
from mtgui.desktop.pictures.originals_search import OriginalsSearch, SearchFindings
from mtgui.desktop.pictures.picture_access import is_picture_name
from mtgui.desktop.pictures.picture_entries import PictureEntry
from mtgui.desktop.pictures.picture_shelf import PictureShelf
from mtgui.desktop.pictures.pictures_model import PictureListModel
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.rehearse.mark_fields import MarkFields
from mtgui.desktop.rehearse.rehearsal_choices import (
    ALPHA,
    MOST_PICTURES,
    SOURCES,
    RehearsalChoices,
    Source,
    scaled,
    smallest_p,
)
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.file_filters import RECORDS
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.step_cards import Fact, FactGrid, StepCard
from mtgui.desktop.widgets.step_fields import choose_data, named_combo, named_spin
from mtgui.marking.settings import NO_MARK, MarkSettings
from mtgui.records.record_suffix import RECORD_SUFFIX

if TYPE_CHECKING:
    from mtgui.records.record import Record

FEWEST = 2
PATIENCE = 2.0
KINDS: tuple[tuple[Source, str], ...] = (
    ("made", "Pictures that mtgui draws"),
    ("pictures", "My own pictures"),
    ("record", "A mark record and its originals"),
)
MADE = "Nothing to choose: coloured shapes, drawn by the program, stand in for yours."
OWN = "Drop pictures or folders here. Subfolders count as kinds of pictures."
RECORD = f"Drop a file ending in {RECORD_SUFFIX} here: its mark and its numbers are rehearsed, with keys of their own."


class PicturesCard(StepCard):
    """The card of the person's own pictures.

    Folders are scanned, and originals are looked for, on worker threads; the results come on the window's thread.
    """

    changed = Signal()
    problem = Signal(str)
    """A sentence: something cannot be used."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Build the card with *pictures that mtgui draws* chosen."""
        super().__init__(1, "Your pictures", "", parent)
        self._paths: tuple[Path, ...] = ()
        self._record: Record | None = None
        self._findings: SearchFindings | None = None
        self._record_path: Path | None = None
        self._search: OriginalsSearch | None = None
        self.known_folders: list[Path] = []
        self.last_folder = Path.home()
        self._scan = FolderScan(is_picture_name, self)
        self.source = named_combo("Your pictures", KINDS)
        self.files = QPushButton("Choose &pictures…")
        self.folder = QPushButton("Choose a &folder…")
        self.open_record = QPushButton("Choose a &record…")
        self._note, self._facts = Caption(MADE), FactGrid()
        self._model = PictureListModel(thumbnails, self)
        self.shelf = PictureShelf(self._model, "Your pictures in this rehearsal")
        self.published = named_spin("Pictures published", 1, MOST_PICTURES)
        self.withheld = named_spin("Pictures withheld", 0, MOST_PICTURES)
        self.mark = MarkFields()
        self._numbers = QWidget()
        self._is_unmarked = False
        self._lay_out()
        self._connect()
        self._show()

    @property
    def kind(self) -> Source:
        """Which pictures are used: “made” (drawn by mtgui), “pictures” or “record”."""
        data = str(self.source.currentData())
        return next(known for known in SOURCES if known == data)

    @property
    def count(self) -> int:
        """How many of the person's own pictures have been found."""
        return self._model.rowCount()

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers published and withheld: those of the record, or those set here, scaled down if need be."""
        if self._findings is not None and self.kind == "record":
            published = self._findings.published
            return published, len(self._findings.pictures) - published
        wanted = self.published.value(), self.withheld.value()
        return scaled(*wanted, self.count) if self.kind == "pictures" else wanted

    @property
    def is_busy(self) -> bool:
        """True while folders are scanned or originals are looked for."""
        return self._scan.is_running or self._search is not None

    @property
    def lacking(self) -> str:
        """One sentence on what must be done here before a rehearsal can run; empty if nothing."""
        if self.is_busy:
            return "Looking for pictures…"
        if self.kind == "record" and self._record is None:
            return "First choose a mark record."
        if self.kind == "record" and self.count < FEWEST:
            return "The originals were not found: choose their folder."
        if self.kind == "pictures" and self.count < FEWEST:
            return "First choose at least two pictures."
        if not self.numbers[1]:
            if self._is_unmarked and self.kind == "record":
                return "A LoRA is found by what stayed private, and this record has no private pictures."
            if self._is_unmarked:
                return "A LoRA is found by what stayed private: keep some pictures private."
            if self.mark.settings.is_invisible:
                return "Without a mark, some pictures have to stay private."
        return ""

    def put_into(self, choices: RehearsalChoices) -> RehearsalChoices:
        """Return ``choices`` with the settings of this card."""
        findings = self._findings
        return replace(
            choices,
            source=self.kind,
            pictures=self._paths,
            record=self._record_path,
            places=() if findings is None else findings.places,
            published=self.published.value(),
            withheld=self.withheld.value(),
            mark=self.mark.settings,
        )

    def show_choices(self, choices: RehearsalChoices) -> None:
        """Show ``choices``; files that no longer exist are ignored."""
        choose_data(self.source, choices.source)
        self.published.setValue(choices.published)
        self.withheld.setValue(choices.withheld)
        self.mark.set_settings(choices.mark)
        paths = [path for path in choices.pictures if path.exists()]
        if choices.source == "record" and choices.record is not None and choices.record.exists():
            self._take_record(choices.record)
        elif choices.source == "pictures" and paths:
            self.add(paths)
        self._show()

    def propose(self, mark: MarkSettings) -> None:
        """Offer ``mark``, that of the Mark page, if it differs from the current one."""
        self.mark.propose(mark)

    def set_unmarked(self, is_unmarked: bool) -> None:
        """Offer a mark, or say that the copies have none: what is rehearsed does not need one."""
        self._is_unmarked = is_unmarked
        self._show()

    def add(self, paths: Sequence[Path]) -> None:
        """Take pictures and folders, or a mark record, from ``paths``."""
        records = [path for path in paths if path.suffix == RECORD_SUFFIX]
        if records:
            self._take_record(records[0])
            return
        if not paths:
            return
        self.last_folder = paths[0].parent
        is_complete = self._findings is not None and self._findings.is_complete
        if self.kind == "record" and self._record_path is not None and not is_complete:
            self.known_folders = [*paths, *self.known_folders]
            self._take_record(self._record_path)
            return
        choose_data(self.source, "pictures")
        self._paths = tuple(dict.fromkeys([*self._paths, *(path.absolute() for path in paths)]))
        self._scan.start(self._paths)
        self._show()
        self.changed.emit()

    def clear(self) -> None:
        """Remove the pictures and the record."""
        self._stop_looking()
        self._paths, self._record, self._findings, self._record_path = (), None, None, None
        self._model.clear()
        self._show()
        self.changed.emit()

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while a rehearsal runs."""
        for part in (self.source, self.files, self.folder, self.open_record, self.button, self._numbers, self.mark):
            part.setEnabled(not is_locked)

    def close_searches(self) -> None:
        """Stop scan and search, and wait for their threads."""
        self._scan.wait(PATIENCE)
        self._stop_looking()

    def _stop_looking(self) -> None:
        self._scan.cancel()
        if self._search is not None:
            self._search.cancel()
            self._search.wait()
            self._search.deleteLater()
            self._search = None

    def choose_files(self) -> None:
        """Ask for pictures."""
        chosen, _ = QFileDialog.getOpenFileNames(self.window(), "Choose pictures", str(self.last_folder))
        self.add([Path(name) for name in chosen])

    def choose_folder(self) -> None:
        """Ask for a folder of pictures."""
        chosen = QFileDialog.getExistingDirectory(
            self.window(), "Choose a folder with your pictures", str(self.last_folder)
        )
        if chosen:
            self.add([Path(chosen)])

    def choose_record(self) -> None:
        """Ask for a mark record."""
        chosen, _ = QFileDialog.getOpenFileName(self.window(), "Choose a mark record", str(self.last_folder), RECORDS)
        if chosen:
            self.add([Path(chosen)])

    def _take_record(self, path: Path) -> None:
        self._stop_looking()
        self._record_path, self.last_folder = path.absolute(), path.parent
        choose_data(self.source, "record")
        self._search = OriginalsSearch(self._record_path, self.known_folders, self)
        self._search.done.connect(self._originals_found)
        self._search.start()
        self._show()
        self.changed.emit()

    def _originals_found(self, findings: SearchFindings) -> None:
        self._stop_looking()
        self._record, self._findings = findings.record, findings
        self._model.clear()
        if findings.problem:
            self._record_path = None
            self.problem.emit(findings.problem)
        if findings.record is not None:
            found = [one.path for one in findings.pictures if one.path is not None]
            self._model.add(PictureEntry(path, path.parent, str(path)) for path in found)
            self._model.set_badges(
                {one.path: "published" if one.is_published else "withheld" for one in findings.pictures if one.path}
            )
            self.mark.set_settings(findings.record.blocks[0].settings)
        self._show()
        self.changed.emit()

    def _found(self, entries: tuple[PictureEntry, ...]) -> None:
        self._model.add(entries)

    def _scanned(self, summary: ScanSummary) -> None:
        if not summary.was_cancelled:
            refused = [folder for folder, _ in summary.refused]
            self._paths = tuple(path for path in self._paths if path not in refused) if summary.found else ()
            if refused:
                self.problem.emit(summary.refusal)
            elif not summary.found:
                self.problem.emit(f"No pictures were found there. {summary.sentence}".strip())
            if summary.found and self.count < self.published.value() + self.withheld.value():
                self._propose_counts()
            self._show()
            self.changed.emit()

    def _propose_counts(self) -> None:
        from mtgui.records.chances import proposed_published

        published = proposed_published(self.count)
        self.published.setValue(published)
        self.withheld.setValue(self.count - published)

    def _source_chosen(self) -> None:
        self._stop_looking()
        self._model.clear()
        self._findings = self._record = None
        if self.kind == "pictures" and self._paths:
            self._scan.start(self._paths)
        elif self.kind == "record" and self._record_path is not None:
            self._take_record(self._record_path)
            return
        self._show()
        self.changed.emit()

    def _changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        kind, there = self.kind, self.count
        self.files.setVisible(kind == "pictures")
        self.folder.setVisible(kind != "made")
        self.open_record.setVisible(kind == "record")
        self.button.setVisible(kind != "made" and (there > 0 or self._record_path is not None or bool(self._paths)))
        self._numbers.setVisible(kind != "record")
        self.mark.setVisible(kind != "record" and not self._is_unmarked)
        self.shelf.setVisible(kind != "made" and there > 0)
        facts = self._record_facts() if kind == "record" else []
        self._facts.set_facts(facts)
        self._facts.setVisible(bool(facts))
        note, is_caution = self._note_text()
        self._note.setText(note)
        self._note.setVisible(bool(note))
        set_tone(self._note, "caution" if is_caution else "")

    def _note_text(self) -> tuple[str, bool]:
        if self.is_busy:
            return "Looking for pictures…", False
        if self.kind == "record" and self._record is None:
            return RECORD, False
        if self.kind == "pictures" and not self.count:
            return OWN, False
        smallest = smallest_p(NO_MARK if self._is_unmarked else self.mark.settings, *self.numbers)
        if smallest > Fraction(str(ALPHA)) and self.lacking == "":
            times = whole(one_time_in(smallest))
            return text("Too few to be found: at best, chance alone does as well 1 time in {times}.", times=times), True
        if self.kind != "pictures":
            return (MADE, False) if self.kind == "made" else ("", False)
        wanted = self.published.value() + self.withheld.value()
        if wanted > self.count:
            return (
                f"{counted(self.count, 'picture')}, fewer than the {wanted:,} wanted: both numbers are scaled down.",
                True,
            )
        more = f", of which chance takes {wanted:,}" if wanted < self.count else ""
        return f"{counted(self.count, 'picture')}{more}.", False

    def _record_facts(self) -> list[Fact]:

        findings = self._findings
        if findings is None or findings.record is None:
            return []
        total, published = len(findings.pictures), findings.published
        mark = findings.record.blocks[0].settings.in_words
        return [
            Fact("Record", readable_name(findings.path), str(findings.path)),
            Fact(
                "Originals",
                f"{findings.found:,} of {total:,} found\n▲ {published:,} published · ○ {total - published:,} private",
                tone="" if findings.found == total else "caution",
            ),
            Fact("Mark", f"{mark[:1].upper()}{mark[1:]}"),
        ]

    def _connect(self) -> None:
        self.source.activated.connect(self._source_chosen)
        self.files.clicked.connect(self.choose_files)
        self.folder.clicked.connect(self.choose_folder)
        self.open_record.clicked.connect(self.choose_record)
        self.button.clicked.connect(self.clear)
        self.published.valueChanged.connect(self._changed)
        self.withheld.valueChanged.connect(self._changed)
        self.mark.changed.connect(self._changed)
        self._scan.found.connect(self._found)
        self._scan.finished.connect(self._scanned)

    def _lay_out(self) -> None:
        self.button.setText("Re&move")
        self.button.setAccessibleName("Remove your pictures")
        self.button.setProperty("kind", "quiet")
        choose = QHBoxLayout()
        choose.setSpacing(2 * GRID)
        for button in (self.open_record, self.files, self.folder):
            choose.addWidget(button)
        choose.addStretch(1)
        numbers = QHBoxLayout(self._numbers)
        numbers.setContentsMargins(0, 0, 0, 0)
        numbers.setSpacing(2 * GRID)
        for words, field in (("Pu&blish", self.published), ("P&rivate", self.withheld)):
            label = QLabel(words)
            label.setBuddy(field)
            numbers.addWidget(label)
            numbers.addWidget(field, 1)
        self.body.addWidget(self.source)
        self.body.addLayout(choose)
        for part in (self._note, self._facts, self.shelf, self._numbers, self.mark):
            self.body.addWidget(part)
