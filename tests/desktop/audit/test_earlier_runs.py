"""The window reads the audit log beside its own work, and says where one is damaged."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.audit.earlier_runs import EarlierRuns
from mtgui.records.audit_log import AuditRun, audit_log_path, begin_run, read_runs
from tests.desktop.audit.audit_helpers import load, settle_audit
from tests.desktop.desktop_helpers import text_of


def begin(number: int, model: Path, record_id: str) -> None:
    settings = {"number": number}
    time = "2999-01-01T00:00:00Z"
    begin_run(audit_log_path(), AuditRun(f"{number}", time, record_id, "w", str(model), "a.mtrecord", settings))


def test_the_log_is_read_when_it_has_changed(qtbot: QtBot) -> None:
    earlier = EarlierRuns()
    earlier.refresh()
    assert (earlier.is_busy, earlier.runs) == (False, ())
    begin(0, Path("/a.pth"), "ab")
    with qtbot.waitSignal(earlier.changed):
        earlier.refresh()
    assert earlier.runs == read_runs(audit_log_path())
    earlier.refresh()
    assert not earlier.is_busy, "nothing has changed"
    earlier.close()


def test_too_many_earlier_runs_are_said(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path, 8)
    assert page.panel.run.isEnabled()
    choice, (record,) = page.model.choice, page.pictures.records
    assert choice is not None
    for number in range(40):
        begin(number, choice.path.absolute(), record.record_id)
    page.run.changed.emit()
    settle_audit(qtbot, page)
    assert "41 different runs of this record on this model" in text_of(page.run)
    assert not page.panel.run.isEnabled()


def test_a_damaged_log_is_said_before_a_run(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load(qtbot, page, tmp_path, 8)
    audit_log_path().parent.mkdir(parents=True, exist_ok=True)
    audit_log_path().write_text('{"a": 1}\n')
    page.run.changed.emit()
    settle_audit(qtbot, page)
    assert not page.panel.run.isEnabled()
    assert "is damaged in line 1" in page.messages.text
    assert "Earlier audits cannot be counted." in text_of(page.panel)
