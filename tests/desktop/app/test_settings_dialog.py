"""Settings of the program: shown at once, kept on Keep, taken back on Cancel."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.about_dialog import about_dialog, shortcuts_dialog, versions
from mtgui.desktop.app.settings_dialog import SettingsDialog
from mtgui.desktop.app.settings_fields import Choice, Cores, Folders, Segments
from mtgui.desktop.audit.audit_memory import AuditMemory
from mtgui.desktop.settings import DEVICE, ORIGINALS, THEME, THREADS
from tests.desktop.mark.mark_helpers import press

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def dialog(qtbot: QtBot, settings: QSettings, tmp_path: Path) -> Iterator[SettingsDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = SettingsDialog(settings, (("Open &data folder", tmp_path),), parent)
    dialog.show()
    yield dialog
    parent.close()


def test_what_is_kept_is_obeyed(dialog: SettingsDialog, settings: QSettings, tmp_path: Path) -> None:
    shown: list[str] = []
    dialog.theme_chosen.connect(shown.append)
    theme, threads = dialog.field(THEME), dialog.field(THREADS)
    device, folders = dialog.field(DEVICE), dialog.field(ORIGINALS)
    assert isinstance(theme, Segments)
    assert isinstance(threads, Cores)
    assert isinstance(device, Choice)
    assert isinstance(folders, Folders)
    theme.face.button("dark").click()
    threads.face.setValue(1)
    device.face.setCurrentIndex(1)
    folders.add(tmp_path)
    folders.add(tmp_path)
    press(dialog, "Keep")
    assert shown == ["dark"]
    assert THEME.of(settings) == "dark"
    memory = AuditMemory(settings)
    assert (THREADS.of(settings), memory.choices().device, memory.folders()) == (1, "cpu", [tmp_path])


def test_cancel_takes_the_colours_back(dialog: SettingsDialog, settings: QSettings) -> None:
    shown: list[str] = []
    dialog.theme_chosen.connect(shown.append)
    theme = dialog.field(THEME)
    assert isinstance(theme, Segments)
    theme.face.button("light").click()
    press(dialog, "Cancel")
    assert shown == ["light", "system"]
    assert THEME.of(settings) == "system"


@pytest.mark.parametrize("nonsense", ["purple", "", "7"])
def test_nonsense_in_the_file_is_passed_over(settings: QSettings, nonsense: str) -> None:
    for key in ("window/theme", "engine/threads", "audit/alpha", "audit/views", "audit/precision", "folders/originals"):
        settings.setValue(key, nonsense)
    memory = AuditMemory(settings)
    assert THEME.of(settings) == "system"
    assert memory.choices().views == 1
    assert memory.choices().precision == "float32"
    assert memory.folders() == []


def test_about_names_versions_and_licences(qtbot: QtBot) -> None:
    names = {name: licence for name, _, licence in versions()}
    assert names["mtgui"] == "MIT"
    assert names["Qt for Python"].startswith("LGPL")
    parent = QWidget()
    qtbot.addWidget(parent)
    for dialog in (about_dialog(parent), shortcuts_dialog(parent)):
        assert dialog.table.rowCount() > 5
