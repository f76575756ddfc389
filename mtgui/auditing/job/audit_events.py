"""What an audit says while it runs, beside the events that all long work has."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtgui.auditing.architectures.model_description import ModelDescription
from mtgui.auditing.job.audit_result import PairResult
from mtgui.common.events import COMMON_EVENTS, Event, by_kind


@dataclass(frozen=True)
class ModelRead(Event):
    """Model number ``model`` was read; ``summary`` is what ``mtgui inspect --json`` says of it."""

    model: int
    path: str
    summary: ModelDescription


@dataclass(frozen=True)
class PicturesFound(Event):
    """The originals of record number ``record``: names found as they were or by their pixels, changed and missing."""

    record: int
    path: str
    found: tuple[str, ...]
    by_pixels: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class LabelChosen(Event):
    """The classes that the pictures are held to be, by number, and how they came about in one sentence."""

    model: int
    record: int
    rule: str
    labels: Mapping[str, str | None]
    sentence: str


@dataclass(frozen=True)
class AuditPlanned(Event):
    """Everything fixed before the first pass, and what it can prove at best."""

    model: int
    record: int
    pictures: int
    published: int
    withheld: int
    keys: int
    draws: int
    grid: int
    smallest_p: float
    forward_passes: int
    device: str
    batch: int
    alpha: float


@dataclass(frozen=True)
class KeyDone(Event):
    """The losses under one more key are there.

    set_losses: mean loss in nats of every draw under this key, the true draw first. losses: of each picture in nats
    under the mark key (column 0), None for an original that was lost; None under decoy keys. at_most: pairs of draw
    and key so far with a set loss not above the true one's, of ``counted`` in all.
    """

    model: int
    record: int
    column: int
    keys_done: int
    keys: int
    set_losses: tuple[float, ...]
    losses: tuple[float | None, ...] | None
    at_most: int
    counted: int
    seconds: float


@dataclass(frozen=True)
class AuditDone(Event):
    """One record on one model is finished."""

    model: int
    record: int
    result: PairResult


AUDIT_EVENTS = COMMON_EVENTS | by_kind(ModelRead, PicturesFound, LabelChosen, AuditPlanned, KeyDone, AuditDone)
"""Every event of an audit, by its name on the wire."""
