"""One gauge: would it be found? From the shipped table, or from the person's own rehearsal where there is one."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.mark.outlook_gauge import OutlookGauge
from mtgui.desktop.mark.own_rehearsal import fitting
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.outlook import outlook_for
from tests.desktop.desktop_helpers import text_of
from tests.desktop.mark.mark_helpers import add, make_pictures
from tests.desktop.open_windows import page_of

pytestmark = pytest.mark.usefixtures("themed")
INVISIBLE = preset_named("invisible").mark
CLEAR = preset_named("clear").mark
OWN = RehearsedShare(INVISIBLE, 6, 6, 0.95, 0.85, 1.0, "2026-01-02T03:04:05Z")


@pytest.fixture
def gauge(qtbot: QtBot) -> OutlookGauge:
    gauge = OutlookGauge()
    qtbot.addWidget(gauge)
    gauge.resize(280, 160)
    gauge.show()
    return gauge


def test_word_numbers_and_what_is_missing(gauge: OutlookGauge) -> None:
    gauge.show_plan(INVISIBLE, PublishNumbers(12))
    expected, shown = outlook_for(INVISIBLE, 6, 12), text_of(gauge)
    assert gauge.level == expected.level
    assert "Would it be found?" in shown
    assert f"an audit finds {round(100 * expected.low)} to {round(100 * expected.high)}." in shown
    assert expected.shortfall is not None
    assert f"Too few: add {expected.shortfall} more." in shown
    assert "the chance of error is 1 in 924 at best" in shown
    assert expected.basis in gauge.toolTip()


def test_a_single_picture_never_reads_as_proof(gauge: OutlookGauge) -> None:
    for mark in (INVISIBLE, CLEAR, preset_named("paper").mark):
        gauge.show_plan(mark, PublishNumbers(1))
        assert gauge.level in ("not possible", "hardly")
    gauge.show_plan(INVISIBLE, PublishNumbers(1))
    assert gauge.level == "not possible"
    assert "1 in" not in text_of(gauge)


def test_more_pictures_are_never_worse(gauge: OutlookGauge) -> None:
    levels = ["not possible", "hardly", "perhaps", "very likely"]
    found = []
    for pool in (2, 6, 12, 24, 50, 100, 200):
        gauge.show_plan(INVISIBLE, PublishNumbers(pool))
        found.append(levels.index(gauge.level))
    assert found == sorted(found)
    assert found[-1] > found[0]


def test_where_there_is_little_room_the_small_print_is_in_the_tool_tip(gauge: OutlookGauge) -> None:
    gauge.show_plan(INVISIBLE, PublishNumbers(12))
    gauge.set_brief(True)
    assert "at best" not in text_of(gauge)
    assert "at best" in gauge.toolTip()


def test_an_own_rehearsal_takes_the_place_of_the_table(gauge: OutlookGauge) -> None:
    gauge.show_plan(INVISIBLE, PublishNumbers(12), OWN)
    assert gauge.level == "very likely"
    assert "an audit finds 85 to 100." in text_of(gauge)
    assert "Measured in your own rehearsal of 2026-01-02 03:04 UTC." in text_of(gauge)
    assert "Too few" not in text_of(gauge)


def test_a_rehearsal_counts_only_for_its_mark_and_no_fewer_pictures() -> None:
    other = replace(OWN, mark=MarkSettings(0.7, 8))
    larger = replace(OWN, published=10, withheld=10, share=0.99)
    known = [OWN, other, larger]
    assert fitting(known, INVISIBLE, 6, 6) == OWN
    assert fitting(known, INVISIBLE, 20, 20) == larger
    assert fitting(known, INVISIBLE, 5, 7) is None
    assert fitting(known, MarkSettings(0.7, 8), 9, 9) == other
    assert fitting([], INVISIBLE, 9, 9) is None


def test_the_page_uses_the_rehearsals_of_the_history(
    qtbot: QtBot, opened: MainWindow, store: HistoryStore, tmp_path: Path
) -> None:
    page = page_of(opened, "mark", MarkPage)
    make_pictures(tmp_path / "f", 12)
    add(qtbot, page, tmp_path / "f")
    assert "own rehearsal" not in text_of(page.gauge)
    number = store.add_record(Path("/r"), "ab", Path("/r"), {"mark": {}, "curve": [[6, 6, 0.95, 0.85, 1.0]]})
    base = sqlite3.connect(store.path)
    with base:
        base.execute("UPDATE entries SET kind = 'rehearsal', state = 'finished' WHERE number = ?", (number,))
    base.close()
    opened.show_page("history")
    opened.show_page("mark")
    assert "Measured in your own rehearsal of" in text_of(page.gauge)
    assert page.gauge.level == "very likely"
