"""Saves the report of an audit in every format, as a person does in the window."""

from pathlib import Path

import pytest

from mtgui.auditing.report.document import Report
from mtgui.auditing.report.report_files import read_report
from mtgui.desktop.audit.audit_page import AuditPage
from tests.desktop.desktop_helpers import save_as


def saved_reports(page: AuditPage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Report, bool]:
    """Save the report into ``folder``; return what its JSON holds, and whether its own digest fits."""
    for suffix in (".pdf", ".html", ".json"):
        target = folder / f"mine{suffix}"
        save_as(monkeypatch, target)
        page.results.save.click()
        assert target.stat().st_size > 5000, page.messages.text
    assert (folder / "mine.pdf").read_bytes().startswith(b"%PDF")
    return read_report(folder / "mine.json")
