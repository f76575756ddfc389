"""The whole rehearsal: trains models with and without the marks, audits every user, and returns the result."""

import contextlib
import copy
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.auditing.engine.torch_threads import set_threads, using_threads
from mtgui.auditing.statistics.baselines import baseline_metrics
from mtgui.auditing.statistics.metrics import set_metrics
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.common.events import Event, Finished, Noticed, Progress, Started
from mtgui.marking.quality import psnr, ssim
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.findings.kept_files import model_path, save_losses
from mtgui.rehearsal.findings.power import UserLosses, curve_beyond, power_curve
from mtgui.rehearsal.findings.results import baselines_of, measures_of
from mtgui.rehearsal.findings.sentence import made_before, sentence_of
from mtgui.rehearsal.findings.user_audits import (
    AuditedNetwork,
    AuditPlan,
    UserAudit,
    at_a_glance,
    audit_user,
    compared_users,
    held_out_losses,
    in_nats,
    member_losses,
    strongest_design,
)
from mtgui.rehearsal.kept_rehearsal import RehearsalFolder
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, split
from mtgui.rehearsal.pictures.own_pictures import without_own
from mtgui.rehearsal.pictures.users import (
    User,
    absent_training,
    draw_further,
    draw_users,
    marked_training,
    unmarked_training,
)
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingAudited, UserAudited, UserP
from mtgui.rehearsal.rehearsal_identity import identity_of, settings_of
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.rehearsal_result import (
    DESIGNS,
    CurvePoint,
    Design,
    MarkResult,
    ModelResult,
    RehearsalResult,
    UserResult,
)
from mtgui.rehearsal.rehearsal_settings import Kind
from mtgui.rehearsal.training.countermeasures import RoundedAnswers
from mtgui.rehearsal.training.mark_detector import KnownMarks
from mtgui.rehearsal.training.precision import plan_as_begun
from mtgui.rehearsal.training.small_networks import Network
from mtgui.rehearsal.training.training import Watch
from mtgui.rehearsal.training.training_pipeline import Ingredients, MadeModel, Making, make_model
from mtgui.rehearsal.training.weight_files import model_tensors, module_hash, save_tensors

_TRAINING_SETS = {"marked": marked_training, "unmarked": unmarked_training, "absent": absent_training}


def rehearse(request: RehearsalRequest, control: Control | None = None) -> Iterator[Event]:
    """Carry out ``request``; the last event is `Finished` with the values of a `RehearsalResult`.

    Raises UsageError if there are too few pictures, errors of training and engine, OSError and CancelledError. If the
    same request is run again with the same folder, finished trainings are not repeated; if the folder holds the
    results, nothing is.
    """
    request = _as_begun(request)
    kept = None if request.out is None else _folder_of(request, request.out).results(request.kinds)
    if kept is not None:
        yield Noticed(made_before(kept["settings"]["device"], request.threads))
        yield Finished(kept)
        return
    result = yield from rehearsed(request, control or Control())
    yield Finished(result.values())


def _as_begun(request: RehearsalRequest) -> RehearsalRequest:
    """Return ``request``; without a chosen precision, with the precision of the training begun in its folder."""
    if request.out is None or not request.precision_is_auto:
        return request
    return replace(request, training=plan_as_begun(request.training, request.out, request.kinds))


def _folder_of(request: RehearsalRequest, out: Path) -> RehearsalFolder:
    return RehearsalFolder(out, identity_of(request))


def rehearsed(request: RehearsalRequest, control: Control) -> Generator[Event, None, RehearsalResult]:
    """Do what `rehearse` does, but return the result."""
    with using_threads(None):
        return (yield from _rehearsed(request, control))


