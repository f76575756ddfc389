"""The second part of the Mark page's settings: which mark, how strong, and how visible it is."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.desktop.mark.mark_choices import ChoiceHistory, MarkChoices
from mtgui.desktop.mark.pattern_swatch import PatternSwatch
from mtgui.desktop.theme.appearance import text_font
from mtgui.desktop.theme.tokens import CAPTION_PIXELS, GRID
from mtgui.desktop.widgets.controls import Caption, LabelledSlider
from mtgui.desktop.widgets.plain_text import plain_tip
from mtgui.desktop.widgets.radio_groups import keep_one_tab_stop
from mtgui.marking.settings import (
    NOISE_BUDGET_LIMIT,
    PRESETS,
    TINT_LIMIT,
    TINT_STEPS,
    MarkSettings,
    NoiseKind,
    PatternKind,
    preset_named,
)

_NOISES: tuple[tuple[NoiseKind, str], ...] = (("perlin", "Clouds"), ("uniform", "Fine"), ("none", "None"))
_PATTERNS: tuple[tuple[PatternKind, str], ...] = (("stripes", "Colour stripes"), ("picture", "A picture…"))


class MarkCard(QWidget):
    """Shows and changes the mark of a `ChoiceHistory`: presets, and fine controls that follow the kind of mark."""

    pattern_wanted = Signal()
    """The person wants to choose a pattern picture."""

    def __init__(self, history: ChoiceHistory, parent: QWidget | None = None) -> None:
        """Build the controls for ``history``."""
        super().__init__(parent)
        self._history = history
        self._group = QButtonGroup(self)
        self._presets = {preset.name: QRadioButton(preset.title) for preset in PRESETS}
        for number, preset in enumerate(PRESETS):
            button = self._presets[preset.name]
            button.setToolTip(preset.meaning)
            button.setAccessibleName(text("Mark: {preset}", preset=preset.title))
            button.setAccessibleDescription(preset.meaning)
            self._group.addButton(button, number)
        self._meaning = Caption()
        # Room for two lines, so that no slider moves away under the mouse when the words change.
        self._meaning.setMinimumHeight(2 * QFontMetrics(text_font(CAPTION_PIXELS)).lineSpacing())
        self._meaning.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._tint = LabelledSlider(
            text("Stren&gth"), 1 / TINT_STEPS, TINT_LIMIT, 1 / TINT_STEPS, decimals=2, page_steps=4
        )
        self._tint.set_description(
            text("How far the tint shifts pixels, as a root mean square in levels of 255: the mean of all pixels.")
        )
        self._colours = QCheckBox(text("Colours, &too"))
        self._colours.setToolTip(
            text("Models learn a shift of colours better, and people see it sooner, on grey above all.")
        )
        self._blend = LabelledSlider(text("&Blend"), 0.0, 1.0, 0.01, decimals=2)
        self._blend.set_description(
            text(
                "How much of the original stays when it is mixed with the pattern: the blend ratio. 1 changes nothing."
            )
        )
        self._noise = LabelledSlider(text("N&oise"), 0, NOISE_BUDGET_LIMIT, 1, page_steps=4)
        self._noise.set_description(
            text("By how much each pixel may become lighter or darker, of 255 levels: the noise budget.")
        )
        self._kind = _combo(text("Kind of noise"), _NOISES)
        self._kind.setToolTip(text("“Clouds” is Perlin noise; “Fine” is uniform noise."))
        self._pattern = _combo(text("Pattern"), _PATTERNS)
        self._swatch = PatternSwatch()
        self._choose = QPushButton(text("Choose another…"))
        self._paper = QWidget()
        self._lay_out()
        self._connect()
        self._show(history.choices)

    def preset_button(self, name: str) -> QRadioButton:
        """Return the button of the preset called ``name``."""
        return self._presets[name]

    def show_pattern(self, picture: QPixmap | None, name: str = "") -> None:
        """Show the pattern picture in the swatch; None shows sample stripes."""
        self._swatch.show_picture(picture, name)

    def choose_preset(self, name: str) -> None:
        """Make the preset called ``name`` the mark."""
        preset, choices = preset_named(name), self._history.choices
        changed = choices.with_mark(preset.applied_to(choices.settings))
        self._history.change(changed, text("mark {preset}", preset=preset.title))

    def take_pattern(self, path: Path) -> None:
        """Make the picture at ``path`` the pattern."""
        choices = self._history.choices
        settings = replace(choices.settings, pattern_kind="picture")
        self._history.change(replace(choices.with_mark(settings), pattern=path), text("pattern picture"))

    def _connect(self) -> None:
        self._history.changed.connect(self._show)
        self._group.idClicked.connect(self._preset_clicked)
        self._tint.value_changed.connect(self._tint_moved)
        self._colours.clicked.connect(self._colours_clicked)
        self._blend.value_changed.connect(self._blend_moved)
        self._noise.value_changed.connect(self._noise_moved)
        for slider in (self._tint, self._blend, self._noise):
            slider.editing_finished.connect(self._history.end_stroke)
        self._kind.activated.connect(self._kind_chosen)
        self._pattern.activated.connect(self._pattern_chosen)
        self._choose.clicked.connect(self.pattern_wanted)

    # Actions of the person.

    def _preset_clicked(self, number: int) -> None:
        self.choose_preset(PRESETS[number].name)

    @property
    def _settings(self) -> MarkSettings:
        return self._history.choices.settings

    def _tint_moved(self, value: float) -> None:
        self._change(replace(self._settings, tint_strength=value), text("strength of the tint"), "tint")

    def _colours_clicked(self, is_coloured: bool) -> None:
        self._change(replace(self._settings, tint_is_coloured=is_coloured), text("colours of the tint"))

    def _blend_moved(self, value: float) -> None:
        self._change(replace(self._settings, blend_ratio=round(value, 2)), text("blend"), "blend")

    def _noise_moved(self, value: float) -> None:
        self._change(replace(self._settings, noise_budget=round(value)), text("noise"), "noise")

    def _kind_chosen(self, index: int) -> None:
        self._change(replace(self._settings, noise_kind=_NOISES[index][0]), text("kind of noise"))

    def _pattern_chosen(self, index: int) -> None:
        kind = _PATTERNS[index][0]
        if kind == "picture" and self._history.choices.pattern is None:
            self._show(self._history.choices)
            self.pattern_wanted.emit()
            return
        self._change(replace(self._settings, pattern_kind=kind), text("pattern"))

    def _change(self, settings: MarkSettings, what: str, stroke: str = "") -> None:
        self._history.change(self._history.choices.with_mark(settings), what, stroke=stroke)

    # Showing the choices.

    def _show(self, choices: MarkChoices) -> None:
        settings, preset = choices.settings, choices.preset
        self._group.setExclusive(False)
        for name, button in self._presets.items():
            button.setChecked(preset is not None and preset.name == name)
        self._group.setExclusive(True)
        keep_one_tab_stop(self._group)
        self._meaning.setText(text("Your own strength.") if preset is None else preset.meaning)
        is_tint = settings.kind == "tint"
        self._tint.setVisible(is_tint)
        self._tint.set_value(settings.tint_strength)
        self._colours.setVisible(is_tint)
        self._colours.setChecked(settings.tint_is_coloured)
        is_bare = preset is not None and preset.name == "invisible"
        self._paper.setVisible(not is_tint and not is_bare)
        self._blend.set_value(settings.blend_ratio)
        self._noise.set_value(settings.noise_budget)
        self._kind.setCurrentIndex([kind for kind, _ in _NOISES].index(settings.noise_kind))
        self._pattern.setCurrentIndex([kind for kind, _ in _PATTERNS].index(settings.pattern_kind))
        is_picture = settings.pattern_kind == "picture"
        self._choose.setVisible(is_picture)
        if is_picture and choices.pattern is not None:
            self._choose.setToolTip(plain_tip(text("Now: {name}", name=readable_name(choices.pattern))))
        self._swatch.set_kind(settings.pattern_kind)

    def _lay_out(self) -> None:
        paper = QVBoxLayout(self._paper)
        paper.setContentsMargins(0, 0, 0, 0)
        paper.setSpacing(2 * GRID)
        paper.addWidget(self._blend)
        paper.addWidget(self._noise)
        paper.addLayout(_row(text("&Kind of noise"), self._kind))
        paper.addLayout(_row(text("P&attern"), self._pattern))
        paper.addWidget(self._swatch)
        paper.addWidget(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        pairs = list(self._presets.values())
        for first, second in zip(pairs[::2], pairs[1::2], strict=True):
            row = QHBoxLayout()
            row.addWidget(first, 1)
            row.addWidget(second, 1)
            column.addLayout(row)
        column.addWidget(self._meaning)
        column.addWidget(self._tint)
        column.addWidget(self._colours)
        column.addWidget(self._paper)


def _combo(name: str, items: tuple[tuple[str, str], ...]) -> QComboBox:
    combo = QComboBox()
    combo.addItems([text(item) for _, item in items])
    combo.setAccessibleName(name)
    combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    combo.setMinimumWidth(150)
    return combo


def _row(label_text: str, combo: QComboBox) -> QHBoxLayout:
    label = QLabel(label_text)
    label.setBuddy(combo)
    row = QHBoxLayout()
    row.addWidget(label, 1)
    row.addWidget(combo)
    return row
