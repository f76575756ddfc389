"""One audit at work behind the page: its process, what it has told, and its row in the history."""

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from mtgui.auditing.job.request import AuditRequest
from mtgui.common.errors import StorageError, printable, readable_name, storage_reason
from mtgui.desktop.audit.commands import audit_command, request_to_values
from mtgui.desktop.audit.following import AuditStory, ShownPicture
from mtgui.desktop.audit.sentences import verdict_of
from mtgui.desktop.engine_process import EngineEnd, EngineProcess
from mtgui.desktop.questions import Question
from mtgui.records.audit_log import data_folder

if TYPE_CHECKING:
    from mtgui.desktop.history.store import HistoryStore, State

REPORT_NAMES = ("report.json", "report.html")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Start:
    """What the window knows when an audit starts: of each record its pictures and title; the first record's id."""

    pictures: tuple[tuple[ShownPicture, ...], ...]
    titles: tuple[str, ...]
    record_id: str


class Auditing(QObject):
    """Runs one audit at a time for a page and keeps it in the history."""

    started = Signal()
    told = Signal()
    """The story has gone on."""
    ended = Signal(object)
    """An `EngineEnd`."""

    def __init__(
        self,
        page: QWidget,
        command: Callable[[Sequence[str]], list[str]],
        history: "HistoryStore | None",
    ) -> None:
        """Serve ``page``; ``command`` makes the engine's command line."""
        super().__init__(page)
        self._page, self._command, self._history = page, command, history
        self._process: EngineProcess | None = None
        self._question: Question | None = None
        self._row = 0
        self._end = EngineEnd()
        self.story = AuditStory()
        self.folder: Path | None = None
        self.is_closing = False
        self.threads: int | None = None

    @property
    def is_running(self) -> bool:
        """True from `started` to `ended`."""
        return self._process is not None

    @property
    def process(self) -> EngineProcess | None:
        """The child at work."""
        return self._process

    def begin(self, request: AuditRequest, start: Start) -> None:
        """Run ``request``. Raises StorageError where its reports cannot be kept."""
        self.folder = _new_folder()
        request = replace(request, reports=tuple(self.folder / name for name in REPORT_NAMES))
        self.story = AuditStory(start.pictures, start.titles)
        self._row = self._remember(request, start)
        self._process = EngineProcess(self._command(audit_command(request)), self, threads=self.threads)
        self._process.told.connect(self._tell)
        self._process.ended.connect(self._ended)
        self.started.emit()
        self._process.start()

    def set_paused(self, is_paused: bool) -> None:
        """Pause or go on."""
        if self._process is not None:
            self._process.set_paused(is_paused)

    def cancel(self) -> None:
        """Stop; what was reckoned so far is kept by the engine."""
        if self._process is not None:
            self._process.cancel()

    def may_stop(self) -> bool:
        """Say whether the window may close; ask first whether a running audit may be stopped.

        After a yes the window closes by itself as soon as the engine has stopped.
        """
        if self._process is None:
            return True
        if self.is_closing or self._question is not None:
            return False
        text = "An audit is at work. What it has reckoned is kept; run it again with the same settings to go on."
        self._question = Question(self._page, "Stop the audit?", text, "Stop and close", "Keep auditing")
        answer = self._question.ask()
        self._question.deleteLater()
        self._question = None
        if answer and self._process is not None:
            self.is_closing = True
            self.cancel()
        return answer and self._process is None

    def close(self) -> None:
        """Stop a running audit and wait for it."""
        if self._process is not None:
            self._process.close()
            self._process = None
            self._keep("cancelled", "Stopped")

    def _tell(self, event: Mapping[str, Any]) -> None:
        self.story.tell(event)
        self.told.emit()

    def _ended(self, end: EngineEnd) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        if end.result is not None:
            _take_final(self.story, end.result)
        if end.result is not None and any(state.result for state in self.story.pairs.values()):
            self._keep("finished", _summary(self.story))
        elif end.was_cancelled:
            self._keep("cancelled", "Stopped")
        else:
            end = end if end.problem else replace(end, result=None, problem="The engine ended without a result.")
            self._keep("failed", end.problem)
        if self._question is not None:
            self._question.reject()
        self._end = end
        # The question's own loop has to end first.
        QTimer.singleShot(0, self._tell_end)

    def _tell_end(self) -> None:
        self.ended.emit(self._end)
        if self.is_closing:
            self.is_closing = False
            self._page.window().close()

    def _remember(self, request: AuditRequest, start: Start) -> int:
        if self._history is None:
            return 0
        title = ", ".join(readable_name(path) for path in request.records)
        model = readable_name(request.models[0].path)
        folder = self.folder or Path()
        try:
            return self._history.begin_audit(
                title, model, start.record_id, request.records[0], folder, request_to_values(request)
            )
        except StorageError:
            _log.exception("an audit could not be added to the history")
            return 0

    def _keep(self, state: "State", summary: str) -> None:
        if self._history is None or not self._row:
            return
        results = [one.result for one in self.story.pairs.values() if one.result]
        weights = str(results[0].get("weights_hash", "")) if results and results[0] else ""
        try:
            self._history.end_audit(
                self._row,
                state,
                printable(summary),
                result=results[0] if results else None,
                story=self.story.to_values() if self.story.pairs else (),
                weights_hash=weights,
            )
        except StorageError:
            _log.exception("an audit could not be kept in the history")


def _new_folder() -> Path:
    name = f"{datetime.now(UTC):%Y-%m-%d %H%M%S} {secrets.token_hex(3)}"
    folder = data_folder() / "reports" / name
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise StorageError(f"The folder “{folder}” for the report cannot be made: {storage_reason(error)}.") from error
    return folder


def _take_final(story: AuditStory, result: Mapping[str, Any]) -> None:
    """Let the final results, adjusted across all pairs, replace those told pair by pair."""
    results = [one for one in result.get("results", ()) if isinstance(one, dict)]
    pairs = list(story.pairs)
    for place, one in enumerate(results):
        model, record = one.get("model"), one.get("record")
        if isinstance(model, int) and isinstance(record, int) and (model, record) in story.pairs:
            story.pairs[model, record].result = one
        elif len(results) == len(pairs):
            story.pairs[pairs[place]].result = one


def _summary(story: AuditStory) -> str:
    headlines = Counter(verdict_of(state).headline for state in story.pairs.values() if state.result)
    if len(headlines) == 1:
        return next(iter(headlines))
    return " ".join(f"{number} × {headline}" for headline, number in headlines.items())
