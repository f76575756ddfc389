"""The small controls of all pages: segmented controls, labelled sliders, section headers, captions."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QKeyCombination, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QWidget,
)

from mtgui.desktop.theme.appearance import text_font
from mtgui.desktop.theme.icons import icon
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.theme.tokens import CONTROL_HEIGHT, GRID
from mtgui.desktop.widgets.plain_text import keep_plain

SPIN_WIDTH = 112


class SegmentedControl(QFrame):
    """A row of joined buttons, one of which is selected; arrow keys, Home and End change the selection."""

    changed = Signal(str)
    chosen_again = Signal(str)
    """The person clicked the segment that is selected already."""

    def __init__(
        self,
        name: str,
        choices: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
        *,
        even: bool = False,
    ) -> None:
        """Offer ``choices``, pairs (identifier, text); ``name`` is what a screen reader calls the group.

        ``even`` gives all segments the same width. At first, the first choice is selected.
        """
        super().__init__(parent)
        self.setProperty("kind", "segments")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._identifiers = [identifier for identifier, _ in choices]
        self._texts = [text for _, text in choices]
        self._group = QButtonGroup(self)
        self._buttons: list[_Segment] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        for index, (_, text) in enumerate(choices):
            button = _Segment(text, _place(index, len(choices)), self)
            button.setAccessibleName(f"{name}: {text.replace('&', '')}")
            button.step.connect(self._step)
            self._group.addButton(button, index)
            self._buttons.append(button)
            layout.addWidget(button, 1 if even else 0)
        self._group.idClicked.connect(self._clicked)
        self._current = ""
        self.set_value(self._identifiers[0])

    @property
    def value(self) -> str:
        """The identifier of the selected segment; empty if there is none."""
        return self._current

    def set_value(self, identifier: str) -> None:
        """Select ``identifier`` without emitting `changed`. Raises ValueError for an unknown one."""
        index = self._identifiers.index(identifier)
        self._buttons[index].setChecked(True)
        self._current = identifier
        self._keep_one_tab_stop()

    def clear_value(self) -> None:
        """Select no segment, for example because a setting matches none; `value` becomes empty."""
        self._group.setExclusive(False)
        for button in self._buttons:
            button.setChecked(False)
        self._group.setExclusive(True)
        self._current = ""
        self._keep_one_tab_stop()

    def button(self, identifier: str) -> QPushButton:
        """Return the button of ``identifier``, to give it a tool tip or disable it."""
        return self._buttons[self._identifiers.index(identifier)]

    def set_compact(self, icons: Mapping[str, str] | None) -> None:
        """Show icons (file names by identifier) instead of texts, to save room; None shows the texts again."""
        for identifier, text, button in zip(self._identifiers, self._texts, self._buttons, strict=True):
            button.setText("" if icons else text)
            button.setIcon(icon(icons[identifier], "text", "on_accent") if icons else QIcon())
            if icons and not button.toolTip():
                button.setToolTip(text.replace("&", ""))
            button.updateGeometry()

    def _clicked(self, index: int) -> None:
        if self._identifiers[index] == self._current:
            self.chosen_again.emit(self._current)
        else:
            self._choose(index)

    def _step(self, key: int) -> None:
        usable = [i for i, button in enumerate(self._buttons) if button.isEnabled()]
        here = next((i for i, button in enumerate(self._buttons) if button.hasFocus()), usable[0])
        place = usable.index(here) if here in usable else 0
        if key == Qt.Key.Key_Home:
            place = 0
        elif key == Qt.Key.Key_End:
            place = len(usable) - 1
        else:
            place = (place + (1 if key in (Qt.Key.Key_Right, Qt.Key.Key_Down) else -1)) % len(usable)
        self._buttons[usable[place]].setChecked(True)
        self._choose(usable[place])
        self._buttons[usable[place]].setFocus(Qt.FocusReason.TabFocusReason)

    def _choose(self, index: int) -> None:
        changed = self._identifiers[index] != self._current
        self._current = self._identifiers[index]
        self._keep_one_tab_stop()
        if changed:
            self.changed.emit(self._current)

    def _keep_one_tab_stop(self) -> None:
        stop = self._identifiers.index(self._current) if self._current else 0
        for index, button in enumerate(self._buttons):
            policy = Qt.FocusPolicy.TabFocus if index == stop else Qt.FocusPolicy.NoFocus
            button.setFocusPolicy(policy)


_STEP_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class _Segment(QPushButton):
    step = Signal(int)

    def __init__(self, text: str, place: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", "segment")
        self.setProperty("place", place)
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size with the bold text of a selected segment."""
        if not self.icon().isNull():
            return self.minimumSizeHint()
        return QSize(self.minimumSizeHint().width() + 4 * GRID, scaled(CONTROL_HEIGHT) - 2)

    def minimumSizeHint(self) -> QSize:
        """Return the size at which no text is cut."""
        if not self.icon().isNull():
            return QSize(9 * GRID, scaled(CONTROL_HEIGHT) - 2)
        heavy = QFontMetrics(text_font(bold=True))
        text = heavy.size(Qt.TextFlag.TextShowMnemonic.value, self.text()).width()
        return QSize(text + 2 * GRID, scaled(CONTROL_HEIGHT) - 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _STEP_KEYS:
            self.step.emit(event.key())
            event.accept()
        else:
            super().keyPressEvent(event)


def _place(index: int, count: int) -> str:
    if count == 1:
        return "only"
    return "first" if index == 0 else "last" if index == count - 1 else "middle"


class LabelledSlider(QWidget):
    """A label with a shortcut, a spin box and a slider that always show the same value.

    The value is a whole number of steps between ``minimum`` and ``maximum``; ``decimals`` and ``suffix`` say how
    it is written. `value_changed` is emitted when the person changes the value, not when the program does.
    """

    value_changed = Signal(float)
    editing_finished = Signal()

    def __init__(
        self,
        label: str,
        minimum: float,
        maximum: float,
        step: float,
        parent: QWidget | None = None,
        *,
        decimals: int = 0,
        suffix: str = "",
        page_steps: int = 10,
    ) -> None:
        """Build the control; ``label`` may have an ampersand before its shortcut letter."""
        super().__init__(parent)
        self._minimum, self._step, self._decimals = minimum, step, decimals
        self._spin = _ModestSpinBox(self)
        self._spin.setDecimals(decimals)
        self._spin.setRange(minimum, maximum)
        self._spin.setSingleStep(step)
        self._spin.setSuffix(suffix)
        self._spin.setKeyboardTracking(False)
        self._spin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._spin.setStepType(QAbstractSpinBox.StepType.DefaultStepType)
        self._slider = _PatientSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, round((maximum - minimum) / step))
        self._slider.setPageStep(page_steps)
        self._label = QLabel(label, self)
        self._label.setBuddy(self._spin)
        self._name_parts(label.replace("&", ""))
        self._lay_out()
        self._value = self._snapped(minimum)
        self._spin.valueChanged.connect(self._spin_changed)
        self._spin.editingFinished.connect(self.editing_finished)
        self._slider.valueChanged.connect(self._slider_changed)
        self._slider.settled.connect(self.editing_finished)

    @property
    def value(self) -> float:
        """The current value, a whole number of steps."""
        return self._value

    @property
    def slider(self) -> QSlider:
        """The slider, for tests and tool tips."""
        return self._slider

    @property
    def spin_box(self) -> QDoubleSpinBox:
        """The spin box, for tests and tool tips."""
        return self._spin

    def set_value(self, value: float) -> None:
        """Show the step nearest to ``value`` within the range; no signal is emitted."""
        self._show(self._snapped(value))

    def set_range(self, minimum: float, maximum: float) -> None:
        """Change the range; a value outside moves to its edge. No signal is emitted."""
        if (minimum, maximum) == (self._spin.minimum(), self._spin.maximum()):
            return
        self._minimum = minimum
        with QSignalBlocker(self._spin), QSignalBlocker(self._slider):
            self._spin.setRange(minimum, maximum)
            self._slider.setRange(0, round((maximum - minimum) / self._step))
        self._show(self._snapped(self._value))

    def set_suffix(self, suffix: str) -> None:
        """Change the text after the number."""
        if suffix != self._spin.suffix():
            self._spin.setSuffix(suffix)

    def set_description(self, text: str) -> None:
        """Explain the control, in a tool tip and to screen readers."""
        for part in (self._label, self._spin, self._slider):
            part.setToolTip(text)
        self._spin.setAccessibleDescription(text)
        self._slider.setAccessibleDescription(text)

    def _name_parts(self, name: str) -> None:
        self.setAccessibleName(name)
        self._spin.setAccessibleName(name)
        self._slider.setAccessibleName(f"{name}, slider")

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.addWidget(self._label, 0, 0)
        grid.addWidget(self._spin, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._slider, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self._spin.setFixedWidth(scaled(SPIN_WIDTH))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setTabOrder(self._spin, self._slider)

    def _snapped(self, value: float) -> float:
        steps = min(max(round((value - self._minimum) / self._step), 0), self._slider.maximum())
        return round(self._minimum + steps * self._step, self._decimals)

    def _show(self, value: float) -> None:
        self._value = value
        with QSignalBlocker(self._spin), QSignalBlocker(self._slider):
            self._spin.setValue(value)
            self._slider.setValue(round((value - self._minimum) / self._step))

    def _spin_changed(self, value: float) -> None:
        self._take(self._snapped(value))

    def _slider_changed(self, steps: int) -> None:
        self._take(self._snapped(self._minimum + steps * self._step))

    def _take(self, value: float) -> None:
        changed = value != self._value
        self._show(value)
        if changed:
            self.value_changed.emit(value)


class _ModestSpinBox(QDoubleSpinBox):
    """A spin box that handles undo and redo only while a number is being typed, and leaves Ctrl+E to its page."""

    def event(self, event: QEvent) -> bool:
        is_undo = isinstance(event, QKeyEvent) and (
            event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
        )
        is_the_pages = (is_undo and not self._is_being_typed()) or _is_ctrl_e(event)
        if event.type() == QEvent.Type.ShortcutOverride and is_the_pages:
            event.ignore()
            return False
        return super().event(event)

    def _is_being_typed(self) -> bool:
        return self.text() != self.prefix() + self.textFromValue(self.value()) + self.suffix()


def _is_ctrl_e(event: QEvent) -> bool:
    """Return True for the keys that export, which a line edit on X11 takes for the end of the line."""
    return isinstance(event, QKeyEvent) and event.keyCombination() == _CTRL_E


_CTRL_E = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_E)


