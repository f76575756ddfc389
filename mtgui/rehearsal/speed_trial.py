"""Measures how fast this computer trains and audits the models of a rehearsal; nothing is kept."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.torch_threads import allowed_threads, using_threads
from mtgui.common.control import Control
from mtgui.rehearsal.findings.user_audits import AuditedNetwork, AuditPlan, audit_user, strongest_design
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.users import User, UserPlan, draw_users
from mtgui.rehearsal.training.private_training import made_private
from mtgui.rehearsal.training.small_networks import Network, make_network
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.trial_steps import Trial
from mtgui.rehearsal.work import Speed

_CLASSES = 10
_MOST_PUBLISHED = 8
_NO_WEIGHTS = "0" * 64
"""In place of the hash of weights, which seeds audits: what they find does not matter here."""
_PLAN = AuditPlan(keys=7, keys_beside=7, draws=99)


def measured_speed(
    plan: TrainingPlan,
    users: UserPlan,
    device: Device,
    side: int,
    pictures: int,
    control: Control,
    clock: Callable[[], float] = time.perf_counter,
) -> Speed:
    """Return the speed of trainings by ``plan`` and of audits of ``users`` on ``device``, in a second or two.

    side: of the pictures, in pixels; random ones are used. pictures: number of pictures in the data, as in `Speed`. The
    faster of one thread and all allowed ones counts, because a training tries both. Raises CancelledError, and
    UsageError if private training has no library.
    """
    rehearsed = replace(
        users, users=1, published=min(users.published, _MOST_PUBLISHED), withheld=min(users.withheld, _MOST_PUBLISHED)
    )
    data = _noise(max(plan.batch, 2 * _MOST_PUBLISHED * _CLASSES), side)
    network = Network(make_network(plan.network, _CLASSES, plan.seed))
    if plan.private_noise is not None:
        network = replace(network, module=made_private(network.module))
    memory = torch.channels_last if device.takes_channels_last else torch.contiguous_format
    where = device.torch_device
    network = replace(network, module=network.module.to(where).to(memory_format=memory))
    pixels, labels = torch.from_numpy(data.pixels).to(where), torch.from_numpy(data.labels).to(where)
    trial, threads = Trial(plan, network, device, (pixels, labels), None, control), 1
    stopwatch = trial.stopwatch()
    step = stopwatch(1)
    allowed = allowed_threads() if device.kind == "cpu" else 1
    if allowed > 1:
        faster = stopwatch(allowed)
        threads, step = (allowed, faster) if faster < step else (1, step)
    subject = AuditedNetwork(replace(network, module=network.module.eval()), data, device, _NO_WEIGHTS)
    with using_threads(threads if device.kind == "cpu" else None):
        audit = _audit_seconds(subject, draw_users(data, rehearsed, plan.seed)[0], control, clock)
    return Speed(step, audit, pictures)


def _audit_seconds(subject: AuditedNetwork, user: User, control: Control, clock: Callable[[], float]) -> float:
    """Return the seconds of one pass; the first audit only prepares."""
    design = strongest_design(user)
    if design is None:
        return 0.0
    audit_user(subject, user, design, _PLAN, control, stops_early=False)
    start = clock()
    audit = audit_user(subject, user, design, _PLAN, control, stops_early=False)
    return (clock() - start) / (1 if audit is None else audit.losses.size)


def _noise(count: int, side: int) -> TrainingData:
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 256, (count, 3, side, side), dtype=np.uint8)
    return TrainingData(pixels, np.arange(count, dtype=np.int64) % _CLASSES, tuple(map(str, range(_CLASSES))))
