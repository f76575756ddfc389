"""The History page: what can be done with what was made."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.job.audit_result import PairResult
from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.audit.stored_request import request_to_values
from mtgui.desktop.history.compare_dialog import CompareDialog
from mtgui.desktop.history.entry_words import outcome_in_words, state_in_words
from mtgui.desktop.history.history_page import HistoryPage
from mtgui.desktop.jobs.history_store import HistoryEntry, HistoryStore
from mtgui.desktop.mark.mark_page import MarkPage
from tests.desktop.audit.audit_helpers import make_model, make_record, settle_audit
from tests.desktop.desktop_helpers import text_of
from tests.desktop.mark.mark_helpers import Robot, press
from tests.desktop.open_windows import page_of

FOLDER = Path("/nowhere")


@pytest.fixture
def page(store: HistoryStore, show_page: Callable[..., None]) -> HistoryPage:
    """The page, shown."""
    page = HistoryPage(store)
    show_page(page, 1100, 700)
    return page


def finished(store: HistoryStore, model: str, p: str, record: Path = FOLDER / "castle.mtrecord") -> int:
    number = store.begin_audit("castle.mtrecord", model, "ab", record, FOLDER, {})
    verdict = "evidence" if p == "1/2000" else "no evidence"
    result = PairResult(verdict=verdict, p_value_exact=p, p_adjusted_exact=p)
    store.end_audit(number, "finished", result=result)
    return number


def choose(page: HistoryPage, numbers: Sequence[int]) -> None:
    page.list.clearSelection()
    page.list.select_numbers(numbers)


def test_an_empty_history_says_what_will_stand_there(page: HistoryPage, qtbot: QtBot) -> None:
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.mark_wanted):
        page.empty.button.click()


def test_abandoned_and_stopped_audits_are_shown_and_said_to_count(page: HistoryPage, store: HistoryStore) -> None:
    number = store.begin_audit("castle.mtrecord", "net.pth", "ab", FOLDER, FOLDER, {})
    store.mark_abandoned(lambda _: False)
    other = store.begin_audit("castle.mtrecord", "net.pth", "ab", FOLDER, FOLDER, {})
    store.end_audit(other, "cancelled")
    page.refresh()
    assert {entry.number for entry in page.model.entries} == {number, other}
    assert all("counts as a try" in state_in_words(entry) for entry in page.model.entries)
    assert not page.open.isEnabled()
    assert page.again.isVisible()


def test_search_and_keys(qtbot: QtBot, page: HistoryPage, store: HistoryStore) -> None:
    finished(store, "one.pth", "1/2000")
    finished(store, "two.pth", "1/2")
    page.refresh()
    QTest.keyClick(page.list, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    QTest.keyClicks(page.search, "two")
    assert [entry.model for entry in page.model.entries] == ["two.pth"]
    page.list.setFocus()
    with qtbot.waitSignal(page.open_wanted) as opened:
        QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert opened.args is not None
    assert opened.args[0].model == "two.pth"


def test_two_audits_are_set_side_by_side_and_corrected_together(
    page: HistoryPage, store: HistoryStore, robot: Robot
) -> None:
    numbers = [finished(store, "one.pth", "1/2000"), finished(store, "two.pth", "1/1000")]
    page.refresh()
    choose(page, numbers)
    assert not page.open.isVisible()
    seen: list[list[str]] = []

    def look(dialog: QDialog) -> None:
        assert isinstance(dialog, CompareDialog)
        for row in range(dialog.table.rowCount()):
            items = [dialog.table.item(row, column) for column in range(dialog.table.columnCount())]
            seen.append([item.text() for item in items if item is not None])
        press(dialog, "Close")

    robot.then(look)
    page.compare.click()
    assert sorted(row[1:] for row in seen) == [
        ["one.pth", "▲ evidence", "0.0005", "0.0005", "0.001"],
        ["two.pth", "○ no evidence", "0.001", "0.001", "0.001"],
    ]


def test_files_are_shown_or_said_to_be_gone(
    page: HistoryPage, store: HistoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    finished(store, "one.pth", "1/2", tmp_path / "castle.mtrecord")
    page.refresh()
    page.reveal.click()
    assert opened == [str(tmp_path)]
    store.remove(page.model.entries[0].number)
    finished(store, "one.pth", "1/2")
    page.refresh()
    page.reveal.click()
    assert "is not there any more" in page.messages.text


def test_removing_asks_first(page: HistoryPage, store: HistoryStore, robot: Robot) -> None:
    finished(store, "one.pth", "1/2")
    page.refresh()
    robot.then(lambda dialog: press(dialog, "Keep"), lambda dialog: press(dialog, "Remove"))
    page.remove.click()
    assert len(store.entries()) == 1
    page.remove.click()
    assert store.entries() == ()


@pytest.fixture
def window(opened: MainWindow) -> MainWindow:
    """The whole window on the history."""
    return opened


def history_page(window: MainWindow) -> HistoryPage:
    window.show_page("history")
    return page_of(window, "history", HistoryPage)


def audit_page(window: MainWindow) -> AuditPage:
    return page_of(window, "audit", AuditPage)


def test_an_export_stands_in_the_history_and_leads_to_an_audit(
    qtbot: QtBot, window: MainWindow, store: HistoryStore, tmp_path: Path
) -> None:
    record = make_record(tmp_path, 4)
    mark = page_of(window, "mark", MarkPage)
    mark.exported.emit({"record": str(record), "out": str(tmp_path / "castle copies")})
    (entry,) = store.entries()
    assert entry.kind == "record"
    assert (entry.facts["published"], entry.facts["private"]) == (2, 2)
    assert outcome_in_words(entry) == "4 pictures: 2 went out, 2 stay home"
    page = history_page(window)
    page.open.click()
    assert window.current_page == "audit"
    settle_audit(qtbot, audit_page(window))
    assert audit_page(window).pictures.paths == (record,)


def test_an_audit_is_run_again_with_the_same_settings(
    qtbot: QtBot, window: MainWindow, store: HistoryStore, tmp_path: Path
) -> None:
    record, model = make_record(tmp_path, 4), make_model(tmp_path)
    request = AuditRequest(models=(ModelChoice(model),), records=(record,), label="3", keys=31, views=10)
    store.begin_audit(record.name, model.name, "ab", record, FOLDER, request_to_values(request))
    history_page(window).again.click()
    page = audit_page(window)
    settle_audit(qtbot, page)
    again = page.request()
    assert window.current_page == "audit"
    assert (again.label, again.keys, again.views, again.records) == ("3", 31, 10, (record,))


def test_an_audit_of_a_lora_is_shown_with_its_base_and_caption(page: HistoryPage, store: HistoryStore) -> None:
    for prompt, shown in (("auto", "the model’s choice"), ("text:none", "none"), (None, "")):
        model = ModelChoice(FOLDER / "lora.safetensors", base=FOLDER / "base.ckpt")
        request = AuditRequest((model,), (FOLDER / "castle.mtrecord",), prompt=prompt)
        number = store.begin_audit("castle.mtrecord", "lora", "ab", FOLDER, FOLDER, request_to_values(request))
        page.refresh()
        choose(page, [number])
        said = text_of(page)
        assert "None" not in said.splitlines(), "what was not chosen is not shown"
        assert str(FOLDER / "base.ckpt") in said
        assert ("Caption" in said) == bool(shown)
        assert shown in said


def test_settings_of_another_version_are_told(window: MainWindow, store: HistoryStore) -> None:
    store.begin_audit("castle.mtrecord", "net.pth", "ab", FOLDER, FOLDER, {"from": "the future"})
    history_page(window).again.click()
    assert "another version" in audit_page(window).messages.text


def test_entries_speak_for_those_who_do_not_see(page: HistoryPage, store: HistoryStore) -> None:
    finished(store, "one.pth", "1/2000")
    page.refresh()
    text = page.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert text.startswith("Audit castle.mtrecord on one.pth, 20")
    assert isinstance(page.list.selected()[0], HistoryEntry)


@pytest.mark.parametrize("state", ["abandoned", "cancelled"])
def test_an_audit_that_never_ended_is_offered_at_the_next_start(
    qtbot: QtBot, window: MainWindow, store: HistoryStore, tmp_path: Path, state: str
) -> None:
    record, model = make_record(tmp_path, 12), make_model(tmp_path)
    request = AuditRequest(models=(ModelChoice(model),), records=(record,), label="3", keys=7)
    number = store.begin_audit(record.name, model.name, "ab", record, FOLDER, request_to_values(request))
    if state == "abandoned":
        store.mark_abandoned(lambda _: False)
    else:
        store.end_audit(number, "cancelled")
    page = audit_page(window)
    assert "stopped before its verdict" in page.messages.text
    page.messages.action_triggered.emit()
    qtbot.waitUntil(lambda: page.auditing.is_running)
    settle_audit(qtbot, page)
    again = store.entries()[0]
    assert (again.state, again.request["keys"], again.request["label"]) == ("finished", 7, "3")


@pytest.mark.parametrize(("label", "is_offered"), [("3", False), ("2", True)])
def test_a_repeat_that_was_stopped_is_not_offered_where_its_verdict_is_there(
    window: MainWindow, store: HistoryStore, label: str, is_offered: bool
) -> None:
    request = AuditRequest(models=(ModelChoice(FOLDER / "net.pth"),), records=(FOLDER / "castle.mtrecord",), label="3")
    first, second = request_to_values(request), request_to_values(replace(request, label=label))
    store.end_audit(store.begin_audit("castle.mtrecord", "net.pth", "ab", FOLDER, FOLDER, first), "finished")
    again = store.begin_audit("castle.mtrecord", "net.pth", "ab", FOLDER, FOLDER, second)
    store.end_audit(again, "cancelled")
    assert ("stopped before its verdict" in audit_page(window).messages.text) == is_offered


def test_a_finished_audit_is_not_offered_again(window: MainWindow, store: HistoryStore) -> None:
    number = store.begin_audit("castle.mtrecord", "net.pth", "ab", FOLDER, FOLDER, {})
    store.end_audit(number, "cancelled")
    finished(store, "other.pth", "1/2000")
    assert not audit_page(window).messages.text


def test_rows_keep_codes_and_numbers_and_the_page_makes_words_of_them(page: HistoryPage, store: HistoryStore) -> None:
    finished(store, "one.pth", "1/2000")
    finished(store, "two.pth", "1/2")
    store.add_record(FOLDER / "castle.mtrecord", "ab", FOLDER, {"published": 3, "private": 2})
    assert [entry.summary for entry in store.entries()] == ["", "", ""]
    words = [outcome_in_words(entry) for entry in store.entries()]
    assert "5 pictures: 3 went out, 2 stay home" in words
    assert "Strong evidence that this model was trained on your published pictures." in words
    page.search.setText("strong evidence")
    assert [entry.model for entry in page.model.entries] == ["one.pth"]


def test_rows_of_older_versions_show_the_line_that_they_hold() -> None:
    old = HistoryEntry(1, "record", "2026-01-01T00:00:00Z", "made", "a", "", "ab", FOLDER, FOLDER, "8 pictures", {})
    assert outcome_in_words(old) == "8 pictures"
    assert outcome_in_words(replace(old, kind="audit", state="finished", summary="No evidence.")) == "No evidence."


def test_on_a_small_page_buttons_share_rows_and_titles_are_whole_in_the_tool_tip(
    page: HistoryPage, store: HistoryStore
) -> None:
    number = finished(store, "a-model-with-a-name-that-no-row-of-a-small-window-can-hold.pth", "1/2000")
    page.refresh()
    choose(page, [number])
    page.resize(627, 340)
    QApplication.processEvents()
    rows = [
        {button.mapTo(page, button.rect().center()).y() for button in buttons}
        for buttons in ((page.open, page.again), (page.reveal, page.remove))
    ]
    assert all(len(row) == 1 for row in rows)
    assert rows[0] != rows[1]
    assert all(button.width() >= button.minimumSizeHint().width() for button in (page.open, page.reveal, page.remove))
    tip = page.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "castle.mtrecord on a-model-with-a-name-that-no-row-of-a-small-window-can-hold.pth" in tip
