"""The events of long work: frozen dataclasses, the same for the terminal, for programs and for the window."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtgui.common.codec import FieldError, from_values, to_values
from mtgui.common.errors import printable


class Event:
    """Base class of all events; each kind is a frozen dataclass whose fields are ready for JSON."""


@dataclass(frozen=True)
class Started(Event):
    """Work begins: ``total`` items of the kind ``what``."""

    what: str
    total: int


@dataclass(frozen=True)
class ItemDone(Event):
    """One item is finished: ``source`` became ``target`` (None where nothing is written)."""

    source: Path
    target: Path | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemFailed(Event):
    """One item could not be done, for ``reason``, one sentence; the others go on."""

    source: Path
    reason: str


@dataclass(frozen=True)
class Progress(Event):
    """``done`` of ``total`` items after ``seconds`` of work; ``remaining`` seconds, None while unknown."""

    done: int
    total: int
    seconds: float
    remaining: float | None = None


@dataclass(frozen=True)
class Paused(Event):
    """The work waits until it is resumed."""


@dataclass(frozen=True)
class Resumed(Event):
    """The work goes on after a pause."""


@dataclass(frozen=True)
class Finished(Event):
    """The work has ended; ``result`` holds what it made, ready for JSON."""

    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped(Event):
    """The work has ended early, for ``reason``, one sentence; no result follows."""

    reason: str


@dataclass(frozen=True)
class Noticed(Event):
    """A remark that does not change the result, such as a smaller batch after memory ran out."""

    sentence: str


@dataclass(frozen=True)
class ThreadsChosen(Noticed):
    """The program itself chose the number of processor threads; ``sentence`` says how."""


def kind_of(event: type[Event]) -> str:
    """Return the name of a kind of event on the wire: that of its class in snake case."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in event.__name__).lstrip("_")


def by_kind(*events: type[Event]) -> dict[str, type[Event]]:
    """Return ``events`` by their names on the wire."""
    return {kind_of(event): event for event in events}


COMMON_EVENTS = by_kind(
    Started, ItemDone, ItemFailed, Progress, Noticed, ThreadsChosen, Paused, Resumed, Finished, Stopped
)
"""The events that all long work has, by their names on the wire."""


def event_to_json(event: Event) -> str:
    """Return ``event`` as one line of JSON: its fields and ``event``, its kind in snake case."""
    return json.dumps({"event": kind_of(type(event)), **to_values(event)}, ensure_ascii=True)


def event_from_values(values: Mapping[str, Any], kinds: Mapping[str, type[Event]]) -> Event:
    """Return the event of one of ``kinds`` that `event_to_json` wrote as ``values``.

    Raises FieldError for another kind, and where a field is missing, unknown or not what its class declares.
    """
    kind = kinds.get(str(values.get("event")))
    if kind is None:
        raise FieldError(f"its kind “{printable(str(values.get('event')))}” is unknown to this mtgui")
    return from_values(kind, {name: value for name, value in values.items() if name != "event"})
