"""Saves the report of an audit: as the engine wrote it, or as PDF."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from mtgui.auditing.report.report_files import untouched_report
from mtgui.common import files
from mtgui.common.errors import readable_name, storage_errors
from mtgui.desktop.audit.audit_state import AuditState
from mtgui.desktop.plots.plot_saving import with_ending

FILTERS = "Web page (*.html);;For printing (*.pdf);;All numbers (*.json)"
_SUFFIXES = (".html", ".pdf", ".json")


def save_report(folder: Path, path: Path, kind: str, audit: AuditState) -> Path:
    """Write the report in ``folder`` to ``path`` and return its path; the ending (else ``kind``) decides the format.

    Raises StorageError, ReportError.
    """
    if path.suffix.lower() not in _SUFFIXES:
        suffix = next((known for known in _SUFFIXES if known in kind), ".html")
        path = with_ending(path, suffix)
    with storage_errors(f"The report in “{folder}” cannot be read"):
        untouched_report(folder / "report.json")
        if path.suffix.lower() == ".pdf":
            from mtgui.desktop.audit.report_pdf import report_pdf

            data = report_pdf(folder / "report.json", audit)
        else:
            data = (folder / f"report{path.suffix.lower()}").read_bytes()
    with storage_errors(f"{readable_name(path)} could not be written"):
        files.replace(path, data, durable=False)
    return path


def ask_and_save(parent: QWidget, folder: Path, audit: AuditState, start: Path) -> Path | None:
    """Ask for a path (``start`` is proposed) and save the report in ``folder`` there; return it, None if cancelled.

    Raises what `save_report` raises.
    """
    chosen, kind = QFileDialog.getSaveFileName(parent, "Save the report", str(start / "mtgui audit.html"), FILTERS)
    return save_report(folder, Path(chosen), kind, audit) if chosen else None
