"""The state of an audit, updated by its events: what is known about every record on every model."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mtgui.auditing.job.audit_events import (
    AuditDone,
    AuditPlanned,
    KeyDone,
    LabelChosen,
    ModelRead,
    NetworkChosen,
    TimeStated,
)
from mtgui.auditing.job.audit_result import PairResult
from mtgui.auditing.loss_kinds import LossScale, loss_scale
from mtgui.common.codec import FieldError, from_values, to_values
from mtgui.common.errors import printable
from mtgui.common.events import Event, Noticed, Paused, Progress, Resumed, Started, ThreadsChosen
from mtgui.desktop.audit.growing_histogram import DrawHistograms
from mtgui.desktop.audit.model_summary import ModelSummary, describe
from mtgui.desktop.pictures.picture_entries import ShownPicture

Pair = tuple[int, int]
"""The number of a model and the number of a record, both from 0."""


@dataclass(frozen=True)
class StoredPair:
    """A `PairState` as the history stores it.

    losses: None for lost originals. pictures: name, whether it was published, and the path of the original
    (empty if it is lost).
    """

    model: int
    record: int
    title: str
    plan: Any
    label: str
    draws: DrawHistograms
    set_loss: float | None
    losses: tuple[float | None, ...]
    pictures: tuple[tuple[str, bool, str], ...]
    keys_done: int
    keys: int
    at_most: int
    counted: int
    result: PairResult | None


@dataclass
class PairState:
    """One record on one model, during the audit and after it."""

    title: str = ""
    plan: AuditPlanned | None = None
    label: str = ""
    draws: DrawHistograms = field(default_factory=DrawHistograms)
    set_loss: float = math.nan
    losses: tuple[float, ...] = ()
    pictures: tuple[ShownPicture, ...] = ()
    keys_done: int = 0
    keys: int = 0
    at_most: int = 0
    counted: int = 0
    result: PairResult | None = None

    @property
    def alpha(self) -> float:
        """The significance level of the plan."""
        return 0.01 if self.plan is None else self.plan.alpha

    @property
    def scale(self) -> LossScale:
        """The scale of the losses, as the result or the plan names it."""
        known = self.result or self.plan
        return loss_scale("cross-entropy" if known is None else known.loss_kind, classes=1)

    @property
    def has_scale(self) -> bool:
        """True once the kind of the losses is known."""
        return self.plan is not None or self.result is not None or self.draws.total > 0

    @property
    def drawn(self) -> int:
        """How many reference draws are known; of very many draws, the engine sends only a part to the plot."""
        return max(self.counted, self.draws.total)

    @property
    def is_evidence(self) -> bool:
        """True when the audit is finished and the verdict is evidence."""
        verdict = None if self.result is None else self.result.in_words(self.alpha)
        return verdict is not None and verdict.is_evidence

    def shown(self) -> tuple[ShownPicture, ...]:
        """Return the pictures with their losses, without lost originals; empty until the losses are known."""
        if len(self.losses) != len(self.pictures):
            return ()
        return tuple(
            ShownPicture(one.name, one.is_published, one.path, loss)
            for one, loss in zip(self.pictures, self.losses, strict=True)
            if not math.isnan(loss)
        )

    def stored(self, model: int, record: int) -> StoredPair:
        """Return this pair in the form that the history stores."""
        return StoredPair(
            model=model,
            record=record,
            title=self.title,
            plan=self.plan,
            label=self.label,
            draws=self.draws,
            set_loss=None if math.isnan(self.set_loss) else self.set_loss,
            losses=tuple(None if math.isnan(loss) else loss for loss in self.losses),
            pictures=tuple((one.name, one.is_published, str(one.path or "")) for one in self.pictures),
            keys_done=self.keys_done,
            keys=self.keys,
            at_most=self.at_most,
            counted=self.counted,
            result=self.result,
        )

    @classmethod
    def from_stored(cls, stored: StoredPair) -> "PairState":
        """Return the pair that was ``stored``."""
        return cls(
            title=stored.title,
            plan=_plan_of(stored.plan),
            label=stored.label,
            draws=stored.draws,
            set_loss=math.nan if stored.set_loss is None else stored.set_loss,
            losses=_with_gaps(stored.losses),
            pictures=tuple(
                ShownPicture(name, is_published, Path(path) if path else None)
                for name, is_published, path in stored.pictures
            ),
            keys_done=stored.keys_done,
            keys=stored.keys,
            at_most=stored.at_most,
            counted=stored.counted,
            result=stored.result,
        )


def _plan_of(values: Any) -> AuditPlanned | None:
    """Return a plan from the history; None if another version wrote it in another form."""
    try:
        return from_values(AuditPlanned, values, "tolerant")
    except FieldError:
        return None


class AuditState:
    """All pairs of an audit and its overall progress. `tell` takes the events, one after the other."""

    def __init__(self, pictures: Sequence[tuple[ShownPicture, ...]] = (), titles: Sequence[str] = ()) -> None:
        """``pictures`` and ``titles`` have one item for each record, in the order of the request."""
        self.pairs: dict[Pair, PairState] = {}
        self.current: Pair = (0, 0)
        self.what = ""
        self.done = self.total = 0
        self.seconds = 0.0
        self.remaining: float | None = None
        self.notes: list[str] = []
        self.device = ""
        self.model = ""
        self.summary: ModelSummary | None = None
        """The model as the engine read it at the start, or as it was taken after originals were shown to it."""
        self.is_paused = False
        self._pictures, self._titles = tuple(pictures), tuple(titles)

    @property
    def rate(self) -> float:
        """Items per second; 0 while unknown."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    def pair(self, model: int, record: int) -> PairState:
        """Return the state of a pair; the first call makes it."""
        if (model, record) not in self.pairs:
            self.pairs[model, record] = PairState(
                title=self._titles[record] if record < len(self._titles) else f"Record {record + 1}",
                pictures=self._pictures[record] if record < len(self._pictures) else (),
            )
        return self.pairs[model, record]

    def tell(self, event: Event) -> bool:
        """Take ``event``; return True when a pair changed."""
        take = _TAKERS.get(type(event))
        return take is not None and take(self, event)

    def choose_pair(self) -> None:
        """Show the first pair with evidence first; without any, the first pair."""
        pairs = list(self.pairs)
        self.current = next((pair for pair in pairs if self.pairs[pair].is_evidence), pairs[0] if pairs else (0, 0))

    def to_values(self) -> list[dict[str, Any]]:
        """Return every pair for the history, ready for JSON."""
        return [to_values(state.stored(*pair)) for pair, state in self.pairs.items()]


