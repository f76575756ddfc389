"""Step 3 of an audit of a model that makes pictures: the caption with which it is asked, and what each way means."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from mtgui.auditing.architectures.generator_description import GeneratorDescription
from mtgui.common.errors import printable
from mtgui.common.texts import text
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.step_cards import StepCard
from mtgui.desktop.widgets.step_fields import choose_data, named_combo

EMPTY, OF_FILE, OF_RECORD, CHOICE, OWN = "none", "file", "record", "auto", "text"
TITLES = {
    EMPTY: "Empty",
    OF_FILE: "From the file",
    OF_RECORD: "From the record",
    CHOICE: "The model’s choice",
    OWN: "Text",
}
NO_CAPTION = "This model works on pixels and takes no caption."


class CaptionStep(StepCard):
    """The card of the caption. `prompt` has the same values as the option ``--prompt``.

    Until the person chooses, it proposes what the engine does by default: the empty caption or, if the file names a
    text that all captions of its training had, the model's choice between both.
    """

    changed = Signal()
    lacking_words = "Write the caption, or choose another."
    all_originals_words = "Choose another caption: the model’s own choice needs all originals."

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the empty caption."""
        super().__init__(3, "Caption", "", parent)
        self._generator: GeneratorDescription | None = None
        self._labels: tuple[str, ...] = ()
        self._is_proposing = True
        self._wanted = ""
        self.ways = named_combo("Caption", [(EMPTY, TITLES[EMPTY])])
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
        """“none”, “file”, “record”, “auto” or a text; empty while the text is missing."""
        way = str(self.ways.currentData())
        return self.own.text().strip() if way == OWN else way

    @property
    def is_ready(self) -> bool:
        """True when a caption is chosen; a model without captions needs none."""
        return bool(self.prompt)

    @property
    def needs_all_originals(self) -> bool:
        """True if the model chooses the caption, for which it must see all originals."""
        return self.prompt == CHOICE

    def set_prompt(self, prompt: str | None) -> None:
        """Choose ``prompt``, one of the values of `prompt`; None for the proposal."""
        self._is_proposing, self._wanted = prompt is None, prompt or ""
        if prompt is not None and prompt not in (EMPTY, OF_FILE, OF_RECORD, CHOICE):
            self._wanted = OWN
            self.own.setText(prompt)
        self._offer()
        self.changed.emit()

    def set_model(self, generator: GeneratorDescription | None) -> None:
        """Offer what fits the model."""
        if generator != self._generator:
            self._generator = generator
            self._offer()

    def set_labels(self, labels: Sequence[str | None]) -> None:
        """Take the labels of all pictures in the records: None for a picture without one; empty without records."""
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
        ways = [EMPTY]
        if self._takes_captions():
            ways += [OF_FILE, CHOICE] if known else []
            ways += [OF_RECORD] if self._labels else []
            ways += [OWN]
        offered = [str(self.ways.itemData(row)) for row in range(self.ways.count())]
        if ways != offered:
            self.ways.clear()
            for way in ways:
                self.ways.addItem(TITLES[way], way)
        choose_data(self.ways, (CHOICE if known else EMPTY) if self._is_proposing else self._wanted)
        self._show()

    def _chosen(self, _row: int) -> None:
        self._is_proposing, self._wanted = False, str(self.ways.currentData())
        self._show()
        self.changed.emit()

    def _edited(self, _text: str) -> None:
        self.changed.emit()

    def _show(self) -> None:
        self.ways.setVisible(self._takes_captions())
        self.own.setVisible(str(self.ways.currentData()) == OWN)
        self._sentence.setText(self._words())

    def _words(self) -> str:
        way, known = str(self.ways.currentData()), self._text_of_file
        if not self._takes_captions():
            return text(NO_CAPTION)
        if way == OF_FILE:
            return text("Valid: the file says that all captions of its training had “{known}”.", known=known)
        if way == CHOICE:
            return text(
                "Valid: the empty caption or “{known}”, whichever fits all your unmarked originals best, published and "
                "private together.",
                known=known,
            )
        if way == OF_RECORD:
            return text("Valid: the caption of each picture is its label in the record, fixed when it was marked.")
        if way == OWN:
            return text("Any text is valid if you choose it before the run. The one of the training finds most.")
        return text("Valid: the model sees each picture without words.")
