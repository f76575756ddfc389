"""From the options of ``mtgui rehearse`` to a request: everything that is read, is read here, and once."""

import argparse
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.job.audit_request import parse_alpha
from mtgui.cli.rehearse_options import MADE, PUBLISHED, WITHHELD
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.common.events import Event
from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.record import Block
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, read_pictures
from mtgui.rehearsal.pictures.own_pictures import OwnPictures, own_of_record, read_own_pictures
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearse import RehearsalRequest
from mtgui.rehearsal.training.countermeasure_table import Countermeasures, TrainingMeasures, rows_of
from mtgui.rehearsal.training.precision import WantedPrecision, precision_on
from mtgui.rehearsal.training.training_plan import PAPER, TrainingPlan, TrainingPrecision

_RATE_FROM_A_START = 0.01
_MADE_CLASSES, _MADE_EACH, _MADE_STRAYS = 10, 200, 0.3


class Requests:
    """Makes requests; those that name the same pictures share them."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._data: dict[tuple[object, ...], TrainingData] = {}
        self._own: dict[tuple[object, ...], tuple[OwnPictures, Block | None]] = {}

    def of(self, options: argparse.Namespace) -> Generator[Event, None, RehearsalRequest]:
        """Read what ``options`` name; say what happens. Raises what reading raises, and UsageError for values that
        make no sense.
        """
        training, measures, audits = _training(options), _measures(options), _audits(options)
        own, block = yield from self._own_of(options)
        return RehearsalRequest(
            data=self._data_of(options),
            users=users_of(options, block),
            training=training,
            measures=measures,
            audits=audits,
            kinds=tuple(options.models.split(",")),
            aside=options.aside,
            seed=options.seed,
            device=options.device,
            out=options.out,
            start=options.start_from,
            start_network=options.network,
            own=own,
            audit_every=options.audit_every,
            threads=options.threads or None,
            precision_is_auto=_wanted_precision(options) == "auto",
        )

    def _own_of(self, options: argparse.Namespace) -> Generator[Event, None, tuple[OwnPictures | None, Block | None]]:
        """Read the person's own pictures, if there are any, and the block of the record that they belong to."""
        if options.record is None and not options.pictures:
            return None, None
        named = (options.record, *options.pictures, options.side)
        if named in self._own:
            own, block = self._own[named]
        elif options.record is not None:
            own, block = yield from own_of_record(options.record, options.pictures, options.side, self._control)
        else:
            own, block = (yield from read_own_pictures(options.pictures, options.side, self._control)), None
        self._own[named] = own, block
        if options.published is None and options.withheld is None:
            return own, block
        return replace(own, wanted=_counts(options)), block

    def _data_of(self, options: argparse.Namespace) -> TrainingData:
        named = (options.data, options.side, options.seed if options.data == MADE else None)
        if named not in self._data:
            self._data[named] = (
                make_pictures(_MADE_CLASSES, _MADE_EACH, options.seed, side=options.side, strays=_MADE_STRAYS)
                if options.data == MADE
                else read_pictures(Path(options.data), side=options.side, control=self._control)
            )
        data = self._data[named]
        if options.limit is None:
            return data
        some = (*named, options.limit, options.seed)
        if some not in self._data:
            self._data[some] = data.sampled(options.limit, options.seed)
        return self._data[some]


def _counts(options: argparse.Namespace) -> tuple[int, int]:
    given = (options.published, options.withheld)
    published, withheld = (usual if n is None else n for n, usual in zip(given, (PUBLISHED, WITHHELD), strict=True))
    return published, withheld


def users_of(options: argparse.Namespace, block: Block | None = None) -> UserPlan:
    """Return who publishes what; marks are those of ``block`` where ``options`` say nothing else of them."""
    settings, pattern = (MarkSettings(), None) if block is None else (block.settings, block.pattern_picture)
    if options.preset is not None:
        settings = preset_named(options.preset).applied_to(settings)
    wanted = {"blend_ratio": options.blend, "noise_budget": options.noise, "noise_kind": options.noise_kind}
    settings = replace(settings, **{name: value for name, value in wanted.items() if value is not None})
    return UserPlan(options.users, *_counts(options), settings, pattern, options.classes.replace("-", " "))


def _measures(options: argparse.Namespace) -> Countermeasures:
    return Countermeasures(**{row.field: getattr(options, row.destination) for row in rows_of(Countermeasures)})


def _audits(options: argparse.Namespace) -> AuditPlan:
    return AuditPlan(options.keys, options.keys_beside, alpha=parse_alpha(options.alpha), sets=options.sets)


def _wanted_precision(options: argparse.Namespace) -> WantedPrecision:
    if options.bfloat16 and options.precision == "float32":
        raise UsageError("A training computes in float32 or in bfloat16, not in both: leave one of the two out.")
    wanted: WantedPrecision = "bfloat16" if options.bfloat16 else options.precision
    return wanted


def _precision(options: argparse.Namespace) -> TrainingPrecision:
    device, wanted = choose_device(options.device), _wanted_precision(options)
    return precision_on(device, wanted, is_private=options.private_noise is not None)


def _training(options: argparse.Namespace) -> TrainingPlan:
    wanted = {
        "network": options.network,
        "epochs": options.epochs,
        "batch": options.batch,
        "rate": options.rate,
        "augmentation": "flip and crop" if options.augment else None,
        "precision": _precision(options),
        "seed": options.seed,
    }
    wanted |= {row.field: getattr(options, row.destination) for row in rows_of(TrainingMeasures)}
    base = PAPER if options.paper else TrainingPlan()
    if options.start_from is not None:
        base = replace(base, rate=_RATE_FROM_A_START)
    return replace(base, **{name: value for name, value in wanted.items() if value is not None})
