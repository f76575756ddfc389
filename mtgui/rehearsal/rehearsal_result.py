"""What a rehearsal found: frozen values for programs and for the window, which has no torch."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from mtgui.common.codec import to_values


@dataclass(frozen=True)
class CurvePoint:
    """So many published and withheld: ``found`` of ``of`` audits had p ≤ α, which is ``share``.

    low, high: an interval of 95 % for the share among such users.
    """

    published: int
    withheld: int
    found: int
    of: int
    share: float
    low: float
    high: float

    @property
    def pictures(self) -> int:
        """Published and withheld together."""
        return self.published + self.withheld


@dataclass(frozen=True)
class Privacy:
    """What private training guarantees to each picture that was trained on: ε at δ, one over their number."""

    epsilon: float
    delta: float


@dataclass(frozen=True)
class LeftOut:
    """What the filter left out: of all ``pictures``, and of those that came from users."""

    pictures: int
    of_users: int


CURVE_NOTE = (
    "All these pictures were learned by one model, and only the audits look at fewer of them. A model that was given "
    "fewer of a person's pictures may remember each of them better or worse. The interval takes every user as one case."
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
    """One user on one model. p_values: by design, None where that design has no coin; 1 where it stopped early.
    set_loss: mean over the published pictures under the mark key, in nats.
    """

    user: int
    p_values: dict[str, float | None]
    stopped_early: dict[str, bool]
    set_loss: float

    @property
    def strongest_p(self) -> float | None:
        """p of the strongest design that has a coin; None where none has."""
        return next((p for design in BY_STRENGTH if (p := self.p_values.get(design)) is not None), None)


@dataclass(frozen=True)
class MarkResult:
    """One kind of marks. users: the numbers of those who have it. psnr: decibels, and ssim: of the marked copies on
    average; None where nothing is changed.
    """

    settings: dict[str, Any]
    users: tuple[int, ...]
    psnr: float | None
    ssim: float | None


@dataclass(frozen=True)
class Measures:
    """The paper's measures of users' set losses against held-out sets. tpr_at: bound of the FPR → share found."""

    fpr_at_full_tpr: float
    tpr_at: dict[str, float]
    auc: float
    sets: int


@dataclass(frozen=True)
class ModelResult:
    """One model.

    kind: “marked”, “unmarked” or “absent”: what of the users' pictures it was trained on. privacy: what private
    training guarantees; left_out: what the filter dropped; None where that was off. device: where it was trained, and
    with how many threads of the processor; where it was audited stands in the settings.
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


@dataclass(frozen=True)
class RehearsalResult:
    """A whole rehearsal.

    psnr, ssim: as in `MarkResult`, of all marked copies. marks: every kind of them. sentence: all of it for a
    person. own: the number of the user whose pictures are one's own, None without any. curve: the probability of being
    found by number of pictures, see `power_curve`; empty without a marked model. curve_note: what it does not say.
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

    def model(self, kind: str) -> ModelResult | None:
        """Return the model of ``kind``; None where it was not trained."""
        return next((one for one in self.models if one.kind == kind), None)

    def values(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        values: dict[str, Any] = to_values(self)
        return values
