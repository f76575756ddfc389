"""The state of a rehearsal, updated by its events: the training, the audits on the way, and the results."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mtgui.common.codec import FieldError, from_values
from mtgui.common.errors import printable, readable_name
from mtgui.common.events import Event, Finished, ItemFailed, Noticed, Paused, Progress, Resumed, Started, ThreadsChosen
from mtgui.desktop.rehearse.rehearsal_choices import ALPHA
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingAudited, TrainingDone
from mtgui.rehearsal.rehearsal_result import CurvePoint, RehearsalResult

_log = logging.getLogger(__name__)
MARKED = "marked"
AUDIT_PART = 0.15
"""The share of a model's progress that its audits make up."""


@dataclass(frozen=True)
class EpochPoint:
    """One round of training: mean loss in nats, and the shares of correct pictures (0 to 1).

    NaN if not measured, and for a loss that is no longer a number.
    """

    epoch: int
    loss: float
    train_accuracy: float
    test_accuracy: float


@dataclass(frozen=True)
class AuditPoint:
    """The audits after ``epoch`` rounds: p of every user, and of the person's own pictures (None without any)."""

    epoch: int
    p_values: tuple[float, ...]
    own: float | None


@dataclass
class ModelState:
    """One model: its rounds so far, their final number, and the progress of training and audits (0 to 1).

    stage: “training”, “fine-tuning” or “distilling”; it takes ``stage_epochs`` rounds, after ``before`` earlier ones.
    """

    name: str
    epochs: int = 0
    points: list[EpochPoint] = field(default_factory=list)
    stage: str = "training"
    stage_epochs: int = 0
    before: int = 0
    within: float = 0.0
    audited: float = 0.0
    is_trained: bool = False

    @property
    def done(self) -> float:
        """The finished share of its work, 0 to 1."""
        trained = 1.0 if self.is_trained else min(1.0, self.within) if self.epochs else 0.0
        return (1 - AUDIT_PART) * trained + AUDIT_PART * self.audited


class RehearsalState:
    """A rehearsal from its first event on. `tell` takes the events, one after the other."""

    def __init__(
        self,
        models: int = 2,
        clock: Callable[[], float] = time.monotonic,
        seconds: float | None = None,
    ) -> None:
        """``models`` is how many will be trained.

        seconds: how long a past rehearsal took; None for one that begins now.
        """
        self.alpha = ALPHA
        """A user counts as found if p is at most this."""
        self.models: dict[str, ModelState] = {}
        self.audits: list[AuditPoint] = []
        self.what = ""
        self.notes: list[str] = []
        self.remarks: list[str] = []
        self.is_paused = False
        self.result: RehearsalResult | None = None
        self.chances: tuple[CurvePoint, ...] = ()
        self._current = ""
        self._expected, self._clock = models, clock
        self._begun = clock()
        self._took = seconds
        self._lost, self._paused_at = 0.0, 0.0

    @property
    def current(self) -> ModelState | None:
        """The model that is being trained or audited; None before the first."""
        return self.models.get(self._current)

    @property
    def is_finished(self) -> bool:
        """True once there is a result."""
        return self.result is not None

    @property
    def has_learned(self) -> bool:
        """True once a model has learned for a round."""
        return any(one.points for one in self.models.values())

    @property
    def device(self) -> str:
        """The device that it ran on; empty before the result."""
        return "" if self.result is None else printable(str(self.result.settings.get("device", "")))

    @property
    def done(self) -> float:
        """The finished share of the whole rehearsal, 0 to 1."""
        if self.result is not None:
            return 1.0
        models = max(self._expected, len(self.models))
        return sum(model.done for model in self.models.values()) / models

    @property
    def seconds(self) -> float:
        """How many seconds it has run, without pauses."""
        if self._took is not None:
            return self._took
        now = self._paused_at if self.is_paused else self._clock()
        return max(0.0, now - self._begun - self._lost)

    @property
    def remaining(self) -> float | None:
        """About how many seconds are left; None while this is unknown."""
        done = self.done
        return self.seconds * (1 - done) / done if done > 0.03 else None

    def model(self, name: str) -> ModelState:
        """Return the model ``name`` and make it the current one; the first call creates it."""
        self._current = name
        return self.models.setdefault(name, ModelState(name))

    def tell(self, event: Event) -> None:
        """Take ``event`` into the state."""
        take = _TAKERS.get(type(event))
        if take is not None:
            take(self, event)

    def pause(self, is_paused: bool) -> None:
        """Stop the clock, or start it again."""
        if is_paused and not self.is_paused:
            self._paused_at = self._clock()
        elif self.is_paused and not is_paused:
            self._lost += self._clock() - self._paused_at
        self.is_paused = is_paused