def audit_from_values(values: Sequence[Mapping[str, Any]]) -> AuditState:
    """Return the audit that `AuditState.to_values` of this or an earlier version wrote. Raises FieldError."""
    audit = AuditState()
    for one in values:
        stored = from_values(StoredPair, one, "tolerant")
        audit.pairs[stored.model, stored.record] = PairState.from_stored(stored)
    if audit.pairs:
        audit.choose_pair()
        plan = audit.pairs[audit.current].plan
        audit.device = "" if plan is None else plan.device
    return audit


def _pair(audit: AuditState, event: AuditPlanned | LabelChosen | KeyDone | AuditDone) -> PairState:
    audit.current = event.model, event.record
    return audit.pair(*audit.current)


def _with_gaps(losses: Sequence[float | None]) -> tuple[float, ...]:
    """Return the losses with NaN in place of None for lost originals."""
    return tuple(math.nan if loss is None else loss for loss in losses)


def _model_read(audit: AuditState, event: ModelRead | NetworkChosen) -> bool:
    audit.summary = describe(event.summary)
    return False


def _started(audit: AuditState, event: Started) -> bool:
    audit.what, audit.total, audit.done = printable(event.what), event.total, 0
    audit.seconds, audit.remaining = 0.0, None
    return False


def _progress(audit: AuditState, event: Progress) -> bool:
    audit.done, audit.total, audit.seconds, audit.remaining = event.done, event.total, event.seconds, event.remaining
    return False


def _planned(audit: AuditState, event: AuditPlanned) -> bool:
    _pair(audit, event).plan = event
    audit.device = event.device
    return True


def _label(audit: AuditState, event: LabelChosen) -> bool:
    _pair(audit, event).label = printable(event.sentence)
    return True


def _key_done(audit: AuditState, event: KeyDone) -> bool:
    state = _pair(audit, event)
    values = np.asarray(event.set_losses, dtype=np.float64)
    state.draws.add(values)
    if event.column == 0 and values.size:
        state.set_loss = float(values[0])
        state.losses = _with_gaps(event.losses or ())
    state.keys_done, state.keys = event.keys_done, event.keys
    state.at_most, state.counted = event.at_most, event.counted
    return True


def _done(audit: AuditState, event: AuditDone) -> bool:
    _pair(audit, event).result = event.result
    return True


def _noticed(audit: AuditState, event: Noticed) -> bool:
    audit.notes.append(printable(event.sentence))
    return False


def _time_stated(_audit: AuditState, _event: TimeStated) -> bool:
    """Leave it: an audit that runs shows the time that is left, which follows the pictures shown so far."""
    return False


def _threads_chosen(_audit: AuditState, _event: ThreadsChosen) -> bool:
    """Leave it: the run's card tells with how many threads it ran, and nobody has to do anything about it."""
    return False


def _paused(audit: AuditState, _event: Paused) -> bool:
    audit.is_paused = True
    return False


def _resumed(audit: AuditState, _event: Resumed) -> bool:
    audit.is_paused = False
    return False


_TAKERS: Mapping[type[Event], Callable[[AuditState, Any], bool]] = {
    ModelRead: _model_read,
    NetworkChosen: _model_read,
    Started: _started,
    Progress: _progress,
    AuditPlanned: _planned,
    LabelChosen: _label,
    KeyDone: _key_done,
    AuditDone: _done,
    Noticed: _noticed,
    ThreadsChosen: _threads_chosen,
    TimeStated: _time_stated,
    Paused: _paused,
    Resumed: _resumed,
}