def _rehearsed(request: RehearsalRequest, control: Control) -> Generator[Event, None, RehearsalResult]:
    device, threads = choose_device(request.device), request.threads
    data = request.data if request.own is None else without_own(request.data, request.own)
    trained_on, aside = split(data, request.aside, request.seed)
    users = draw_users(trained_on, request.users, request.seed, request.own)
    _check(request, users, aside)
    further = (
        () if request.reach is None else draw_further(trained_on, request.users, request.seed, users, request.reach)
    )
    everyone, folder = users + further, None
    if request.out is not None:
        request.out.mkdir(parents=True, exist_ok=True)
        folder = _folder_of(request, request.out)
        folder.begin(everyone)
    visibility = _visibility(users)
    models, places, curve = [], list[str](), tuple[CurvePoint, ...]()
    known = KnownMarks(request.users.all_settings, request.users.pattern_picture)
    making = Making(request.training, request.measures, request.start, request.start_network, request.seed, known)
    for kind in request.kinds:
        parts = _ingredients(kind, trained_on, everyone, aside)
        watch = _watch(request, users, aside, device, control) if kind == "marked" else None
        with contextlib.nullcontext() if folder is None else folder.naming_differences():
            made = yield from make_model(
                making, parts, device, name=kind, out=request.out, control=control, watch=watch, threads=threads
            )
        if folder is not None:
            folder.keep(everyone)
        # A model is audited with the number of threads of its training; later trainings use that of the first.
        set_threads(made.trained.threads)
        threads = threads or made.trained.threads
        places.append(_title(device, made.trained.threads))
        if request.out is not None:
            save_tensors(model_path(request.out, kind), model_tensors(made.trained.module))
        subject = _subject(request, made.trained.network, aside, device)
        result, found = yield from _audited(request, kind, made, users, aside, subject, control)
        models.append(result)
        if kind == "marked":
            curve = _curve(request, subject, users, found, control) + _beyond(request, subject, users, further, control)
    return RehearsalResult(
        settings=_settings(request, users, "; ".join(dict.fromkeys(places))),
        psnr=visibility[0],
        ssim=visibility[1],
        models=tuple(models),
        sentence=sentence_of(models, users, float(request.audits.alpha)),
        own=0 if request.own is not None else None,
        curve=curve,
        marks=_marks(request, users),
    )


def _title(device: Device, threads: int | None) -> str:
    return (device if threads is None else device.with_threads(threads)).title


def _ingredients(kind: Kind, trained_on: TrainingData, users: tuple[User, ...], aside: TrainingData) -> Ingredients:
    clean = absent_training(trained_on, users)
    data = _TRAINING_SETS[kind](trained_on, users)
    sets = () if kind == "absent" else tuple(len(user.published) for user in users)
    return Ingredients(data, len(data) - len(clean), clean, aside, sets)


def check_pictures(request: RehearsalRequest) -> None:
    """Raise UsageError if the data of ``request`` has too few pictures; only their number and classes count."""
    trained_on, aside = split(request.data, request.aside, request.seed)
    plan = replace(request.users, settings=MarkSettings(1.0, 0), more_settings=(), pattern_picture=None)
    compared_users(draw_users(trained_on, plan, request.seed), aside, request.audits)


def _check(request: RehearsalRequest, users: tuple[User, ...], aside: TrainingData) -> None:
    """Raise UsageError for errors that would otherwise appear only after a training."""
    if any(strongest_design(user) is None for user in users):
        raise UsageError(
            "Nothing could be found with these settings: there is no mark that depends on a key, and no picture is "
            "withheld. Withhold some, or use a stronger mark."
        )
    compared_users(users, aside, request.audits)


def _subject(request: RehearsalRequest, network: Network, aside: TrainingData, device: Device) -> AuditedNetwork:
    digits, weights_hash = request.measures.output_digits, module_hash(network.module)
    answering = network if digits is None else replace(network, module=RoundedAnswers(network.module, digits))
    return AuditedNetwork(answering, aside, device, weights_hash)


def _watch(
    request: RehearsalRequest, users: tuple[User, ...], aside: TrainingData, device: Device, control: Control
) -> Watch | None:
    """Return a function that audits every user on a copy of a model in training; None if not requested."""
    every, plan = request.audit_every, at_a_glance(request.audits)
    if every is None:
        return None

    def watch(done: EpochDone, network: Network) -> Iterator[Event]:
        if done.epoch % every:
            return
        subject = _subject(request, replace(network, module=copy.deepcopy(network.module)), aside, device)
        p_values = [_p_value(subject, user, plan, control) for user in users]
        told = tuple(UserP(user.number, p) for user, p in zip(users, p_values, strict=True))
        own = next((p for user, p in zip(users, p_values, strict=True) if user.is_own), None)
        yield TrainingAudited(done.model, done.epoch, done.epochs, told, own)

    return watch


def _p_value(subject: AuditedNetwork, user: User, plan: AuditPlan, control: Control) -> float:
    design = strongest_design(user)
    audit = None if design is None else audit_user(subject, user, design, plan, control, stops_early=False)
    return 1.0 if audit is None else float(audit.p_value)


def _curve(
    request: RehearsalRequest,
    subject: AuditedNetwork,
    users: tuple[User, ...],
    found: list[dict[Design, UserAudit]],
    control: Control,
) -> tuple[CurvePoint, ...]:
    """Return the power curve; audits that stopped early are completed for it."""
    matrices = []
    for user, audits in zip(users, found, strict=True):
        design = strongest_design(user)
        audit = audits.get(design) if design else None
        is_found = audit is not None and audit.p_value <= request.audits.alpha
        if audit is not None and audit.stopped_early:
            plan = at_a_glance(request.audits)
            audit = audit_user(subject, user, audit.design, plan, control, stops_early=False)
        if audit is None:
            continue
        matrices.append(_losses(user, audit, is_found=is_found))
    return power_curve(matrices, request.audits, request.seed, control)


