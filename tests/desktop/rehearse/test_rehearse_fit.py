"""The page fits small screens: the button that starts is in sight, and the results keep theirs."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from tests.desktop.judging import scrolling_around
from tests.desktop.mark.mark_helpers import make_pictures
from tests.desktop.open_windows import page_of
from tests.desktop.rehearse.rehearse_helpers import run_rehearsal, take_places

SIZES = [(1366, 768), (1280, 720), (960, 540)]


def is_in_sight(button: QPushButton, window: QWidget) -> bool:
    """Return whether the whole of ``button`` can be seen in ``window`` without scrolling."""
    place = QRect(button.mapTo(window, QPoint()), button.size())
    return button.isVisible() and window.rect().contains(place)


@pytest.mark.parametrize("size", SIZES)
def test_rehearse_and_what_follows_are_in_sight(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, size: tuple[int, int]
) -> None:
    opened.show_page("rehearse")
    page = page_of(opened, "rehearse", RehearsePage)
    opened.setMinimumSize(800, 520)
    opened.resize(*size)
    take_places(qtbot, page, *make_pictures(tmp_path / "castles", 12))
    assert (opened.width(), opened.height()) == size
    assert is_in_sight(page.panel.run, opened)
    assert scrolling_around(page.panel.run) == [], "the button lies outside the part that scrolls"
    for card in (page.pictures, page.effort):
        (column,) = scrolling_around(card)
        assert column.horizontalScrollBar().maximum() == 0
    run_rehearsal(qtbot, page)
    for _ in range(3):
        QApplication.processEvents()
    for button in (page.panel.run, page.results.use, page.results.save):
        assert is_in_sight(button, opened), button.text()
    assert page.results.plots.chance.height() >= 180, "the plot can be read"
