"""The strength of the mark in a rehearsal: a preset, or blend and noise by hand, or that of the Mark page."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.collapsible import Collapsible
from mtgui.desktop.widgets.controls import Caption, LabelledSlider, SegmentedControl
from mtgui.marking.settings import NOISE_BUDGET_LIMIT, PRESETS, MarkSettings, preset_named, preset_of


class MarkFields(QWidget):
    """Shows and changes a `MarkSettings`; pattern and kind of noise do not change."""

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
        self.take = QPushButton("Take the mark of the &Mark page")
        self.take.setProperty("kind", "quiet")
        self.fold = Collapsible("Blend and noi&se", "Blend and noise of the mark")
        inner = QVBoxLayout(self.fold.content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2 * GRID)
        inner.addWidget(self.blend)
        inner.addWidget(self.noise)
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
        self.blend.set_value(self._settings.blend_ratio)
        self.noise.set_value(self._settings.noise_budget)
        self.take.setVisible(self._strength(self._settings) != self._strength(self._proposed))

    @staticmethod
    def _strength(settings: MarkSettings) -> tuple[float, int, str]:
        return settings.blend_ratio, settings.noise_budget, settings.noise_kind


def _in_short(settings: MarkSettings) -> str:
    """Return one line that describes the mark."""
    if settings.is_invisible:
        return "No mark at all: only pictures kept private can help."
    blend = f"blend ratio {settings.blend_ratio:g}" if settings.has_blend else "no stripes"
    noise = f"{settings.noise_kind} noise {settings.noise_budget}/255" if settings.has_noise else "no noise"
    return f"{blend[:1].upper()}{blend[1:]}, {noise}."
