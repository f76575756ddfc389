"""What comes out of an audit on its page: report, verdicts that stay and leave, rows of the history, private names."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mtgui.auditing.report.report_files import report_to_json
from mtgui.common.codec import from_values, to_values
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.audit.audit_state import PairState, StoredPair
from mtgui.desktop.audit.audit_words import pictures_in_words
from mtgui.desktop.audit.pictures_plot import by_loss
from mtgui.desktop.audit.report_pdf import as_markup
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.plots.plot_saving import save_plot
from mtgui.records.data_folder import data_folder
from tests.auditing.report.report_helpers import make_report
from tests.desktop.audit.audit_helpers import load, make_model, make_record, run_audit, settle_audit
from tests.desktop.desktop_helpers import headline, save_as, text_of


def audit_with_report(qtbot: QtBot, page: AuditPage, tmp_path: Path, report: bytes) -> None:
    """Run an audit and put ``report`` where it left its own."""
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    (page.auditing.folder or tmp_path).joinpath("report.json").write_bytes(report)


def test_the_report_is_saved_where_the_person_says(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit_with_report(qtbot, page, tmp_path, report_to_json(make_report()))
    for suffix in (".html", ".json"):
        target = tmp_path / f"mine{suffix}"
        save_as(monkeypatch, target)
        page.results.save.click()
        assert target.read_bytes() == (page.auditing.folder or tmp_path).joinpath(f"report{suffix}").read_bytes()
    assert data_folder() in (page.auditing.folder or tmp_path).parents


def test_settings_are_kept_from_one_start_to_the_next(
    qtbot: QtBot, make_page: Callable[[], AuditPage], tmp_path: Path
) -> None:
    first = make_page()
    load(qtbot, first, tmp_path)
    first.run.alpha.setCurrentIndex(0)
    first.run.device.setCurrentIndex(first.run.device.findData("cpu"))
    run_audit(qtbot, first)
    first.shut_down()
    second = make_page()
    assert (str(second.run.choices.alpha), second.run.choices.device) == ("1/20", "cpu")
    assert second.memory.recent("models") == [tmp_path / "painter-classifier.pth"]
    links = [button for button in second.empty.findChildren(QPushButton) if button.isVisible()]
    (link,) = [button for button in links if button.text() == "painter-classifier.pth"]
    with qtbot.waitSignal(second.empty.recent_chosen) as chosen:
        link.click()
    assert chosen.args == [tmp_path / "painter-classifier.pth"]
    settle_audit(qtbot, second)


def test_an_audit_of_the_history_is_shown_and_run_again(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, store: HistoryStore
) -> None:
    from mtgui.desktop.audit.stored_request import request_from_values

    load(qtbot, page, tmp_path)
    page.run.keys.setValue(31)
    run_audit(qtbot, page)
    (entry,) = store.entries()
    page.pictures.clear()
    page.show_entry(entry, store.story(entry.number))
    assert page.shows_results()
    assert headline(page).startswith("Strong evidence")
    assert page.results.plot.state.draws.total == 32000
    page.take_request(request_from_values(entry.request))
    settle_audit(qtbot, page)
    assert page.panel.run.isEnabled()
    assert page.request().keys == 31


def test_a_verdict_does_not_stay_beside_another_model(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    assert page.shows_results()
    page.run.alpha.setCurrentIndex(0)
    assert page.shows_results()
    page.open_paths([make_model(tmp_path, "another.pth")])
    assert not page.shows_results()
    settle_audit(qtbot, page)
    run_audit(qtbot, page)
    assert page.shows_results()
    page.pictures.clear()
    assert not page.shows_results()


def test_models_dropped_together_are_audited_one_after_the_other(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, store: HistoryStore
) -> None:
    models = [make_model(tmp_path, name) for name in ("first.pth", "second.pth")]
    page.open_paths([*models, make_record(tmp_path)])
    page.run_when_ready()
    qtbot.waitUntil(lambda: page.auditing.is_running)
    settle_audit(qtbot, page)
    assert "second.pth" in page.messages.text
    page.messages.action_triggered.emit()
    qtbot.waitUntil(lambda: page.auditing.is_running)
    settle_audit(qtbot, page)
    assert not page.messages.text
    assert [entry.model for entry in store.entries()] == ["second.pth", "first.pth"]


def test_a_report_that_was_changed_is_not_passed_on(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    altered = report_to_json(make_report()).replace(b'"alpha": "1/100"', b'"alpha": "1/2"')
    audit_with_report(qtbot, page, tmp_path, altered)
    for suffix in (".html", ".json", ".pdf"):
        target = tmp_path / f"mine{suffix}"
        save_as(monkeypatch, target)
        page.results.save.click()
        assert not target.exists()
        assert "was changed after the audit wrote it" in page.messages.text


def test_an_ending_that_was_added_replaces_nothing(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit_with_report(qtbot, page, tmp_path, report_to_json(make_report()))
    (tmp_path / "mine.html").write_text("dear to me")
    save_as(monkeypatch, tmp_path / "mine", "Web page (*.html)")
    page.results.save.click()
    assert (tmp_path / "mine.html").read_text() == "dear to me"
    assert "is there already" in page.messages.text


def test_a_past_verdict_leaves_when_another_model_comes(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, store: HistoryStore
) -> None:
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    (entry,) = store.entries()
    page.show_entry(entry, store.story(entry.number))
    assert headline(page).startswith("Strong evidence")
    assert "castle.mtrecord on painter-classifier.pth:" in text_of(page.results)
    page.open_paths([make_model(tmp_path, "another.pth")])
    assert not page.shows_results()


def test_a_past_audit_that_cannot_be_read_shows_no_other_verdict(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, store: HistoryStore
) -> None:
    load(qtbot, page, tmp_path)
    run_audit(qtbot, page)
    (entry,) = store.entries()
    page.pictures.clear()
    assert not page.shows_results()
    page.show_entry(entry, ())
    assert not page.shows_results()
    assert "cannot be read" in page.messages.text
    page.show_entry(replace(entry, state="cancelled"), ())
    assert headline(page) == "No verdict."


def test_each_of_several_records_has_a_row_of_its_own(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, store: HistoryStore
) -> None:
    records = [make_record(tmp_path / name, 12, name) for name in ("first", "second")]
    page.open_paths([make_model(tmp_path), *records])
    settle_audit(qtbot, page)
    run_audit(qtbot, page)
    entries = store.entries()
    assert {entry.title for entry in entries} == {"first.mtrecord", "second.mtrecord"}
    assert {entry.path for entry in entries} == set(records)
    assert len({entry.record_id for entry in entries}) == 2
    assert all(entry.state == "finished" and entry.p_value for entry in entries)
    assert "Evidence with 2 of 2 records." in text_of(page.results)


def test_a_model_that_was_replaced_after_it_was_read_gets_no_verdict(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(qtbot, page, tmp_path)
    monkeypatch.setenv("FAKE_HASH", "cd" * 32)
    run_audit(qtbot, page)
    assert headline(page) == "The model is another file now."
    assert not page.results.save.isVisible()


def test_lost_originals_are_left_out_of_the_losses_of_pictures(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path, 12)
    run_audit(qtbot, page)
    state = page.results.plot.state
    state.losses = (math.nan, *state.losses[1:])
    assert len(state.shown()) == 11
    assert "1 lost and never shown to the model." in pictures_in_words(state)
    stored = json.loads(json.dumps(to_values(state.stored(0, 0))))
    again = PairState.from_stored(from_values(StoredPair, stored))
    assert math.isnan(again.losses[0])
    assert again.losses[1:] == state.losses[1:]


def test_vectors_of_a_plot_name_no_private_picture(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path, 12)
    run_audit(qtbot, page)
    page.results.plot.views.button("pictures").click()
    plot = page.results.plot.pictures
    private = [one for one in page.results.plot.state.shown() if not one.is_published]
    for place, one in enumerate(by_loss(page.results.plot.state.shown())):
        plot.set_current(place)
        save_plot(plot, lambda: "", tmp_path / "plot.svg")
        text = (tmp_path / "plot.svg").read_text("utf-8")
        assert not any(other.name in text for other in private), one.name


def test_a_name_in_the_pdf_can_neither_style_nor_turn_the_text() -> None:
    assert as_markup("cat\u202egnp.<b>") == "cat\\u202egnp.&lt;b&gt;"