def _beyond(
    request: RehearsalRequest,
    subject: AuditedNetwork,
    users: tuple[User, ...],
    further: tuple[User, ...],
    control: Control,
) -> tuple[CurvePoint, ...]:
    """Return the points of the curve beyond the numbers of the users, from the pictures of ``further`` artists."""
    plan, matrices = at_a_glance(request.audits), []
    for user in further:
        design = strongest_design(user)
        audit = None if design is None else audit_user(subject, user, design, plan, control, stops_early=False)
        if audit is not None:
            matrices.append(_losses(user, audit, is_found=audit.p_value <= plan.alpha))
    last = (
        min(len(user.published) for user in users),
        min(len(user.block.pool) - len(user.published) for user in users),
    )
    return curve_beyond(matrices, last, request.audits, request.seed, control)


def _losses(user: User, audit: UserAudit, *, is_found: bool) -> UserLosses:
    published = [user.block.is_published(row) for row in range(len(user.block.pool))]
    is_public = np.array(published if audit.design != "keys only" else [True] * len(user.published))
    return UserLosses(audit.losses[np.argsort(audit.columns)], is_public, is_found)


def _audited(
    request: RehearsalRequest,
    kind: Kind,
    made: MadeModel,
    users: tuple[User, ...],
    aside: TrainingData,
    subject: AuditedNetwork,
    control: Control,
) -> Generator[Event, None, tuple[ModelResult, list[dict[Design, UserAudit]]]]:
    yield Started(f"auditing {kind}", len(users))
    found: list[dict[Design, UserAudit]] = []
    results = []
    for user in users:
        audits = {design: audit_user(subject, user, design, request.audits, control) for design in DESIGNS}
        found.append({design: audit for design, audit in audits.items() if audit is not None})
        results.append(_user_result(user, audits, found[-1]))
        yield UserAudited(kind, user.number, results[-1].p_values)
        yield Progress(len(results), len(users), 0.0)
    compared = compared_users(users, aside, request.audits)
    members = member_losses([found[user.number] for user in compared], compared)
    measures, baselines, others = None, None, np.empty((0, 0), dtype=np.int64)
    if compared:
        yield Started("auditing held-out sets", request.audits.sets)
        others = held_out_losses(subject, aside, compared, request.audits, request.seed, control)
        measures = measures_of(set_metrics(members.sum(axis=1), others.sum(axis=1)), len(others))
        baselines = baselines_of(baseline_metrics(members, others), *others.shape)
    if request.out is not None:
        save_losses(request.out, kind, found, members, others)
    result = ModelResult(
        kind=kind,
        pictures=made.pictures,
        epochs=len(made.trained.history),
        train_accuracy=made.trained.train_accuracy,
        test_accuracy=made.trained.test_accuracy or 0.0,
        users=tuple(results),
        measures=measures,
        privacy=made.trained.privacy,
        left_out=made.left_out,
        device=made.trained.device,
        baselines=baselines,
        detected=made.detected,
    )
    return result, found


def _user_result(user: User, audits: dict[Design, UserAudit | None], found: dict[Design, UserAudit]) -> UserResult:
    return UserResult(
        user=user.number,
        p_values={design: None if audit is None else float(audit.p_value) for design, audit in audits.items()},
        stopped_early={design: audit.stopped_early for design, audit in found.items()},
        set_loss=in_nats(int(member_losses([found], [user]).sum()), len(user.published)),
    )


def _marks(request: RehearsalRequest, users: tuple[User, ...]) -> tuple[MarkResult, ...]:
    kinds = request.users.all_settings
    found = []
    for number, settings in enumerate(kinds):
        own = tuple(user for user in users if user.number % len(kinds) == number)
        if own:
            found.append(MarkResult(settings.values(), tuple(user.number for user in own), *_visibility(own)))
    return tuple(found)


def _visibility(users: tuple[User, ...]) -> tuple[float | None, float | None]:
    """Return the mean PSNR and SSIM of the marked copies; None if they equal their originals."""
    pairs = [
        (original, copy)
        for user in users
        for original, copy in zip(user.pixels[user.published], user.copies, strict=True)
    ]
    if all(np.array_equal(original, copy) for original, copy in pairs):
        return None, None
    return float(np.mean([psnr(*pair) for pair in pairs])), float(np.mean([ssim(*pair) for pair in pairs]))


def _settings(request: RehearsalRequest, users: tuple[User, ...], device: str) -> dict[str, Any]:
    """Return `settings_of` with the numbers of pictures of other users, the title of the device, and the side."""
    published, pool = len(users[-1].published), len(users[-1].block.pool)
    settings = settings_of(request)
    settings["users"] |= {"published": published, "withheld": pool - published}
    return {**settings, "device": device, "side": int(request.data.pixels.shape[2])}