def _started(rehearsal: RehearsalState, event: Started) -> None:
    rehearsal.what = printable(event.what)
    verb, _, name = rehearsal.what.partition(" ")
    if verb == "training" and name:
        name, _, stage = name.partition(", ")
        model = rehearsal.model(name)
        model.stage, model.stage_epochs = stage or "training", event.total
        model.before = model.points[-1].epoch if model.points else 0
        model.epochs = max(model.epochs, model.before + model.stage_epochs)
    elif verb == "auditing" and name in rehearsal.models:
        rehearsal.model(name).audited = 0.0


def _progress(rehearsal: RehearsalState, event: Progress) -> None:
    model = rehearsal.current
    if model is None or event.total < 1:
        return
    share = event.done / event.total
    if model.is_trained:
        if rehearsal.what == f"auditing {model.name}":
            model.audited = min(1.0, share)
    else:
        model.within = (model.before + share * model.stage_epochs) / max(1, model.epochs)


def _epoch(rehearsal: RehearsalState, event: EpochDone) -> None:
    model = rehearsal.model(printable(event.model))
    model.epochs, model.stage = event.epochs, printable(event.stage)
    test = math.nan if event.test_accuracy is None else event.test_accuracy
    loss = math.nan if event.loss is None else event.loss
    point = EpochPoint(event.epoch, loss, event.train_accuracy, test)
    model.points = [one for one in model.points if one.epoch < point.epoch] + [point]
    model.within = point.epoch / max(1, model.epochs)


def _trained(rehearsal: RehearsalState, event: TrainingDone) -> None:
    rehearsal.model(printable(event.model)).is_trained = True


def _training_audited(rehearsal: RehearsalState, event: TrainingAudited) -> None:
    point = AuditPoint(event.epoch, tuple(one.p_value for one in event.p_values if one.p_value > 0), event.own)
    rehearsal.audits = [one for one in rehearsal.audits if one.epoch < point.epoch] + [point]


def _failed(rehearsal: RehearsalState, event: ItemFailed) -> None:
    rehearsal.notes.append(f"{readable_name(event.source)}: {printable(event.reason)}")


def _noticed(rehearsal: RehearsalState, event: Noticed) -> None:
    rehearsal.remarks.append(printable(event.sentence))


def _threads_chosen(_rehearsal: RehearsalState, _event: ThreadsChosen) -> None:
    """Leave it: the result tells with how many threads a model was trained, and nobody has to do anything about it."""


def _paused(rehearsal: RehearsalState, _event: Paused) -> None:
    rehearsal.pause(True)


def _resumed(rehearsal: RehearsalState, _event: Resumed) -> None:
    rehearsal.pause(False)


def _finished(rehearsal: RehearsalState, event: Finished) -> None:
    try:
        rehearsal.result = from_values(RehearsalResult, event.result, "tolerant")
    except FieldError as error:
        _log.error("What the rehearsal found cannot be read: %s", error)
    else:
        rehearsal.chances = tuple(sorted(rehearsal.result.curve, key=lambda point: (point.pictures, point.published)))


_TAKERS: Mapping[type[Event], Callable[[RehearsalState, Any], None]] = {
    Started: _started,
    Progress: _progress,
    EpochDone: _epoch,
    TrainingDone: _trained,
    TrainingAudited: _training_audited,
    ItemFailed: _failed,
    Noticed: _noticed,
    ThreadsChosen: _threads_chosen,
    Paused: _paused,
    Resumed: _resumed,
    Finished: _finished,
}
