"""The fields of the settings dialog: one class for each kind of control in the table of settings."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mtgui.desktop.settings import Setting
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, SegmentedControl

LIST_HEIGHT = 92


class SettingField(Protocol):
    """What the dialog needs from a field."""

    @property
    def face(self) -> QWidget:
        """The widget that is put into the row."""

    @property
    def buddy(self) -> QWidget | None:
        """The widget that the shortcut of the label focuses; usually the face."""

    @property
    def value(self) -> Any:
        """The current value."""


class Segments:
    """A row of joined buttons, for a few choices."""

    buddy = None

    def __init__(self, setting: Setting[Any], value: Any) -> None:
        """Show ``value``."""
        self.face = SegmentedControl(setting.name, list(setting.choices))
        self.face.set_value(str(value))

    @property
    def value(self) -> str:
        """The selected choice."""
        return self.face.value


class Choice:
    """A combo box; a value that it does not offer counts as the first choice."""

    buddy = None

    def __init__(self, setting: Setting[Any], value: Any) -> None:
        """Show ``value``."""
        self.face = QComboBox()
        self.face.setAccessibleName(setting.name)
        for data, text in setting.choices:
            self.face.addItem(text, data)
        self.face.setCurrentIndex(max(self.face.findData(value), 0))

    @property
    def value(self) -> str:
        """The selected choice."""
        return str(self.face.currentData())


class Cores:
    """A number of processor cores, 0 for all."""

    buddy = None

    def __init__(self, setting: Setting[Any], value: Any) -> None:
        """Show ``value``."""
        self.face = QSpinBox()
        self.face.setRange(0, os.cpu_count() or 1)
        self.face.setSpecialValueText("All")
        self.face.setAccessibleName(setting.name)
        self.face.setValue(min(int(value), self.face.maximum()))

    @property
    def value(self) -> int:
        """The number of cores; 0 for all."""
        return self.face.value()


class Folders:
    """A list of folders with buttons to add and remove."""

    def __init__(self, setting: Setting[Any], value: Any) -> None:
        """Show ``value``."""
        self.face = QWidget()
        self.list = QListWidget()
        self.list.setAccessibleName(setting.name)
        self.list.setFixedHeight(LIST_HEIGHT)
        self.list.addItems([str(path) for path in value])
        add, remove = QPushButton("&Add…"), QPushButton("&Remove")
        add.setAccessibleName("Add a folder with originals")
        remove.setAccessibleName("Remove the chosen folder")
        for button, slot in ((add, self._choose), (remove, self._remove)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
        side = QHBoxLayout()
        side.addWidget(add)
        side.addWidget(remove)
        side.addStretch(1)
        column = QVBoxLayout(self.face)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        column.addWidget(self.list)
        column.addLayout(side)
        if setting.help:
            column.addWidget(Caption(setting.help))

    @property
    def buddy(self) -> QWidget:
        """The list of folders."""
        return self.list

    @property
    def value(self) -> list[Path]:
        """The folders in the list."""
        return [Path(self.list.item(row).text()) for row in range(self.list.count())]

    def add(self, folder: Path) -> None:
        """Add ``folder``, unless it is already in the list."""
        if folder not in self.value:
            self.list.addItem(str(folder))

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self.face, "A folder with unmarked originals")
        if chosen:
            self.add(Path(chosen))

    def _remove(self) -> None:
        self.list.takeItem(self.list.currentRow())


_KINDS: dict[str, Callable[[Setting[Any], Any], SettingField]] = {
    "segments": Segments,
    "list": Choice,
    "cores": Cores,
    "folders": Folders,
}


def field_for(setting: Setting[Any], value: Any) -> SettingField:
    """Return the field that shows ``value`` of ``setting``; the setting must have a control."""
    return _KINDS[setting.control](setting, value)


def label_for(setting: Setting[Any], field: SettingField) -> QLabel:
    """Return the label of a row; its shortcut focuses the field."""
    label = QLabel(setting.label)
    if "&" in setting.label:
        label.setBuddy(field.buddy or field.face)
    if field.buddy is not None:
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label
