"""The request for a rehearsal: everything that is fixed before the first step."""

from dataclasses import dataclass, field
from pathlib import Path

from mtgui.auditing.thread_choice import check_threads
from mtgui.common.errors import UsageError
from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_settings import KINDS, Kind
from mtgui.rehearsal.training.training_plan import TrainingPlan


@dataclass(frozen=True)
class RehearsalRequest:
    """A rehearsal.

    data: all pictures. aside: share of every class that is kept aside: no model is trained on it and no user has it; it
    tests the models and gives the held-out sets. kinds: kinds of models to train. out: folder for checkpoints, models,
    marks and losses; None keeps nothing. seed: of users and of the pictures kept aside; the training has its own.
    start, start_network: see `Making`. own: pictures of user 0; None if all users get pictures of the data.
    audit_every: epochs between two audits of the marked model during its training; None for no such audits. threads:
    number of processor threads; None takes the number of a training begun in ``out``, else the fastest. reach: the
    curve goes on to so many pictures published and withheld, by further artists; None ends it with the users' numbers.
    """

    data: TrainingData
    users: UserPlan = field(default_factory=UserPlan)
    training: TrainingPlan = field(default_factory=TrainingPlan)
    measures: Countermeasures = field(default_factory=Countermeasures)
    audits: AuditPlan = field(default_factory=AuditPlan)
    kinds: tuple[Kind, ...] = ("marked", "absent")
    aside: float = 0.2
    seed: int = 0
    device: str = "auto"
    out: Path | None = None
    start: Path | None = None
    start_network: str | None = None
    own: OwnPictures | None = None
    audit_every: int | None = None
    threads: int | None = None
    precision_is_auto: bool = False
    reach: int | None = None

    def __post_init__(self) -> None:
        """Raise UsageError if a value is impossible."""
        if not self.kinds or not set(self.kinds) <= set(KINDS):
            raise UsageError(f"Models to train are called {', '.join(KINDS)}.")
        if not 0 < self.aside < 1:
            raise UsageError("The share of pictures kept aside lies between 0 and 1.")
        if self.audit_every is not None and self.audit_every < 1:
            raise UsageError("Models in training are audited after every so many epochs, 1 or more.")
        if self.reach is not None and self.reach < 1:
            raise UsageError("The curve goes on to at least 1 picture published.")
        check_threads(self.threads)
