"""The events of a rehearsal, in addition to those of all long work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtgui.common.events import COMMON_EVENTS, Event, by_kind


@dataclass(frozen=True)
class TrainingBegun(Event):
    """The training of the model called ``model`` begins.

    device: title of the device, with the number of threads of a processor. precision: of the computation.
    """

    model: str
    device: str
    precision: str


@dataclass(frozen=True)
class EpochDone(Event):
    """One epoch of the model called ``model`` is done.

    loss: mean of the training loss over the epoch, in nats; None if it is no longer a number. train_accuracy: during
    training, with mixing and augmentation. test_accuracy: on the pictures kept aside, None without any.
    pictures_per_second: of training only. stage: “training”, or the later stages “fine-tuning” and “distilling”; epochs
    are numbered through all stages.
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
    """All users were audited on the model called ``model`` after ``epoch`` of ``epochs``.

    p_values: one per user. own: the p-value of the person's own pictures, None without any.
    """

    model: str
    epoch: int
    epochs: int
    p_values: tuple[UserP, ...]
    own: float | None


@dataclass(frozen=True)
class StepsDone(Event):
    """A diffusion model called ``model``, “base” or “artist 1”, has learned for ``step`` of ``steps`` steps.

    loss: mean squared error of the predicted noise, the mean since the last such event; None if it is no number.
    pictures_per_second: of training.
    """

    model: str
    step: int
    steps: int
    loss: float | None
    pictures_per_second: float


@dataclass(frozen=True)
class ArtistAudited(Event):
    """The model made of an artist's pictures was audited after ``exposures`` of each picture.

    artist: its number, from 0. p_value: of the artist. innocent: of the next artist, whose pictures it never saw.
    is_own: True for the person's own pictures. was_there: True if an earlier run has found it.
    """

    artist: int
    exposures: int
    p_value: float
    innocent: float
    is_own: bool = False
    was_there: bool = False


@dataclass(frozen=True)
class CellDone(Event):
    """Rehearsal ``number`` of ``of`` in a grid is done; ``was_there``: in an earlier run. rows: its table lines."""

    number: int
    of: int
    name: str
    was_there: bool
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class CellFailed(Event):
    """Rehearsal ``number`` of ``of`` in a grid failed, for ``reason``; the others go on."""

    number: int
    of: int
    name: str
    reason: str


REHEARSAL_EVENTS = COMMON_EVENTS | by_kind(
    TrainingBegun, EpochDone, TrainingDone, UserAudited, TrainingAudited, StepsDone, ArtistAudited, CellDone, CellFailed
)
"""Every event of a rehearsal, by its name on the wire."""
