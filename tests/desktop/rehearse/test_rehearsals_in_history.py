"""Rehearsals stand in the history, and are shown again from it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.history.entry_words import outcome_in_words
from mtgui.desktop.history.history_page import HistoryPage
from mtgui.desktop.jobs.history_store import HistoryEntry, HistoryStore
from mtgui.desktop.jobs.rehearsed_shares import rehearsed_shares
from mtgui.desktop.rehearse.rehearse_page import Rehearsed, RehearsePage
from mtgui.marking.settings import preset_named
from tests.desktop.desktop_helpers import headline, save_in, text_of
from tests.desktop.open_windows import page_of
from tests.desktop.rehearse.rehearse_helpers import (
    hold_rehearsal,
    run_rehearsal,
    settle_rehearsal,
    stop_rehearsal,
    take_castles,
)


@pytest.fixture
def page(opened: MainWindow, qtbot: QtBot) -> RehearsePage:
    """The Rehearse page of a window with a history."""
    opened.show_page("rehearse")
    page = page_of(opened, "rehearse", RehearsePage)
    settle_rehearsal(qtbot, page)
    return page


def history_of(window: MainWindow) -> HistoryPage:
    window.show_page("history")
    return page_of(window, "history", HistoryPage)


def select(history: HistoryPage, entry: HistoryEntry) -> None:
    history.list.clearSelection()
    history.list.select_numbers([entry.number])


def test_a_rehearsal_is_shown_again_as_it_was(
    qtbot: QtBot, opened: MainWindow, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.pictures.mark.presets.button("clear").click()
    page.pictures.published.setValue(14)
    page.measures.rows["jpeg"].switch.setChecked(True)
    monkeypatch.setenv("FAKE_FOUND", "4")
    run_rehearsal(qtbot, page)
    choices, result = page.choices, page.rehearsing.state.result
    points = page.rehearsing.state.models["marked"].points
    page.pictures.mark.presets.button("paper").click()
    page.measures.rows["jpeg"].switch.setChecked(False)
    monkeypatch.setenv("FAKE_FOUND", "0")
    run_rehearsal(qtbot, page)
    history = history_of(opened)
    second, first = history.model.entries
    assert first.title == "Rehearsal: clear, 14 published, 25 private, seed 0"
    assert outcome_in_words(first) == "found for 4 of 5 artists"
    assert outcome_in_words(second) == "found for 0 of 5 artists"
    assert page.results.use.property("kind") == ""
    select(history, first)
    assert "Save as JPEG again" in text_of(history)
    history.open.click()
    assert opened.current_page == "rehearse"
    assert headline(page) == "Found for 4 of 5 artists."
    assert page.results.use.property("kind") == "primary"
    assert page.choices == choices
    assert page.rehearsing.state.result == result
    assert page.rehearsing.state.models["marked"].points == points
    assert first.title in text_of(page.results)
    wanted: list[Rehearsed] = []
    page.use_wanted.connect(wanted.append)
    page.results.use.click()
    assert wanted[0].published == 14


def test_settings_are_set_again_without_a_start(qtbot: QtBot, opened: MainWindow, page: RehearsePage) -> None:
    page.pictures.withheld.setValue(9)
    run_rehearsal(qtbot, page)
    page.pictures.withheld.setValue(30)
    history = history_of(opened)
    history.again.click()
    assert opened.current_page == "rehearse"
    assert page.choices.withheld == 9
    assert not page.rehearsing.is_running


def test_stopped_and_failed_rehearsals_are_listed_and_not_opened(
    qtbot: QtBot, opened: MainWindow, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_rehearsal(qtbot, page, monkeypatch)
    monkeypatch.setenv("FAKE_END", "refuse")
    run_rehearsal(qtbot, page)
    history = history_of(opened)
    failed, stopped = history.model.entries
    assert (outcome_in_words(stopped), outcome_in_words(failed)) == ("stopped before its end", "could not be finished")
    assert not history.open.isEnabled()
    assert "too few to keep some aside" in text_of(history)
    assert "2 rehearsals" in text_of(history)


def test_a_stopped_rehearsal_that_went_on_to_its_end_stands_once(
    qtbot: QtBot, opened: MainWindow, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_rehearsal(qtbot, page, monkeypatch)
    run_rehearsal(qtbot, page)
    run_rehearsal(qtbot, page)
    entries = history_of(opened).model.entries
    assert [one.state for one in entries] == ["finished", "finished"]
    assert [one.title.rpartition(", ")[2] for one in entries] == ["seed 1", "seed 0"]


def test_only_the_newest_keeps_its_models_and_the_others_keep_their_results(
    qtbot: QtBot, opened: MainWindow, page: RehearsePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_rehearsal(qtbot, page)
    run_rehearsal(qtbot, page)
    history = history_of(opened)
    first = history.model.entries[1]
    select(history, first)
    history.open.click()
    save_in(monkeypatch, tmp_path)
    page.results.save.click()
    assert [path.name for path in (tmp_path / "mtgui rehearsal").iterdir()] == ["results.json"]
    shutil.rmtree(first.folder)
    page.results.save.click()
    assert "are not there any more" in page.messages.text


def test_own_pictures_come_back(qtbot: QtBot, opened: MainWindow, page: RehearsePage, tmp_path: Path) -> None:
    take_castles(qtbot, page, tmp_path, 8)
    run_rehearsal(qtbot, page)
    page.pictures.clear()
    history = history_of(opened)
    assert "found for 5 of 5 artists, you among them" in text_of(history)
    history.open.click()
    settle_rehearsal(qtbot, page)
    assert page.pictures.count == 8
    assert "8 pictures are loaded: 4 would go out and 4 stay home." in text_of(page.results)
    assert headline(page).endswith("you among them.")


def test_a_result_that_cannot_be_read_is_a_sentence(
    opened: MainWindow, page: RehearsePage, store: HistoryStore
) -> None:
    number = store.begin_rehearsal("Rehearsal: x", Path("/nowhere/results.json"), {}, {})
    store.end_rehearsal(number, "finished", {}, story=[{"event": "finished", "result": {"models": 3}}, {"event": "x"}])
    history_of(opened).open.click()
    assert "cannot be read any more" in page.messages.text
    assert not page.shows_results()


def test_a_rehearsal_answers_for_the_mark_page(qtbot: QtBot, page: RehearsePage, store: HistoryStore) -> None:
    page.pictures.mark.presets.button("faint").click()
    page.pictures.published.setValue(5)
    page.pictures.withheld.setValue(5)
    run_rehearsal(qtbot, page)
    found = rehearsed_shares(store.entries())
    assert {one.mark for one in found} == {preset_named("faint").mark}
    assert max((one.published, one.withheld) for one in found) == (5, 5), "further artists do not count"


def test_closing_the_window_stops_the_rehearsal_in_the_history(
    qtbot: QtBot, page: RehearsePage, store: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_rehearsal(qtbot, page, monkeypatch)
    page.rehearsing.close()
    assert [entry.state for entry in store.entries()] == ["cancelled"]


def test_without_a_history_rehearsals_go_on(qtbot: QtBot, make_page: Callable[[], RehearsePage]) -> None:
    page = make_page()
    run_rehearsal(qtbot, page)
    assert headline(page).startswith("Found")


def test_a_rehearsal_of_loras_is_shown_again_as_it_was(
    qtbot: QtBot, opened: MainWindow, page: RehearsePage, store: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FOUND", "2")
    page.model.models.button("diffusion").click()
    settle_rehearsal(qtbot, page)
    run_rehearsal(qtbot, page)
    said = headline(page)
    assert said == "Found for 2 of 3 artists after 200 exposures."
    page.model.models.button("classifier").click()
    settle_rehearsal(qtbot, page)
    run_rehearsal(qtbot, page)
    history = history_of(opened)
    entry = store.entries()[-1]
    assert entry.title == "Rehearsal of LoRAs: 25 published, 25 private, seed 0"
    assert outcome_in_words(entry) == "found for 2 of 3 artists"
    assert rehearsed_shares([entry]) == ()
    select(history, entry)
    assert "trains a LoRA of each artist’s pictures" in text_of(history)
    page.show_entry(entry, store.story(entry.number))
    opened.show_page("rehearse")
    assert page.choices.model == "diffusion"
    assert headline(page) == said
    assert page.results.views.table.rowCount() == 6
