"""Follows the events of an audit: what is known at any moment of every record on every model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mtgui.common.errors import printable
from mtgui.desktop.audit.growing_histogram import Draws
from mtgui.desktop.audit.model_summary import summary_from_values
from mtgui.desktop.pictures.picture_entries import ShownPicture

Pair = tuple[int, int]
"""The number of a model and of a record."""


@dataclass
class PairState:
    """One record on one model, while the audit runs and after."""

    title: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    draws: Draws = field(default_factory=Draws)
    set_loss: float = math.nan
    losses: tuple[float, ...] = ()
    pictures: tuple[ShownPicture, ...] = ()
    keys_done: int = 0
    keys: int = 0
    at_most: int = 0
    counted: int = 0
    result: Mapping[str, Any] | None = None

    @property
    def alpha(self) -> float:
        """The significance level of the plan."""
        return _number(self.plan.get("alpha"), 0.01)

    @property
    def running_p(self) -> float:
        """The share of the draws so far that are no higher than the published set; NaN before the first."""
        return self.at_most / self.counted if self.counted else math.nan

    @property
    def drawn(self) -> int:
        """How many reference draws were counted; of very many the engine tells a part, which the plot shows."""
        return max(self.counted, self.draws.total)

    @property
    def is_evidence(self) -> bool:
        """True when it is finished and the verdict is evidence."""
        return self.result is not None and self.result.get("verdict") == "evidence"

    def shown(self) -> tuple[ShownPicture, ...]:
        """Return the pictures with their losses, as far as both are known; the model never saw lost originals."""
        if len(self.losses) != len(self.pictures):
            return ()
        return tuple(
            ShownPicture(one.name, one.is_published, one.path, loss)
            for one, loss in zip(self.pictures, self.losses, strict=True)
            if not math.isnan(loss)
        )

    def to_values(self) -> dict[str, Any]:
        """Return what the history keeps, ready for JSON."""
        return {
            "title": self.title,
            "plan": dict(self.plan),
            "label": self.label,
            "draws": self.draws.to_values(),
            "set_loss": None if math.isnan(self.set_loss) else self.set_loss,
            "losses": [None if math.isnan(loss) else loss for loss in self.losses],
            "pictures": [[one.name, one.is_published, str(one.path or "")] for one in self.pictures],
            "keys_done": self.keys_done,
            "keys": self.keys,
            "at_most": self.at_most,
            "counted": self.counted,
            "result": self.result,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "PairState":
        """Return what `to_values` wrote. Raises KeyError, TypeError, ValueError, IndexError."""
        return cls(
            title=str(values["title"]),
            plan=dict(values["plan"]),
            label=str(values["label"]),
            draws=Draws.from_values(values["draws"]),
            set_loss=math.nan if values["set_loss"] is None else float(values["set_loss"]),
            losses=_losses(values["losses"]),
            pictures=tuple(
                ShownPicture(str(name), bool(is_published), Path(path) if path else None)
                for name, is_published, path in values["pictures"]
            ),
            keys_done=int(values["keys_done"]),
            keys=int(values["keys"]),
            at_most=int(values["at_most"]),
            counted=int(values["counted"]),
            result=values["result"],
        )


class AuditStory:
    """Every pair of an audit, and how far the whole of it is. ``tell`` takes events one after the other."""

    def __init__(self, pictures: Sequence[tuple[ShownPicture, ...]] = (), titles: Sequence[str] = ()) -> None:
        """``pictures`` and ``titles`` are those of each record, in the order of the request."""
        self.pairs: dict[Pair, PairState] = {}
        self.current: Pair = (0, 0)
        self.what = ""
        self.done = self.total = 0
        self.seconds = 0.0
        self.remaining: float | None = None
        self.notes: list[str] = []
        self.device = ""
        self.model = ""
        self.file_hash = ""
        self.is_paused = False
        self._pictures, self._titles = tuple(pictures), tuple(titles)

    @property
    def rate(self) -> float:
        """Items per second; 0 while unknown."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    def pair(self, model: int, record: int) -> PairState:
        """Return the state of a pair, made when first asked for."""
        if (model, record) not in self.pairs:
            self.pairs[model, record] = PairState(
                title=self._titles[record] if record < len(self._titles) else f"Record {record + 1}",
                pictures=self._pictures[record] if record < len(self._pictures) else (),
            )
        return self.pairs[model, record]

    def tell(self, event: Mapping[str, Any]) -> bool:
        """Take ``event``; True when a pair changed. Events of unknown kinds or shapes are passed over."""
        take = _TAKERS.get(str(event.get("event")))
        if take is None:
            return False
        try:
            return bool(take(self, event))
        except (KeyError, TypeError, ValueError):
            return False

    def choose_pair(self) -> None:
        """Make the pair that is shown first the one with evidence, else the first."""
        pairs = list(self.pairs)
        self.current = next((pair for pair in pairs if self.pairs[pair].is_evidence), pairs[0] if pairs else (0, 0))

    def to_values(self) -> list[dict[str, Any]]:
        """Return every pair for the history, ready for JSON."""
        return [
            {"model": model, "record": record, **state.to_values()} for (model, record), state in self.pairs.items()
        ]


