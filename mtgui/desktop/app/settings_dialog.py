"""Settings of the whole program: colours, device and cores of the engine, folders with originals."""

import os
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mtgui.desktop.jobs.device_list import KINDS
from mtgui.desktop.theme.appearance import THEME, Choice, theme_of
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, Line, SegmentedControl
from mtgui.desktop.widgets.layouts import answers

DIALOG_WIDTH = 560
LIST_HEIGHT = 92
THREADS, FOLDERS, DEVICE = "engine/threads", "folders/originals", "audit/device"


class SettingsDialog(QDialog):
    """Shows and changes what ``settings`` hold."""

    theme_chosen = Signal(str)
    """The colours to show now."""

    def __init__(self, settings: QSettings, folders: tuple[tuple[str, Path], ...], parent: QWidget) -> None:
        """``folders`` are those that mtgui itself writes to, by name."""
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setFixedWidth(DIALOG_WIDTH)
        self._settings = settings
        self._before: Choice = theme_of(settings)
        self.theme = SegmentedControl("Colours", [("system", "As the system"), ("light", "Light"), ("dark", "Dark")])
        self.theme.set_value(self._before)
        self.threads = QSpinBox()
        self.threads.setRange(0, os.cpu_count() or 1)
        self.threads.setSpecialValueText("All")
        self.threads.setAccessibleName("Processor cores for audits")
        self.threads.setValue(_whole(settings.value(THREADS, "0")))
        self.device = QComboBox()
        self.device.setAccessibleName("Device for audits")
        self.folders = QListWidget()
        self.folders.setAccessibleName("Folders with originals")
        self.folders.setFixedHeight(LIST_HEIGHT)
        self.folders.addItems(_texts(settings.value(FOLDERS, [])))
        self._fill_devices()
        self._lay_out(folders)
        self.theme.changed.connect(self.theme_chosen)
        self.accepted.connect(self._keep)
        self.rejected.connect(self._undo)

    def add_folder(self, folder: Path) -> None:
        """Add ``folder`` to those searched for originals."""
        texts = [self.folders.item(row).text() for row in range(self.folders.count())]
        if str(folder) not in texts:
            self.folders.addItem(str(folder))

    def _fill_devices(self) -> None:
        for value, text in KINDS:
            self.device.addItem(text, value)
        row = self.device.findData(str(self._settings.value(DEVICE, "auto")))
        self.device.setCurrentIndex(max(row, 0))

    def _keep(self) -> None:
        self._settings.setValue(THEME, self.theme.value)
        self._settings.setValue(THREADS, str(self.threads.value()))
        self._settings.setValue(DEVICE, str(self.device.currentData()))
        self._settings.setValue(FOLDERS, [self.folders.item(row).text() for row in range(self.folders.count())])

    def _undo(self) -> None:
        if self.theme.value != self._before:
            self.theme_chosen.emit(self._before)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "A folder with unmarked originals")
        if chosen:
            self.add_folder(Path(chosen))

    def _remove_folder(self) -> None:
        self.folders.takeItem(self.folders.currentRow())

    def _lay_out(self, places: tuple[tuple[str, Path], ...]) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        form.setVerticalSpacing(3 * GRID)
        colours = QLabel("Colours")
        form.addRow(colours, self.theme)
        form.addRow("&Device", self.device)
        form.addRow("&Processor cores", self.threads)
        add, remove = QPushButton("&Add…"), QPushButton("&Remove")
        add.setAccessibleName("Add a folder with originals")
        remove.setAccessibleName("Remove the chosen folder")
        for button, slot in ((add, self._choose_folder), (remove, self._remove_folder)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
        side = QHBoxLayout()
        side.addWidget(add)
        side.addWidget(remove)
        side.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(2 * GRID)
        column.addWidget(self.folders)
        column.addLayout(side)
        column.addWidget(Caption("Audits look for originals beside the record, then here."))
        originals = QLabel("Ori&ginals")
        originals.setBuddy(self.folders)
        originals.setAlignment(Qt.AlignmentFlag.AlignTop)
        form.addRow(originals, column)
        ok = QPushButton("&Keep")
        ok.clicked.connect(self.accept)
        openers = [_folder_button(name, path) for name, path in places]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * GRID, 5 * GRID, 5 * GRID, 5 * GRID)
        layout.setSpacing(4 * GRID)
        title = QLabel("Settings")
        title.setProperty("kind", "title")
        layout.addWidget(title)
        layout.addLayout(form)
        layout.addWidget(Line())
        layout.addLayout(answers(self, ok, openers))


class _FolderButton(QPushButton):
    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name)
        self._path = path
        self.setProperty("kind", "quiet")
        self.setAutoDefault(False)
        self.setToolTip(str(path))
        self.clicked.connect(self._open)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path)))


def _folder_button(name: str, path: Path) -> QPushButton:
    return _FolderButton(name, path)


def _whole(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else 0


def _texts(value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [text for text in texts if isinstance(text, str) and Path(text).is_absolute()]
