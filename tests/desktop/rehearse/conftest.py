"""The Rehearse page with the small program in place of the engine."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from mtgui.desktop.rehearse.rehearse_page import RehearsePage


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep models of tests to themselves."""
    monkeypatch.setenv("MTGUI_DATA_FOLDER", str(tmp_path / "data"))
    for name in [name for name in os.environ if name.startswith("FAKE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def make_page(qtbot: "QtBot", themed: "QApplication", settings: "QSettings") -> "Iterator[Callable[[], RehearsePage]]":
    """Build Rehearse pages, shown, and shut down after the test."""
    from mtgui.desktop.rehearse.rehearse_page import RehearsePage
    from tests.desktop.rehearse_helpers import fake_command

    made: list[RehearsePage] = []

    def make() -> RehearsePage:
        page = RehearsePage(settings, fake_command)
        made.append(page)
        qtbot.addWidget(page)
        page.resize(1204, 800)
        with qtbot.waitActive(page):
            page.show()
        return page

    yield make
    for page in made:
        page.shut_down()
    themed.processEvents()


@pytest.fixture
def page(make_page: "Callable[[], RehearsePage]") -> "RehearsePage":
    """One Rehearse page."""
    return make_page()
