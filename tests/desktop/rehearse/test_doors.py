"""The whole window: the rail leads to the page, and a rehearsal's settings lead to the Mark page."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from mtgui.marking.settings import preset_named, preset_of
from tests.desktop.desktop_helpers import text_of
from tests.desktop.mark.mark_helpers import add, make_pictures, settle
from tests.desktop.open_windows import page_of
from tests.desktop.rehearse.rehearse_helpers import run_rehearsal, settle_rehearsal


@pytest.fixture
def window(opened: MainWindow) -> MainWindow:
    """The main window on its Rehearse page."""
    opened.show_page("rehearse")
    return opened


def pages(window: MainWindow) -> tuple[RehearsePage, MarkPage]:
    rehearse, mark = page_of(window, "rehearse", RehearsePage), page_of(window, "mark", MarkPage)
    return rehearse, mark


def test_pages_stand_in_their_order_and_have_their_keys(window: MainWindow) -> None:
    for number, name in enumerate(("mark", "audit", "rehearse", "history"), start=1):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window.current_page == name
    window.show_page("history")
    window.rail.button("history").setFocus()
    QTest.keyClick(window.rail.button("history"), Qt.Key.Key_Up)
    assert window.current_page == "rehearse"


def test_the_mark_page_proposes_its_mark(window: MainWindow) -> None:
    rehearse, mark = pages(window)
    assert rehearse.choices.mark == mark.history.choices.settings
    choices = mark.history.choices
    faint = preset_named("faint").applied_to(choices.settings)
    mark.history.change(replace(choices, settings=faint), "preset Faint")
    window.show_page("mark")
    window.show_page("rehearse")
    assert rehearse.pictures.mark.take.isVisible()
    rehearse.pictures.mark.take.click()
    assert preset_of(rehearse.choices.mark) == preset_named("faint")


def test_settings_are_used_on_the_mark_page_and_can_be_undone(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rehearse, mark = pages(window)
    make_pictures(tmp_path / "twelve", 12)
    add(qtbot, mark, tmp_path / "twelve")
    before = mark.history.choices
    rehearse.pictures.mark.presets.button("paper").click()
    rehearse.pictures.published.setValue(20)
    rehearse.pictures.withheld.setValue(10)
    run_rehearsal(qtbot, rehearse)
    assert "12 pictures are loaded: 8 would go out and 4 stay home." in text_of(rehearse.results)
    rehearse.results.use.click()
    assert window.current_page == "mark"
    choices = mark.history.choices
    assert (choices.settings.blend_ratio, choices.settings.noise_budget) == (0.7, 8)
    assert mark.inspector.published == 8, "of 12 pictures the same share as 20 of 30"
    assert mark.messages.text == "Set as rehearsed. 12 pictures are loaded: 8 would go out and 4 stay home."
    mark.history.stack.undo()
    assert mark.history.choices == before


def test_own_pictures_go_along_where_the_mark_page_has_none(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rehearse, mark = pages(window)
    make_pictures(tmp_path / "ten", 10)
    rehearse.open_paths([tmp_path / "ten"])
    settle_rehearsal(qtbot, rehearse)
    rehearse.pictures.published.setValue(7)
    rehearse.pictures.withheld.setValue(3)
    run_rehearsal(qtbot, rehearse)
    rehearse.results.use.click()
    settle(qtbot, mark)
    assert mark.pictures.count == 10
    assert mark.inspector.published == 7


def test_the_rail_shows_how_far_a_rehearsal_is(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearse, _ = pages(window)
    settle_rehearsal(qtbot, rehearse)
    monkeypatch.setenv("FAKE_HOLD_AT", "16")
    shown: list[object] = []
    rehearse.progressed.connect(shown.append)
    rehearse.panel.run.click()
    qtbot.waitUntil(lambda: rehearse.rehearsing.state.models["marked"].within == 0.5 if shown[1:] else False)
    assert window.rail.button("rehearse").accessibleDescription() == "21 % done"
    assert window.windowTitle() == "21 % – mtgui"
    rehearse.panel.cancel.click()
    settle_rehearsal(qtbot, rehearse)
    assert window.windowTitle() == "mtgui"
    assert (shown[0], shown[-1]) == (0.0, None)
