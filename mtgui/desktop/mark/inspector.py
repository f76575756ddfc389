"""The right column of the Mark page: strength, noise, pattern, and how many pictures to publish."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.errors import readable_name
from mtgui.desktop.mark.mark_choices import ChoiceHistory, MarkChoices
from mtgui.desktop.mark.pattern_swatch import PatternSwatch
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, LabelledSlider, SectionHeader, SegmentedControl, SeparatorLine
from mtgui.desktop.widgets.layouts import scrolling
from mtgui.marking.settings import NOISE_BUDGET_LIMIT, PRESETS, NoiseKind, PatternKind, preset_named
from mtgui.records.advice import advice_for
from mtgui.records.chances import proposed_published

INSPECTOR_WIDTH = 300
_NOISES: tuple[tuple[NoiseKind, str], ...] = (("perlin", "Perlin"), ("uniform", "Uniform"), ("none", "None"))
_PATTERNS: tuple[tuple[PatternKind, str], ...] = (("stripes", "Colour stripes"), ("picture", "A picture…"))


class Inspector(QFrame):
    """Shows and changes the current `MarkChoices` of a `ChoiceHistory`."""

    pattern_wanted = Signal()
    """The person wants to choose a pattern picture."""

    def __init__(self, history: ChoiceHistory, parent: QWidget | None = None) -> None:
        """Build the controls for ``history``."""
        super().__init__(parent)
        self._history = history
        self._paths: frozenset[Path] = frozenset()
        self.setFixedWidth(INSPECTOR_WIDTH)
        self.setProperty("kind", "panel")
        self.setAccessibleName("Settings of the mark")
        self._presets = SegmentedControl("Preset", [(p.name, p.title) for p in PRESETS], even=True)
        for preset in PRESETS:
            self._presets.button(preset.name).setToolTip(preset.meaning)
        self._blend = LabelledSlider("&Blend ratio", 0.0, 1.0, 0.01, decimals=2)
        self._blend.set_description(
            "Weight of the original in the blend with the pattern: 1 leaves the picture as it is."
        )
        self._noise = LabelledSlider("&Noise budget", 0, NOISE_BUDGET_LIMIT, 1, suffix=" /255", page_steps=4)
        self._noise.set_description("By how much the noise may change each pixel, of 255 levels.")
        self._kind = _combo("N&oise", _NOISES)
        self._pattern = _combo("Pa&ttern", _PATTERNS)
        self._swatch = PatternSwatch()
        self._choose = QPushButton("Choose another…")
        self._publish = LabelledSlider("P&ublish", 1, 1, 1, page_steps=5)
        self._publish.set_description("How many pictures are published. The rest stays private, as controls.")
        self._propose = QPushButton("Use the proposal")
        self._propose.setProperty("kind", "quiet")
        self._advice = Caption()
        self._lay_out()
        self._connect()
        self._show(history.choices)

    @property
    def published(self) -> int:
        """How many pictures will be published, within the limits that the pinned pictures set."""
        chosen = self._history.choices.publish
        return self._within(self._proposed if chosen is None else chosen)

    def set_pool(self, paths: frozenset[Path]) -> None:
        """Take the list of pictures."""
        self._paths = paths
        self._show_publish(self._history.choices)

    def show_pattern(self, picture: QPixmap | None, name: str = "") -> None:
        """Show the pattern picture in the swatch; None shows sample stripes."""
        self._swatch.show_picture(picture, name)

    def set_locked(self, is_locked: bool) -> None:
        """Disable all controls while an export runs."""
        self.setEnabled(not is_locked)

    def _connect(self) -> None:
        history = self._history
        history.changed.connect(self._show)
        self._presets.changed.connect(self._preset_chosen)
        self._blend.value_changed.connect(self._blend_moved)
        self._noise.value_changed.connect(self._noise_moved)
        self._publish.value_changed.connect(self._publish_moved)
        for slider in (self._blend, self._noise, self._publish):
            slider.editing_finished.connect(history.end_stroke)
        self._kind.activated.connect(self._kind_chosen)
        self._pattern.activated.connect(self._pattern_chosen)
        self._choose.clicked.connect(self.pattern_wanted)
        self._propose.clicked.connect(self._proposal_taken)

    # Actions of the person.

    def _preset_chosen(self, name: str) -> None:
        preset, choices = preset_named(name), self._history.choices
        settings = preset.applied_to(choices.settings)
        self._history.change(replace(choices, settings=settings), f"preset {preset.title}")

    def _blend_moved(self, value: float) -> None:
        choices = self._history.choices
        settings = replace(choices.settings, blend_ratio=round(value, 2))
        self._history.change(replace(choices, settings=settings), "blend ratio", stroke="blend")

    def _noise_moved(self, value: float) -> None:
        choices = self._history.choices
        settings = replace(choices.settings, noise_budget=round(value))
        self._history.change(replace(choices, settings=settings), "noise budget", stroke="noise")

    def _publish_moved(self, value: float) -> None:
        self._history.change(
            replace(self._history.choices, publish=round(value)), "number to publish", stroke="publish"
        )

    def _proposal_taken(self) -> None:
        self._history.change(replace(self._history.choices, publish=None), "proposed number to publish")

    def _kind_chosen(self, index: int) -> None:
        choices = self._history.choices
        settings = replace(choices.settings, noise_kind=_NOISES[index][0])
        self._history.change(replace(choices, settings=settings), "kind of noise")

    def _pattern_chosen(self, index: int) -> None:
        choices, kind = self._history.choices, _PATTERNS[index][0]
        if kind == "picture" and choices.pattern is None:
            self._show(choices)
            self.pattern_wanted.emit()
            return
        self._history.change(replace(choices, settings=replace(choices.settings, pattern_kind=kind)), "pattern")

    def take_pattern(self, path: Path) -> None:
        """Make the picture at ``path`` the pattern."""
        choices = self._history.choices
        settings = replace(choices.settings, pattern_kind="picture")
        self._history.change(replace(choices, settings=settings, pattern=path), "pattern picture")

    # Showing the choices.

    def _show(self, choices: MarkChoices) -> None:
        settings = choices.settings
        if choices.preset is None:
            self._presets.clear_value()
        else:
            self._presets.set_value(choices.preset.name)
        self._blend.set_value(settings.blend_ratio)
        self._noise.set_value(settings.noise_budget)
        self._kind.setCurrentIndex([kind for kind, _ in _NOISES].index(settings.noise_kind))
        self._pattern.setCurrentIndex([kind for kind, _ in _PATTERNS].index(settings.pattern_kind))
        is_picture = settings.pattern_kind == "picture"
        self._choose.setVisible(is_picture)
        if is_picture and choices.pattern is not None:
            self._choose.setToolTip(f"Now: {readable_name(choices.pattern)}")
        self._swatch.set_kind(settings.pattern_kind)
        self._show_publish(choices)

    def _show_publish(self, choices: MarkChoices) -> None:
        pool, published = len(self._paths), self.published
        lowest, highest = self._bounds()
        self._publish.setEnabled(highest > lowest)
        self._publish.set_range(lowest, highest)
        self._publish.set_suffix(f" / {pool}")
        self._publish.set_value(published)
        self._propose.setVisible(published != self._proposed)
        self._propose.setText(f"Use the &proposal: {self._proposed} of {pool}")
        advice = advice_for(choices.settings, published, pool, *self._pins())
        self._advice.setText(("! " if advice.is_caution else "") + advice.text)
        tone = "caution" if advice.is_caution else ""
        if self._advice.property("tone") != tone:
            self._advice.setProperty("tone", tone)
            self._advice.style().unpolish(self._advice)
            self._advice.style().polish(self._advice)

    @property
    def _proposed(self) -> int:
        return self._within(proposed_published(len(self._paths)))

    def _within(self, number: int) -> int:
        lowest, highest = self._bounds()
        return min(max(number, lowest), highest)

    def _bounds(self) -> tuple[int, int]:
        """Return the smallest and the largest number of pictures that can be published."""
        public, private = self._pins()
        highest = len(self._paths) - private
        return min(max(1, public), highest), highest

    def _pins(self) -> tuple[int, int]:
        """Return how many pictures of the list are pinned as published, and how many as private."""
        pinned = [choice for path, choice in self._history.choices.pinned if path in self._paths]
        return pinned.count("always publish"), pinned.count("always withhold")

    def _lay_out(self) -> None:
        inner = QFrame()
        inner.setProperty("kind", "panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        column.setSpacing(3 * GRID)
        column.addWidget(SectionHeader("Strength"))
        column.addWidget(self._presets)
        column.addWidget(self._blend)
        column.addWidget(self._noise)
        column.addLayout(_row(self._kind))
        column.addLayout(_row(self._pattern))
        column.addWidget(self._swatch)
        column.addWidget(self._choose)
        column.addWidget(SeparatorLine())
        column.addWidget(SectionHeader("Publish and keep"))
        column.addWidget(self._publish)
        column.addWidget(self._propose)
        column.addWidget(self._advice)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(inner))

    def minimumSizeHint(self) -> QSize:
        """Return a small height: the column scrolls."""
        return QSize(INSPECTOR_WIDTH, 200)


def _combo(label: str, items: tuple[tuple[str, str], ...]) -> QComboBox:
    combo = QComboBox()
    combo.addItems([text for _, text in items])
    combo.setAccessibleName(label.replace("&", ""))
    combo.setProperty("mtguiLabel", label)
    combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    combo.setMinimumWidth(150)
    return combo


def _row(combo: QComboBox) -> QHBoxLayout:
    label = QLabel(str(combo.property("mtguiLabel")))
    label.setBuddy(combo)
    row = QHBoxLayout()
    row.addWidget(label, 1)
    row.addWidget(combo)
    return row
