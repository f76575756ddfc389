"""Step 3 of a rehearsal: what the model maker might do; one switch for each countermeasure, all off at first."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QVBoxLayout, QWidget

from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.collapsible import Collapsible
from mtgui.desktop.widgets.controls import Caption, SectionHeader
from mtgui.desktop.widgets.step_cards import StepCard
from mtgui.rehearsal.countermeasure_table import STAGES, SWITCHES, Switch

NOTHING = "Nothing: trained on as they were published."
FIELD_WIDTH = 152


class MeasureRow(QWidget):
    """One switch with its value and one sentence; the value can be set while the switch is on."""

    changed = Signal()

    def __init__(self, measure: Switch, parent: QWidget | None = None) -> None:
        """Show ``measure``, switched off."""
        super().__init__(parent)
        self.measure = measure
        self.switch = QCheckBox(measure.title)
        self.switch.setAccessibleDescription(measure.meaning)
        self.field = QDoubleSpinBox()
        self.field.setDecimals(measure.decimals)
        self.field.setRange(measure.least, measure.most)
        self.field.setSingleStep(measure.step)
        self.field.setPrefix(measure.prefix)
        self.field.setSuffix(measure.suffix)
        self.field.setValue(measure.usual)
        self.field.setKeyboardTracking(False)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.field.setFixedWidth(FIELD_WIDTH)
        self.field.setAccessibleName(f"{measure.title}, value")
        self.field.setEnabled(False)
        row = QHBoxLayout()
        row.addWidget(self.switch, 1)
        row.addWidget(self.field)
        meaning = Caption(measure.meaning)
        meaning.setContentsMargins(6 * GRID + 2, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(row)
        layout.addWidget(meaning)
        self.switch.toggled.connect(self.field.setEnabled)
        self.switch.toggled.connect(self._changed)
        self.field.valueChanged.connect(self._changed)

    @property
    def value(self) -> float | None:
        """The current value; None while the switch is off."""
        return self.field.value() if self.switch.isChecked() else None

    @property
    def words(self) -> str:
        """The countermeasure and its value, in a few words."""
        return f"{self.measure.title.lower().replace('jpeg', 'JPEG')} ({self.field.text().strip()})"

    def set_value(self, value: float | None) -> None:
        """Switch on with ``value``, or off with None; no signal is emitted."""
        with QSignalBlocker(self.switch), QSignalBlocker(self.field):
            self.switch.setChecked(value is not None)
            self.field.setEnabled(value is not None)
            if value is not None:
                self.field.setValue(value)

    def _changed(self) -> None:
        self.changed.emit()


class MeasuresCard(StepCard):
    """The card of the switches, which are hidden until the person opens it."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the card with all switches off."""
        super().__init__(3, "What the model maker might do", "", parent)
        self._summary = Caption(NOTHING)
        self.fold = Collapsible("Choose w&hat…", "What the model maker might do")
        self.rows = {measure.key: MeasureRow(measure) for measure in SWITCHES}
        inner = QVBoxLayout(self.fold.content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2 * GRID)
        for stage in STAGES:
            if stage != STAGES[0]:
                inner.addSpacing(2 * GRID)
            inner.addWidget(SectionHeader(stage))
            for row in self.rows.values():
                if row.measure.stage == stage:
                    inner.addWidget(row)
        self.body.addWidget(self._summary)
        self.body.addWidget(self.fold)
        for row in self.rows.values():
            row.changed.connect(self._changed)

    def put_into(self, choices: RehearsalChoices) -> RehearsalChoices:
        """Return ``choices`` with the values of the switches that are on."""
        values = [(name, row.value) for name, row in self.rows.items()]
        return replace(choices, measures=tuple((name, value) for name, value in values if value is not None))

    def show_choices(self, choices: RehearsalChoices) -> None:
        """Show ``choices``."""
        values = dict(choices.measures)
        for name, row in self.rows.items():
            row.set_value(values.get(name))
        self._show()

    def set_locked(self, is_locked: bool) -> None:
        """Disable the switches while a rehearsal runs."""
        for row in self.rows.values():
            row.setEnabled(not is_locked)

    def _changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        chosen = [row.words for row in self.rows.values() if row.value is not None]
        text = "; ".join(chosen)
        self._summary.setText(f"{text[:1].upper()}{text[1:]}." if chosen else NOTHING)
