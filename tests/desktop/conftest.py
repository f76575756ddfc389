"""What the tests of the window share: a theme, and thumbnails that are closed."""

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

    from mtgui.desktop.mark_page import MarkPage
    from mtgui.desktop.thumbnails import Thumbnails
    from tests.desktop.mark_helpers import Robot

pytest.importorskip("PySide6")


@pytest.fixture
def themed(qapp: "QApplication") -> "QApplication":
    """The application in the dark scheme."""
    from mtgui.desktop.theme import apply_theme, current_tokens

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
    from mtgui.desktop.thumbnails import Thumbnails

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
def page(qtbot: "QtBot", themed: "QApplication", settings: "QSettings") -> Iterator["MarkPage"]:
    """The Mark page, shown, and shut down after the test."""
    from mtgui.desktop.mark_page import MarkPage

    page = MarkPage(settings)
    qtbot.addWidget(page)
    page.resize(1204, 800)
    with qtbot.waitActive(page):
        page.show()
    yield page
    page.shut_down()
    themed.processEvents()


@pytest.fixture
def robot(themed: "QApplication") -> Iterator["Robot"]:
    """A robot that answers dialogs; the test fails if a step of it did."""
    from tests.desktop.mark_helpers import Robot

    robot = Robot()
    yield robot
    robot.stop()
    themed.processEvents()
    if robot.errors:
        raise robot.errors[0]
    assert robot.is_done
