"""Follows the events of a rehearsal: how the models learn, what audits find on the way, and what came out."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mtgui.common.errors import printable
from mtgui.rehearsal.rehearsal_result import CurvePoint

MARKED = "marked"
AUDIT_PART = 0.15
"""The share of a model's time that its audits are counted as."""


@dataclass(frozen=True)
class EpochPoint:
    """One round of training: mean loss in nats, and shares of pictures that were right; NaN where not measured."""

    epoch: int
    loss: float
    train_accuracy: float
    test_accuracy: float


@dataclass(frozen=True)
class AuditPoint:
    """What audits found after ``epoch`` rounds: p of every user, and of the person's own pictures (None without)."""

    epoch: int
    p_values: tuple[float, ...]
    own: float | None


@dataclass
class ModelStory:
    """One model: its rounds so far, how many there will be, how far its training and its audits are (0 to 1).

    stage: what is done to it at the moment, “training”, “fine-tuning” or “distilling”, which takes ``stage_epochs``
    rounds after those before it.
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
        """The share of its work that is done."""
        trained = 1.0 if self.is_trained else min(1.0, self.within) if self.epochs else 0.0
        return (1 - AUDIT_PART) * trained + AUDIT_PART * self.audited


class RehearsalStory:
    """A rehearsal from its first event on. ``tell`` takes events one after the other."""

    def __init__(self, models: int = 2, alpha: float = 0.01, clock: Callable[[], float] = time.monotonic) -> None:
        """``models`` will be trained; ``alpha`` bounds the p of a user who counts as found."""
        self.alpha = alpha
        self.models: dict[str, ModelStory] = {}
        self.audits: list[AuditPoint] = []
        self.what = ""
        self.notes: list[str] = []
        self.remarks: list[str] = []
        self.is_paused = False
        self.result: Mapping[str, Any] | None = None
        self.chances: tuple[CurvePoint, ...] = ()
        self._current = ""
        self._expected, self._clock = models, clock
        self._begun = clock()
        self._lost, self._paused_at = 0.0, 0.0

    @property
    def current(self) -> ModelStory | None:
        """The model that is trained or audited at the moment."""
        return self.models.get(self._current)

    @property
    def device(self) -> str:
        """Where it ran, as far as is known."""
        settings = (self.result or {}).get("settings")
        return printable(str(settings.get("device", ""))) if isinstance(settings, dict) else ""

    @property
    def done(self) -> float:
        """The share of the whole that is done."""
        if self.result is not None:
            return 1.0
        models = max(self._expected, len(self.models))
        return sum(model.done for model in self.models.values()) / models

    @property
    def seconds(self) -> float:
        """How long it has run, pauses left out."""
        now = self._paused_at if self.is_paused else self._clock()
        return max(0.0, now - self._begun - self._lost)

    @property
    def remaining(self) -> float | None:
        """About how many seconds are left; None while that cannot be said."""
        done = self.done
        return self.seconds * (1 - done) / done if done > 0.03 else None

    def model(self, name: str) -> ModelStory:
        """Return the model called ``name``, made when it is first heard of."""
        self._current = name
        return self.models.setdefault(name, ModelStory(name))

    def tell(self, event: Mapping[str, Any]) -> None:
        """Take ``event``; events of unknown kinds or shapes are passed over."""
        take = _TAKERS.get(str(event.get("event")))
        if take is not None:
            try:
                take(self, event)
            except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
                return

    def pause(self, is_paused: bool) -> None:
        """Stop the clock or let it go on."""
        if is_paused and not self.is_paused:
            self._paused_at = self._clock()
        elif self.is_paused and not is_paused:
            self._lost += self._clock() - self._paused_at
        self.is_paused = is_paused


def _started(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    story.what = printable(str(event["what"]))
    verb, _, name = story.what.partition(" ")
    if verb == "training" and name:
        name, _, stage = name.partition(", ")
        model = story.model(name)
        model.stage, model.stage_epochs = stage or "training", int(event["total"])
        model.before = model.points[-1].epoch if model.points else 0
        model.epochs = max(model.epochs, model.before + model.stage_epochs)
    elif verb == "auditing" and name in story.models:
        story.model(name).audited = 0.0


def _progress(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    model, total = story.current, int(event["total"])
    if model is None or total < 1:
        return
    share = int(event["done"]) / total
    if model.is_trained:
        if story.what == f"auditing {model.name}":
            model.audited = min(1.0, share)
    else:
        model.within = (model.before + share * model.stage_epochs) / max(1, model.epochs)


def _epoch(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    model = story.model(printable(str(event["model"])))
    model.epochs = int(event["epochs"])
    model.stage = printable(str(event.get("stage", model.stage)))
    test = event.get("test_accuracy")
    point = EpochPoint(
        int(event["epoch"]),
        float(event["loss"]),
        float(event["train_accuracy"]),
        math.nan if test is None else float(test),
    )
    if not all(math.isfinite(value) for value in (point.loss, point.train_accuracy)):
        return
    model.points = [one for one in model.points if one.epoch < point.epoch] + [point]
    model.within = point.epoch / max(1, model.epochs)


def _trained(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    story.model(printable(str(event["model"]))).is_trained = True


def _training_audited(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    own = event.get("own")
    values = tuple(
        float(one["p_value"]) for one in event["p_values"] if one.get("p_value") is not None and one["p_value"] > 0
    )
    point = AuditPoint(int(event["epoch"]), values, None if own is None else float(own))
    story.audits = [one for one in story.audits if one.epoch < point.epoch] + [point]


def _failed(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    name = str(event["source"]).replace("\\", "/").rpartition("/")[2]
    story.notes.append(f"{printable(name)}: {printable(str(event['reason']))}")


def _noticed(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    story.remarks.append(printable(str(event["sentence"])))


def _paused(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    story.pause(event["event"] == "paused")


def _finished(story: RehearsalStory, event: Mapping[str, Any]) -> None:
    result = event["result"]
    if isinstance(result, dict):
        story.result = result
        story.chances = _chances(result.get("curve"))


def _chances(values: object) -> tuple[CurvePoint, ...]:
    points = []
    for one in values if isinstance(values, list) else []:
        try:
            numbers = {name: float(one[name]) for name in ("share", "low", "high")}
            counts = {name: int(one[name]) for name in ("published", "withheld", "found", "of")}
        except (KeyError, OverflowError, TypeError, ValueError):
            continue
        if all(math.isfinite(number) for number in numbers.values()):
            points.append(
                CurvePoint(
                    counts["published"], counts["withheld"], counts["found"], counts["of"],
                    numbers["share"], numbers["low"], numbers["high"],
                )
            )  # fmt: skip
    return tuple(sorted(points, key=lambda point: (point.pictures, point.published)))


_TAKERS: Mapping[str, Callable[[RehearsalStory, Mapping[str, Any]], None]] = {
    "started": _started,
    "progress": _progress,
    "epoch_done": _epoch,
    "training_done": _trained,
    "training_audited": _training_audited,
    "item_failed": _failed,
    "noticed": _noticed,
    "paused": _paused,
    "resumed": _paused,
    "finished": _finished,
}
