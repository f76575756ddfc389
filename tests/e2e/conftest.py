"""The whole window, and the real program on a virtual screen."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from mtgui.desktop.app.main_window import MainWindow

from tests.e2e.screen import PATIENCE, Screen


@pytest.fixture
def opened(qtbot: "QtBot", qapp: "QApplication", tmp_path: Path) -> "Iterator[MainWindow]":
    """The whole window with the real engine and an empty profile."""
    from PySide6.QtCore import QSettings

    from mtgui.desktop.jobs.history_store import HistoryStore
    from mtgui.desktop.theme.appearance import apply_theme
    from tests.desktop.open_windows import open_window

    apply_theme(qapp, "dark")
    store = HistoryStore(tmp_path / "history.sqlite")
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    with open_window(qtbot, qapp, settings, store) as window:
        yield window
    store.close()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A virtual screen with an empty home."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    screen = Screen(home)
    yield screen
    screen.close()


@pytest.fixture
def start(screen: Screen) -> "Iterator[Callable[..., subprocess.Popen[str]]]":
    """Start programs on the screen; their output is kept, and they are ended in any case."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "mtgui", *arguments],
            env={**screen.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)
