"""Step 3 of an audit of a model that makes pictures: the caption with which it is asked, and what each way means."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from mtgui.auditing.architectures.generator_description import GeneratorDescription
from mtgui.auditing.job.audit_request import LITERAL, NO_TEXT, OF_FILE
from mtgui.auditing.job.labels import FROM_RECORD, MODEL_CHOICE
from mtgui.common.errors import printable
from mtgui.common.texts import text
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.step_cards import StepCard
from mtgui.desktop.widgets.step_fields import choose_data, named_combo

TITLES = {
    NO_TEXT: "Empty",
    OF_FILE: "From the file",
    FROM_RECORD: "From the record",
    MODEL_CHOICE: "The model’s choice",
    LITERAL: "Text",
}
NO_CAPTION = "This model works on pixels and takes no caption."


class CaptionStep(StepCard):
    """The card of the caption. `prompt` has the same values as the option ``--prompt``.

    Until the person chooses, it proposes what the engine does by default: the empty caption or, if the file names a
    text that all captions of its training had, the model's choice between both, which needs all originals.
    """

    changed = Signal()
    lacking_words = "Write the caption, or choose another."
    all_originals_words = "Choose another caption: the model’s own choice needs all originals."

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the empty caption."""
        super().__init__(3, "Caption", "", parent)
        self._generator: GeneratorDescription | None = None
        self._labels: tuple[str, ...] = ()
        self._is_proposing, self._has_lost = True, False
        self._wanted = ""
        self.ways = named_combo("Caption", [(NO_TEXT, TITLES[NO_TEXT])])
        self.own = QLineEdit()
        self.own.setAccessibleName("Text of the caption")
        self.own.setPlaceholderText("The caption or trigger word of the training")
        self._sentence = Caption()
        for part in (self.ways, self.own, self._sentence):
            self.body.addWidget(part)
        self.ways.activated.connect(self._chosen)
        self.own.textEdited.connect(self._edited)
        self._offer()

    @property
    def prompt(self) -> str:
        """“none”, “file”, “record”, “auto” or “text:” and a text; empty while the text is missing."""
        way, own = str(self.ways.currentData()), self.own.text().strip()
        if way != LITERAL:
            return way
        return f"{LITERAL}{own}" if own else ""

    @property
    def is_ready(self) -> bool:
        """True when a caption is chosen; a model without captions needs none."""
        return bool(self.prompt)

    @property
    def needs_all_originals(self) -> bool:
        """True if the model chooses the caption, for which it must see all originals."""
        return self.prompt == MODEL_CHOICE

    def set_prompt(self, prompt: str | None) -> None:
        """Choose ``prompt``, one of the values of `prompt`; None for the proposal."""
        self._is_proposing, self._wanted = prompt is None, prompt or ""
        if prompt is not None and prompt not in TITLES:
            self._wanted = LITERAL
            self.own.setText(prompt.removeprefix(LITERAL))
        self._offer()
        self.changed.emit()

    def set_model(self, generator: GeneratorDescription | None) -> None:
        """Offer what fits the model."""
        if generator != self._generator:
            self._generator = generator
            self._offer()

    def set_labels(self, labels: Sequence[str | None], *, has_lost: bool = False) -> None:
        """Take the labels of all pictures in the records: None for a picture without one; empty without records.

        has_lost: True if originals were not found; then the model cannot choose.
        """
        self._has_lost = has_lost
        self._labels = () if None in labels else tuple(sorted({label for label in labels if label is not None}))
        self._offer()

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while an audit runs."""
        self.ways.setEnabled(not is_locked)
        self.own.setEnabled(not is_locked)

    @property
    def _text_of_file(self) -> str:
        return "" if self._generator is None else printable(self._generator.text_of_captions)

    def _takes_captions(self) -> bool:
        return self._generator is None or self._generator.takes_captions

    def _offer(self) -> None:
        """Offer the ways that fit model and records, and choose the one that was wanted, or the proposal."""
        known = self._text_of_file
        ways = [NO_TEXT]
        if self._takes_captions():
            ways += [OF_FILE, MODEL_CHOICE] if known else []
            ways += [FROM_RECORD] if self._labels else []
            ways += [LITERAL]
        offered = [str(self.ways.itemData(row)) for row in range(self.ways.count())]
        if ways != offered:
            self.ways.clear()
            for way in ways:
                self.ways.addItem(TITLES[way], way)
        choose_data(
            self.ways,
            (MODEL_CHOICE if known and not self._has_lost else NO_TEXT) if self._is_proposing else self._wanted,
        )
        self._show()

    def _chosen(self, _row: int) -> None:
        self._is_proposing, self._wanted = False, str(self.ways.currentData())
        self._show()
        self.changed.emit()

    def _edited(self, _text: str) -> None:
        self.changed.emit()

    def _show(self) -> None:
        self.ways.setVisible(self._takes_captions())
        self.own.setVisible(str(self.ways.currentData()) == LITERAL)
        self._sentence.setText(self._words())

    def _words(self) -> str:
        way, known = str(self.ways.currentData()), self._text_of_file
        if not self._takes_captions():
            return text(NO_CAPTION)
        if way == OF_FILE:
            return text("Valid: the file says that all captions of its training had “{known}”.", known=known)
        if way == MODEL_CHOICE:
            return text(
                "Valid: the empty caption or “{known}”, whichever fits all your unmarked originals best, published and "
                "private together.",
                known=known,
            )
        if way == FROM_RECORD:
            return text("Valid: the caption of each picture is its label in the record, fixed when it was marked.")
        if way == LITERAL:
            return text("Any text is valid if you choose it before the run. The one of the training finds most.")
        return text("Valid: the model sees each picture without words.")
