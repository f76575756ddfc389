"""With how many threads of the processor an audit computes: those it had before, else as many as are fastest now."""

import contextlib
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.engine_errors import ModelRunError
from mtgui.auditing.engine.memory import OUT_OF_MEMORY
from mtgui.auditing.engine.torch_threads import Stopwatch
from mtgui.auditing.job.state_files import States
from mtgui.auditing.thread_choice import ThreadChoice, choose_threads, going_on, in_words
from mtgui.common.control import Control
from mtgui.common.events import Event, Noticed, Started
from mtgui.records.audit_log import AuditRun


@dataclass(frozen=True)
class Earlier:
    """What earlier runs of an audit have left.

    threads: the numbers in the audit log, the last run's at the end, None where it says none. kept: bytes in the state
    files, by number of threads.
    """

    threads: Sequence[int | None] = ()
    kept: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: Sequence[AuditRun], states: States, settings_digest: str | None) -> "Earlier":
        """Return what is left of ``runs``, and of one with these settings that may stand in another log."""
        digests = dict.fromkeys([run.settings_digest for run in runs] + ([settings_digest] if settings_digest else []))
        kept: dict[int, int] = {}
        for digest in digests:
            for threads, path in states.by_threads(digest).items():
                with contextlib.suppress(FileNotFoundError):
                    kept[threads] = max(kept.get(threads, 0), path.stat().st_size)
        return cls([run.threads for run in runs], kept)

    def choice(self, most: int) -> ThreadChoice | None:
        """Return the number to go on with, ``most`` at most: of the interrupted run that got furthest, else of the last
        one, for only the same number gives the same answer. None where there is none.
        """
        last = next((one for one in reversed(self.threads) if one is not None and one <= most), None)
        fitting = [threads for threads in self.kept if threads <= most]
        if fitting:
            return going_on(max(fitting, key=lambda threads: (self.kept[threads], threads == last)))
        if last is None:
            return None
        return ThreadChoice(last, f"Computing with {in_words(last)}, as in the last run of this audit.")

    def choice_of(self, asked: int) -> ThreadChoice:
        """Return ``asked``, and a sentence where an interrupted run had another number and is not gone on with."""
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
    """Let ``model`` compute with as many threads of the processor as it is to, and say why.

    asked: what a person says; else those of earlier runs, else as many as are fastest now for ``work``, ``allowed`` at
    most. Nothing is decided for a card.
    """
    if model.threads is None:
        return
    if asked is not None:
        choice = earlier.choice_of(asked)
    else:
        begun = earlier.choice(max(allowed, os.cpu_count() or 1))
        choice = (yield from fastest_threads(model, allowed, work)) if begun is None else begun
    # Also where it has that number already: setting it turns off what else chooses one by itself.
    model.use_threads(choice.threads)
    if choice.sentence and (asked is not None or allowed > 1 or choice.threads > 1):
        yield Noticed(choice.sentence)


@dataclass(frozen=True)
class Work:
    """What is to be computed: ``passes`` forward passes in batches of ``batch``."""

    batch: int
    passes: int
    control: Control


def fastest_threads(model: AuditedModel, allowed: int, work: Work) -> Generator[Event, None, ThreadChoice]:
    """Say that it is being tried, and return how many threads do ``work`` soonest, tried on ``model`` itself. An ONNX
    graph gets all, untried.

    The model is on the processor. One that cannot be asked says so later, where that is told and written down. Raises
    CancelledError between two batches.
    """
    if allowed == 1 or not isinstance(model, TorchClassifier):
        return ThreadChoice(allowed)
    yield Started("trying how many threads are fastest", allowed)

    def show(count: int) -> None:
        work.control.checkpoint()
        model.class_losses(torch.zeros((count, 3, *model.preprocessing.crop), dtype=torch.uint8))

    # One picture at first: a large network may take seconds for it.
    stopwatch = Stopwatch(show, min(work.batch, work.passes), fewest=1)
    with contextlib.suppress(ModelRunError, *OUT_OF_MEMORY):
        return choose_threads(stopwatch, allowed, work.passes, lambda: stopwatch.spent)
    return ThreadChoice(allowed)
