"""One audit in the audit log: from when on it counts, and how it ended unless it ended well."""

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
    """Return what the user's usual audit log holds that p is not multiplied for, where another one was ``chosen``.

    earlier: the runs in the chosen one. Empty where both come to the same.
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
    """Says in the log that a run begins, and that it failed or was cancelled.

    A run counts from the first sign on that all its originals are decoded, and in any case before a column of its
    losses is told to anybody or kept on the disk: the engine calls `begin` before that. Where an original turns out to
    be damaged earlier, nothing was found out, so the run does not count: it is as if it had been refused before the
    first pass.
    """

    def __init__(self, path: Path | None, run: AuditRun) -> None:
        """Take the log at ``path``; None for a process that does not write."""
        self._path, self._run = path, run
        self._runs: int | None = None

    def begin(self) -> int:
        """Write, unless it is written, that the run begins; return how many there were, this one included.

        Raises RecordError, StorageError.
        """
        if self._runs is None:
            self._runs = 1 if self._path is None else begin_run(self._path, self._run)
        return self._runs

    def begun_in_time(self, events: Generator[Event, None, T], pictures: PicturesOnTheWay) -> Generator[Event, None, T]:
        """Yield ``events``; begin the run once all ``pictures`` are there, and at the end in any case."""
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
        """Write how the run ended, unless the block ends well: that is written once all pairs are done."""
        try:
            yield
        except (MtguiError, GeneratorExit) as error:
            never_was = self._runs is None and isinstance(error, PictureError)
            if self._path is not None and not never_was:
                self.begin()
                outcome = "cancelled" if isinstance(error, CancelledError | GeneratorExit) else "failed"
                end_run(self._path, self._run.run_id, utc_now(), outcome, {"reason": str(error)})
            raise
