"""Step 3 of an audit: the label of the pictures, and what each way of choosing it means."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from mtgui.auditing.job.labels import MODEL_CHOICE, ClassNames, proposed_rule
from mtgui.common.errors import UsageError
from mtgui.desktop.audit.model_summary import ModelSummary
from mtgui.desktop.widgets.controls import Caption, SegmentedControl
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.step_cards import StepCard

WAYS = (("class", "One class"), ("record", "Record’s"), ("auto", "Model’s choice"))
SENTENCES = {
    "class": "Any class is valid if you choose it before the run. The one that a trainer would use finds most.",
    "record": "Valid: each picture keeps the label of its folder, fixed when it was marked.",
    "auto": "Valid: the class that fits all your unmarked originals best, published and private together.",
}
NO_LABELS = "These records hold no label for each picture."


class LabelStep(StepCard):
    """The card of the label. `label` has the same values as the option ``--label``.

    Until the person chooses, it proposes the record's labels if the model has a class for each of them: people who
    train on pictures in folders use the folders as classes. Otherwise it proposes the model's choice.
    """

    changed = Signal()
    lacking_words = "Choose the class of the pictures."
    all_originals_words = "Choose the class of the pictures: the model’s own choice needs all originals."

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the model's choice."""
        super().__init__(3, "Label", "", parent)
        self._summary: ModelSummary | None = None
        self._wanted = ""
        self._labels: frozenset[str] | None = None
        self._is_proposing = True
        self.ways = SegmentedControl("Label", WAYS)
        self.ways.set_value("auto")
        self.classes = QComboBox()
        self.classes.setEditable(True)
        self.classes.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.classes.setAccessibleName("Class of the pictures")
        self.classes.setMaxVisibleItems(16)
        self.classes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.setMinimumContentsLength(12)
        edit = self.classes.lineEdit()
        if edit is not None:
            edit.setPlaceholderText("Search by name or number")
            edit.setAccessibleName("Class of the pictures")
        completer = self.classes.completer()
        if isinstance(completer, QCompleter):
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self._sentence = Caption()
        for part in (self.ways, self.classes, self._sentence):
            self.body.addWidget(part)
        self.ways.changed.connect(self._chosen)
        self.classes.currentTextChanged.connect(self._text_changed)
        self._show()

    @property
    def label(self) -> str:
        """“auto”, “record” or the number of a class; empty while no class is chosen."""
        if self.ways.value == "record":
            return "" if self._unknown_label() else "record"
        if self.ways.value != "class":
            return self.ways.value
        index = self._index()
        return "" if index < 0 else str(index)

    @property
    def is_ready(self) -> bool:
        """True when a label is chosen."""
        return bool(self.label)

    @property
    def needs_all_originals(self) -> bool:
        """True if the model chooses the label, for which it must see all originals."""
        return self.label == MODEL_CHOICE

    def set_label(self, label: str | None) -> None:
        """Choose ``label``, one of the values of `label`; None for the proposal."""
        self._is_proposing = label is None
        if label is None:
            self._propose()
        elif label in ("auto", "record"):
            self.ways.set_value(label)
        else:
            self.ways.set_value("class")
            self._wanted = label
            self._choose_wanted()
        self._show()
        self.changed.emit()

    def set_model(self, summary: ModelSummary | None) -> None:
        """Offer the classes of a model."""
        if summary is self._summary:
            return
        chosen = (self.label if self.ways.value == "class" else "") or self._wanted
        self._summary, self._wanted = summary, chosen
        count = summary.classes if summary is not None else 0
        titles = [summary.class_title(index) for index in range(count)] if summary is not None else []
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItems(titles)
        self.classes.setCurrentIndex(-1)
        self.classes.setEditText("")
        self.classes.blockSignals(False)
        self._choose_wanted()
        self._propose()
        self._show()

    def set_labels(self, labels: Sequence[str | None]) -> None:
        """Take the labels of all pictures in the records: None for a picture without one; empty without records."""
        found = frozenset(label for label in labels if label is not None)
        self._labels = found if labels and None not in labels else None
        can = self._labels is not None
        button = self.ways.button("record")
        button.setEnabled(can)
        button.setToolTip("" if can else NO_LABELS)
        if not can and labels and self.ways.value == "record":
            self.ways.set_value("auto")
        self._propose()
        self._show()

    def _propose(self) -> None:
        if self._is_proposing and self._summary is not None:
            names = self._summary.class_names
            # A graph tells how many classes it has only once it runs.
            classes = ClassNames(self._summary.classes or len(names), names or None)
            self.ways.set_value(proposed_rule(self._labels or (), classes))

    def _unknown_label(self) -> str:
        """Return a sentence on a label that is no class of the model; empty if there is none or classes are unknown."""
        if self._summary is None or not self._labels or not self._summary.classes:
            return ""
        names = ClassNames(self._summary.classes, self._summary.class_names or None)
        for label in sorted(self._labels):
            try:
                names.index_of(label)
            except UsageError as error:
                return str(error)
        return ""

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while an audit runs."""
        self.ways.setEnabled(not is_locked)
        self.classes.setEnabled(not is_locked)

    def _choose_wanted(self) -> None:
        if self._wanted.isdecimal() and int(self._wanted) < self.classes.count():
            self.classes.setCurrentIndex(int(self._wanted))

    def _index(self) -> int:
        """Return the index of the class that the text names: by title, number, or a name that only one class has."""
        text = self.classes.currentText().strip()
        index = self.classes.findText(text, Qt.MatchFlag.MatchFixedString)
        if index >= 0 or not text:
            return index
        count = self.classes.count()
        if text.isdecimal():
            # A graph tells how many classes it has only once it runs.
            is_open = self._summary is not None and self._summary.is_graph and not count
            return int(text) if int(text) < count or is_open else -1
        names = self._summary.class_names if self._summary is not None else ()
        same = [i for i, name in enumerate(names[:count]) if name.casefold() == text.casefold()]
        return same[0] if len(same) == 1 else -1

    def _text_changed(self, _text: str) -> None:
        self._changed()

    def _chosen(self, _way: str) -> None:
        self._is_proposing = False
        self._changed()

    def _changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        way = self.ways.value
        self.classes.setVisible(way == "class")
        is_unknown = way == "class" and bool(self.classes.currentText().strip()) and self._index() < 0
        problem = self._unknown_label() if way == "record" else ""
        if problem:
            self._sentence.setText(f"{problem} Choose one class for all, or the model’s choice.")
        elif is_unknown:
            self._sentence.setText("The model has no such class. Write a part of its name, or its number.")
        elif way == "class" and not self.classes.count() and (self._summary is None or not self._summary.is_graph):
            self._sentence.setText("The classes can be chosen after the model has been read.")
        else:
            self._sentence.setText(SENTENCES[way])
        set_tone(self._sentence, "caution" if is_unknown or problem else "")
