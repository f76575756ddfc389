"""Records with their pictures, files that pass for models, and the command line of the small program in their place."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.marking.settings import MarkSettings
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule
from tests.desktop.mark.mark_helpers import make_pictures


def fake_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line of the program that speaks like the engine."""
    return [sys.executable, "-m", "tests.desktop.fake_engine", *arguments]


def make_record(folder: Path, count: int = 8, name: str = "castle", published: int | None = None) -> Path:
    """Mark ``count`` small pictures in ``folder`` and return the record, beside the originals."""
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / f"{name}.mtrecord"
    request = MarkRequest(
        sources=tuple(Source(path, Path()) for path in make_pictures(folder / name, count, side=32)),
        out=folder / f"{name} copies",
        record=record,
        settings=MarkSettings(design_resolution=32),
        publish=PublishRule(count=(count + 1) // 2 if published is None else published),
    )
    for _ in mark_and_export(request):
        pass
    return record


def make_model(folder: Path, name: str = "painter-classifier.pth") -> Path:
    """Write a file that passes for a model."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"weights" * 1000)
    return path


def settle_audit(qtbot: QtBot, page: AuditPage) -> None:
    """Wait until the page has nothing left to read, to look for or to reckon."""

    def is_quiet() -> bool:
        return not (page.model.is_busy or page.pictures.is_busy or page.earlier.is_busy or page.auditing.is_running)

    qtbot.waitUntil(is_quiet)
    for _ in range(5):
        QApplication.processEvents()


def load(qtbot: QtBot, page: AuditPage, folder: Path, count: int = 8) -> None:
    """Put a model and a record on the page."""
    page.open_paths([make_model(folder), make_record(folder, count)])
    settle_audit(qtbot, page)


def run_audit(qtbot: QtBot, page: AuditPage) -> None:
    """Press the primary button and wait for the end."""
    page.panel.run.click()
    settle_audit(qtbot, page)
