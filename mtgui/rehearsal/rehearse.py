"""The whole rehearsal: train with and without the marks, audit every user, and say what was found."""

import io
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.auditing.statistics.metrics import set_metrics
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.common.events import Event, Finished, Progress, Started
from mtgui.common.files import replace
from mtgui.marking.quality import psnr, ssim
from mtgui.rehearsal.audits import (
    DESIGNS,
    AuditPlan,
    Design,
    Subject,
    UserAudit,
    audit_user,
    held_out_losses,
    in_nats,
    member_losses,
)
from mtgui.rehearsal.countermeasures import Countermeasures, RoundedAnswers, applied
from mtgui.rehearsal.data import TrainingData, split
from mtgui.rehearsal.events import UserAudited
from mtgui.rehearsal.plan import TrainingPlan
from mtgui.rehearsal.results import ModelResult, RehearsalResult, UserResult, measures_of
from mtgui.rehearsal.training import Trained, train
from mtgui.rehearsal.users import User, UserPlan, absent_training, draw_users, marked_training, unmarked_training
from mtgui.rehearsal.weights import model_tensors, module_hash, save_tensors

Kind = Literal["marked", "unmarked", "absent"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_TRAINING_SETS = {"marked": marked_training, "unmarked": unmarked_training, "absent": absent_training}


@dataclass(frozen=True)
class RehearsalRequest:
    """A rehearsal.

    data: everything there is; ``aside``, a share of every class, is neither trained on nor anybody's, but tests the
    models and gives the held-out sets. kinds: which models are trained. out: folder for checkpoints, models, marks
    and losses, None to keep nothing. seed: of users and of what is kept aside; the training has its own.
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

    def __post_init__(self) -> None:
        """Raise UsageError where a value makes no sense."""
        if not self.kinds or not set(self.kinds) <= set(KINDS):
            raise UsageError(f"Models to train are called {', '.join(KINDS)}.")
        if not 0 < self.aside < 1:
            raise UsageError("The share of pictures kept aside lies between 0 and 1.")


def rehearse(request: RehearsalRequest, control: Control | None = None) -> Iterator[Event]:
    """Carry out ``request``; yield what happens; the last event is `Finished` with a `RehearsalResult` as values.

    Raises UsageError where there are too few pictures, what training and engine raise, OSError and CancelledError.
    Trainings that ended are not repeated when the same request is given again with the same folder.
    """
    result = yield from rehearsed(request, control or Control())
    yield Finished(result.values())


def rehearsed(request: RehearsalRequest, control: Control) -> Generator[Event, None, RehearsalResult]:
    """Do what `rehearse` does, but return the result."""
    device = choose_device(request.device)
    if request.out is not None:
        request.out.mkdir(parents=True, exist_ok=True)
    trained_on, aside = split(request.data, request.aside, request.seed)
    users = draw_users(trained_on, request.users, request.seed)
    _save_users(request, users)
    visibility = _visibility(users)
    models = []
    for kind in request.kinds:
        data = applied(request.measures, _TRAINING_SETS[kind](trained_on, users), request.seed)
        checkpoint = None if request.out is None else request.out / f"{kind}.checkpoint.safetensors"
        trained = yield from train(
            request.training, data, aside, device, name=kind, checkpoint=checkpoint, control=control
        )
        if request.out is not None:
            save_tensors(request.out / f"{kind}.safetensors", model_tensors(trained.module))
        models.append((yield from _audited(request, kind, trained, len(data), users, aside, device, control)))
    return RehearsalResult(_settings(request, device), *visibility, tuple(models))


def _audited(
    request: RehearsalRequest,
    kind: Kind,
    trained: Trained,
    pictures: int,
    users: tuple[User, ...],
    aside: TrainingData,
    device: Device,
    control: Control,
) -> Generator[Event, None, ModelResult]:
    digits, weights_hash = request.measures.output_digits, module_hash(trained.module)
    module = trained.module if digits is None else RoundedAnswers(trained.module, digits)
    subject = Subject(module, aside, device, weights_hash)
    yield Started(f"auditing {kind}", len(users))
    found: list[dict[Design, UserAudit]] = []
    results = []
    for user in users:
        audits = {design: audit_user(subject, user, design, request.audits, control) for design in DESIGNS}
        found.append({design: audit for design, audit in audits.items() if audit is not None})
        results.append(_user_result(user, audits, found[-1]))
        yield UserAudited(kind, user.number, results[-1].p_values)
        yield Progress(len(results), len(users), 0.0)
    members, measures = member_losses(found, users), None
    others = np.empty(0, dtype=np.int64)
    if request.audits.sets:
        yield Started("auditing held-out sets", request.audits.sets)
        others = held_out_losses(subject, aside, users, request.audits, request.seed, control)
        measures = measures_of(set_metrics(members, others), len(others))
    _save_losses(request, kind, found, members, others)
    return ModelResult(
        kind=kind,
        pictures=pictures,
        epochs=len(trained.history),
        train_accuracy=trained.train_accuracy,
        test_accuracy=trained.test_accuracy or 0.0,
        users=tuple(results),
        measures=measures,
    )


def _user_result(user: User, audits: dict[Design, UserAudit | None], found: dict[Design, UserAudit]) -> UserResult:
    if not found:
        raise UsageError(
            "Nothing could be found with these settings: there is no mark that depends on a key, and no picture is "
            "withheld. Withhold some, or use a stronger mark."
        )
    return UserResult(
        user=user.number,
        p_values={design: None if audit is None else float(audit.p_value) for design, audit in audits.items()},
        stopped_early={design: audit.stopped_early for design, audit in found.items()},
        set_loss=in_nats(int(member_losses([found], [user])[0]), len(user.published)),
    )


def _visibility(users: tuple[User, ...]) -> tuple[float | None, float | None]:
    """Return PSNR and SSIM of the marked copies, on average; None where they equal their originals."""
    pairs = [
        (original, copy)
        for user in users
        for original, copy in zip(user.pixels[user.published], user.copies, strict=True)
    ]
    if all(np.array_equal(original, copy) for original, copy in pairs):
        return None, None
    return float(np.mean([psnr(*pair) for pair in pairs])), float(np.mean([ssim(*pair) for pair in pairs]))


def _settings(request: RehearsalRequest, device: Device) -> dict[str, Any]:
    return {
        "pictures": len(request.data),
        "classes": list(request.data.class_names),
        "users": {
            "users": request.users.users,
            "published": request.users.published,
            "withheld": request.users.withheld,
            "classes": request.users.classes,
        },
        "mark": asdict(request.users.settings),
        "training": asdict(request.training),
        "countermeasures": asdict(request.measures),
        "audits": {**asdict(request.audits), "alpha": str(request.audits.alpha)},
        "aside": request.aside,
        "seed": request.seed,
        "device": device.title,
    }


def _save_users(request: RehearsalRequest, users: tuple[User, ...]) -> None:
    """Keep originals, marked copies and the keys of the rehearsal, so that every number can be had again."""
    if request.out is None:
        return
    arrays: dict[str, NDArray[Any]] = {}
    for user in users:
        start = f"user{user.number + 1}"
        arrays |= {
            f"{start}_originals": user.pixels,
            f"{start}_copies": user.copies,
            f"{start}_labels": user.labels,
            f"{start}_published": user.published,
            f"{start}_key": np.frombuffer(user.block.key.secret, np.uint8),
            f"{start}_decoy_seed": np.frombuffer(user.block.decoy_seed, np.uint8),
        }
    _save_arrays(request.out / "users.npz", arrays)


def _save_losses(
    request: RehearsalRequest,
    kind: str,
    found: list[dict[Design, UserAudit]],
    members: NDArray[np.int64],
    others: NDArray[np.int64],
) -> None:
    if request.out is None:
        return
    arrays: dict[str, NDArray[Any]] = {"member_sets": members, "held_out_sets": others}
    for number, audits in enumerate(found, 1):
        for design, audit in audits.items():
            start = f"user{number}_{design.replace(' ', '_')}"
            arrays |= {f"{start}_losses": audit.losses, f"{start}_columns": np.array(audit.columns)}
    _save_arrays(request.out / f"{kind}.losses.npz", arrays)


def _save_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    replace(path, file.getvalue())
