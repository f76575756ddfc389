"""The History page: records, audits and rehearsals made here, newest first, and actions for them."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QItemSelection, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mtgui.auditing.job.audit_request import LITERAL
from mtgui.common.errors import MtguiError
from mtgui.common.words import counted, exact_probability, moment, p_text, percent, time_taken
from mtgui.desktop.history.entry_list import EntryList, EntryModel, headline
from mtgui.desktop.history.entry_words import outcome_in_words, state_in_words, tasks_in_words
from mtgui.desktop.jobs.history_store import HistoryEntry, HistoryStore
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.layouts import BAR_HEIGHT, scrolling
from mtgui.desktop.widgets.notices import EmptyState, MessageBar
from mtgui.desktop.widgets.page import Page
from mtgui.desktop.widgets.plain_text import keep_plain
from mtgui.desktop.widgets.question_dialog import Question
from mtgui.desktop.widgets.step_cards import Fact, FactGrid
from mtgui.rehearsal.countermeasure_table import switch_named

SIDE_WIDTH = 340
SEARCH_WIDTH = 320


class HistoryPage(Page):
    """Lists a `HistoryStore`. Signals tell the program which entry to open, audit with, or run again."""

    open_wanted = Signal(object, object)
    """A `HistoryEntry` of an audit or a rehearsal, and what the page showed of it, as plain values."""
    again_wanted = Signal(object)
    """A `HistoryEntry` to be run again with the same settings."""
    record_wanted = Signal(object)
    """The `Path` of a mark record to audit."""
    mark_wanted = Signal()
    tasks_wanted = Signal(object)
    """A `HistoryEntry` of a record: show what is left to be done after its export."""

    def __init__(self, store: HistoryStore, parent: QWidget | None = None) -> None:
        """Show ``store``."""
        super().__init__(parent)
        self._store = store
        self.messages = MessageBar()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search records, models, outcomes")
        self.search.setAccessibleName("Search the history")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(SEARCH_WIDTH)
        self.model = EntryModel(self)
        self.list = EntryList(self.model)
        self._count = QLabel("")
        self._count.setProperty("kind", "caption")
        self.empty = EmptyState(
            "history",
            "Nothing yet",
            "Every record you make, and every audit and rehearsal you run here, is listed, finished or not: the "
            "correction for several tries counts all audits.",
            "Mark pictures…",
        )
        self._title = QLabel("")
        keep_plain(self._title)
        self._title.setProperty("kind", "title")
        self._title.setWordWrap(True)
        self._facts = FactGrid()
        self.open = QPushButton("&Open")
        self.open.setProperty("kind", "primary")
        self.again = QPushButton("Run &again…")
        self.tasks = QPushButton("After the e&xport…")
        self.compare = QPushButton("&Compare")
        self.reveal = QPushButton("Open &folder")
        self.remove = QPushButton("&Remove from the list")
        self._faces = QStackedWidget()
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Read the store again."""
        try:
            entries = self._store.entries(self.search.text(), outcome_in_words)
            has_any = bool(entries) or bool(self._store.entries())
        except MtguiError as error:
            self.messages.show_message(str(error), "error")
            return
        there = {entry.number for entry in entries}
        chosen = [entry.number for entry in self.list.selected() if entry.number in there]
        self.model.set_entries(entries)
        self._faces.setCurrentIndex(1 if has_any else 0)
        self._count.setText(_counted(entries))
        self.list.select_numbers(chosen or [entry.number for entry in entries[:1]])
        self._show_choice()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the store again whenever the page is shown."""
        super().showEvent(event)
        self.refresh()

    def _show_choice(self) -> None:
        chosen = self.list.selected()
        one = chosen[0] if len(chosen) == 1 else None
        self._side.setVisible(bool(chosen))
        is_run = one is not None and one.kind != "record"
        self.open.setVisible(one is not None)
        self.open.setText("&Open" if is_run else "&Audit with it…")
        self.open.setEnabled(one is not None and (not is_run or one.state == "finished"))
        self.again.setVisible(is_run)
        self.tasks.setVisible(one is not None and one.kind == "record")
        audits = [entry for entry in chosen if entry.kind == "audit" and entry.state == "finished"]
        self.compare.setVisible(len(chosen) > 1)
        self.compare.setEnabled(len(audits) == len(chosen) > 1)
        self.reveal.setVisible(one is not None)
        self.remove.setVisible(bool(chosen))
        if one is not None:
            self._title.setText(headline(one))
            self._facts.set_facts(_facts(one))
        elif chosen:
            self._title.setText(f"{counted(len(chosen), 'entry', 'entries')} chosen")
            self._facts.set_facts([Fact("Compare", "Finished audits can be set side by side.")])

    def _open(self) -> None:
        chosen = self.list.selected()
        if len(chosen) != 1:
            return
        entry = chosen[0]
        if entry.kind == "record":
            self.record_wanted.emit(entry.path)
        elif entry.state == "finished":
            self.open_wanted.emit(entry, self._store.story(entry.number))

    def _again(self) -> None:
        chosen = self.list.selected()
        if len(chosen) == 1 and chosen[0].kind != "record":
            self.again_wanted.emit(chosen[0])

    def _show_tasks(self) -> None:
        chosen = self.list.selected()
        if len(chosen) == 1 and chosen[0].kind == "record":
            self.tasks_wanted.emit(chosen[0])

    def _compare(self) -> None:
        from mtgui.desktop.history.compare_dialog import CompareDialog

        dialog = CompareDialog(self.list.selected(), self.window())
        dialog.exec()
        dialog.deleteLater()

    def _reveal(self) -> None:
        chosen = self.list.selected()
        if len(chosen) == 1:
            self.reveal_path(chosen[0])

    def reveal_path(self, entry: HistoryEntry) -> None:
        """Show the files of ``entry`` in the system's file manager, or say that they no longer exist."""
        places = [entry.path.parent] if entry.kind == "record" else [entry.folder, entry.path.parent]
        place = next((one for one in places if one != Path() and one.is_dir()), None)
        if place is None:
            self.messages.show_message(f"“{places[0]}” is not there any more; was it moved?", "caution")
        else:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))

    def _remove(self) -> None:
        chosen = self.list.selected()
        if not chosen:
            return
        what = "this entry" if len(chosen) == 1 else f"these {len(chosen)} entries"
        question = Question(
            self,
            f"Remove {what}?",
            "This changes only the list. Records, copies, reports and results stay on the disk, and the correction for "
            "several tries still counts the audits.",
            "Remove",
            "Keep",
        )
        is_sure = question.ask()
        question.deleteLater()
        if is_sure:
            try:
                for entry in chosen:
                    self._store.remove(entry.number)
            except MtguiError as error:
                self.messages.show_message(str(error), "error")
            self.refresh()

    def _searched(self, _text: str) -> None:
        self.refresh()

    def _selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        self._show_choice()

    def _connect(self) -> None:
        self.search.textChanged.connect(self._searched)
        self.list.selectionModel().selectionChanged.connect(self._selection_changed)
        self.list.opened.connect(self._open)
        self.empty.triggered.connect(self.mark_wanted)
        for button, slot in (
            (self.open, self._open),
            (self.again, self._again),
            (self.tasks, self._show_tasks),
            (self.compare, self._compare),
            (self.reveal, self._reveal),
            (self.remove, self._remove),
        ):
            button.clicked.connect(slot)
        find = QAction("Search", self)
        find.setShortcut(QKeySequence(QKeySequence.StandardKey.Find))
        find.triggered.connect(self.search.setFocus)
        self.addAction(find)

    def _lay_out(self) -> None:
        bar = QWidget()
        bar.setFixedHeight(BAR_HEIGHT)
        head = QHBoxLayout(bar)
        head.setContentsMargins(5 * GRID, 0, 5 * GRID, 0)
        head.addWidget(self.search)
        head.addStretch(1)
        head.addWidget(self._count)
        self._side = QFrame()
        self._side.setProperty("kind", "card")
        self._side.setFixedWidth(SIDE_WIDTH)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self._title)
        inner = QWidget()
        facts = QVBoxLayout(inner)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.addWidget(self._facts)
        facts.addStretch(1)
        column.addWidget(scrolling(inner), 1)
        for buttons in ((self.open, self.again, self.tasks, self.compare), (self.reveal, self.remove)):
            # Hidden ones leave no gap: at most two of a row are shown at once.
            line = QHBoxLayout()
            line.setSpacing(2 * GRID)
            for button in buttons:
                line.addWidget(button, 1)
            column.addLayout(line)
        row = QHBoxLayout()
        row.setContentsMargins(5 * GRID, 0, 5 * GRID, 4 * GRID)
        row.setSpacing(4 * GRID)
        row.addWidget(self.list, 1)
        row.addWidget(self._side)
        full = QWidget()
        layout = QVBoxLayout(full)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(row, 1)
        self._faces.addWidget(self.empty)
        self._faces.addWidget(full)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.messages)
        whole.addWidget(self._faces, 1)


