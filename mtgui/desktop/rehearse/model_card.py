"""What is rehearsed: a classifier, or a LoRA or fine-tune of the person's pictures."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mtgui.desktop.rehearse.rehearsal_choices import MODELS, RehearsalChoices
from mtgui.desktop.widgets.controls import Caption, SegmentedControl
from mtgui.desktop.widgets.step_cards import StepCard
from mtgui.rehearsal.fine_tuning.tuning_settings import FINE_TUNES

TITLES = {"classifier": "A classifier", "diffusion": "A LoRA or fine-tune"}
FINE_TUNE_TITLES = {"lora": "A LoRA", "full": "A full fine-tune"}
FINE_TUNE_MEANINGS = {
    "lora": "A small file for each artist that changes the base. Training programs count repeats × epochs; here it is "
    "exposures: how often training showed each picture.",
    "full": "All weights of the base are trained further, once for each artist. It learns faster than a LoRA.",
}


class ModelCard(QWidget):
    """The choice above the steps; the empty page beside it says what each means."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it with a classifier chosen."""
        super().__init__(parent)
        self.models = SegmentedControl(
            "What is trained on your pictures", [(name, TITLES[name]) for name in MODELS], even=True
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.models)
        self.models.changed.connect(self._changed)

    def put_into(self, choices: RehearsalChoices) -> RehearsalChoices:
        """Return ``choices`` with the settings of this card."""
        return replace(choices, model=next(known for known in MODELS if known == self.models.value))

    def show_choices(self, choices: RehearsalChoices) -> None:
        """Show ``choices``."""
        self.models.set_value(choices.model)

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while a rehearsal runs."""
        self.models.setEnabled(not is_locked)

    def _changed(self, _model: str) -> None:
        self.changed.emit()


class FineTuneCard(StepCard):
    """Step 3 of a rehearsal of LoRAs: what the model maker makes of the pictures."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the card with a LoRA chosen."""
        super().__init__(3, "What is made of them", "", parent)
        self.fine_tunes = SegmentedControl(
            "What is made of them", [(name, FINE_TUNE_TITLES[name]) for name in FINE_TUNES], even=True
        )
        self._meaning = Caption(FINE_TUNE_MEANINGS["lora"])
        for part in (self.fine_tunes, self._meaning):
            self.body.addWidget(part)
        self.fine_tunes.changed.connect(self._changed)

    def put_into(self, choices: RehearsalChoices) -> RehearsalChoices:
        """Return ``choices`` with the settings of this card."""
        return replace(choices, fine_tune=next(known for known in FINE_TUNES if known == self.fine_tunes.value))

    def show_choices(self, choices: RehearsalChoices) -> None:
        """Show ``choices``."""
        self.fine_tunes.set_value(choices.fine_tune)
        self._meaning.setText(FINE_TUNE_MEANINGS[choices.fine_tune])

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while a rehearsal runs."""
        self.fine_tunes.setEnabled(not is_locked)

    def _changed(self, fine_tune: str) -> None:
        self._meaning.setText(FINE_TUNE_MEANINGS[fine_tune])
        self.changed.emit()
