"""Chooses the number of processor threads of an audit: the number it had before, else the fastest number."""

import contextlib
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.engine_errors import ModelRunError
from mtgui.auditing.engine.memory import OUT_OF_MEMORY
from mtgui.auditing.engine.torch_threads import Stopwatch
from mtgui.auditing.job.state_files import States
from mtgui.auditing.thread_choice import ThreadChoice, choose_threads, going_on, in_words
from mtgui.common.control import Control
from mtgui.common.events import Event, Noticed, Started, ThreadsChosen
from mtgui.records.audit_log import AuditRun


@dataclass(frozen=True)
class Earlier:
    """The traces of earlier runs of an audit.

    threads: their numbers of threads in the audit log, the last run at the end, None if not logged. kept: size of the
    state file in bytes, by number of threads.
    """

    threads: Sequence[int | None] = ()
    kept: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: Sequence[AuditRun], states: States, settings_digest: str | None) -> "Earlier":
        """Return the traces of ``runs``, and of a run with ``settings_digest``, which may be in another log."""
        digests = dict.fromkeys([run.settings_digest for run in runs] + ([settings_digest] if settings_digest else []))
        kept: dict[int, int] = {}
        for digest in digests:
            for threads, path in states.by_threads(digest).items():
                with contextlib.suppress(FileNotFoundError):
                    kept[threads] = max(kept.get(threads, 0), path.stat().st_size)
        return cls([run.threads for run in runs], kept)

    def choice(self, most: int) -> ThreadChoice | None:
        """Return the number of threads of an earlier run, at most ``most``; None if there is none.

        It is that of the interrupted run with the most results, else of the last run, because only the same number of
        threads gives the same result.
        """
        last = next((one for one in reversed(self.threads) if one is not None and one <= most), None)
        fitting = [threads for threads in self.kept if threads <= most]
        if fitting:
            return going_on(max(fitting, key=lambda threads: (self.kept[threads], threads == last)))
        if last is None:
            return None
        return ThreadChoice(last, f"Computing with {in_words(last)}, as in the last run of this audit.")

    def choice_of(self, asked: int) -> ThreadChoice:
        """Return ``asked``, with a sentence if an interrupted run had another number and so cannot go on."""
        others = [in_words(threads) for threads in sorted(self.kept)]
        if not others or asked in self.kept:
            return ThreadChoice(asked)
        sentence = (
            f"An interrupted run of this audit computed with {' and '.join(others)}; with {asked} it starts from the "
            "beginning, and counts as another run."
        )
        return ThreadChoice(asked, sentence)


def settle_threads(
    model: AuditedModel, earlier: Earlier, asked: int | None, allowed: int, work: "Work"
) -> Generator[Event, None, None]:
    """Set the number of processor threads of ``model``, and yield an event with the reason.

    asked: the person's choice. Without it, the number is that of earlier runs, else the fastest for ``work``, at most
    ``allowed``. For a card nothing is set.
    """
    if model.threads is None:
        return
    if asked is not None:
        choice = earlier.choice_of(asked)
    else:
        begun = earlier.choice(max(allowed, os.cpu_count() or 1))
        choice = (yield from fastest_threads(model, allowed, work)) if begun is None else begun
    # Set it even if it is the present number: this keeps libraries from choosing another by themselves.
    model.use_threads(choice.threads)
    if choice.sentence and (asked is not None or allowed > 1 or choice.threads > 1):
        yield ThreadsChosen(choice.sentence) if asked is None else Noticed(choice.sentence)


@dataclass(frozen=True)
class Work:
    """The work to be done: ``passes`` forward passes in batches of ``batch``."""

    batch: int
    passes: int
    control: Control


def fastest_threads(model: AuditedModel, allowed: int, work: Work) -> Generator[Event, None, ThreadChoice]:
    """Measure ``model`` on the processor, and return the number of threads that is fastest for ``work``.

    A model that cannot try them gets all threads without a measurement. Errors of the model are ignored here, because
    they occur again in the audit, which reports and logs them. Raises CancelledError between two batches.
    """
    if allowed == 1 or not model.can_try_threads:
        return ThreadChoice(allowed)
    yield Started("trying how many threads are fastest", allowed)

    def show(count: int) -> None:
        work.control.checkpoint()
        model.try_step(count)

    # Begin with one picture, for which a large network may need seconds.
    stopwatch = Stopwatch(show, min(work.batch, work.passes), fewest=1)
    with contextlib.suppress(ModelRunError, *OUT_OF_MEMORY):
        return choose_threads(stopwatch, allowed, work.passes, lambda: stopwatch.spent)
    return ThreadChoice(allowed)
