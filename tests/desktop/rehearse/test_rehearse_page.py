"""From nothing to a sentence: what the page promises at every step."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from mtgui.desktop.jobs.engine_process import MEMORY_WORDS
from mtgui.desktop.rehearse.rehearsal_run import FOLDER, OWNER
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from mtgui.desktop.widgets.question_dialog import Question
from mtgui.marking.settings import MarkSettings
from mtgui.records.data_folder import data_folder
from tests.desktop.audit.audit_helpers import make_record
from tests.desktop.desktop_helpers import headline, save_in, text_of
from tests.desktop.mark.mark_helpers import Robot, make_pictures, press
from tests.desktop.rehearse.rehearse_helpers import (
    hold_rehearsal,
    run_rehearsal,
    settle_rehearsal,
    take_castles,
    take_places,
)


def cell(page: RehearsePage, column: int) -> str:
    item = page.results.plots.users.item(0, column)
    assert item is not None
    return item.text()


def test_the_page_works_at_once(qtbot: QtBot, page: RehearsePage) -> None:
    assert page.panel.run.isEnabled()
    assert page.panel.run.property("kind") == "primary"
    run_rehearsal(qtbot, page)
    assert headline(page) == "Found for 5 of 5 artists."
    verdict = page.results.card.verdict
    assert verdict is not None
    assert verdict.sentence.startswith("With 25 pictures published and 25 private, a model trained on the copies")
    assert page.results.plots.views.value == "chance"
    assert page.results.use.hasFocus()
    assert page.panel.run.property("kind") == "", "one primary button at a time"
    assert "22.4 dB PSNR" in text_of(page.results)


def test_everything_but_the_usual_is_folded_away(page: RehearsePage) -> None:
    assert not page.measures.fold.is_open
    assert not page.effort.fold.is_open
    assert not page.pictures.mark.fold.is_open
    assert all(row.value is None for row in page.measures.rows.values())


def test_pictures_that_are_dropped_are_one_s_own(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    take_castles(qtbot, page, tmp_path, 9)
    assert page.pictures.kind == "pictures"
    assert "9 pictures." in text_of(page.pictures)
    assert (page.pictures.published.value(), page.pictures.withheld.value()) == (5, 4), "as Mark proposes"
    run_rehearsal(qtbot, page)
    assert headline(page) == "Found for 5 of 5 artists, you among them."
    page.results.plots.views.button("users").click()
    assert cell(page, 0) == "You (artist 1)"


def test_more_than_there_are_is_said(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    take_places(qtbot, page, *make_pictures(tmp_path / "castles", 12))
    page.pictures.published.setValue(20)
    assert "fewer than the 26 wanted: both numbers are scaled down." in text_of(page.pictures)
    assert page.pictures.numbers == (9, 3)


def test_so_few_that_none_could_be_found_are_said(page: RehearsePage) -> None:
    page.pictures.published.setValue(2)
    page.pictures.withheld.setValue(2)
    assert "Too few to be found: at best, chance alone does as well 1 time in 96." in text_of(page.pictures)
    assert page.panel.run.isEnabled(), "whoever wants to see it may"
    page.pictures.withheld.setValue(0)
    assert "Too few" not in text_of(page.pictures), "many keys speak where no picture is withheld"


def test_too_few_pictures_cannot_be_rehearsed(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    take_places(qtbot, page, *make_pictures(tmp_path / "castles", 1))
    assert not page.panel.run.isEnabled()
    assert "First choose at least two pictures." in text_of(page.panel)
    page.start()
    assert not page.rehearsing.is_running


def test_a_folder_without_pictures_is_refused(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    take_places(qtbot, page, tmp_path / "empty")
    assert page.messages.text.startswith("No pictures were found there.")
    assert not page.panel.run.isEnabled()


def test_a_folder_of_marked_copies_is_refused_and_the_others_stay(
    qtbot: QtBot, page: RehearsePage, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "mine", 2)
    record = make_record(tmp_path, 2, published=2)
    take_places(qtbot, page, tmp_path / "mine")
    copies = tmp_path / "castle copies"
    shutil.copy(record, tmp_path / "castle copies.mtrecord")
    take_places(qtbot, page, copies)
    assert "holds marked copies" in page.messages.text
    assert page.choices.pictures == (tmp_path / "mine",)
    assert page.pictures.count == 2


def test_a_record_brings_its_mark_and_its_originals(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    take_places(qtbot, page, make_record(tmp_path, 8, published=3))
    text = text_of(page.pictures)
    assert "8 of 8 found" in text
    assert "▲ 3 published · ○ 5 private" in text
    assert "Blend ratio 0.7 with colour stripes" in text
    assert not page.pictures.published.isVisible()
    assert page.choices.places == (tmp_path / "castle",)
    assert page.pictures.numbers == (3, 5)
    run_rehearsal(qtbot, page)
    assert "you among them" in headline(page)


def test_originals_elsewhere_are_found_in_a_folder_pointed_at(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    record = make_record(tmp_path / "a", 4)
    (tmp_path / "a" / "castle").rename(tmp_path / "elsewhere")
    take_places(qtbot, page, record)
    assert "choose their folder" in text_of(page.panel)
    take_places(qtbot, page, tmp_path / "elsewhere")
    assert page.panel.run.isEnabled()


def test_what_is_no_record_is_refused_and_the_state_is_kept(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    (tmp_path / "x.mtrecord").write_text("nothing")
    page.pictures.published.setValue(7)
    take_places(qtbot, page, tmp_path / "x.mtrecord")
    assert page.messages.tone == "error"
    assert page.pictures.published.value() == 7


def test_a_folder_of_other_people_s_pictures_needs_subfolders(page: RehearsePage, tmp_path: Path) -> None:
    (tmp_path / "others" / "sea").mkdir(parents=True)
    page.others.take(tmp_path / "others")
    assert "1 subfolders" in page.messages.text
    assert page.others.folder != tmp_path / "others"
    page.others.take(tmp_path / "nowhere")
    assert "cannot be read" in page.messages.text
    (tmp_path / "others" / "castle").mkdir()
    page.others.take(tmp_path / "others")
    assert page.choices.others == tmp_path / "others"
    assert "2: castle, sea" in text_of(page.others)


def test_switches_are_summed_up_in_words(page: RehearsePage) -> None:
    page.measures.rows["jpeg"].switch.setChecked(True)
    page.measures.rows["early"].switch.setChecked(True)
    page.measures.rows["early"].field.setValue(5)
    assert page.choices.measures == (("jpeg", 50.0), ("early", 5.0))
    assert "Save as JPEG again (quality 50); stop early (5 rounds)." in text_of(page.measures)


def test_without_mark_and_without_private_pictures_nothing_could_be_found(page: RehearsePage) -> None:
    page.pictures.withheld.setValue(0)
    assert page.pictures.lacking == ""
    page.pictures.mark.presets.button("invisible").click()
    assert not page.panel.run.isEnabled()
    assert "some pictures have to stay private" in text_of(page.panel)


def test_training_is_shown_paused_and_gone_on_with(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_HOLD_AT", "6")
    page.panel.run.click()
    rehearsal = page.rehearsing.state
    qtbot.waitUntil(lambda: len(rehearsal.audits) > 0)
    assert not page.measures.rows["jpeg"].isEnabled()
    page.panel.pause.click()
    qtbot.waitUntil(lambda: rehearsal.is_paused)
    page.results.plots.refresh()
    assert "Paused." in text_of(page.results.card)
    assert "of 30" in headline(page)
    page.panel.pause.click()
    settle_rehearsal(qtbot, page)
    assert headline(page).startswith("Found")
    assert page.measures.rows["jpeg"].isEnabled()


def test_cancelling_keeps_the_folder_and_goes_on_from_there(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_rehearsal(qtbot, page, monkeypatch)
    page.panel.cancel.click()
    settle_rehearsal(qtbot, page)
    assert headline(page) == "Stopped before the end."
    assert page.panel.run.text().replace("&", "") == "Rehearse"
    folder = page.rehearsing.folder
    monkeypatch.delenv("FAKE_HOLD_AT")
    run_rehearsal(qtbot, page)
    assert page.rehearsing.folder == folder
    assert page.choices.seed == 0


def test_again_lets_chance_decide_and_keeps_only_results_of_the_last_one(qtbot: QtBot, page: RehearsePage) -> None:
    run_rehearsal(qtbot, page)
    first = page.rehearsing.folder
    assert "Chance decides again, with seed 1." in text_of(page.panel)
    run_rehearsal(qtbot, page)
    assert page.choices.seed == 1
    assert first is not None
    assert page.rehearsing.folder != first
    assert [path.name for path in first.iterdir()] == ["results.json"], "models are large, results are not"
    page.measures.rows["jpeg"].switch.setChecked(True)
    run_rehearsal(qtbot, page)
    assert page.choices.seed == 1, "other settings are compared under the same chances"


def test_the_folder_of_another_window_is_left_alone(qtbot: QtBot, page: RehearsePage) -> None:
    home = data_folder() / FOLDER
    for name, owner in (("old", "0"), ("another", str(os.getppid()))):
        (home / name).mkdir(parents=True)
        (home / name / OWNER).write_text(owner)
    run_rehearsal(qtbot, page)
    assert page.rehearsing.folder is not None
    assert {path.name for path in home.iterdir()} == {"another", page.rehearsing.folder.name}


def test_what_may_have_stood_in_the_way_is_cleared_away(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_END", "refuse")
    run_rehearsal(qtbot, page)
    assert page.rehearsing.folder is not None
    assert not page.rehearsing.folder.exists()
    monkeypatch.setenv("FAKE_END", "ok")
    run_rehearsal(qtbot, page)
    assert headline(page).startswith("Found")


def test_a_failure_takes_nothing_that_an_earlier_run_made(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_rehearsal(qtbot, page)
    folder, choices = page.rehearsing.folder, page.choices
    assert folder is not None
    kept = sorted(path.name for path in folder.iterdir())
    assert "marked.safetensors" in kept
    monkeypatch.setenv("FAKE_END", "refuse")
    page.rehearsing.begin(choices, (25, 25))
    settle_rehearsal(qtbot, page)
    assert page.rehearsing.folder == folder
    assert "too few to keep some aside" in page.messages.text
    assert sorted(path.name for path in folder.iterdir()) == kept


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("kill", MEMORY_WORDS),
        ("crash", "stopped without a word"),
        ("refuse", "too few to keep some aside"),
        ("extra", "Private training needs opacus"),
        ("silent", "said nothing"),
        ("empty", "ended without a result"),
    ],
)
def test_every_failure_is_one_sentence_and_the_state_is_kept(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch, end: str, words: str
) -> None:
    monkeypatch.setenv("FAKE_END", end)
    page.measures.rows["private"].switch.setChecked(True)
    before = page.choices
    run_rehearsal(qtbot, page)
    assert words in page.messages.text
    assert page.messages.tone == "error"
    assert page.choices == before
    assert page.panel.run.isEnabled()
    assert page.shows_results() == (end in ("kill", "crash", "empty")), "what was learned stays in sight"


def test_pictures_that_cannot_be_read_are_named(qtbot: QtBot, page: RehearsePage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "castles", 6)
    (tmp_path / "castles" / "broken.png").write_text("nothing")
    take_places(qtbot, page, tmp_path / "castles")
    run_rehearsal(qtbot, page)
    assert page.messages.text == "Left out: broken.png: this is not a picture of a kind that mtgui reads."
    assert headline(page).startswith("Found")


def test_a_rehearsal_that_finds_nobody_says_so_without_colour(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FOUND", "0")
    run_rehearsal(qtbot, page)
    verdict = page.results.card.verdict
    assert verdict is not None
    assert (verdict.headline, verdict.sign) == ("Found for 0 of 5 artists.", "○")
    assert cell(page, 1) == "○ not found"


def test_results_are_saved_without_unfinished_models(
    qtbot: QtBot, page: RehearsePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_rehearsal(qtbot, page)
    save_in(monkeypatch, tmp_path)
    page.results.save.click()
    page.results.save.click()
    names = sorted(path.name for path in (tmp_path / "mtgui rehearsal").iterdir())
    assert names == ["absent.safetensors", "marked.safetensors", "results.json"]
    assert (tmp_path / "mtgui rehearsal 2").is_dir()
    assert "were saved as “mtgui rehearsal 2”" in page.messages.text


def test_a_disk_that_refuses_is_a_sentence(
    qtbot: QtBot, page: RehearsePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_rehearsal(qtbot, page)
    (tmp_path / "file").write_text("")
    save_in(monkeypatch, tmp_path / "file")
    page.results.save.click()
    assert page.messages.tone == "error"
    assert "could not be written" in page.messages.text


def test_closing_asks_while_a_rehearsal_runs(
    qtbot: QtBot, page: RehearsePage, robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_rehearsal(qtbot, page, monkeypatch)

    def keep(dialog: QDialog) -> None:
        assert isinstance(dialog, Question)
        assert "Results so far are kept" in dialog.text()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)

    def stop(dialog: QDialog) -> None:
        press(dialog, "Stop and close")

    robot.then(keep)
    assert not page.may_close()
    assert page.rehearsing.is_running
    robot.then(stop)
    assert not page.may_close()
    settle_rehearsal(qtbot, page)
    assert page.may_close()


def test_everything_is_as_it_was_left(
    qtbot: QtBot, make_page: Callable[[], RehearsePage], page: RehearsePage, tmp_path: Path
) -> None:
    take_castles(qtbot, page, tmp_path, 8)
    page.measures.rows["mixup"].switch.setChecked(True)
    page.effort.efforts.button("thorough").click()
    page.effort.epochs.setValue(12)
    page.pictures.mark.presets.button("faint").click()
    before = page.choices
    page.shut_down()
    again = make_page()
    settle_rehearsal(qtbot, again)
    assert again.choices == before
    assert again.pictures.count == 8


def test_the_mark_of_the_mark_page_is_offered(page: RehearsePage) -> None:
    page.pictures.mark.presets.button("faint").click()
    assert page.pictures.mark.take.isVisible()
    page.pictures.mark.take.click()
    assert page.choices.mark == MarkSettings()
    assert not page.pictures.mark.take.isVisible()


def test_a_rehearsal_by_keyboard_alone(qtbot: QtBot, page: RehearsePage) -> None:
    page.pictures.source.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert page.rehearsing.is_running
    settle_rehearsal(qtbot, page)
    assert page.results.use.hasFocus()
    wanted: list[object] = []
    page.use_wanted.connect(wanted.append)
    QTest.keyClick(page.results.use, Qt.Key.Key_Space)
    assert len(wanted) == 1
