"""The dialog for the model's input: every value, where it came from, and a field to replace it."""

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.preprocessing import INTERPOLATIONS, LARGEST_SIDE, Interpolation, Origins
from mtgui.desktop.audit.model_summary import InputFacts
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.layouts import answers
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.scrolled_dialog import ScrolledDialog

DIALOG_WIDTH = 560
FIELD_WIDTH = 200
BY_HAND = "chosen by hand"


class InputDialog(ScrolledDialog):
    """After it is accepted, `choice` holds the changed values; all others stay those of the file or architecture."""

    def __init__(self, found: InputFacts, choice: PreprocessingHint | None, parent: QWidget) -> None:
        """Show ``found``; values that a person chose earlier (``choice``) replace it."""
        super().__init__(parent)
        self.setWindowTitle("Input of the model")
        self._found = found
        self.choice = choice
        self._texts = {name: _written(name, getattr(found.values, name)) for name in ("resize", "crop", "mean", "std")}
        self._fields = {name: QLineEdit() for name in self._texts}
        self._interpolation = QComboBox()
        self._interpolation.addItems(INTERPOLATIONS)
        self._problem = Caption()
        self._ok = QPushButton("&Use these")
        self._lay_out()
        self._fill(choice)
        self._ok.clicked.connect(self._take)

    def reset(self) -> None:
        """Restore the values that were found."""
        self._fill(None)

    def _fill(self, choice: PreprocessingHint | None) -> None:
        for name, field in self._fields.items():
            own = None if choice is None else getattr(choice, name)
            field.setText(self._texts[name] if own is None else _written(name, own))
        own_kind = None if choice is None else choice.interpolation
        self._interpolation.setCurrentText(own_kind or self._found.values.interpolation)
        self._problem.setText("Changing these changes what the model sees. They are in the report.")
        set_tone(self._problem, "")

    def _take(self) -> None:
        try:
            self.choice = self._read()
        except ValueError as error:
            self._problem.setText(str(error))
            set_tone(self._problem, "error")
            return
        self.accept()

    def _read(self) -> PreprocessingHint | None:
        """Return the values that differ from those found; None if none does. Raises ValueError with a sentence."""
        values: dict[str, Any] = {}
        for name, field in self._fields.items():
            text = field.text().strip()
            if text != self._texts[name]:
                values[name] = _sizes(name, text) if name in ("resize", "crop") else _three(name, text)
        kind = self._interpolation.currentText()
        chosen: Interpolation | None = next((one for one in INTERPOLATIONS if one == kind), None)
        if kind != self._found.values.interpolation:
            values["interpolation"] = chosen
        return PreprocessingHint(origin=BY_HAND, **values) if values else None

    def _lay_out(self) -> None:
        title = QLabel("How pictures become the model's input")
        title.setProperty("kind", "title")
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * GRID)
        grid.setVerticalSpacing(2 * GRID)
        grid.setColumnStretch(2, 1)
        rows: Sequence[tuple[str, str, QWidget, str]] = (
            ("&Resize to", "resize", self._fields["resize"], "short side, or height × width"),
            ("&Crop", "crop", self._fields["crop"], "side, or height × width"),
            ("&Interpolation", "interpolation", self._interpolation, ""),
            ("&Mean", "mean", self._fields["mean"], "red, green, blue, from 0 to 1"),
            ("&Std", "std", self._fields["std"], "red, green, blue"),
        )
        for row, (label, name, field, hint) in enumerate(rows):
            _add(grid, row, label, field, _origin(self._found.origins, name, hint))
        reset = QPushButton("As &found")
        reset.clicked.connect(self.reset)
        layout = QVBoxLayout()
        layout.setSpacing(4 * GRID)
        layout.addWidget(title)
        layout.addLayout(grid)
        layout.addWidget(self._problem)
        self.put_together(layout, answers(self, self._ok, [reset]), DIALOG_WIDTH)


def _add(grid: QGridLayout, row: int, text: str, field: QWidget, note: str) -> None:
    label = QLabel(text)
    label.setBuddy(field)
    field.setAccessibleName(text.replace("&", ""))
    field.setAccessibleDescription(note)
    field.setFixedWidth(FIELD_WIDTH)
    grid.addWidget(label, row, 0)
    grid.addWidget(field, row, 1)
    grid.addWidget(Caption(note), row, 2)


def _origin(origins: Origins, name: str, hint: str) -> str:
    origin = getattr(origins, "normalisation" if name in ("mean", "std") else name)
    return "; ".join(part for part in (f"found: {origin}" if origin else "", hint) if part)


def _written(name: str, value: Any) -> str:
    if value is None:
        return "none" if name == "resize" else ""
    if isinstance(value, list | tuple):
        if name in ("mean", "std"):
            return ", ".join(f"{number:g}" for number in value)
        return str(value[0]) if name == "crop" and value[0] == value[-1] else " × ".join(map(str, value))
    return str(value)


def _sizes(name: str, text: str) -> int | tuple[int, int]:
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) in (1, 2) and all(part.strip().isdecimal() for part in parts):
        sizes = [int(part) for part in parts]
        if all(1 <= size <= LARGEST_SIDE for size in sizes):
            if name == "resize" and len(sizes) == 1:
                return sizes[0]
            return sizes[0], sizes[-1]
    raise ValueError(f"“{text}” is no size; write 224 or 224 × 320, at most {LARGEST_SIDE}.")


def _three(name: str, text: str) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"“{text}” is not three numbers; write such as 0.5, 0.5, 0.5.") from None
    if not all(map(math.isfinite, (red, green, blue))) or (name == "std" and min(red, green, blue) <= 0):
        raise ValueError("Mean and standard deviation are finite numbers, and the latter is above 0.")
    return red, green, blue
