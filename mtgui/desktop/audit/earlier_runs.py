"""Reads the audit log for the window: on a worker thread, once after each change of the file."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mtgui.common.errors import MtguiError
from mtgui.desktop.jobs.latest_only import LatestOnly, Reply
from mtgui.records.audit_log import AuditRun, audit_log_path, read_runs

Stamp = tuple[int, int]


class EarlierRuns(QObject):
    """The runs in the audit log. A worker thread reads the file; `changed` is emitted on the window's thread."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Start without runs; nothing is read before `refresh`."""
        super().__init__(parent)
        self.runs: tuple[AuditRun, ...] = ()
        self.problem = ""
        self._stamp: Stamp | None = None
        self._is_reading = False
        self._reader = LatestOnly(read_runs, "audit-log", self)
        self._reader.done.connect(self._read)

    @property
    def is_busy(self) -> bool:
        """True while the log is being read."""
        return self._is_reading

    def refresh(self) -> None:
        """Read the log if the file has changed since it was last read."""
        path = audit_log_path()
        stamp = _stamp(path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        if stamp is None:
            self.runs, self.problem = (), ""
        else:
            self._is_reading = True
            self._reader.ask(path)

    def close(self) -> None:
        """Stop the worker thread."""
        self._reader.close()

    def _read(self, answer: Reply) -> None:
        self._is_reading = self._reader.is_waiting
        error = answer.error
        self.runs = answer.result if error is None else ()
        self.problem = "" if error is None else str(error) if isinstance(error, MtguiError) else repr(error)
        self.changed.emit()


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
