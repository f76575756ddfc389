"""One gauge: would it be found? From the shipped table, or from the person's own rehearsal where there is one."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare
from mtgui.desktop.mark.drawn_set import DrawnSet
from mtgui.desktop.mark.export_offer import why_not
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.mark.outlook_gauge import OutlookGauge, found_in_brief
from mtgui.desktop.mark.own_rehearsal import fitting
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.attainable_p import planned_size
from mtgui.records.outlook import outlook_for
from tests.desktop.desktop_helpers import text_of
from tests.desktop.mark.mark_helpers import add, make_pictures
from tests.desktop.open_windows import page_of

pytestmark = pytest.mark.usefixtures("themed")
INVISIBLE = preset_named("invisible").mark
CLEAR = preset_named("clear").mark
OWN = RehearsedShare(INVISIBLE, 6, 6, 0.95, 0.85, 1.0, "2026-01-02T03:04:05Z", artists=20, is_drawn=False)


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


@pytest.mark.parametrize("pool", [12, 30, 100])
@pytest.mark.parametrize("name", ["faint", "clear", "paper"])
def test_where_all_goes_out_the_gauge_says_what_helps(gauge: OutlookGauge, pool: int, name: str) -> None:
    mark = preset_named(name).mark
    all_out = PublishNumbers(pool, all_go_out=True)
    gauge.show_plan(mark, all_out)
    shown, half = text_of(gauge), PublishNumbers(pool)
    other, lacking = outlook_for(mark, half.published, pool), outlook_for(mark, pool, pool).shortfall
    if lacking is not None:
        assert f"Too few: add {lacking} more." in shown
        return
    assert "Too few" not in shown
    assert "More pictures hardly help here." in shown
    assert f"If {half.kept} stay home: {round(100 * other.low)} to {round(100 * other.high)} of 100." in shown


def test_without_a_mark_and_without_private_pictures_it_says_what_would_help(gauge: OutlookGauge) -> None:
    gauge.show_plan(INVISIBLE, PublishNumbers(30, all_go_out=True))
    assert gauge.level == "not possible"
    assert "Nothing could be proved later. If 15 stay home: " in text_of(gauge)
    assert "More pictures" not in text_of(gauge)


def test_what_only_hints_is_told_apart_from_what_proves_nothing(gauge: OutlookGauge) -> None:
    six, none = PublishNumbers(6), PublishNumbers(6, all_go_out=True)
    assert why_not(INVISIBLE, six, goes_on=False) == ""
    gauge.show_plan(INVISIBLE, six)
    assert "Too weak" in text_of(gauge)
    assert "only hint at it: its error chance is 1 in 20 at best, and 1 in 100 convinces. Too few: add" in text_of(
        gauge
    )
    assert found_in_brief(INVISIBLE, six) == "Too weak to convince"
    gauge.show_plan(INVISIBLE, none)
    assert "Not possible" in text_of(gauge)
    assert found_in_brief(INVISIBLE, none) == "Nothing could be proved"


def test_that_nothing_could_be_proved_is_said_once(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> None:
    page = page_of(opened, "mark", MarkPage)
    make_pictures(tmp_path / "f", 12)
    add(qtbot, page, tmp_path / "f")
    page.inspector.decision.answer(all_go_out=True).click()
    page.inspector.mark.choose_preset("invisible")
    told = text_of(page)
    assert told.count("could be proved") == 1
    assert "could be proved" in text_of(page.panel)
    assert "If 6 stay home: " in text_of(page.gauge)


def test_what_is_found_in_no_case_fills_no_step(gauge: OutlookGauge) -> None:
    gauge.show_plan(INVISIBLE, PublishNumbers(12), replace(OWN, share=0.001, low=0.0, high=0.004))
    assert gauge.filled == 0
    assert "Almost never" in text_of(gauge)
    assert "an audit finds none." in text_of(gauge)
    assert "0 to 0" not in text_of(gauge)
    gauge.show_plan(INVISIBLE, PublishNumbers(12))
    assert gauge.filled == 1


def test_the_bound_is_that_of_the_draws(gauge: OutlookGauge) -> None:
    """Two draws of 6 of 12 and 1 of 2 allow 924 · 2 results, fewer than one draw of 7 of 14."""
    first = DrawnSet(INVISIBLE, 6, 6, planned_size(INVISIBLE, 6, 12))
    both = first.with_new(2)
    assert (both.published, both.kept) == (7, 7)
    gauge.show_plan(INVISIBLE, PublishNumbers(14, wanted=7), drawn=both)
    assert "the chance of error is 1 in 1,848 at best" in text_of(gauge)
    assert first.with_new(0) == first


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


@pytest.mark.parametrize(
    ("toy", "why"),
    [
        (replace(OWN, is_drawn=True), "gives 85 to 100; it had drawn pictures, so the shipped table counts."),
        (replace(OWN, artists=19), "gives 85 to 100; it had only 19 artists, so the shipped table counts."),
    ],
)
def test_a_toy_rehearsal_is_mentioned_and_the_table_stays(gauge: OutlookGauge, toy: RehearsedShare, why: str) -> None:
    gauge.show_plan(INVISIBLE, PublishNumbers(12))
    level, said, brief = gauge.level, text_of(gauge), found_in_brief(INVISIBLE, PublishNumbers(12))
    gauge.show_plan(INVISIBLE, PublishNumbers(12), toy)
    assert gauge.level == level
    assert text_of(gauge).replace(f" Your own rehearsal of 2026-01-02 03:04 UTC {why}", "") == said
    assert why in text_of(gauge)
    assert found_in_brief(INVISIBLE, PublishNumbers(12), toy) == brief
    assert found_in_brief(INVISIBLE, PublishNumbers(12), OWN) == "Found: 85 to 100 of 100"


def test_better_evidence_comes_before_more_pictures() -> None:
    toy = replace(OWN, published=10, withheld=10, is_drawn=True)
    assert fitting([OWN, toy], INVISIBLE, 20, 20) == OWN
    assert fitting([toy], INVISIBLE, 20, 20) == toy


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
    facts = {"mark": {}, "artists": 20, "curve": [[6, 6, 0.95, 0.85, 1.0]]}
    number = store.add_record(Path("/r"), "ab", Path("/r"), facts)
    base = sqlite3.connect(store.path)
    with base:
        base.execute("UPDATE entries SET kind = 'rehearsal', state = 'finished' WHERE number = ?", (number,))
        base.execute("UPDATE entries SET request = ? WHERE number = ?", ('{"others": "/o"}', number))
    base.close()
    opened.show_page("history")
    opened.show_page("mark")
    assert "Measured in your own rehearsal of" in text_of(page.gauge)
    assert page.gauge.level == "very likely"
