"""Turns the options of ``mtgui rehearse`` into a request; all files are read here, and each only once."""

import argparse
import os
from collections.abc import Generator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.job.audit_request import parse_alpha
from mtgui.cli.mark_options import MarkOptions
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable
from mtgui.common.events import Event
from mtgui.common.files import is_folder
from mtgui.marking.settings import SMALLEST_SIDE, MarkSettings
from mtgui.reading.reader import inspect_model
from mtgui.records.journal import read_record
from mtgui.records.record import Block
from mtgui.rehearsal.countermeasure_table import COUNTERMEASURES, Countermeasures, TrainingMeasures, rows_of
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, check_side, labels_in, read_pictures
from mtgui.rehearsal.pictures.own_pictures import OwnPictures, own_of_record, read_own_pictures
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.rehearsal_settings import MADE, PUBLISHED, WITHHELD, RehearsalSettings
from mtgui.rehearsal.rehearse import check_pictures
from mtgui.rehearsal.speed_trial import measured_speed
from mtgui.rehearsal.training.precision import precision_on
from mtgui.rehearsal.training.small_networks import check_input
from mtgui.rehearsal.training.training_plan import PAPER, TrainingPlan, TrainingPrecision
from mtgui.rehearsal.work import MADE_CLASSES, MADE_EACH, Speed

_RATE_FROM_A_START = 0.01
_MADE_STRAYS = 0.3
_NOTHING = TrainingData(np.zeros((0, 3, 1, 1), np.uint8), np.zeros(0, np.int64), ())
"""Stands for data that are not read yet."""


def settings_of(options: argparse.Namespace) -> RehearsalSettings:
    """Return the settings that ``options`` describe. Raises UsageError."""
    if options.bfloat16 and options.precision == "float32":
        raise UsageError("A training computes in float32 or in bfloat16, not in both: leave one of the two out.")
    measures = {row.name: getattr(options, row.destination) for row in COUNTERMEASURES}
    given = given_options(options, RehearsalSettings)
    return RehearsalSettings(
        **given
        | {
            "pictures": tuple(options.pictures),
            "classes": options.classes.replace("-", " "),
            "models": tuple(options.models.split(",")),
            "precision": "bfloat16" if options.bfloat16 else options.precision,
            "alpha": parse_alpha(options.alpha),
            "countermeasures": {name: value for name, value in measures.items() if value is not None},
        }
    )


def given_options(options: argparse.Namespace, kind: type[RehearsalSettings] | type[TuningSettings]) -> dict[str, Any]:
    """Return the options that were given, by the names of the fields of ``kind``."""
    found = {field.name: getattr(options, field.name) for field in fields(kind) if field.name in options}
    return {name: value for name, value in found.items() if value is not None}