def story_from_values(values: Sequence[Mapping[str, Any]]) -> AuditStory:
    """Return the story that `AuditStory.to_values` wrote. Raises KeyError, TypeError, ValueError, IndexError."""
    story = AuditStory()
    for one in values:
        story.pairs[int(one["model"]), int(one["record"])] = PairState.from_values(one)
    if story.pairs:
        story.choose_pair()
        story.device = str(story.pairs[story.current].plan.get("device", ""))
    return story


def _pair(story: AuditStory, event: Mapping[str, Any]) -> PairState:
    pair = int(event["model"]), int(event["record"])
    story.current = pair
    return story.pair(*pair)


def _losses(values: Sequence[object]) -> tuple[float, ...]:
    """Return losses in nats; NaN for originals that were lost."""
    return tuple(math.nan if loss is None else float(str(loss)) for loss in values)


def _model_read(story: AuditStory, event: Mapping[str, Any]) -> bool:
    story.file_hash = summary_from_values(event["summary"]).file_hash
    return False


def _started(story: AuditStory, event: Mapping[str, Any]) -> bool:
    story.what, story.total, story.done = printable(str(event["what"])), int(event["total"]), 0
    story.seconds, story.remaining = 0.0, None
    return False


def _progress(story: AuditStory, event: Mapping[str, Any]) -> bool:
    story.done, story.total, story.seconds = int(event["done"]), int(event["total"]), float(event["seconds"])
    story.remaining = None if event.get("remaining") is None else float(event["remaining"])
    return False


def _planned(story: AuditStory, event: Mapping[str, Any]) -> bool:
    _pair(story, event).plan = {name: value for name, value in event.items() if name != "event"}
    story.device = str(event.get("device", ""))
    return True


def _label(story: AuditStory, event: Mapping[str, Any]) -> bool:
    _pair(story, event).label = printable(str(event["sentence"]))
    return True


def _key_done(story: AuditStory, event: Mapping[str, Any]) -> bool:
    state = _pair(story, event)
    values = np.asarray(event["set_losses"], dtype=np.float64)
    state.draws.add(values)
    if event["column"] == 0 and values.size:
        state.set_loss = float(values[0])
        state.losses = _losses(event.get("losses") or ())
    state.keys_done, state.keys = int(event["keys_done"]), int(event["keys"])
    state.at_most, state.counted = int(event["at_most"]), int(event["counted"])
    return True


def _done(story: AuditStory, event: Mapping[str, Any]) -> bool:
    result = event["result"]
    if isinstance(result, dict):
        _pair(story, event).result = result
    return True


def _noticed(story: AuditStory, event: Mapping[str, Any]) -> bool:
    story.notes.append(printable(str(event["sentence"])))
    return False


def _paused(story: AuditStory, event: Mapping[str, Any]) -> bool:
    story.is_paused = event["event"] == "paused"
    return False


def _number(value: object, usual: float) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else usual


_TAKERS = {
    "model_read": _model_read,
    "started": _started,
    "progress": _progress,
    "audit_planned": _planned,
    "label_chosen": _label,
    "key_done": _key_done,
    "audit_done": _done,
    "noticed": _noticed,
    "paused": _paused,
    "resumed": _paused,
}
