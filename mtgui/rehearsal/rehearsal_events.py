"""What a rehearsal says while it runs, beside the events that all long work has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtgui.common.events import COMMON_EVENTS, Event, by_kind


@dataclass(frozen=True)
class TrainingBegun(Event):
    """The model called ``model`` is trained from now on: ``device`` says where, with the number of threads on a
    processor, and ``precision`` in which numbers.
    """

    model: str
    device: str
    precision: str


@dataclass(frozen=True)
class EpochDone(Event):
    """One pass over the training pictures of the model called ``model`` is over.

    loss: mean over the epoch as it was trained, in nats; None once it is no number any more. train_accuracy: as it was
    trained, mixing and augmentation
    included. test_accuracy: on the pictures kept aside, None without any. pictures_per_second: of training alone.
    stage: “training”, or what came after it: “fine-tuning”, “distilling”; epochs count on through all of them.
    """

    model: str
    epoch: int
    epochs: int
    loss: float | None
    train_accuracy: float
    test_accuracy: float | None
    pictures_per_second: float
    rate: float
    stage: str = "training"


@dataclass(frozen=True)
class TrainingDone(Event):
    """The model called ``model`` is trained; accuracies on unaugmented pictures, None where there are none."""

    model: str
    epochs: int
    train_accuracy: float
    test_accuracy: float | None
    seconds: float


@dataclass(frozen=True)
class UserAudited(Event):
    """One user was audited on the model called ``model``: the p-value of each design, by its name."""

    model: str
    user: int
    p_values: Mapping[str, float | None]


@dataclass(frozen=True)
class UserP:
    """p of user number ``user``, of the strongest design that the user allows."""

    user: int
    p_value: float


@dataclass(frozen=True)
class TrainingAudited(Event):
    """All users were audited on the model called ``model`` as it is after ``epoch`` of ``epochs``.

    p_values: one per user. own: the p-value of one's own pictures, None without any.
    """

    model: str
    epoch: int
    epochs: int
    p_values: tuple[UserP, ...]
    own: float | None


@dataclass(frozen=True)
class CellDone(Event):
    """Rehearsal ``number`` of ``of`` in a grid is done, now or (``was_there``) in an earlier run. rows: its lines of
    the table.
    """

    number: int
    of: int
    name: str
    was_there: bool
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class CellFailed(Event):
    """Rehearsal ``number`` of ``of`` in a grid could not be done, for ``reason``; the others go on."""

    number: int
    of: int
    name: str
    reason: str


REHEARSAL_EVENTS = COMMON_EVENTS | by_kind(
    TrainingBegun, EpochDone, TrainingDone, UserAudited, TrainingAudited, CellDone, CellFailed
)
"""Every event of a rehearsal, by its name on the wire."""
