"""The main window: pages made when first shown, remembered, and asked before closing."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import RAIL_WIDTH, MainWindow, RailEntry
from mtgui.desktop.app.task_bar import ENTRY, launcher_values
from mtgui.desktop.widgets.page import Page
from tests.desktop.desktop_helpers import focused
from tests.desktop.open_windows import page_of

pytestmark = pytest.mark.usefixtures("themed")


class Stubborn(Page):
    """A page that closes only when allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.is_willing = False
        self.is_shut = False

    def may_close(self) -> bool:
        return self.is_willing

    def shut_down(self) -> None:
        self.is_shut = True


def make_window(qtbot: QtBot, settings: QSettings) -> MainWindow:
    window = MainWindow(
        [
            RailEntry("mark", "mark", "Mark", Page),
            RailEntry("guide", "guide", "Guide", lambda: QLabel("Guide"), is_at_bottom=True),
            RailEntry("audit", "shield", "Audit", Stubborn),
        ],
        settings,
    )
    qtbot.addWidget(window)
    window.show_last_page()
    return window


def allow_closing(window: MainWindow) -> None:
    page = page_of(window, "audit", Stubborn)
    page.is_willing = True


def test_pages_are_made_when_first_shown(qtbot: QtBot, settings: QSettings) -> None:
    window = make_window(qtbot, settings)
    assert window.current_page == "mark"
    assert not window.findChildren(Stubborn)
    QTest.mouseClick(window.rail.button("audit"), Qt.MouseButton.LeftButton)
    assert window.current_page == "audit"
    assert window.page("audit") is window.findChildren(Stubborn)[0]
    allow_closing(window)


def test_the_rail_obeys_the_keyboard(qtbot: QtBot, settings: QSettings) -> None:
    window = make_window(qtbot, settings)
    with qtbot.waitActive(window):
        window.show()
    window.rail.button("mark").setFocus()
    for key, expected in [("Down", "audit"), ("Down", "guide"), ("Down", "guide"), ("Home", "mark"), ("End", "guide")]:
        QTest.keyClick(focused(), getattr(Qt.Key, f"Key_{key}"))
        assert window.current_page == expected
        assert window.rail.button(expected).isChecked()
        assert window.rail.button(expected).hasFocus()
    allow_closing(window)


def test_the_rail_is_narrow_and_named(qtbot: QtBot, settings: QSettings) -> None:
    window = make_window(qtbot, settings)
    assert window.rail.width() == RAIL_WIDTH or window.rail.minimumWidth() == RAIL_WIDTH
    assert window.rail.button("audit").accessibleName() == "Audit"
    assert window.minimumSize() == QSize(800, 520)


def test_a_page_at_work_keeps_the_window_open(qtbot: QtBot, settings: QSettings) -> None:
    window = make_window(qtbot, settings)
    window.show_page("audit")
    page = page_of(window, "audit", Stubborn)
    assert not window.close()
    assert not page.is_shut
    page.is_willing = True
    assert window.close()
    assert page.is_shut


def test_page_and_size_are_remembered(qtbot: QtBot, settings: QSettings) -> None:
    window = make_window(qtbot, settings)
    window.show_page("audit")
    window.resize(1000, 700)
    allow_closing(window)
    assert window.close()
    again = make_window(qtbot, settings)
    assert (again.current_page, again.size()) == ("audit", QSize(1000, 700))
    allow_closing(again)


def test_the_window_imports_nothing_heavy() -> None:
    code = (
        "import sys, mtgui.desktop.app.main_window, mtgui.desktop.canvas.canvas_view, "
        "mtgui.desktop.pictures.picture_strip, mtgui.desktop.pictures.folder_scan, mtgui.desktop.app.error_guard, "
        "mtgui.desktop.widgets.notices; "
        "print([m for m in ('numpy', 'PIL', 'torch', 'platformdirs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_running_work_is_shown_on_the_rail_and_in_the_title(qtbot: QtBot, settings: QSettings) -> None:
    window = make_window(qtbot, settings)
    mark, audit = page_of(window, "mark", Page), page_of(window, "audit", Page)
    button = window.rail.button("audit")
    before = button.grab().toImage()
    audit.progressed.emit(0.424)
    assert button.accessibleDescription() == "42 % done"
    assert window.windowTitle() == "42 % – mtgui"
    assert button.grab().toImage() != before
    mark.progressed.emit(0.2)
    assert window.windowTitle() == "31 % – mtgui", "the mean of all that runs"
    mark.progressed.emit(None)
    audit.progressed.emit(None)
    assert window.windowTitle() == "mtgui"
    assert button.accessibleDescription() == ""
    assert button.grab().toImage() == before


def test_the_task_bar_is_told_what_the_launcher_entry_knows() -> None:
    assert launcher_values(0.25) == {"progress": 0.25, "progress-visible": True}
    assert launcher_values(None) == {"progress": 0.0, "progress-visible": False}
    assert (Path(__file__).parents[3] / "packaging" / ENTRY.removeprefix("application://")).is_file()
