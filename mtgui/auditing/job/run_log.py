"""Writes one audit into the audit log: its beginning, from which on it counts, and its end unless it succeeds."""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from mtgui.auditing.engine.prepared_originals import PicturesOnTheWay
from mtgui.common.errors import CancelledError, MtguiError, PictureError, RecordError
from mtgui.common.events import Event
from mtgui.common.generators import Following
from mtgui.common.words import counted
from mtgui.records.attainable_p import run_factor
from mtgui.records.audit_log import AuditRun, audit_log_path, begin_run, distinct_runs, end_run, runs_left_out
from mtgui.records.journal import utc_now

T = TypeVar("T")


def note_on_log(chosen: Path | None, earlier: Sequence[AuditRun], run: AuditRun) -> list[str]:
    """Return a note on runs in the user's usual audit log that are not counted, because another log was ``chosen``.

    earlier: the runs in the chosen log. Empty if both logs give the same number of runs.
    """
    if chosen is None:
        return []
    # Its name may be private, and the report is passed on.
    start = "Another audit log than the usual one was chosen for this audit"
    try:
        left_out = runs_left_out(audit_log_path(), earlier, run)
    except RecordError:
        return [f"{start}; the usual one cannot be read, and what it holds is not counted."]
    if not left_out:
        return []
    factor = run_factor(distinct_runs(earlier, run) + left_out)
    those = "it" if left_out == 1 else "these"
    sentence = (
        f"{start}. The usual one holds {counted(left_out, 'other run')} of this record on this model, which p is not "
        f"multiplied for; with {those} it would be multiplied by {factor:,}."
    )
    return [sentence]


class RunLog:
    """Writes into the log that a run begins, and that it failed or was cancelled.

    A run counts as soon as all its originals are decoded, and always before a column of its losses is shown or kept on
    disk; the engine calls `begin` before that. If an original turns out to be damaged before, nobody learned a loss, so
    the run does not count.
    """

    def __init__(self, path: Path | None, run: AuditRun) -> None:
        """Use the log at ``path``; None for a process that does not write."""
        self._path, self._run = path, run
        self._runs: int | None = None

    def begin(self) -> int:
        """Write that the run begins, if that is not yet written; return the number of runs, this one included.

        Raises RecordError, StorageError.
        """
        if self._runs is None:
            self._runs = 1 if self._path is None else begin_run(self._path, self._run)
        return self._runs

    def begun_in_time(self, events: Generator[Event, None, T], pictures: PicturesOnTheWay) -> Generator[Event, None, T]:
        """Yield ``events``; begin the run when all ``pictures`` are ready, at the latest after the last event."""
        with closing(events):
            work = Following(events)
            for event in work:
                if self._runs is None and pictures.are_ready:
                    self.begin()
                yield event
            self.begin()
            return work.answer

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """Write how the run ended if the block fails; success is written later, when all pairs are done."""
        try:
            yield
        except (MtguiError, GeneratorExit) as error:
            never_was = self._runs is None and isinstance(error, PictureError)
            if self._path is not None and not never_was:
                self.begin()
                outcome = "cancelled" if isinstance(error, CancelledError | GeneratorExit) else "failed"
                end_run(self._path, self._run.run_id, utc_now(), outcome, {"reason": str(error)})
            raise
