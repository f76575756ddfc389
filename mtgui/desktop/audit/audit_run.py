"""The running audit behind the page: its process, its state, and its row in the history."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from mtgui.auditing.job.audit_events import AUDIT_EVENTS
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.audit_result import AuditResult
from mtgui.common.codec import FieldError, from_values
from mtgui.common.errors import StorageError, printable, readable_name, storage_errors
from mtgui.common.events import Event
from mtgui.desktop.audit.audit_state import AuditState
from mtgui.desktop.audit.stored_request import request_to_values
from mtgui.desktop.jobs.confirm_stop import StopWords
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_job import EngineJob
from mtgui.desktop.jobs.engine_process import EngineEnd
from mtgui.desktop.pictures.picture_entries import ShownPicture
from mtgui.records.data_folder import data_folder

if TYPE_CHECKING:
    from mtgui.desktop.jobs.history_store import HistoryStore, State

REPORT_NAMES = ("report.json", "report.html")
STOP = StopWords(
    "Stop the audit?",
    "An audit is running. Results so far are kept; run it again with the same settings to go on.",
    "Stop and close",
    "Keep auditing",
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Start:
    """What the window knows about the records when an audit starts: pictures, title and id of each."""

    pictures: tuple[tuple[ShownPicture, ...], ...]
    titles: tuple[str, ...]
    record_ids: tuple[str, ...]


class Auditing(EngineJob):
    """Runs one audit at a time for a page and stores it in the history; on the window's thread."""

    kinds = AUDIT_EVENTS

    def __init__(
        self,
        page: QWidget,
        engine: Engine,
        history: "HistoryStore | None",
    ) -> None:
        """Serve ``page`` with ``engine``."""
        super().__init__(page, engine, STOP)
        self._history = history
        self._row = 0
        self._request: AuditRequest | None = None
        self._start: Start | None = None
        self.state = AuditState()
        self.folder: Path | None = None
        self.report_problems: tuple[str, ...] = ()

    def begin(self, request: AuditRequest, start: Start) -> None:
        """Run ``request``. Raises StorageError if the folder for its reports cannot be made."""
        self.report_problems = ()
        self.folder = _new_folder()
        request = replace(request, reports=tuple(self.folder / name for name in REPORT_NAMES))
        self.state = AuditState(start.pictures, start.titles)
        self.state.model = readable_name(request.models[0].path)
        self._request, self._start = request, start
        self._row = self._remember(request, start)
        self.run("audit", request)

    def take(self, event: Event) -> None:
        """Take ``event`` into the state of the audit."""
        self.state.tell(event)

    def settled(self, end: EngineEnd) -> EngineEnd:
        """Store the outcome in the history; an end without a result counts as a failure."""
        result = _result_of(end)
        if result is not None:
            self.report_problems = result.report_problems
            self.state.choose_pair()
        if result is not None and any(state.result for state in self.state.pairs.values()):
            self._keep_pairs()
        elif end.was_cancelled:
            self._keep("cancelled")
        else:
            end = end if end.problem else replace(end, result=None, problem="The engine ended without a result.")
            self._keep("failed", end.problem)
        return end

    def closed(self) -> None:
        """Store in the history that closing the window stopped the audit."""
        self._keep("cancelled")

    def _remember(self, request: AuditRequest, start: Start) -> int:
        if self._history is None:
            return 0
        title = ", ".join(readable_name(path) for path in request.records)
        model = readable_name(request.models[0].path)
        folder = self.folder or Path()
        try:
            return self._history.begin_audit(
                title, model, start.record_ids[0], request.records[0], folder, request_to_values(request)
            )
        except StorageError:
            _log.exception("an audit could not be added to the history")
            return 0

    def _keep(self, state: "State", reason: str = "") -> None:
        if self._history is None or not self._row:
            return
        try:
            self._history.end_audit(self._row, state, reason=printable(reason), story=self._stored_pairs())
        except StorageError:
            _log.exception("an audit could not be kept in the history")

    def _keep_pairs(self) -> None:
        """Store one row for each record, since each has its own verdict and p."""
        history, request, start = self._history, self._request, self._start
        if history is None or not self._row or request is None or start is None:
            return
        stored = self._stored_pairs()
        try:
            for (_, record), state in self.state.pairs.items():
                if not state.result:
                    continue
                title, row = start.titles[record], self._row
                if record:
                    values, path = request_to_values(request), request.records[record]
                    folder = self.folder or Path()
                    row = history.begin_audit(title, self.state.model, start.record_ids[record], path, folder, values)
                history.end_audit(
                    row,
                    "finished",
                    title=title,
                    result=state.result,
                    story=stored,
                )
        except StorageError:
            _log.exception("an audit could not be kept in the history")

    def _stored_pairs(self) -> Sequence[Mapping[str, Any]]:
        return self.state.to_values() if self.state.pairs else ()


def _result_of(end: EngineEnd) -> AuditResult | None:
    try:
        return None if end.result is None else from_values(AuditResult, end.result)
    except FieldError as error:
        _log.error("What the audit found cannot be read: %s", error)
        return None


def _new_folder() -> Path:
    name = f"{datetime.now(UTC):%Y-%m-%d %H%M%S} {secrets.token_hex(3)}"
    folder = data_folder() / "reports" / name
    with storage_errors(f"The folder “{folder}” for the report cannot be made"):
        folder.mkdir(parents=True, mode=0o700)
    return folder
