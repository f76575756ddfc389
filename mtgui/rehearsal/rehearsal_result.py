"""The result of a rehearsal: frozen dataclasses for programs and for the window; they do not import torch."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from mtgui.common.codec import to_values


@dataclass(frozen=True)
class CurvePoint:
    """One point of the power curve: with ``published`` and ``withheld`` pictures, ``found`` of ``of`` audits had p ≤ α.

    share: found / of. low, high: 95 % interval of the share. is_beyond: True for more pictures than the artists of the
    rehearsal have; further artists' pictures show it.
    """

    published: int
    withheld: int
    found: int
    of: int
    share: float
    low: float
    high: float
    is_beyond: bool = False

    @property
    def pictures(self) -> int:
        """Number of published and withheld pictures together."""
        return self.published + self.withheld


@dataclass(frozen=True)
class Privacy:
    """The guarantee of private training for each training picture: ε at δ = 1 / number of pictures."""

    epsilon: float
    delta: float


@dataclass(frozen=True)
class LeftOut:
    """Numbers of pictures that the filter left out: all ``pictures``, and those ``of_users``."""

    pictures: int
    of_users: int


@dataclass(frozen=True)
class Detected:
    """What a detector of marks threw out: ``caught`` of ``of`` pictures of users, and ``alarms`` of ``others``."""

    caught: int
    of: int
    alarms: int
    others: int


CURVE_NOTE = (
    "All these pictures were learned by one model, and only the audits look at fewer of them. A model that was given "
    "fewer of a person's pictures may remember each of them better or worse. The interval takes every artist as one "
    "case."
)

Design = Literal["keys only", "withheld only", "both"]
DESIGNS: tuple[Design, ...] = get_args(Design)
BY_STRENGTH: tuple[Design, ...] = ("both", "withheld only", "keys only")
CAVEAT = (
    "A rehearsal shows how one small model behaves, trained on these pictures in this way. Another model may remember "
    "more or less."
)


@dataclass(frozen=True)
class UserResult:
    """The result of one user on one model.

    p_values: by design; None if a design has no coin, 1 if it stopped early. set_loss: mean loss of the published
    pictures under the mark key, in nats.
    """

    user: int
    p_values: dict[str, float | None]
    stopped_early: dict[str, bool]
    set_loss: float

    @property
    def strongest_p(self) -> float | None:
        """p of the strongest design that has a coin; None if no design has one."""
        return next((p for design in BY_STRENGTH if (p := self.p_values.get(design)) is not None), None)


@dataclass(frozen=True)
class MarkResult:
    """One kind of marks.

    users: numbers of the users with these marks. psnr (decibels), ssim: mean over the marked copies; None if the marks
    change nothing.
    """

    settings: dict[str, Any]
    users: tuple[int, ...]
    psnr: float | None
    ssim: float | None


@dataclass(frozen=True)
class Measures:
    """The paper's measures of users' set losses against held-out sets.

    tpr_at: bound of the FPR → share found. sets: number of held-out sets, or of pictures where each is judged alone.
    """

    fpr_at_full_tpr: float
    tpr_at: dict[str, float]
    auc: float
    sets: int


@dataclass(frozen=True)
class Baselines:
    """The same measures of other statistics of the same losses, which the paper compares with the set loss.

    logit_set: the mean logit-scaled loss of a set. picture: every picture judged alone by its loss; its logit-scaled
    loss has the same order, and so the same measures.
    """

    logit_set: Measures
    picture: Measures


@dataclass(frozen=True)
class ModelResult:
    """One model.

    kind: “marked”, “unmarked” or “absent”: the form in which the users' pictures were in the training data. privacy:
    guarantee of private training, left_out: pictures that the filter dropped; None if switched off. device: device of
    the training, with its number of processor threads; the settings name the device of the audits. baselines: None
    without held-out sets, and in results of earlier versions. detected: None without a detector of marks.
    """

    kind: str
    pictures: int
    epochs: int
    train_accuracy: float
    test_accuracy: float
    users: tuple[UserResult, ...]
    measures: Measures | None
    privacy: Privacy | None = None
    left_out: LeftOut | None = None
    device: str = ""
    baselines: Baselines | None = None
    detected: Detected | None = None


@dataclass(frozen=True)
class RehearsalResult:
    """A whole rehearsal.

    psnr, ssim: as in `MarkResult`, over all marked copies. marks: every kind of marks. sentence: the result in words.
    own: number of the user with the person's own pictures, None without these. curve: the probability of being found,
    by number of pictures, see `power_curve`; empty without a marked model. curve_note: limits of the curve, in words.
    """

    settings: dict[str, Any]
    psnr: float | None
    ssim: float | None
    models: tuple[ModelResult, ...]
    sentence: str
    own: int | None
    curve: tuple[CurvePoint, ...]
    marks: tuple[MarkResult, ...] = ()
    curve_note: str = CURVE_NOTE
    caveat: str = CAVEAT

    @property
    def side(self) -> int | None:
        """Side of the training pictures in pixels, at which the visibility of marks was measured; None if unknown."""
        side = self.settings.get("side")
        return side if isinstance(side, int) else None

    def model(self, kind: str) -> ModelResult | None:
        """Return the model of ``kind``; None if it was not trained."""
        return next((one for one in self.models if one.kind == kind), None)

    def values(self) -> dict[str, Any]:
        """Return the whole result as values for JSON."""
        values: dict[str, Any] = to_values(self)
        return values
