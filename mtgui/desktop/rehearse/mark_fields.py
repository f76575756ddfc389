"""The mark in a rehearsal: a preset, its strength by hand, or the mark of the Mark page."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.collapsible import Collapsible
from mtgui.desktop.widgets.controls import Caption, LabelledSlider, SegmentedControl
from mtgui.marking.settings import (
    NOISE_BUDGET_LIMIT,
    PRESETS,
    TINT_LIMIT,
    TINT_STEPS,
    MarkSettings,
    preset_named,
    preset_of,
)


class MarkFields(QWidget):
    """Shows and changes a `MarkSettings`; pattern and kind of noise do not change.

    The controls for the strength by hand are those of the kind of mark: a tint has one, the paper's mark has two.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the mark of the paper."""
        super().__init__(parent)
        self._settings, self._proposed = MarkSettings(), MarkSettings()
        self.presets = SegmentedControl("Mark", [(p.name, p.title) for p in PRESETS], even=True)
        for preset in PRESETS:
            self.presets.button(preset.name).setToolTip(preset.meaning)
        self._meaning = Caption()
        self.blend = LabelledSlider("B&lend ratio", 0.0, 1.0, 0.01, decimals=2)
        self.blend.set_description("Weight of the original in the blend with the stripes: 1 leaves it as it is.")
        self.noise = LabelledSlider("&Noise budget", 0, NOISE_BUDGET_LIMIT, 1, suffix=" /255", page_steps=4)
        self.noise.set_description("By how much the noise may change each pixel, of 255 levels.")
        self.tint = LabelledSlider("S&trength of the tint", 0, TINT_LIMIT, 1 / TINT_STEPS, suffix=" /255", decimals=2)
        self.tint.set_description("By how much the tint shifts the pixels of a picture on average, of 255 levels.")
        self.colours = QCheckBox("Colours, &too")
        self.take = QPushButton("Take the mark of the &Mark page")
        self.take.setProperty("kind", "quiet")
        self.fold = Collapsible("Strength &by hand", "Strength of the mark by hand")
        inner = QVBoxLayout(self.fold.content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2 * GRID)
        for field in (self.tint, self.colours, self.blend, self.noise):
            inner.addWidget(field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * GRID)
        head = QLabel("Mark")
        head.setProperty("kind", "strong")
        for part in (head, self.presets, self._meaning):
            layout.addWidget(part)
        layout.addWidget(self.take, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.fold)
        self.presets.changed.connect(self._preset_chosen)
        self.blend.value_changed.connect(self._blend_moved)
        self.noise.value_changed.connect(self._noise_moved)
        self.tint.value_changed.connect(self._tint_moved)
        self.colours.clicked.connect(self._colours_clicked)
        self.take.clicked.connect(self._proposal_taken)
        self._show()

    @property
    def settings(self) -> MarkSettings:
        """The current settings."""
        return self._settings

    def set_settings(self, settings: MarkSettings) -> None:
        """Show ``settings``; no signal is emitted."""
        self._settings = settings
        self._show()

    def propose(self, settings: MarkSettings) -> None:
        """Offer ``settings``, those of the Mark page, if they differ from the current ones."""
        self._proposed = settings
        self._show()

    def _preset_chosen(self, name: str) -> None:
        self._take(preset_named(name).applied_to(self._settings))

    def _blend_moved(self, value: float) -> None:
        self._take(replace(self._settings, blend_ratio=value))

    def _noise_moved(self, value: float) -> None:
        self._take(replace(self._settings, noise_budget=round(value)))

    def _tint_moved(self, value: float) -> None:
        self._take(replace(self._settings, tint_strength=value))

    def _colours_clicked(self, is_coloured: bool) -> None:
        self._take(replace(self._settings, tint_is_coloured=is_coloured))

    def _proposal_taken(self) -> None:
        self._take(self._proposed)

    def _take(self, settings: MarkSettings) -> None:
        if settings != self._settings:
            self._settings = settings
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        preset = preset_of(self._settings)
        if preset is None:
            self.presets.clear_value()
        else:
            self.presets.set_value(preset.name)
        self._meaning.setText(_in_short(self._settings))
        is_tint = self._settings.kind == "tint"
        self.tint.setVisible(is_tint)
        self.colours.setVisible(is_tint)
        self.colours.setChecked(self._settings.tint_is_coloured)
        self.blend.setVisible(not is_tint)
        self.noise.setVisible(not is_tint)
        self.tint.set_value(self._settings.tint_strength)
        self.blend.set_value(self._settings.blend_ratio)
        self.noise.set_value(self._settings.noise_budget)
        self.take.setVisible(self._settings.strength_values() != self._proposed.strength_values())


def _in_short(settings: MarkSettings) -> str:
    """Return one line that describes the mark."""
    preset = preset_of(settings)
    if preset is not None:
        return preset.meaning
    words = settings.in_words
    return f"{words[:1].upper()}{words[1:]}."