def _facts(entry: HistoryEntry) -> list[Fact]:
    facts = [Fact("When", moment(entry.created))]
    if entry.kind == "record":
        facts += [
            Fact("Pictures", outcome_in_words(entry)),
            Fact("Done", tasks_in_words(entry)),
            Fact("Record", str(entry.path)),
            Fact("Copies", str(entry.folder)),
        ]
        return [fact for fact in facts if fact.value]
    if entry.kind == "rehearsal":
        return [fact for fact in [*facts, *_rehearsal_facts(entry)] if fact.value]
    if entry.state != "finished":
        facts.append(Fact("State", state_in_words(entry)))
    if entry.state == "finished":
        facts.append(Fact("Verdict", outcome_in_words(entry)))
    if entry.state == "failed":
        facts.append(Fact("Reason", entry.summary))
    if entry.p_value:
        p, adjusted = exact_probability(entry.p_value), exact_probability(entry.p_adjusted or entry.p_value)
        facts.append(Fact("p", f"{p_text(p)}, corrected for all tries {p_text(adjusted)}"))
    request = entry.request
    for title, name in (("Label", "label"), ("Caption", "prompt"), ("Device", "device")):
        value = str(request.get(name) or "")
        facts.append(Fact(title, _WORDS.get((name, value), value.removeprefix(LITERAL))))
    accepted = _share(str(request.get("alpha", "")))
    facts.append(Fact("Error chance", f"{accepted} accepted" if accepted else ""))
    models = request.get("models")
    if isinstance(models, list) and models and isinstance(models[0], dict):
        facts.append(Fact("Model", str(models[0].get("path", ""))))
        facts.append(Fact("Base", str(models[0].get("base") or "")))
    facts.append(Fact("Record", str(entry.path)))
    return [fact for fact in facts if fact.value]


