"""What long work says while it runs: frozen events, the same for the terminal, for programs and for the window."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Event:
    """Root of everything that long work says; each kind is a frozen dataclass whose fields are ready for JSON."""


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


def event_to_json(event: Event) -> str:
    """Return ``event`` as one line of JSON: its fields and ``event``, its kind in snake case."""
    kind = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(event).__name__).lstrip("_")
    return json.dumps({"event": kind, **vars(event)}, ensure_ascii=True, default=str)
