"""Step 4 of a rehearsal: the effort, and how long it takes."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from mtgui.desktop.jobs.device_list import offer_devices
from mtgui.desktop.rehearse.rehearsal_choices import (
    EFFORTS,
    EXTENTS,
    MOST_EPOCHS,
    MOST_SEED,
    MOST_USERS,
    TUNING_EXTENTS,
    RehearsalChoices,
    cost_in_words,
)
from mtgui.desktop.settings import DEVICE
from mtgui.desktop.widgets.collapsible import Collapsible
from mtgui.desktop.widgets.controls import Caption, SegmentedControl
from mtgui.desktop.widgets.step_cards import StepCard
from mtgui.desktop.widgets.step_fields import add_field, choose_data, field_form, named_combo, named_spin
from mtgui.rehearsal.network_table import NETWORKS, network_named

AUTOMATIC = "Automatic"
ADVANCED = "Ad&vanced: network, artists, device, seed"
TUNING_ADVANCED = "Ad&vanced: artists, device, seed"


class EffortCard(StepCard):
    """The card of the effort; the person's own numbers are under *Advanced*."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the card with *quick* chosen."""
        super().__init__(4, "Effort", "", parent)
        self.efforts = SegmentedControl("Effort", [("quick", "Quick"), ("thorough", "Thorough")], even=True)
        self._cost = Caption()
        self.fold = Collapsible(ADVANCED, "Advanced settings")
        self.network = named_combo("Network", (("", AUTOMATIC), *((row.name, row.title) for row in NETWORKS)))
        self.epochs = named_spin("Rounds of training", 1, MOST_EPOCHS, AUTOMATIC)
        self.users = named_spin("Artists", 1, MOST_USERS, AUTOMATIC)
        self.device = named_combo("Device", DEVICE.choices)
        self.seed = named_spin("Seed of chance", 0, MOST_SEED)
        self._form = field_form()
        self._lay_out()
        self._connect()

    def put_into(self, choices: RehearsalChoices) -> RehearsalChoices:
        """Return ``choices`` with the settings of this card."""
        effort = next(known for known in EFFORTS if known == self.efforts.value)
        return replace(
            choices,
            effort=effort,
            network=str(self.network.currentData()) or None,
            epochs=self.epochs.value() or None,
            users=self.users.value() or None,
            device=str(self.device.currentData()),
            seed=self.seed.value(),
        )

    def show_choices(self, choices: RehearsalChoices) -> None:
        """Show ``choices``."""
        self.efforts.set_value(choices.effort)
        with (
            QSignalBlocker(self.network),
            QSignalBlocker(self.epochs),
            QSignalBlocker(self.users),
            QSignalBlocker(self.device),
            QSignalBlocker(self.seed),
        ):
            choose_data(self.network, choices.network or "")
            self.epochs.setValue(choices.epochs or 0)
            self.users.setValue(choices.users or 0)
            if self.device.findData(choices.device) < 0:
                # One of several graphics cards; the engine has not listed the devices yet.
                self.device.addItem(choices.device, choices.device)
            choose_data(self.device, choices.device)
            self.seed.setValue(choices.seed)

    def set_devices(self, devices: Sequence[tuple[str, str]]) -> None:
        """Offer ``devices``, pairs (name, text), instead of kinds of devices."""
        offer_devices(self.device, devices)
        self.changed.emit()

    def show_cost(self, choices: RehearsalChoices, seconds: float | None, *, is_measuring: bool) -> None:
        """Show what ``choices`` cost (``seconds``, None if not measured), and what “automatic” stands for."""
        for field in (self.network, self.epochs):
            self._form.setRowVisible(field, not choices.is_diffusion)
        self.fold.button.setText(TUNING_ADVANCED if choices.is_diffusion else ADVANCED)
        if choices.is_diffusion:
            self.users.setSpecialValueText(f"{AUTOMATIC}: {TUNING_EXTENTS[choices.effort].users}")
            self._cost.setText(cost_in_words(choices, seconds, is_measuring=is_measuring))
            return
        usual = EXTENTS[choices.effort]
        title = network_named(usual.network).title
        self.network.setItemText(0, f"{AUTOMATIC}: {title}")
        self.epochs.setSpecialValueText(f"{AUTOMATIC}: {usual.epochs}")
        self.users.setSpecialValueText(f"{AUTOMATIC}: {usual.users}")
        self._cost.setText(cost_in_words(choices, seconds, is_measuring=is_measuring))

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while a rehearsal runs."""
        for part in (self.efforts, self.network, self.epochs, self.users, self.device, self.seed):
            part.setEnabled(not is_locked)

    def _changed(self, *_: object) -> None:
        self.changed.emit()

    def _connect(self) -> None:
        self.efforts.changed.connect(self._changed)
        for combo in (self.network, self.device):
            combo.currentIndexChanged.connect(self._changed)
        for spin in (self.epochs, self.users, self.seed):
            spin.valueChanged.connect(self._changed)

    def _lay_out(self) -> None:
        form = self._form
        add_field(form, "Net&work", self.network)
        add_field(form, "Ro&unds", self.epochs)
        add_field(form, "&Artists", self.users)
        add_field(form, "&Device", self.device)
        add_field(form, "&Seed", self.seed)
        form.addRow(Caption("The same seed gives the same rehearsal. Its keys come from the seed and protect nothing."))
        self.fold.content.setLayout(form)
        for part in (self.efforts, self._cost, self.fold):
            self.body.addWidget(part)
