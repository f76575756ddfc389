"""Small helpers for the fields in cards: named combo boxes and spin boxes, and rows of a label with its field."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSpinBox, QWidget

from mtgui.desktop.theme.tokens import GRID

SHORTEST = 5


def named_combo(name: str, choices: Sequence[tuple[str, str]]) -> QComboBox:
    """Return a combo box of ``choices``, pairs (data, text), that may shrink below its content."""
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(SHORTEST)
    for value, text in choices:
        combo.addItem(text, value)
    return combo


def choose_data(combo: QComboBox, value: str) -> None:
    """Choose the entry with the data ``value``, if there is one."""
    row = combo.findData(value)
    if row >= 0:
        combo.setCurrentIndex(row)


def named_spin(name: str, least: int, most: int, automatic: str = "") -> QSpinBox:
    """Return a spin box; if ``automatic`` is given, it is the text of the value one step below ``least``."""
    spin = QSpinBox()
    spin.setAccessibleName(name)
    spin.setKeyboardTracking(False)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    spin.setRange(least - 1 if automatic else least, most)
    if automatic:
        spin.setSpecialValueText(automatic)
    return spin


def field_form() -> QFormLayout:
    """Return a form without margins, whose fields take all the width."""
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(3 * GRID)
    form.setVerticalSpacing(2 * GRID)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def add_field(form: QFormLayout, text: str, field: QWidget) -> None:
    """Add ``field`` with the label ``text``; an ampersand is before its shortcut letter."""
    label = QLabel(text)
    label.setBuddy(field)
    form.addRow(label, field)
