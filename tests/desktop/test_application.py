"""The program as a whole: its pages, its guide, and nothing heavy before the window is there."""

import subprocess
import sys

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from mtgui.desktop.application import build_window
from mtgui.desktop.warming import NEEDED, Warming

pytestmark = pytest.mark.usefixtures("themed")


def test_the_guide_is_there_and_the_mark_page_comes_first(qtbot: QtBot, settings: QSettings) -> None:
    window = build_window(settings)
    qtbot.addWidget(window)
    window.show()
    assert window.current_page == "mark"
    window.show_page("guide")
    assert window.page("guide").findChildren(QTextBrowser)[0].toPlainText().strip()
    assert window.close()


def test_control_and_q_close_the_window(qtbot: QtBot, settings: QSettings) -> None:
    window = build_window(settings)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert window.isHidden()


def test_the_program_never_imports_torch_and_no_pillow_before_the_window() -> None:
    code = (
        "import sys; from mtgui.desktop import application; "
        "print([m for m in ('torch', 'PIL', 'mtgui.publishing.job') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_warming_imports_once_and_ends(qtbot: QtBot) -> None:
    warming = Warming()
    warming.close()
    assert not warming.is_done
    warming.begin()
    warming.begin()
    qtbot.waitUntil(lambda: warming.is_done, timeout=20000)
    warming.close()
    assert all(name in sys.modules for name in NEEDED)
