"""The foot of the page: what it offers, and what it says while an export runs."""

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from mtgui.common.events import Paused, Progress, Resumed, Started
from mtgui.desktop.mark.export_offer import button_words, why_not
from mtgui.desktop.mark.export_panel import ExportPanel
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.marking.settings import MarkSettings, preset_named
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
    ("published", "is_marked", "goes_on", "expected"),
    [
        (1, True, False, "&Export 1 marked copy…"),
        (1200, True, False, "&Export 1,200 marked copies…"),
        (0, True, True, "&Export marked copies…"),
        (1, True, True, "&Export 1 more marked copy…"),
        (1, False, False, "&Export 1 copy…"),
        (12, False, False, "&Export 12 copies…"),
        (0, False, True, "&Export copies…"),
        (12, False, True, "&Export 12 more copies…"),
    ],
)
def test_copies_are_called_marked_only_where_there_is_a_mark(
    published: int, is_marked: bool, goes_on: bool, expected: str
) -> None:
    assert button_words(published, is_marked=is_marked, goes_on=goes_on) == expected


def test_the_button_is_off_with_the_reason_beside_it(panel: ExportPanel) -> None:
    panel.offer("&Export 1 copy…", "somewhere", "Nothing could be proved.")
    assert not panel.button.isEnabled()
    assert text_of(panel) == "! Nothing could be proved."
    assert panel.button.accessibleDescription() == "Nothing could be proved."
    panel.offer("&Export 9 copies…", "somewhere")
    assert panel.button.isEnabled()
    assert panel.button.text() == "&Export 9 copies…"


def test_a_long_folder_is_shortened_and_whole_in_the_tool_tip(panel: ExportPanel) -> None:
    panel.offer("&Export 3 copies…", "x" * 300)
    first, second = text_of(panel).splitlines()
    assert "…" in first
    assert second == "Originals are never changed."
    assert any("x" * 300 in label.toolTip() for label in panel.findChildren(QLabel))


INVISIBLE, CLEAR, PAPER = (preset_named(name).mark for name in ("invisible", "clear", "paper"))


@pytest.mark.parametrize(
    ("settings", "numbers", "goes_on", "expected"),
    [
        (INVISIBLE, PublishNumbers(), False, "Add pictures first."),
        (CLEAR, PublishNumbers(3, 0, 3), False, "Nothing goes out: all of them stay home by your own choice."),
        (INVISIBLE, PublishNumbers(12), False, ""),
        (
            INVISIBLE,
            PublishNumbers(12, all_go_out=True),
            False,
            "no coin decides which stay home, and there is no mark",
        ),
        (INVISIBLE, PublishNumbers(1), False, "there is no mark"),
        (INVISIBLE, PublishNumbers(4, 3), False, "Nothing could be proved: no coin decides"),
        (INVISIBLE, PublishNumbers(2), False, "chance alone does as well 1 time in 2. Add more, or choose a mark."),
        (INVISIBLE, PublishNumbers(5), False, "chance alone does as well 1 time in 10. Add more, or choose a mark."),
        (INVISIBLE, PublishNumbers(6), False, ""),
        (INVISIBLE, PublishNumbers(2), True, ""),
        (CLEAR, PublishNumbers(12, all_go_out=True), False, ""),
        (PAPER, PublishNumbers(12), False, ""),
    ],
)
def test_what_could_never_be_proved_is_not_exported(
    settings: MarkSettings, numbers: PublishNumbers, goes_on: bool, expected: str
) -> None:
    found = why_not(settings, numbers, goes_on=goes_on)
    assert expected in found
    assert bool(found) == bool(expected)


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


def test_the_window_hears_how_far_an_export_is_and_when_it_ends(panel: ExportPanel) -> None:
    heard: list[object] = []
    panel.progressed.connect(heard.append)
    panel.tell(Started("marking", 4))
    panel.tell(Progress(1, 4, 0.0, None))
    panel.tell(Progress(4, 4, 0.0, None))
    panel.end()
    assert heard == [0.25, 1.0, None]