def _rehearsal_facts(entry: HistoryEntry) -> list[Fact]:
    facts, seconds = entry.facts, entry.facts.get("seconds")
    published, private = facts.get("published"), facts.get("private")
    measures = facts.get("measures")
    done = [switch.title for key in measures or () if (switch := switch_named(str(key))) is not None]
    return [
        Fact("Result", outcome_in_words(entry)),
        Fact("Reason", entry.summary if entry.state == "failed" else ""),
        Fact(
            "Pictures",
            f"{published} published, {private} private\n{_SOURCES.get(str(facts.get('source')), '')}".strip(),
        ),
        Fact("Model maker", _FINE_TUNES.get(str(facts.get("fine_tune"))) or ", ".join(done) or _NOTHING),
        Fact("Effort", str(facts.get("effort") or "")),
        Fact("Took", time_taken(float(seconds)) if isinstance(seconds, int | float) else ""),
        Fact("Files", str(entry.folder) if entry.folder.is_dir() else ""),
    ]


_NOTHING = "does nothing against marks"
_FINE_TUNES = {
    "lora": "trains a LoRA of each artist’s pictures",
    "full": "fine-tunes a model on each artist’s pictures",
}
_SOURCES = {"made": "drawn by mtgui", "pictures": "your own", "record": "those of a mark record"}


def _share(text: str) -> str:
    """Return a fraction as a percentage, and any other text unchanged."""
    try:
        return percent(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return text


_WORDS = {
    ("label", "auto"): "the model’s choice",
    ("label", "record"): "the record’s",
    ("prompt", "none"): "empty",
    ("prompt", "file"): "from the file",
    ("prompt", "record"): "from the record",
    ("prompt", "auto"): "the model’s choice",
    ("device", "auto"): "automatic",
    ("device", "cpu"): "CPU",
}
"""Texts for people in place of the command line's short words for settings."""


def _counted(entries: Sequence[HistoryEntry]) -> str:
    counts = {kind: sum(entry.kind == kind for entry in entries) for kind in ("record", "audit", "rehearsal")}
    parts = [counted(counts["record"], "record"), counted(counts["audit"], "audit")]
    if counts["rehearsal"]:
        parts.append(counted(counts["rehearsal"], "rehearsal"))
    return " · ".join(parts)
