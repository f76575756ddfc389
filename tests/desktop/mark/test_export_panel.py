"""The foot of the page: what it offers, and what it says while an export runs."""

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from mtgui.common.events import Paused, Progress, Resumed, Started
from mtgui.desktop.mark.export_panel import ExportPanel
from tests.desktop.desktop_helpers import text_of

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def panel(qtbot: QtBot) -> ExportPanel:
    panel = ExportPanel()
    qtbot.addWidget(panel)
    panel.setFixedSize(300, 108)
    panel.show()
    return panel


@pytest.mark.parametrize(
    ("published", "goes_on", "expected"),
    [
        (1, False, "&Export 1 marked copy…"),
        (1200, False, "&Export 1,200 marked copies…"),
        (1, True, "&Export marked copies…"),
    ],
)
def test_the_button_says_what_it_does(panel: ExportPanel, published: int, goes_on: bool, expected: str) -> None:
    panel.offer(published, "somewhere", goes_on=goes_on)
    assert panel.button.text() == expected
    assert panel.button.isEnabled()


def test_there_is_nothing_to_export_where_all_stay_private(panel: ExportPanel) -> None:
    panel.offer(0, "somewhere")
    assert not panel.button.isEnabled()


def test_a_long_folder_is_shortened_and_whole_in_the_tool_tip(panel: ExportPanel) -> None:
    panel.offer(3, "x" * 300)
    first, second = text_of(panel).splitlines()
    assert "…" in first
    assert second == "Originals are never changed."
    assert any("x" * 300 in label.toolTip() for label in panel.findChildren(QLabel))


@pytest.mark.parametrize(
    ("seconds", "remaining", "expected"),
    [
        (0.5, 20.0, "Exporting copies: 3 of 10"),
        (2.0, 20.2, "Exporting copies: 3 of 10 · 20 s left"),
        (2.0, 200.0, "Exporting copies: 3 of 10 · about 3 min left"),
    ],
)
def test_progress_with_the_time_left(panel: ExportPanel, seconds: float, remaining: float, expected: str) -> None:
    panel.begin()
    assert text_of(panel) == "Starting…"
    panel.tell(Started("exporting copies", 10))
    panel.tell(Progress(3, 10, seconds, remaining))
    assert text_of(panel) == expected
    bar = panel.findChildren(QProgressBar)[0]
    assert (bar.value(), bar.maximum()) == (3, 10)


def test_pausing_keeps_its_word_until_going_on(panel: ExportPanel) -> None:
    panel.begin()
    panel.tell(Started("exporting copies", 10))
    panel.tell(Paused())
    panel.tell(Progress(4, 10, 2.0, 3.0))
    assert "Paused" in text_of(panel)
    assert any(button.text() == "&Go on" for button in panel.findChildren(QPushButton))
    panel.tell(Resumed())
    panel.tell(Progress(5, 10, 2.0, 3.0))
    assert "5 of 10" in text_of(panel)


def test_stopping_is_said_to_the_end(panel: ExportPanel) -> None:
    panel.begin()
    panel.stopping()
    panel.tell(Progress(5, 10, 2.0, 3.0))
    assert "Stopping" in text_of(panel)
    panel.end()
    panel.begin()
    assert "Starting" in text_of(panel)
