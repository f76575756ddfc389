"""From a model and a record to a verdict: what the page promises at every step."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListView, QScrollArea
from pytestqt.qtbot import QtBot

from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.common.events import Event, Paused, Resumed
from mtgui.desktop.audit.architecture_dialog import ArchitectureDialog
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.audit.input_dialog import InputDialog
from mtgui.desktop.audit.plot_panel import LEAST_HEIGHT
from mtgui.desktop.history.entry_words import outcome_in_words
from mtgui.desktop.jobs.engine_process import MEMORY_WORDS
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.widgets.question_dialog import Question
from tests.desktop.audit.audit_helpers import load, make_model, make_record, run_audit, settle_audit
from tests.desktop.desktop_helpers import child, headline, text_of
from tests.desktop.mark.mark_helpers import Robot, make_pictures, press


def test_the_page_leads_from_step_to_step(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    assert page.empty.button.text() == "Choose a model…"
    assert not page.panel.run.isEnabled()
    page.open_paths([make_model(tmp_path)])
    settle_audit(qtbot, page)
    assert page.empty.button.text() == "Add a mark record…"
    page.open_paths([make_record(tmp_path)])
    settle_audit(qtbot, page)
    assert page.empty.button.isHidden()
    assert page.panel.run.isEnabled()
    assert page.empty.accessibleName() == "Ready"


def test_the_card_of_the_model_says_what_it_is_and_where_values_came_from(
    qtbot: QtBot, page: AuditPage, tmp_path: Path
) -> None:
    load(qtbot, page, tmp_path)
    text = text_of(page.model)
    for part in ("painter-classifier.pth", "ResNet-18", "every key and shape matches", "10, names from labels.json"):
        assert part in text
    assert "256 → 224, ImageNet mean and std (default of ResNet-18)" in text
    assert "Nothing in this file was run." in text


def test_the_card_shows_the_network_that_the_audit_chose(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    page.model.take(ModelChoice(make_model(tmp_path)))
    settle_audit(qtbot, page)
    assert page.model.summary is not None
    chosen = "Chosen among 2 networks that fit, by 8 unmarked originals. Its mean loss is 0.2 nats."
    page.model.show_network(replace(page.model.summary, title="The other network", sureness=chosen))
    shown = [label.text() for label in page.model.findChildren(QLabel)]
    assert any("The other network · Chosen among 2 networks that fit, by 8 unmarked originals" in one for one in shown)
    assert any(chosen in label.toolTip() for label in page.model.findChildren(QLabel))


def test_what_a_person_says_of_the_input_is_shown_and_asked_for(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, robot: Robot
) -> None:
    load(qtbot, page, tmp_path)

    def change(dialog: QDialog) -> None:
        assert isinstance(dialog, InputDialog)
        child(dialog, QLineEdit, "Mean").setText("0.5, 0.5, 0.5")
        press(dialog, "Use these")

    robot.then(change)
    page.model.change_input()
    choice = page.request().models[0].input
    assert choice is not None
    assert (choice.mean, choice.crop) == ((0.5, 0.5, 0.5), None)
    assert "(yours)" in text_of(page.model)


def test_a_value_that_makes_no_sense_keeps_the_dialog_open(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, robot: Robot
) -> None:
    load(qtbot, page, tmp_path)

    def change(dialog: QDialog) -> None:
        assert isinstance(dialog, InputDialog)
        child(dialog, QLineEdit, "Crop").setText("large")
        press(dialog, "Use these")
        assert dialog.isVisible()
        assert "is no size" in text_of(dialog)
        press(dialog, "Cancel")

    robot.then(change)
    page.model.change_input()
    assert page.request().models[0].input is None


def test_an_architecture_that_is_not_recognised_is_chosen_by_hand(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MODEL", "unknown")
    load(qtbot, page, tmp_path)
    assert "not recognised" in text_of(page.model)
    assert not page.panel.run.isEnabled()
    assert page.empty.button.text() == "Choose the architecture…"

    def choose(dialog: QDialog) -> None:
        assert isinstance(dialog, ArchitectureDialog)
        assert (
            child(dialog, QListView, "Architectures, the closest first").currentIndex().data() == "torchvision/resnet34"
        )
        press(dialog, "Use this one")

    robot.then(choose)
    page.empty.button.click()
    settle_audit(qtbot, page)
    assert page.request().models[0].architecture == "torchvision/resnet34"
    assert page.panel.run.isEnabled()


def test_running_a_python_file_is_asked_for_and_the_safe_answer_is_the_default(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, robot: Robot
) -> None:
    load(qtbot, page, tmp_path)
    code = tmp_path / "net.py"
    code.write_text("def build(): ...")

    def offer(dialog: QDialog) -> None:
        assert isinstance(dialog, ArchitectureDialog)
        dialog.offer_code(code)
        dialog.reject()

    def refuse(dialog: QDialog) -> None:
        assert isinstance(dialog, Question)
        assert "net.py" in dialog.text()
        assert "all your rights" in dialog.text()
        default = dialog.defaultButton()
        assert default.text() == "Do not run it"
        QTest.keyClick(dialog, Qt.Key.Key_Escape)

    robot.then(offer, refuse)
    page.model.change_architecture()
    assert page.request().models[0].factory is None


def test_a_file_that_is_no_model_is_refused_in_words(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MODEL", "refused")
    page.open_paths([make_model(tmp_path, "cat.png")])
    settle_audit(qtbot, page)
    assert "cat.png cannot be used." in text_of(page.model)
    assert page.messages.tone == "error"
    assert page.model.choice is None


def test_originals_are_found_beside_the_record_and_counted(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path, 8)
    text = text_of(page.pictures)
    assert "8 of 8 found" in text
    assert "▲ 4 published · ○ 4 kept private" in text
    shown = page.pictures.shelf.model()
    names = [shown.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(8)]
    assert sum("▲ goes out" in name for name in names) == 4
    assert sum("○ stays home" in name for name in names) == 4


def test_lost_originals_are_named_and_may_be_counted_against_the_claim(
    qtbot: QtBot, page: AuditPage, tmp_path: Path
) -> None:
    record = make_record(tmp_path, 12)
    # A marked copy of the same name would count as a changed original.
    shutil.rmtree(tmp_path / "castle copies")
    (tmp_path / "castle" / "00.png").unlink()
    (other,) = make_pictures(tmp_path / "elsewhere", 1, side=40)
    other.replace(tmp_path / "castle" / "01.png")
    page.open_paths([make_model(tmp_path), record])
    settle_audit(qtbot, page)
    text = text_of(page.pictures)
    assert "10 of 12 found" in text
    assert "1 found with other content (published copies, or changed originals): 01.png" in text
    assert "1 not found: 00.png" in text
    assert not page.panel.run.isEnabled()
    page.pictures.against.setChecked(True)
    assert not page.panel.run.isEnabled(), "the model's own choice needs all originals"
    page.label.set_label("3")
    assert page.panel.run.isEnabled()
    assert page.request().missing == "against"
    # Where several networks fit, all originals must decide between them.
    assert page.model.summary is not None
    page.model.summary = replace(page.model.summary, is_undecided=True)
    page.model.changed.emit()
    assert not page.panel.run.isEnabled()
    assert "Choose the architecture of the model: several fit" in text_of(page.panel)


def test_originals_are_looked_for_in_a_folder_pointed_at(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    record = make_record(tmp_path / "a", 4)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "a" / "castle").rename(elsewhere)
    page.open_paths([make_model(tmp_path), record])
    settle_audit(qtbot, page)
    assert page.empty.button.text() == "Look in a folder…"
    page.pictures.look_in(elsewhere)
    settle_audit(qtbot, page)
    assert page.panel.run.isEnabled()
    assert page.request().places == (elsewhere,)


def test_what_is_no_record_is_refused(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    fake = tmp_path / "x.mtrecord"
    fake.write_text("nothing")
    page.open_paths([fake])
    settle_audit(qtbot, page)
    assert page.messages.tone == "error"
    assert page.pictures.paths == ()


def test_a_class_is_found_by_a_part_of_its_name_or_by_number(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path)
    page.label.ways.button("class").click()
    assert not page.panel.run.isEnabled()
    page.label.classes.setEditText("castle")
    assert page.request().label == "3"
    page.label.classes.setEditText("7")
    assert page.request().label == "7"
    page.label.classes.setEditText("unicorn")
    assert "no such class" in text_of(page.label)
    assert not page.panel.run.isEnabled()
    assert not page.label.ways.button("record").isEnabled()


def test_what_can_be_shown_and_what_it_costs_stand_there_before_the_run(
    qtbot: QtBot, page: AuditPage, tmp_path: Path
) -> None:
    load(qtbot, page, tmp_path, 10)
    text = text_of(page.run)
    # 252 draws of five among ten × 16 keys.
    assert "Error chance down to 1 in 4,032" in text
    assert "at most 160 model answers: 10 pictures × 16 keys" in text
    page.run.keys.setValue(0)
    page.run.alpha.setCurrentIndex(2)
    assert "more than the error chance accepted, 0.1 %." in text_of(page.run)
    assert not page.panel.run.isEnabled()


VERDICTS = [("evidence", "Strong evidence", "▲"), ("none", "No evidence", "○")]


@pytest.mark.parametrize(("verdict", "words", "sign"), VERDICTS)
def test_an_audit_runs_to_its_verdict(
    qtbot: QtBot,
    page: AuditPage,
    tmp_path: Path,
    store: HistoryStore,
    monkeypatch: pytest.MonkeyPatch,
    verdict: str,
    words: str,
    sign: str,
) -> None:
    monkeypatch.setenv("FAKE_VERDICT", verdict)
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    card = page.results.card.verdict
    assert card is not None
    assert card.headline.startswith(words)
    assert card.sign == sign
    assert "not the probability that the model is innocent" in card.caveat
    assert page.results.save.isEnabled()
    assert page.results.plot.state.draws.total == 32000
    (entry,) = store.entries()
    assert (entry.state, entry.model) == ("finished", "painter-classifier.pth")
    assert outcome_in_words(entry).startswith(words)


@pytest.mark.parametrize("height", [384, 900])
def test_results_are_never_squeezed_and_scroll_only_where_they_must(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, height: int
) -> None:
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    page.resize(1100, height)
    area = page.results.findChild(QScrollArea)
    assert area is not None
    qtbot.waitUntil(lambda: (area.verticalScrollBar().maximum() > 0) == (height == 384))
    assert page.results.plot.sets.height() >= LEAST_HEIGHT
    assert not page.results.save.visibleRegion().isEmpty()


def test_while_it_runs_the_steps_are_locked_and_p_is_told(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_HOLD_AT", "3")
    load(qtbot, page, tmp_path)
    page.panel.run.click()
    qtbot.waitUntil(lambda: page.auditing.state.pair(0, 0).keys_done == 3)
    assert page.panel.is_steering
    assert not page.model.button.isEnabled()
    qtbot.waitUntil(lambda: "draws so far are no higher" in headline(page))
    assert "So far p = " in text_of(page.results.card)
    page.auditing.set_paused(False)
    settle_audit(qtbot, page)
    assert page.model.button.isEnabled()


def test_pause_holds_and_going_on_finishes(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_HOLD_AT", "1")
    load(qtbot, page, tmp_path)
    page.panel.run.click()
    qtbot.waitUntil(lambda: page.auditing.state.pair(0, 0).keys_done == 1)
    told: list[type[Event]] = []
    process = page.auditing.process
    assert process is not None
    process.told.connect(lambda event: told.append(type(event)))
    page.panel.pause.click()
    qtbot.waitUntil(lambda: page.auditing.state.is_paused)
    assert page.panel.pause.text() == "&Go on"
    page.panel.pause.click()
    settle_audit(qtbot, page)
    paused = told.index(Paused)
    assert told[paused : paused + 2] == [Paused, Resumed], "nothing is reckoned while it is paused"
    assert headline(page).startswith("Strong evidence")


def test_a_cancelled_audit_says_what_is_kept_and_counts(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, store: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_HOLD_AT", "1")
    load(qtbot, page, tmp_path)
    page.panel.run.click()
    qtbot.waitUntil(lambda: page.auditing.state.pair(0, 0).keys_done > 0)
    page.panel.cancel.click()
    settle_audit(qtbot, page)
    assert headline(page) == "Stopped before a verdict."
    assert store.entries()[0].state == "cancelled"
    assert page.panel.run.isEnabled()


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        ("kill", MEMORY_WORDS),
        ("memory", MEMORY_WORDS),
        ("refuse", "There is no room on the disk"),
        ("silent", "The engine ended with status 3"),
    ],
)
def test_whatever_goes_wrong_is_told_once_and_plainly(
    qtbot: QtBot,
    page: AuditPage,
    tmp_path: Path,
    store: HistoryStore,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
    sentence: str,
) -> None:
    monkeypatch.setenv("FAKE_END", end)
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    verdict = page.results.card.verdict
    assert verdict is not None
    assert verdict.headline == "The audit could not be finished."
    assert verdict.sentence.startswith(sentence)
    assert store.entries()[0].state == "failed"
    monkeypatch.setenv("FAKE_END", "ok")
    run_audit(qtbot, page)
    assert headline(page).startswith("Strong evidence")


def test_a_verdict_stands_where_the_disk_refuses_its_report(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, store: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_END", "full")
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    assert headline(page).startswith("Strong evidence")
    assert page.messages.text == "The report “report.json” cannot be written: the disk is full."
    assert not page.results.save.isEnabled()
    assert store.entries()[0].state == "finished"


def test_closing_asks_while_an_audit_runs(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_HOLD_AT", "1")
    load(qtbot, page, tmp_path)
    page.panel.run.click()
    qtbot.waitUntil(lambda: bool(page.auditing.state.pairs))
    robot.then(lambda dialog: press(dialog, "Keep auditing"))
    assert not page.may_close()
    assert page.auditing.is_running
    robot.then(lambda dialog: press(dialog, "Stop and close"))
    assert not page.may_close()
    settle_audit(qtbot, page)
    assert page.may_close()


def test_several_records_are_picked_from(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path)
    page.open_paths([make_record(tmp_path / "b", 6, "second")])
    settle_audit(qtbot, page)
    run_audit(qtbot, page)
    picker = page.results.plot.picker
    assert [picker.itemText(row) for row in range(picker.count())] == ["castle.mtrecord", "second.mtrecord"]
    picker.activated.emit(0)
    assert page.results.plot.state.title == "castle.mtrecord"
