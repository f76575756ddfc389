"""The export dialog: the folder for the copies, the record, how copies are written, and what chance will decide."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.errors import UsageError, printable, readable_name
from mtgui.common.texts import text
from mtgui.common.words import whole
from mtgui.desktop.mark.drawn_set import drawn_set
from mtgui.desktop.mark.export_plan import ExportPlan, RecordAtHand, look_at_record, path_from
from mtgui.desktop.mark.switched_record import may_switch
from mtgui.desktop.settings import EXPORT_FORMAT, ON_CONFLICT
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, SeparatorLine
from mtgui.desktop.widgets.file_filters import RECORDS
from mtgui.desktop.widgets.layouts import answers
from mtgui.desktop.widgets.plain_text import keep_plain
from mtgui.desktop.widgets.question_dialog import Question
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.scrolled_dialog import ScrolledDialog
from mtgui.marking.settings import MarkSettings
from mtgui.publishing.export_request import default_record_path
from mtgui.records.record_suffix import RECORD_SUFFIX

DIALOG_WIDTH = 620
MOST_LABELS = 4

if TYPE_CHECKING:
    from mtgui.records.record import Record


class ExportDialog(ScrolledDialog):
    """Asks for an `ExportPlan`; after the dialog is accepted, `plan` holds it."""

    def __init__(
        self,
        plan: ExportPlan,
        published: int,
        pool: int,
        settings: MarkSettings,
        parent: QWidget | None = None,
        *,
        labels: Sequence[str] = (),
    ) -> None:
        """Show ``plan`` for publishing ``published`` of ``pool`` pictures, marked with ``settings``.

        labels: the names of the folders that the pictures lie in, which the person may use as labels.
        """
        super().__init__(parent)
        self.setWindowTitle("Export copies")
        self._plan, self._published, self._pool, self._settings = plan, published, pool, settings
        self._looked: tuple[Path, RecordAtHand] | None = None
        self._follows = plan.record == default_record_path(plan.out)
        self._out = _path_edit("Folder for the copies", str(plan.out))
        self._record = _path_edit("Mark record", str(plan.record))
        self._format = QComboBox()
        self._format.addItems([words for _, words in EXPORT_FORMAT.choices])
        self._format.setCurrentIndex([name for name, _ in EXPORT_FORMAT.choices].index(plan.format))
        self._quality = QSpinBox()
        self._quality.setRange(95, 100)
        self._quality.setValue(plan.quality)
        self._quality.setFixedWidth(100)
        self._quality.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._quality.setToolTip("Of JPEG and lossy WebP. Below 95 a mark would suffer.")
        self._conflict = QComboBox()
        self._conflict.addItems([words for _, words in ON_CONFLICT.choices])
        self._conflict.setCurrentIndex([name for name, _ in ON_CONFLICT.choices].index(plan.on_conflict))
        self._gps = QCheckBox("Remove the &place where a picture was taken")
        self._gps.setChecked(plan.remove_gps)
        self._forbid = QCheckBox("State “no AI &training” in every copy")
        self._forbid.setChecked(plan.forbid_training)
        self._embed = QCheckBox("Write the &dating number into every copy")
        self._embed.setChecked(plan.embed_commitment)
        self._embed.setToolTip(
            "The record’s commitment. It ties each copy to the record in public, but also tells a trainer about it."
        )
        self._labels = QCheckBox("Use the names of the folders as &labels") if labels else None
        if self._labels is not None:
            self._labels.setChecked(plan.label_from_folders)
            self._labels.setToolTip(f"The record then holds a label for each picture that lies in one: {_few(labels)}.")
        self._title = QLabel("")
        keep_plain(self._title)
        self._title.setWordWrap(True)
        self._title.setProperty("kind", "title")
        self._summary = Caption()
        self._record_note = Caption()
        self._ok = QPushButton("&Export")
        self._lay_out()
        self._out.textChanged.connect(self._out_edited)
        self._record.textEdited.connect(self._record_edited)
        self._record.textChanged.connect(self._describe)
        self._format.currentIndexChanged.connect(self._describe)
        self._describe()

    @property
    def plan(self) -> ExportPlan:
        """The plan as the fields describe it now."""
        return replace(
            self._plan,
            out=path_from(self._out.text()) or self._plan.out,
            record=path_from(self._record.text()) or self._plan.record,
            format=EXPORT_FORMAT.choices[self._format.currentIndex()][0],
            quality=self._quality.value(),
            remove_gps=self._gps.isChecked(),
            forbid_training=self._forbid.isChecked(),
            embed_commitment=self._embed.isChecked(),
            label_from_folders=self._labels is not None and self._labels.isChecked(),
            on_conflict=ON_CONFLICT.choices[self._conflict.currentIndex()][0],
        )

    def accept(self) -> None:
        """Close the dialog; ask first if files may be overwritten, or another record would be continued."""
        plan = self.plan
        if not self._may_continue(plan.record):
            return
        if plan.on_conflict == "overwrite" and _holds_files(plan.out):
            words = f"Files in “{printable(plan.out)}” that have the names of new copies will be overwritten."
            question = Question(self, "Overwrite files?", words, "Overwrite", "Go back")
            is_meant = question.ask()
            question.deleteLater()
            if not is_meant:
                return
        super().accept()

    def _may_continue(self, record: Path) -> bool:
        """Ask if ``record`` exists and is another one than that of the page."""
        before = self._plan.record
        ours, theirs = look_at_record(before).record, self._look_at(record).record
        if ours is None or theirs is None or ours.record_id == theirs.record_id:
            return True
        return may_switch(self, before, ours, record, theirs)

    def _out_edited(self) -> None:
        out = path_from(self._out.text())
        if self._follows and out is not None:
            with suppress(UsageError):
                self._record.setText(str(default_record_path(out)))
        self._describe()

    def _record_edited(self) -> None:
        self._follows = False

    def _choose_out(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder for the copies", self._out.text())
        if chosen:
            self._out.setText(chosen)

    def _choose_record(self) -> None:
        options = QFileDialog.Option.DontConfirmOverwrite
        chosen, _ = QFileDialog.getSaveFileName(self, "Mark record", self._record.text(), RECORDS, options=options)
        if chosen:
            self._follows = False
            self._record.setText(chosen if chosen.endswith(RECORD_SUFFIX) else chosen + RECORD_SUFFIX)

    def _describe(self) -> None:
        path = path_from(self._record.text())
        continued = self._look_at(path).record if path is not None and path.name else None
        if path is None or continued is None:
            title, fate = self._first_draw()
        else:
            title, fate = text("Continue the record {name}", name=readable_name(path)), _next_draw(continued)
        self._title.setText(title)
        self._summary.setText(
            f"{fate} Names and folders stay as they are; thumbnails in the files, which show the unmarked picture, "
            "are removed. Originals are never changed."
        )
        self._quality.setEnabled(self.plan.format in ("keep", "jpeg", "webp"))
        problem, note = self._judge()
        self._ok.setEnabled(not problem)
        self._record_note.setText(f"! {problem}" if problem else note)
        set_tone(self._record_note, "caution" if problem or note.startswith("!") else "")

    def _first_draw(self) -> tuple[str, str]:
        """Return the title, and the sentences on what happens, if the record is a new one."""
        withheld = self._pool - self._published
        copies = "copy" if self._published == 1 else "copies"
        marked = "" if self._settings.is_invisible else "marked "
        title = f"{self._published:,} {marked}{copies} of {_pictures(self._pool)}"
        if not withheld:
            return title, "All of them go out."
        stay = "one stays" if withheld == 1 else f"{withheld:,} stay"
        return title, f"A coin picks which go out. The other {stay} home and must never be published."

    def _judge(self) -> tuple[str, str]:
        """Return a sentence on what prevents this plan (empty if nothing does) and a note on the record."""
        out, record = path_from(self._out.text()), path_from(self._record.text())
        if out is None or not out.name:
            return "Name the folder for the copies with its whole path.", ""
        if record is None or not record.name:
            return "Name a file for the mark record with its whole path.", ""
        if out == record or out in record.parents:
            return "The record would be published with the copies. Choose a place outside their folder.", ""
        at_hand = self._look_at(record)
        if at_hand.record is None:
            return at_hand.problem, "The record is your proof and holds your secret. Keep it, never publish it."
        theirs = at_hand.record.blocks[0].settings
        if not is_same_mark(theirs, self._settings):
            return "", (
                f"! {readable_name(record)} is continued with its own settings ({theirs.in_words}), not with "
                "those on the page. For new settings, name another record."
            )
        return "", (f"{readable_name(record)} is continued with the mark that it has: {theirs.in_words}.")

    def _look_at(self, record: Path) -> RecordAtHand:
        """Read a record only once, not after every key press."""
        if self._looked is None or self._looked[0] != record:
            self._looked = record, look_at_record(record)
        return self._looked[1]

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        form.setVerticalSpacing(2 * GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        choose_out, choose_record = QPushButton("Choose…"), QPushButton("Choose…")
        choose_out.setAccessibleName("Choose the folder for the copies")
        choose_record.setAccessibleName("Choose the file of the mark record")
        choose_out.clicked.connect(self._choose_out)
        choose_record.clicked.connect(self._choose_record)
        _add_row(form, "&Copies to", self._out, choose_out)
        _add_row(form, "&Mark record", self._record, choose_record)
        form.addRow("", _tall(self._record_note))
        _add_row(form, "&Format", self._format, _labelled("&Quality", self._quality))
        _add_row(form, "If a &name is taken", self._conflict)
        boxes = QVBoxLayout()
        boxes.setSpacing(2 * GRID)
        for box in (self._gps, self._forbid, self._embed):
            boxes.addWidget(box)
        form.addRow("In the copies", boxes)
        if self._labels is not None:
            form.addRow("In the record", self._labels)
        self._ok.clicked.connect(self.accept)
        layout = QVBoxLayout()
        layout.setSpacing(3 * GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._summary)
        layout.addWidget(SeparatorLine())
        layout.addLayout(form)
        layout.addStretch(1)
        self.put_together(layout, answers(self, self._ok), DIALOG_WIDTH, 3 * GRID)


def is_same_mark(one: MarkSettings, other: MarkSettings) -> bool:
    """True when both settings make the same mark, or none."""
    return one.values() == other.values() or (one.is_invisible and other.is_invisible)


def _next_draw(record: "Record") -> str:
    """Return what happens to the pictures of a ``record`` that is continued, and to new ones."""
    drawn = drawn_set(record)
    if not drawn.kept:
        return text("Its pictures keep their draw: all of them go out. New ones go out, too.")
    return text(
        "Its pictures keep their draw: {published} go out, {kept} stay home. Of new ones, a coin lets the same share "
        "go out.",
        published=whole(drawn.published),
        kept=whole(drawn.kept),
    )


def _holds_files(folder: Path) -> bool:
    try:
        with os.scandir(folder) as listing:
            return next(listing, None) is not None
    except OSError:
        return False


def _few(names: Sequence[str]) -> str:
    """Return the first few of ``names`` in one line."""
    shown = ", ".join(f"“{printable(name)}”" for name in names[:MOST_LABELS])
    return f"{shown} and {len(names) - MOST_LABELS:,} more" if len(names) > MOST_LABELS else shown


def _pictures(count: int) -> str:
    return f"{count:,} {'picture' if count == 1 else 'pictures'}"


def _tall(note: QLabel) -> QLabel:
    """Reserve room for two lines of ``note``, so that the dialog keeps its size."""
    note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
    note.setMinimumHeight(2 * note.fontMetrics().lineSpacing())
    note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return note


def _path_edit(name: str, content: str) -> QLineEdit:
    edit = QLineEdit(content)
    edit.setAccessibleName(name)
    edit.setMinimumWidth(320)
    return edit


def _labelled(words: str, widget: QWidget) -> QWidget:
    label = QLabel(words)
    label.setBuddy(widget)
    widget.setAccessibleName(words.replace("&", ""))
    pair = QWidget()
    layout = QHBoxLayout(pair)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2 * GRID)
    layout.addWidget(label)
    layout.addWidget(widget)
    return pair


def _add_row(form: QFormLayout, words: str, field: QWidget, beside: QWidget | None = None) -> None:
    """Add a row with ``field`` and a widget beside it; the shortcut of its label focuses ``field``."""
    label = QLabel(words)
    label.setBuddy(field)
    if not field.accessibleName():
        field.setAccessibleName(words.replace("&", ""))
    row = QHBoxLayout()
    row.setSpacing(2 * GRID)
    row.addWidget(field, 1)
    if beside is not None:
        row.addWidget(beside)
    form.addRow(label, row)
