"""The events of an audit, in addition to those of all long work."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtgui.auditing.architectures.model_description import ModelDescription
from mtgui.auditing.job.audit_result import PairResult
from mtgui.auditing.loss_kinds import LossKind
from mtgui.common.events import COMMON_EVENTS, Event, by_kind


@dataclass(frozen=True)
class ModelRead(Event):
    """Model number ``model`` was read; ``summary`` is the output of ``mtgui inspect --json`` for it."""

    model: int
    path: str
    summary: ModelDescription


@dataclass(frozen=True)
class NetworkChosen(Event):
    """Unmarked originals decided between the networks that fit model number ``model``.

    ``summary`` describes the model with the network that was taken, and says why.
    """

    model: int
    path: str
    summary: ModelDescription


@dataclass(frozen=True)
class PicturesFound(Event):
    """The originals of record number ``record``: names of those found by file, found by pixels, changed and missing."""

    record: int
    path: str
    found: tuple[str, ...]
    by_pixels: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class LabelChosen(Event):
    """The labels of the pictures, as numbers of classes, and one sentence on how they were chosen."""

    model: int
    record: int
    rule: str
    labels: Mapping[str, str | None]
    sentence: str


@dataclass(frozen=True)
class TimeStated(Event):
    """How long the audit of one record on one model will take, measured with black pictures before it sees any other.

    passes: forward passes to be done. seconds: for all of them and for what is done once for each picture. device: in
    words.
    """

    model: int
    record: int
    passes: int
    seconds: float
    device: str


@dataclass(frozen=True)
class AuditPlanned(Event):
    """Everything that is fixed before the first forward pass, and the smallest p that the audit can reach."""

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
    loss_kind: LossKind = "cross-entropy"


@dataclass(frozen=True)
class KeyDone(Event):
    """The losses under one more key were computed.

    set_losses: mean loss of every draw under this key, the true draw first. losses: under the mark key
    (column 0), the loss of each picture, None for a missing original; None under decoy keys. at_most: how many
    of the ``counted`` pairs of draw and key so far have a set loss that does not exceed the true one.
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


AUDIT_EVENTS = COMMON_EVENTS | by_kind(
    ModelRead, NetworkChosen, PicturesFound, TimeStated, LabelChosen, AuditPlanned, KeyDone, AuditDone
)
"""Every event of an audit, by its name on the wire."""