class _PatientSlider(QSlider):
    """A slider that emits `settled` when the person has finished a change by mouse or keyboard."""

    settled = Signal()

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(orientation, parent)
        self._is_touched = False
        self.valueChanged.connect(self._touch)
        self.sliderReleased.connect(self._settle)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat():
            self._settle()

    def _touch(self) -> None:
        self._is_touched = True

    def _settle(self) -> None:
        if self._is_touched and not self.isSliderDown():
            self._is_touched = False
            self.settled.emit()


class SectionHeader(QLabel):
    """The heading of a section, in capitals."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """Show ``text`` in capitals; screen readers get it as it is."""
        super().__init__(text.upper(), parent)
        self.setProperty("kind", "head")
        self.setAccessibleName(text)


class Caption(QLabel):
    """Muted small print that wraps; it shows every text as it is written."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        """Show ``text``."""
        super().__init__(text, parent)
        keep_plain(self)
        self.setProperty("kind", "caption")
        self.setWordWrap(True)


class SeparatorLine(QFrame):
    """A thin line between two sections."""

    def __init__(self, parent: QWidget | None = None, *, upright: bool = False) -> None:
        """Draw a horizontal line, or an ``upright`` one."""
        super().__init__(parent)
        self.setProperty("kind", "line")
        if upright:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
