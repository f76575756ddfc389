"""On small screens the button that matters is in sight, and nothing of the window lies beyond the screen."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import SMALLEST, MainWindow
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.jobs.run_page import RunPage
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.theme.appearance import apply_theme
from mtgui.desktop.theme.text_size import set_text_scale
from mtgui.desktop.widgets.controls import SegmentedControl
from tests.desktop.audit.audit_helpers import load
from tests.desktop.judging import judge
from tests.desktop.mark.mark_helpers import add, make_pictures, settle
from tests.desktop.open_windows import open_window, page_of

SCREENS = [(1366, 768), (1280, 720), (960, 540)]


def sized(window: MainWindow, app: QApplication, size: tuple[int, int]) -> None:
    window.resize(*size)
    for _ in range(5):
        app.processEvents()
    assert (window.width(), window.height()) == size


def filled_page(qtbot: QtBot, window: MainWindow, folder: Path, count: int) -> MarkPage:
    """Return the Mark page of ``window`` with ``count`` pictures, which are made in ``folder``."""
    page = page_of(window, "mark", MarkPage)
    make_pictures(folder / "f", count)
    add(qtbot, page, folder / "f")
    return page


def is_in_sight(widget: QWidget) -> bool:
    """Say whether the whole of ``widget`` can be seen in its window, without scrolling."""
    place = QRect(widget.mapTo(widget.window(), QPoint()), widget.size())
    is_whole = widget.visibleRegion().boundingRect() == widget.rect()
    return widget.isVisible() and is_whole and widget.window().rect().contains(place)


@pytest.mark.parametrize("size", SCREENS)
def test_export_and_its_gauge_are_in_sight(
    qtbot: QtBot, opened: MainWindow, themed: QApplication, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = filled_page(qtbot, opened, tmp_path, 12)
    for preset in ("invisible", "paper"):
        page.inspector.mark.choose_preset(preset)
        settle(qtbot, page)
        sized(opened, themed, size)
        assert is_in_sight(page.panel.button)
        assert is_in_sight(page.gauge)
        assert page.panel.button.isEnabled()
        assert page.canvas.width() >= 300


@pytest.mark.parametrize(("scale", "size"), [(1.3, (1366, 768)), (1.5, (1280, 720)), (1.3, (960, 640))])
def test_larger_text_cuts_nothing_and_leaves_export_in_sight(
    qtbot: QtBot, themed: QApplication, settings: QSettings, tmp_path: Path, scale: float, size: tuple[int, int]
) -> None:
    try:
        set_text_scale(themed, scale)
        apply_theme(themed, "dark")
        with open_window(qtbot, themed, settings) as window:
            page = filled_page(qtbot, window, tmp_path, 12)
            page.inspector.mark.choose_preset("clear")
            settle(qtbot, page)
            sized(window, themed, size)
            assert judge(window) == []
            assert is_in_sight(page.panel.button)
    finally:
        set_text_scale(themed, 1.0)
        apply_theme(themed, "dark")


@pytest.mark.parametrize("size", SCREENS)
def test_run_is_in_sight(
    qtbot: QtBot, opened: MainWindow, themed: QApplication, tmp_path: Path, size: tuple[int, int]
) -> None:
    opened.show_page("audit")
    page = page_of(opened, "audit", AuditPage)
    load(qtbot, page, tmp_path, 6)
    sized(opened, themed, size)
    (button,) = [b for b in page.findChildren(QPushButton) if b.property("kind") == "primary" and b.isVisible()]
    assert is_in_sight(button)


def test_one_column_of_thumbnails_where_it_is_narrow(
    qtbot: QtBot, opened: MainWindow, themed: QApplication, tmp_path: Path
) -> None:
    page = filled_page(qtbot, opened, tmp_path, 4)
    strip = page.pictures.strip

    def columns() -> int:
        rects = [strip.visualRect(strip.model().index(row, 0)) for row in range(strip.model().rowCount())]
        return len({rect.left() for rect in rects if rect.width() < strip.viewport().width() - 20})

    sized(opened, themed, (1280, 720))
    assert columns() == 2
    sized(opened, themed, (960, 540))
    assert columns() == 1


def test_the_window_can_be_as_small_as_a_small_screen() -> None:
    assert SMALLEST.width() <= 800
    assert SMALLEST.height() <= 520


SCALED = [(895, 472), (667, 344)]
"""Room for the window on a screen of 1366 × 768 pixels that is scaled by 1.5, or by 2."""


def shrunk(window: MainWindow, app: QApplication, size: tuple[int, int]) -> None:
    """Give ``window`` the ``size`` that it has on a scaled screen; the screen of the tests is larger."""
    window.setMinimumSize(*size)
    sized(window, app, size)


@pytest.mark.parametrize("size", SCALED)
def test_on_a_scaled_screen_the_mark_page_is_whole(
    qtbot: QtBot, opened: MainWindow, themed: QApplication, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = filled_page(qtbot, opened, tmp_path, 12)
    settle(qtbot, page)
    shrunk(opened, themed, size)
    assert is_in_sight(page.panel.button)
    assert is_in_sight(page.gauge)
    assert is_in_sight(page.canvas)
    for part in (page.inspector, page.panel, page.toolbar):
        assert is_in_sight(part)
    (column,) = page.inspector.findChildren(QScrollArea)
    assert column.horizontalScrollBar().maximum() == 0, "nothing is cut at the right"


@pytest.mark.parametrize("name", ["audit", "rehearse"])
@pytest.mark.parametrize("size", SCALED)
def test_on_a_scaled_screen_steps_and_results_take_turns(
    opened: MainWindow, themed: QApplication, size: tuple[int, int], name: str
) -> None:
    opened.show_page(name)
    page = page_of(opened, name, RunPage)
    shrunk(opened, themed, size)
    assert is_in_sight(page.panel)
    (turns,) = [one for one in page.findChildren(SegmentedControl) if one.accessibleName() == "Show"]
    for area in page.findChildren(QScrollArea):
        if area.isVisible():
            assert area.horizontalScrollBar().maximum() == 0
    page.show_results()
    themed.processEvents()
    assert turns.value == "results"
    assert not page.panel.isVisible()
    QTest.mouseClick(turns.button("steps"), Qt.MouseButton.LeftButton)
    themed.processEvents()
    assert is_in_sight(page.panel)
    sized(opened, themed, (1280, 720))
    assert not turns.isVisible()
    assert page.panel.isVisible()
