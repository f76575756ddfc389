"""In every state of a rehearsal, at every size, in both schemes: nothing cut, nothing overlapping, all by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from tests.desktop.audit.audit_helpers import make_record
from tests.desktop.judging import scrolling_around
from tests.desktop.mark.mark_helpers import make_pictures
from tests.desktop.open_windows import page_of
from tests.desktop.rehearse.rehearse_helpers import run_rehearsal, take_places
from tests.desktop.states import assert_by_keyboard, assert_whole, empty, entered


def filled(qtbot: QtBot, page: RehearsePage, folder: Path) -> None:
    make_pictures(folder / "castles", 12)
    take_places(qtbot, page, folder / "castles")
    page.pictures.published.setValue(20)
    page.pictures.mark.blend.slider.setValue(33)
    page.pictures.mark.fold.button.click()


def record(qtbot: QtBot, page: RehearsePage, folder: Path) -> None:
    take_places(qtbot, page, make_record(folder, 6))


def folders(_qtbot: QtBot, page: RehearsePage, folder: Path) -> None:
    for name in ("a class with a long name of several words", "b", "c", "d", "e", "f"):
        (folder / "others" / name).mkdir(parents=True)
    page.others.take(folder / "others")
    page.effort.fold.button.click()


def measures(_qtbot: QtBot, page: RehearsePage, _folder: Path) -> None:
    page.measures.fold.button.click()
    for row in page.measures.rows.values():
        row.switch.setChecked(True)


def running(qtbot: QtBot, page: RehearsePage, _folder: Path) -> None:
    page.panel.run.click()
    rehearsal = page.rehearsing.state
    qtbot.waitUntil(lambda: len(rehearsal.audits) == 2)
    page.panel.pause.click()
    qtbot.waitUntil(lambda: rehearsal.is_paused)
    page.results.plots.refresh()


def found(qtbot: QtBot, page: RehearsePage, _folder: Path) -> None:
    run_rehearsal(qtbot, page)


def users(qtbot: QtBot, page: RehearsePage, folder: Path) -> None:
    filled(qtbot, page, folder)
    run_rehearsal(qtbot, page)
    page.results.plots.views.button("users").click()


def trained(qtbot: QtBot, page: RehearsePage, _folder: Path) -> None:
    run_rehearsal(qtbot, page)
    page.results.plots.views.button("training").click()
    page.results.plots.measure.button("loss").click()


Prepare = Callable[[QtBot, RehearsePage, Path], None]
STATES: dict[str, Prepare] = {
    f.__name__: f for f in (empty, filled, record, folders, measures, running, found, users, trained)
}
STATES |= {"failed": found, "refused": found}
SURROUNDINGS = {
    "running": {"FAKE_HOLD_AT": "11"},
    "users": {"FAKE_FOUND": "2"},
    "failed": {"FAKE_END": "kill"},
    "refused": {"FAKE_END": "refuse"},
}


@pytest.fixture(params=STATES)
def window(
    request: pytest.FixtureRequest, qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """The main window with its Rehearse page in one state."""
    page = entered(opened, "rehearse", RehearsePage, SURROUNDINGS.get(request.param, {}), monkeypatch)
    STATES[request.param](qtbot, page, tmp_path)
    return opened


def test_nothing_is_cut_nothing_overlaps_all_is_named_and_by_keyboard(window: MainWindow, themed: QApplication) -> None:
    page = page_of(window, "rehearse", RehearsePage)
    (column,) = scrolling_around(page.pictures)
    sideways = column.horizontalScrollBar()

    def no_card_is_cut() -> None:
        assert sideways.maximum() == 0, "the cards are cut at their right edge"

    assert_whole(window, themed, also=no_card_is_cut)
    assert_by_keyboard(window)
