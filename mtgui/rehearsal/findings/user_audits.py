"""Audits a rehearsal's users with the real engine and the real statistics, on pictures in memory."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.prepared_originals import PreparedPicture
from mtgui.auditing.engine.task import Column, ColumnMarks, MatrixTask, Restarted, column_marks
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.streams import key_slots, row_order, seed_of
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.marking.keys import MarkKey, subkey
from mtgui.marking.mark import Mark, PictureDesign, make_mark, textured
from mtgui.records.chances import KEYS_ALONE, KEYS_BESIDE_WITHHELD, REFERENCE_DRAWS
from mtgui.records.record import Block
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.users import User, design_of
from mtgui.rehearsal.rehearsal_result import BY_STRENGTH, Design
from mtgui.rehearsal.training.small_networks import Network

_FEWER_KEYS, _FEWER_DRAWS = 199, 1999


@dataclass(frozen=True)
class AuditPlan:
    """How every user is audited. keys: decoy keys of “keys only”; keys_beside: of “both”. sets: held-out sets."""

    keys: int = KEYS_ALONE
    keys_beside: int = KEYS_BESIDE_WITHHELD
    draws: int = REFERENCE_DRAWS
    alpha: Fraction = Fraction(1, 100)
    sets: int = 200

    def __post_init__(self) -> None:
        """Raise UsageError if a number is impossible."""
        numbers = (
            ("number of decoy keys", self.keys, 0),
            ("number of decoy keys beside private pictures", self.keys_beside, 0),
            ("number of held-out sets", self.sets, 0),
            ("number of reference draws", self.draws, 1),
        )
        for name, number, least in numbers:
            if number < least:
                raise UsageError(f"The {name} is {least} or more; {number} is not.")
        if not 0 < self.alpha < 1:
            raise UsageError(f"α lies between 0 and 1; {float(self.alpha):g} does not.")


@dataclass(frozen=True)
class UserAudit:
    """The result of one design for one user. p_value: exact; 1 if the audit stopped early because p must exceed α.

    columns: numbers of the keys that were tried, 0 is the mark key. losses: (columns, rows) int64, multiples of
    2⁻²⁰ nat; the rows are the pool, or for “keys only” the published pictures.
    """

    design: Design
    p_value: Fraction
    smallest_p: Fraction
    stopped_early: bool
    columns: tuple[int, ...]
    losses: NDArray[np.int64]


class AuditedSubject(Protocol):
    """A model that is ready for the audits of every user."""

    @property
    def model(self) -> AuditedModel:
        """The model."""

    @property
    def batch(self) -> int:
        """How many pictures to show at a time."""

    @property
    def weights_hash(self) -> str:
        """A hash of its weights; it seeds the audits."""


class AuditedNetwork:
    """A trained model, ready for the audits of every user."""

    def __init__(self, network: Network, data: TrainingData, device: Device, weights_hash: str) -> None:
        """Take over ``network``; pictures have the size and classes of ``data``. weights_hash: seeds the audits."""
        side = (data.pixels.shape[2], data.pixels.shape[3])
        preprocessing = Preprocessing(resize=side, crop=side, mean=network.mean, std=network.std)
        self.model: AuditedModel = TorchClassifier(network.module, len(data.class_names), preprocessing, device)
        self.batch = self.model.first_batch
        self.weights_hash = weights_hash


def has_coin(user: User, design: Design) -> bool:
    """True when ``user`` has the coin, or the coins, that ``design`` needs."""
    if design != "withheld only" and not user.block.settings.has_key_coin:
        return False
    return design == "keys only" or len(user.block.published) < len(user.block.pool)


def strongest_design(user: User) -> Design | None:
    """Return the design with the most power: that of both coins, else of the only coin; None without a coin."""
    return next((design for design in BY_STRENGTH if has_coin(user, design)), None)


def at_a_glance(plan: AuditPlan) -> AuditPlan:
    """Return ``plan`` with fewer keys and draws, whose coarser p can still reach α if that of ``plan`` can."""
    needed = math.ceil(2 / plan.alpha)
    keys, draws = max(_FEWER_KEYS, needed), max(_FEWER_DRAWS, needed)
    return replace(plan, keys=min(plan.keys, keys), draws=min(plan.draws, draws))


def audit_user(
    subject: AuditedSubject, user: User, design: Design, plan: AuditPlan, control: Control, *, stops_early: bool = True
) -> UserAudit | None:
    """Audit ``user`` by one design; None if ``user`` does not have the coins for it.

    An audit that does not stop early has the complete loss matrix and its exact p, even above α. Raises the errors of
    the engine.
    """
    if not has_coin(user, design):
        return None
    published, pool = [int(index) for index in user.published], len(user.block.pool)
    rows = published if design == "keys only" else list(range(pool))
    columns = {"keys only": plan.keys, "withheld only": 0, "both": plan.keys_beside}[design] + 1
    chosen = tuple(place for place, row in enumerate(rows) if user.block.is_published(row))
    audited = AuditDesign(len(rows), chosen, (DrawnStratum(tuple(range(len(rows))), len(chosen)),))
    seed = seed_of([_commitment(user)], subject.weights_hash)
    task = MatrixTask(
        model=subject.model,
        pictures=[_prepared(user, row) for row in rows],
        labels=[int(user.labels[row]) for row in rows],
        marks=column_marks([user.block]),
        columns=columns,
        rows=[int(row) for row in row_order(seed, len(rows))],
        slots=lambda group: key_slots(seed, columns, group),
    )
    draws = reference_draws(audited, seed, plan.draws)
    return _judged(task, design, draws, subject.batch, plan.alpha if stops_early else Fraction(1), control)


def compared_users(users: Sequence[User], held_out: TrainingData, plan: AuditPlan) -> tuple[User, ...]:
    """Return the users whose sets are compared with held-out sets: all who published as many pictures as the last user.

    The user with own pictures is left out if ``held_out`` has too few of these classes. Raises UsageError if it has too
    few for another user.
    """
    if not plan.sets:
        return ()
    alike = [user for user in users if len(user.published) == len(users[-1].published)]
    return tuple(user for user in alike if not _too_few(held_out, user, refuses=not user.is_own))


def held_out_losses(
    subject: AuditedNetwork, held_out: TrainingData, users: Sequence[User], plan: AuditPlan, seed: int, control: Control
) -> NDArray[np.int64]:
    """Return the losses of ``plan.sets`` sets of held-out pictures, (sets, pictures) int64, in units of 2⁻²⁰ nat.

    Each set has as many pictures of each class as one user published; the users take turns. Each set is marked under a
    fresh key. users: from `compared_users`. Raises the errors of the engine.
    """
    chance = np.random.default_rng((seed, 1))
    size = len(users[0].published)
    losses = np.empty((plan.sets, size), dtype=np.int64)
    at_once = max(1, subject.batch // size)
    for start in range(0, plan.sets, at_once):
        numbers = range(start, min(start + at_once, plan.sets))
        chosen = [_held_out_rows(held_out, users[number % len(users)], chance) for number in numbers]
        rows = [int(row) for some in chosen for row in some]
        task = MatrixTask(
            model=subject.model,
            pictures=[
                _other(held_out, row, place // size, users[numbers[place // size] % len(users)].block)
                for place, row in enumerate(rows)
            ],
            labels=[int(held_out.labels[row]) for row in rows],
            marks=_fresh_marks(users, numbers),
            columns=1,
            rows=range(len(rows)),
            slots=lambda group: np.zeros((1, group), dtype=np.intp),
        )
        for event in loss_columns(task, batch=subject.batch, control=control):
            if isinstance(event, Column):
                losses[numbers.start : numbers.stop] = event.losses.reshape(len(numbers), size)
    return losses


def member_losses(audits: Sequence[Mapping[Design, UserAudit]], users: Sequence[User]) -> NDArray[np.int64]:
    """Return the losses of every user's published pictures under the mark key, in the form of `held_out_losses`.

    All ``users`` published equally many pictures, as those from `compared_users` did.
    """
    losses = []
    for user, found in zip(users, audits, strict=True):
        design, audit = next(iter(found.items()))
        own = audit.losses[audit.columns.index(0)]
        losses.append(own if design == "keys only" else own[user.published])
    return np.stack(losses) if losses else np.empty((0, 0), dtype=np.int64)


def in_nats(loss: int, pictures: int) -> float:
    """Return a sum over ``pictures``, in units of 2⁻²⁰ nat, as a mean in nats."""
    return loss / (pictures * UNITS_PER_LOSS)


def _judged(
    task: MatrixTask, design: Design, draws: NDArray[np.bool_], batch: int, alpha: Fraction, control: Control
) -> UserAudit:
    grid, columns, losses = RunningGrid(draws, task.columns, alpha), list[int](), list[NDArray[np.int64]]()
    with closing(loss_columns(task, batch=batch, control=control)) as events:
        for event in events:
            if isinstance(event, Restarted):
                grid, columns, losses = RunningGrid(draws, task.columns, alpha), [], []
            elif isinstance(event, Column):
                grid.add(event.index, event.losses)
                columns.append(event.index)
                losses.append(event.losses)
                if grid.must_exceed_alpha and not grid.is_complete:
                    break
    return UserAudit(
        design=design,
        p_value=grid.p_value,
        smallest_p=Fraction(1, grid.grid),
        stopped_early=not grid.is_complete,
        columns=tuple(columns),
        losses=np.stack(losses),
    )


def _prepared(user: User, row: int) -> PreparedPicture:
    return _whole(user.pixels[row], user.block.pool[row].design, user.block)


def _other(held_out: TrainingData, row: int, number: int, block: Block) -> PreparedPicture:
    pixels = held_out.pixels[row]
    return _whole(pixels, design_of(pixels, row), block, number)


def _whole(pixels: NDArray[np.uint8], design: PictureDesign, block: Block, number: int = 0) -> PreparedPicture:
    """Return a picture that needs no resizing and no crop; ``number`` is the index of its block in the task."""
    design = textured(design, pixels) if block.settings.has_tint else design
    return PreparedPicture(pixels, (pixels.shape[1], pixels.shape[2]), (0, 0), design, number)


def _held_out_rows(held_out: TrainingData, user: User, chance: np.random.Generator) -> NDArray[np.intp]:
    chosen = []
    for label, count in _classes_of(user):
        chosen.append(chance.choice(np.flatnonzero(held_out.labels == label), count, replace=False))
    return np.concatenate(chosen)


def _classes_of(user: User) -> list[tuple[int, int]]:
    """Return (class, number of published pictures) of each class of the published pictures."""
    labels, counts = np.unique(user.labels[user.published], return_counts=True)
    return list(zip(labels.tolist(), counts.tolist(), strict=True))


def _too_few(held_out: TrainingData, user: User, *, refuses: bool) -> bool:
    """True when ``held_out`` has too few pictures for a set like that of ``user``; UsageError if ``refuses``."""
    for label, count in _classes_of(user):
        there = int(np.count_nonzero(held_out.labels == label))
        if there < count and refuses:
            raise UsageError(
                f"Of class “{held_out.class_names[label]}” the pictures kept aside are {there}, but a set of other "
                f"people's pictures needs {count}. Keep more aside, or publish fewer."
            )
        if there < count:
            return True
    return False


def _fresh_marks(users: Sequence[User], numbers: range) -> ColumnMarks:
    secret = MarkKey(users[0].block.decoy_seed)
    marks: list[Mark | None] = []
    for number in numbers:
        block = users[number % len(users)].block
        key = MarkKey(subkey(secret, "held-out key", number.to_bytes(8, "big")))
        is_plain = block.settings.is_invisible
        marks.append(None if is_plain else make_mark(key, block.settings, block.pattern_picture))
    return lambda _column: marks


def _commitment(user: User) -> str:
    return hashlib.sha256(user.block.salt + user.block.record_id.encode()).hexdigest()