class Requests:
    """Makes requests; requests with the same pictures share them in memory."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._data: dict[tuple[object, ...], TrainingData] = {}
        self._own: dict[tuple[object, ...], tuple[OwnPictures, Block | None]] = {}

    def of(self, settings: RehearsalSettings) -> Generator[Event, None, RehearsalRequest]:
        """Read the files that ``settings`` name and return the request; yield events meanwhile.

        Raises UsageError for values that are not possible, and the errors of reading.
        """
        checked = _request(settings, _NOTHING)
        own, block = yield from self.own_of(settings)
        return replace(checked, data=self.data_of(settings), users=users_of(settings, block), own=own)

    def own_of(self, settings: RehearsalSettings) -> Generator[Event, None, tuple[OwnPictures | None, Block | None]]:
        """Read the person's own pictures and the block of their record; None for either if there is none.

        Yields events; raises the errors of reading.
        """
        if settings.record is None and not settings.pictures:
            return None, None
        named = (settings.record, *settings.pictures, settings.side)
        if named in self._own:
            own, block = self._own[named]
        elif settings.record is not None:
            own, block = yield from own_of_record(settings.record, settings.pictures, settings.side, self._control)
        else:
            own, block = (yield from read_own_pictures(settings.pictures, settings.side, self._control)), None
        self._own[named] = own, block
        if settings.published is None and settings.withheld is None:
            return own, block
        return replace(own, wanted=_counts(settings)), block

    def data_of(self, settings: RehearsalSettings) -> TrainingData:
        """Return the pictures to train on. Raises the errors of reading."""
        named = (settings.data, settings.side, settings.seed if settings.data == MADE else None)
        if named not in self._data:
            self._data[named] = (
                make_pictures(MADE_CLASSES, MADE_EACH, settings.seed, side=settings.side, strays=_MADE_STRAYS)
                if settings.data == MADE
                else read_pictures(Path(settings.data), side=settings.side, control=self._control)
            )
        data = self._data[named]
        if settings.limit is None:
            return data
        some = (*named, settings.limit, settings.seed)
        if some not in self._data:
            self._data[some] = data.sampled(settings.limit, settings.seed)
        return self._data[some]


def speed_of(settings: RehearsalSettings, control: Control) -> Speed:
    """Measure the speed of the rehearsal that ``settings`` describe, see `measured_speed`; no picture is decoded.

    Raises UsageError and StorageError for settings or folders that cannot be used.
    """
    request = _checked(settings, control)
    device = choose_device(settings.device)
    return measured_speed(request.training, request.users, device, settings.side, len(request.data), control)


def _checked(settings: RehearsalSettings, control: Control) -> RehearsalRequest:
    """Return the request with pictures that stand for those of the data, after the checks that need no pixels.

    Raises UsageError and the errors of reading a record or a model to start from.
    """
    request = _request(settings, _stand_in(settings))
    if settings.record is not None:
        read_record(settings.record)
    if settings.start_from is not None:
        inspect_model(settings.start_from, control=control)
    if settings.record is None and not settings.pictures:
        check_pictures(request)
    return request


def check_place(out: Path | None) -> None:
    """Raise UsageError if ``out`` cannot be a folder for the results."""
    if out is not None and os.path.lexists(out) and not is_folder(out):
        raise UsageError(f"“{printable(out)}” is a file, not a folder. Name a folder for the results.")


def _request(settings: RehearsalSettings, data: TrainingData) -> RehearsalRequest:
    """Return the request for ``data`` without own pictures. Raises UsageError for values that are not possible."""
    check_side(settings.side)
    check_place(settings.out)
    training = _training(settings)
    if settings.start_from is None:
        check_input(training.network, settings.side)
    return RehearsalRequest(
        data=data,
        users=users_of(settings),
        training=training,
        measures=_measures(settings),
        audits=_audits(settings),
        kinds=settings.models,
        aside=settings.aside,
        seed=settings.seed,
        device=settings.device,
        out=settings.out,
        start=settings.start_from,
        start_network=settings.network,
        audit_every=settings.audit_every,
        threads=settings.threads or None,
        reach=settings.reach,
        precision_is_auto=settings.precision == "auto",
    )


def _stand_in(settings: RehearsalSettings) -> TrainingData:
    """Return small black pictures, as many of each class as the data has, of which nothing is decoded."""
    if settings.data == MADE:
        names, labels = tuple(map(str, range(MADE_CLASSES))), np.arange(MADE_CLASSES * MADE_EACH) % MADE_CLASSES
    else:
        names, labels = labels_in(Path(settings.data))
    data = TrainingData(
        np.zeros((len(labels), 3, SMALLEST_SIDE, SMALLEST_SIDE), np.uint8), labels.astype(np.int64), names
    )
    return data if settings.limit is None else data.sampled(settings.limit, settings.seed)


def _counts(settings: RehearsalSettings) -> tuple[int, int]:
    given = (settings.published, settings.withheld)
    published, withheld = (usual if n is None else n for n, usual in zip(given, (PUBLISHED, WITHHELD), strict=True))
    return published, withheld


def users_of(asked: RehearsalSettings, block: Block | None = None) -> UserPlan:
    """Return the users and what they publish; settings of the marks not set in ``asked`` come from ``block``."""
    start, pattern = (MarkSettings(), None) if block is None else (block.settings, block.pattern_picture)
    paper = {"blend_ratio": asked.blend, "noise_budget": asked.noise, "noise_kind": asked.noise_kind}
    settings = MarkOptions(asked.preset, paper, asked.tint, asked.tint_colour).applied_to(start)
    return UserPlan(asked.users, *_counts(asked), settings, pattern if settings.needs_picture else None, asked.classes)


def _measures(settings: RehearsalSettings) -> Countermeasures:
    return Countermeasures(**_values_of(settings, Countermeasures))


def _values_of(settings: RehearsalSettings, measures: type[Countermeasures] | type[TrainingMeasures]) -> dict[str, Any]:
    """Return the fields of ``measures`` that ``settings`` set, each converted to its type of number."""
    asked = settings.countermeasures
    return {row.field: row.kind(asked[row.name]) for row in rows_of(measures) if row.name in asked}


def _audits(settings: RehearsalSettings) -> AuditPlan:
    return AuditPlan(settings.keys, settings.keys_beside, alpha=settings.alpha, sets=settings.sets)


def _precision(settings: RehearsalSettings) -> TrainingPrecision:
    return precision_on(
        choose_device(settings.device), settings.precision, is_private="private-noise" in settings.countermeasures
    )


def _training(settings: RehearsalSettings) -> TrainingPlan:
    wanted: dict[str, Any] = {
        "network": settings.network,
        "epochs": settings.epochs,
        "batch": settings.batch,
        "rate": settings.rate,
        "augmentation": "flip and crop" if settings.augment else None,
        "precision": _precision(settings),
        "seed": settings.seed,
    }
    wanted |= _values_of(settings, TrainingMeasures)
    base = PAPER if settings.paper else TrainingPlan()
    if settings.start_from is not None:
        base = replace(base, rate=_RATE_FROM_A_START)
    return replace(base, **{name: value for name, value in wanted.items() if value is not None})
