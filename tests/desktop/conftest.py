"""What the tests of the window share: a theme, pages and windows that are closed, an empty history."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from mtgui.desktop.app.main_window import MainWindow
    from mtgui.desktop.jobs.history_store import HistoryStore
    from mtgui.desktop.mark.mark_page import MarkPage
    from mtgui.desktop.pictures.thumbnails import Thumbnails
    from mtgui.desktop.widgets.page import Page
    from tests.desktop.mark.mark_helpers import Robot

pytest.importorskip("PySide6")
pytest.register_assert_rewrite("tests.desktop.states")


@pytest.fixture(autouse=True)
def usual_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the small programs in place of the engine do what they usually do."""
    for name in [name for name in os.environ if name.startswith("FAKE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def themed(qapp: "QApplication") -> "QApplication":
    """The application in the dark scheme."""
    from mtgui.desktop.theme.appearance import apply_theme, current_tokens

    if current_tokens().scheme != "dark" or not qapp.styleSheet():
        apply_theme(qapp, "dark")
    return qapp


def grey(_path: Path, longest: int) -> "NDArray[np.uint8]":
    """Decode any path to a grey picture."""
    import numpy as np

    return np.full((3, longest // 2, longest), 128, dtype=np.uint8)


@pytest.fixture
def make_thumbnails(themed: "QApplication") -> Iterator[Callable[..., "Thumbnails"]]:
    """Build thumbnail stores that are closed after the test."""
    from mtgui.desktop.pictures.thumbnails import Thumbnails

    made: list[Thumbnails] = []

    def make(load: Callable[[Path, int], "NDArray[np.uint8]"] = grey, cached: int = 300) -> Thumbnails:
        made.append(Thumbnails(load, cached=cached))
        return made[-1]

    yield make
    themed.processEvents()
    for store in made:
        assert store.close()


@pytest.fixture
def settings(tmp_path: Path) -> "QSettings":
    """Settings in a file of their own."""
    from PySide6.QtCore import QSettings

    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def store(tmp_path: Path) -> "Iterator[HistoryStore]":
    """An empty history."""
    from mtgui.desktop.jobs.history_store import HistoryStore

    store = HistoryStore(tmp_path / "history.sqlite")
    yield store
    store.close()


@pytest.fixture
def show_page(qtbot: "QtBot", themed: "QApplication") -> Iterator[Callable[..., None]]:
    """Show pages, which are shut down after the test."""
    shown: list[Page] = []

    def show(page: "Page", width: int = 1204, height: int = 800) -> None:
        shown.append(page)
        qtbot.addWidget(page)
        page.resize(width, height)
        with qtbot.waitActive(page):
            page.show()

    yield show
    for page in shown:
        page.shut_down()
    themed.processEvents()


@pytest.fixture
def page(settings: "QSettings", show_page: Callable[..., None]) -> "MarkPage":
    """The Mark page."""
    from mtgui.desktop.mark.mark_page import MarkPage

    page = MarkPage(settings)
    show_page(page)
    return page


@pytest.fixture
def opened(
    qtbot: "QtBot", themed: "QApplication", settings: "QSettings", store: "HistoryStore"
) -> "Iterator[MainWindow]":
    """The main window with the small programs in place of the engine and an empty history."""
    from tests.desktop.open_windows import open_window
    from tests.desktop.rehearse.rehearse_helpers import fake_command

    with open_window(qtbot, themed, settings, store, fake_command) as window:
        yield window


@pytest.fixture
def robot(themed: "QApplication") -> Iterator["Robot"]:
    """A robot that answers dialogs; the test fails if a step of it did."""
    from tests.desktop.mark.mark_helpers import Robot

    robot = Robot()
    yield robot
    robot.stop()
    themed.processEvents()
    if robot.errors:
        raise robot.errors[0]
    assert robot.is_done
