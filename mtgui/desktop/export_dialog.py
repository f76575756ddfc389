"""The export dialog: where copies and record go, how copies are written, and what chance will decide."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.errors import readable_name
from mtgui.desktop.controls import Caption, Line
from mtgui.desktop.export_plan import CONFLICTS, FORMATS, ExportPlan, look_at_record
from mtgui.desktop.tokens import GRID
from mtgui.publishing.request import default_record_path
from mtgui.records.journal import SUFFIX
from mtgui.records.summary import describe_settings


class ExportDialog(QDialog):
    """Asks for an `ExportPlan`; `plan` holds it once accepted."""

    def __init__(self, plan: ExportPlan, published: int, pool: int, parent: QWidget | None = None) -> None:
        """Show ``plan`` for ``published`` of ``pool`` pictures."""
        super().__init__(parent)
        self.setWindowTitle("Export marked copies")
        self.setMinimumWidth(600)
        self._plan, self._published, self._pool = plan, published, pool
        self._follows = plan.record == default_record_path(plan.out)
        self._out = _path_edit("Folder for the copies", str(plan.out))
        self._record = _path_edit("Mark record", str(plan.record))
        self._format = QComboBox()
        self._format.addItems([text for _, text in FORMATS])
        self._format.setCurrentIndex([name for name, _ in FORMATS].index(plan.format))
        self._quality = QSpinBox()
        self._quality.setRange(95, 100)
        self._quality.setValue(plan.quality)
        self._quality.setToolTip("Of JPEG and lossy WebP. Below 95 the mark itself would suffer.")
        self._conflict = QComboBox()
        self._conflict.addItems([text for _, text in CONFLICTS])
        self._conflict.setCurrentIndex([name for name, _ in CONFLICTS].index(plan.on_conflict))
        self._gps = QCheckBox("Remove the &place where a picture was taken")
        self._gps.setChecked(plan.remove_gps)
        self._forbid = QCheckBox("State “no AI &training” in every copy")
        self._forbid.setChecked(plan.forbid_training)
        self._embed = QCheckBox("Write the &commitment into every copy")
        self._embed.setChecked(plan.embed_commitment)
        self._embed.setToolTip("Ties each copy to the record in public, but also tells a trainer that it is marked.")
        self._summary = Caption()
        self._record_note = Caption()
        self._ok = QPushButton("&Export")
        self._ok.setProperty("kind", "primary")
        self._ok.setDefault(True)
        self._lay_out()
        self._out.textChanged.connect(self._out_edited)
        self._record.textEdited.connect(self._record_edited)
        self._record.textChanged.connect(self._describe)
        self._format.currentIndexChanged.connect(self._describe)
        self._describe()

    @property
    def plan(self) -> ExportPlan:
        """What the dialog says now."""
        return replace(
            self._plan,
            out=Path(self._out.text().strip()).expanduser(),
            record=Path(self._record.text().strip()).expanduser(),
            format=FORMATS[self._format.currentIndex()][0],
            quality=self._quality.value(),
            remove_gps=self._gps.isChecked(),
            forbid_training=self._forbid.isChecked(),
            embed_commitment=self._embed.isChecked(),
            on_conflict=CONFLICTS[self._conflict.currentIndex()][0],
        )

    def accept(self) -> None:
        """Close with a plan, after a plain yes where files may be overwritten."""
        plan = self.plan
        if plan.on_conflict == "overwrite" and plan.out.is_dir() and any(plan.out.iterdir()):
            question = f"Files in “{plan.out}” that have the names of new copies will be overwritten. Go on?"
            buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
            answer = QMessageBox.question(self, "Overwrite?", question, buttons, QMessageBox.StandardButton.No)
            if answer != QMessageBox.StandardButton.Yes:
                return
        super().accept()

    def _out_edited(self) -> None:
        text = self._out.text().strip()
        if self._follows and text:
            self._record.setText(str(default_record_path(Path(text).expanduser())))
        self._describe()

    def _record_edited(self) -> None:
        self._follows = False

    def _choose_out(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder for the marked copies", self._out.text())
        if chosen:
            self._out.setText(chosen)

    def _choose_record(self) -> None:
        filter_ = f"Mark records (*{SUFFIX})"
        options = QFileDialog.Option.DontConfirmOverwrite
        chosen, _ = QFileDialog.getSaveFileName(self, "Mark record", self._record.text(), filter_, options=options)
        if chosen:
            self._follows = False
            self._record.setText(chosen if chosen.endswith(SUFFIX) else chosen + SUFFIX)

    def _describe(self) -> None:
        plan, withheld = self.plan, self._pool - self._published
        self._quality.setEnabled(plan.format in ("keep", "jpeg", "webp"))
        kept = f"; the other {withheld} stay private and must not be published" if withheld else ""
        self._summary.setText(
            f"Chance picks {self._published} of {self._pool} pictures{kept}. Names and folders stay as they are; "
            "thumbnails in the files, which show the unmarked picture, are removed. Originals are never changed."
        )
        at_hand = look_at_record(plan.record) if self._record.text().strip() else None
        self._ok.setEnabled(bool(self._out.text().strip()) and at_hand is not None and not at_hand.problem)
        if at_hand is None:
            self._record_note.setText("Name a file for the mark record.")
        elif at_hand.problem:
            self._record_note.setText(f"! {at_hand.problem}")
        elif at_hand.record is not None:
            settings = describe_settings(at_hand.record.blocks[0].settings)
            self._record_note.setText(
                f"{readable_name(plan.record)} is there already and is continued, with its own settings ({settings}). "
                "Pictures it knows are not drawn again; new ones get a draw of their own."
            )
        else:
            inside = plan.out in plan.record.parents
            warning = "! This is inside the folder you publish. " if inside else ""
            self._record_note.setText(
                f"{warning}The record is your evidence and holds the secret key. Keep it, and never publish it."
            )

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
        form.addRow("", self._record_note)
        _add_row(form, "&Format", self._format, _labelled("&Quality", self._quality))
        _add_row(form, "If a &name is taken", self._conflict)
        boxes = QVBoxLayout()
        boxes.setSpacing(2 * GRID)
        for box in (self._gps, self._forbid, self._embed):
            boxes.addWidget(box)
        form.addRow("In the copies", boxes)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.reject)
        self._ok.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * GRID)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._ok)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 5 * GRID)
        layout.setSpacing(4 * GRID)
        layout.addWidget(self._summary)
        layout.addWidget(Line())
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addLayout(buttons)


def _path_edit(name: str, text: str) -> QLineEdit:
    edit = QLineEdit(text)
    edit.setAccessibleName(name)
    edit.setMinimumWidth(320)
    return edit


def _labelled(text: str, widget: QWidget) -> QWidget:
    label = QLabel(text)
    label.setBuddy(widget)
    widget.setAccessibleName(text.replace("&", ""))
    pair = QWidget()
    layout = QHBoxLayout(pair)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2 * GRID)
    layout.addWidget(label)
    layout.addWidget(widget)
    return pair


def _add_row(form: QFormLayout, text: str, field: QWidget, beside: QWidget | None = None) -> None:
    """Add a row whose label leads to ``field``, with something beside it."""
    label = QLabel(text)
    label.setBuddy(field)
    if not field.accessibleName():
        field.setAccessibleName(text.replace("&", ""))
    row = QHBoxLayout()
    row.setSpacing(2 * GRID)
    row.addWidget(field, 1)
    if beside is not None:
        row.addWidget(beside)
    form.addRow(label, row)
