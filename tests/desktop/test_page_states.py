"""In every state, at every size, in both schemes: nothing cut, nothing overlapping, all named, all by keyboard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.mark.export_dialog import ExportDialog
from mtgui.desktop.mark.export_plan import ExportPlan
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.widgets.fact_dialog import FactDialog, Facts
from mtgui.desktop.widgets.question_dialog import Question
from mtgui.marking.settings import MarkSettings
from tests.desktop.judging import judge, unnamed, unreached, unseen_focus
from tests.desktop.mark.mark_helpers import add, make_pictures, settle
from tests.desktop.open_windows import open_window, page_of
from tests.desktop.states import assert_dialog_is_by_keyboard, assert_dialog_is_whole, assert_whole, empty, open_dialogs

Prepare = Callable[[QtBot, MarkPage, Path], None]


def nothing_found(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    (folder / "nothing").mkdir()
    add(qtbot, page, folder / "nothing")


def one(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    make_pictures(folder / "f", 1)
    add(qtbot, page, folder / "f")


def pinned(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    paths = make_pictures(folder / "f", 12)
    add(qtbot, page, folder / "f")
    page.pictures.pins_wanted.emit((paths[0],), "always publish")
    page.pictures.pins_wanted.emit((paths[1],), "always withhold")
    page.toolbar.set_mode("split")


def pattern(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    pinned(qtbot, page, folder)
    page.inspector.take_pattern(folder / "f" / "00.png")
    page.messages.show_message("A caution of some length, that says what was found and what to do. " * 3, "caution")


def broken(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    (folder / "text.jpg").write_text("no picture")
    add(qtbot, page, folder / "text.jpg")


def running(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    pinned(qtbot, page, folder)
    page.exporting.started.emit()


def all_out(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    make_pictures(folder / "f", 12)
    add(qtbot, page, folder / "f")
    page.inspector.decision.answer(all_go_out=True).click()
    page.toolbar.flip()


def drawn(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    pinned(qtbot, page, folder)
    plan = ExportPlan(folder / "out", folder / "out.mtrecord")
    page.exporting.begin(page.pictures.model.entries, page.inspector.published, page.history.choices, None, plan)
    qtbot.waitUntil(page.after.isVisible)
    page.after.back.click()
    add(qtbot, page, *make_pictures(folder / "more", 14)[12:])


def after(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    drawn(qtbot, page, folder)
    shown = page.after.after
    assert shown is not None
    page.show_after(shown)


STATES: dict[str, Prepare] = {
    f.__name__: f for f in (empty, nothing_found, one, pinned, pattern, broken, running, all_out, drawn, after)
}
SMALL = [(960, 540), (800, 520)]


@pytest.fixture(params=STATES)
def window(
    request: pytest.FixtureRequest, qtbot: QtBot, themed: QApplication, settings: QSettings, tmp_path: Path
) -> Iterator[MainWindow]:
    """The main window with its Mark page in one state."""
    with open_window(qtbot, themed, settings) as window:
        page = page_of(window, "mark", MarkPage)
        STATES[request.param](qtbot, page, tmp_path)
        settle(qtbot, page)
        yield window


def make_dialogs(parent: QWidget, folder: Path) -> list[QDialog]:
    long = folder / ("a folder with a long name " * 4)
    facts = Facts(
        window_title="Export finished",
        headline="5 marked copies exported, 3 pictures could not be used",
        icon_name="warning",
        icon_role="caution",
        rows=[("Copies", str(long)), ("Private", "4 pictures"), ("Mark record", f"{long}\nIt holds your secret key.")],
        commitment="0123456789abcdef" * 4,
        list_title="What could not be used, and why",
        list_lines=["text.jpg: this is not a picture of a kind that mtgui reads, or its beginning is damaged"] * 12,
        folder=folder,
        action="Continue this record",
    )
    plan = ExportPlan(long, long.with_suffix(".mtrecord"))
    question = Question(parent, "Stop the export?", "An export is running.", "Stop and close", "Keep exporting")
    return [FactDialog(facts, parent), ExportDialog(plan, 1, 1200, MarkSettings(), parent), question]


def test_nothing_is_cut_and_nothing_overlaps(window: MainWindow, themed: QApplication) -> None:
    assert_whole(window, themed)


def test_nothing_is_cut_on_small_screens(window: MainWindow, themed: QApplication) -> None:
    for width, height in SMALL:
        window.resize(width, height)
        for _ in range(4):
            themed.processEvents()
        assert (window.width(), window.height()) == (width, height)
        assert judge(window) == [], f"{width} × {height}"


def test_every_control_has_a_name(window: MainWindow) -> None:
    assert unnamed(window) == []


def test_the_tab_key_reaches_everything(window: MainWindow) -> None:
    window.activateWindow()
    assert unreached(window) == set()


def test_focus_can_be_seen(window: MainWindow) -> None:
    assert unseen_focus(window) == []


def test_dialogs_are_whole_named_and_by_keyboard(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    for dialog in open_dialogs(qtbot, themed, lambda parent: make_dialogs(parent, tmp_path)):
        if not isinstance(dialog, Question):
            assert_dialog_is_whole(dialog)
        assert_dialog_is_by_keyboard(dialog)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
