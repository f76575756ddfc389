"""The settings dialog: it shows those rows of the table of settings that have a control."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mtgui.desktop.app.settings_fields import Segments, SettingField, field_for, label_for
from mtgui.desktop.settings import SETTINGS, THEME, Setting
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine
from mtgui.desktop.widgets.layouts import answers
from mtgui.desktop.widgets.plain_text import plain_tip
from mtgui.desktop.widgets.scrolled_dialog import ScrolledDialog

DIALOG_WIDTH = 560


class SettingsDialog(ScrolledDialog):
    """Shows ``settings``, and stores the changes when it is accepted; colours change at once."""

    theme_chosen = Signal(str)
    """The colour scheme to show now."""

    def __init__(self, settings: QSettings, folders: tuple[tuple[str, Path], ...], parent: QWidget) -> None:
        """``folders``: the folders that mtgui itself writes to, by name."""
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self._settings = settings
        self._before = THEME.of(settings)
        shown = [setting for setting in SETTINGS if setting.control != "none"]
        self._fields = [(setting, field_for(setting, setting.of(settings))) for setting in shown]
        self._lay_out(folders)
        theme = self.field(THEME)
        if isinstance(theme, Segments):
            theme.face.changed.connect(self.theme_chosen)
        self.accepted.connect(self._keep)
        self.rejected.connect(self._undo)

    def field(self, setting: Setting[Any]) -> SettingField:
        """Return the field of ``setting``."""
        return next(field for one, field in self._fields if one is setting)

    def _keep(self) -> None:
        for setting, field in self._fields:
            setting.keep(self._settings, field.value)

    def _undo(self) -> None:
        if self.field(THEME).value != self._before:
            self.theme_chosen.emit(self._before)

    def _lay_out(self, places: tuple[tuple[str, Path], ...]) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(4 * GRID)
        form.setVerticalSpacing(3 * GRID)
        for setting, field in self._fields:
            form.addRow(label_for(setting, field), field.face)
        ok = QPushButton("&Keep")
        ok.clicked.connect(self.accept)
        openers = [_FolderButton(name, path) for name, path in places]
        layout = QVBoxLayout()
        layout.setSpacing(4 * GRID)
        title = QLabel("Settings")
        title.setProperty("kind", "title")
        layout.addWidget(title)
        layout.addLayout(form)
        layout.addWidget(SeparatorLine())
        self.put_together(layout, answers(self, ok, openers), DIALOG_WIDTH)


class _FolderButton(QPushButton):
    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name)
        self._path = path
        self.setProperty("kind", "quiet")
        self.setAutoDefault(False)
        self.setToolTip(plain_tip(str(path)))
        self.clicked.connect(self._open)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path)))
