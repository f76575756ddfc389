"""``mtgui rehearse``: train a small model with the marks in, and see beforehand what an audit would find."""

import argparse
import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

from mtgui.auditing.job.request import parse_alpha
from mtgui.cli.rehearse_options import MADE, PUBLISHED, WITHHELD, add_options
from mtgui.cli.rehearse_words import RehearsalTeller
from mtgui.cli.steering import steering
from mtgui.cli.terminal import stopping_on_signals
from mtgui.common.control import Control
from mtgui.common.events import Event
from mtgui.common.files import replace as replace_file
from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.record import Block
from mtgui.rehearsal.audits import AuditPlan
from mtgui.rehearsal.countermeasures import Countermeasures
from mtgui.rehearsal.data import TrainingData, read_pictures
from mtgui.rehearsal.made import make_pictures
from mtgui.rehearsal.own import OwnPictures, own_of_record, read_own_pictures
from mtgui.rehearsal.plan import PAPER, TrainingPlan
from mtgui.rehearsal.rehearse import RehearsalRequest, rehearse
from mtgui.rehearsal.results import result_in_words
from mtgui.rehearsal.users import UserPlan

_RATE_FROM_A_START = 0.01
_MADE_CLASSES, _MADE_EACH, _MADE_STRAYS = 10, 200, 0.3


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Describe the arguments; return the function that carries the command out."""
    parser.description = (
        "Train small models with and without marked pictures, and audit both: would a model that used these pictures "
        "be found out? Keys and draws of a rehearsal come from its seed, so that it can be repeated; they are good for "
        "nothing else."
    )
    add_options(parser)
    return run


def run(options: argparse.Namespace) -> int:
    """Rehearse; return 0 when it ran to its end."""
    control = Control()
    teller = RehearsalTeller(as_events=options.events)
    with stopping_on_signals(control), steering(control, is_on=options.control == "stdin"):
        values = teller.follow(_rehearsed(options, control))
    if options.out is not None:
        replace_file(options.out / "results.json", (json.dumps(values, indent=1) + "\n").encode())
    if options.json:
        print(json.dumps(values), flush=True)
    elif not options.events:
        print(result_in_words(values, float(parse_alpha(options.alpha))))
    return 0


def _rehearsed(options: argparse.Namespace, control: Control) -> Iterator[Event]:
    """Read what there is to read, then rehearse."""
    training, measures, audits = _training(options), _measures(options), _audits(options)
    own, block = yield from _own(options, control)
    request = RehearsalRequest(
        data=_data(options, control),
        users=_users(options, block),
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
    )
    yield from rehearse(request, control)


def _own(
    options: argparse.Namespace, control: Control
) -> Generator[Event, None, tuple[OwnPictures | None, Block | None]]:
    """Read the person's own pictures, if there are any, and the block of the record that they belong to."""
    if options.record is not None:
        own, block = yield from own_of_record(options.record, options.pictures, options.side, control)
    elif options.pictures:
        own, block = (yield from read_own_pictures(options.pictures, options.side, control)), None
    else:
        return None, None
    if options.published is None and options.withheld is None:
        return own, block
    return replace(own, wanted=_counts(options)), block


def _counts(options: argparse.Namespace) -> tuple[int, int]:
    given = (options.published, options.withheld)
    published, withheld = (usual if n is None else n for n, usual in zip(given, (PUBLISHED, WITHHELD), strict=True))
    return published, withheld


def _users(options: argparse.Namespace, block: Block | None) -> UserPlan:
    settings, pattern = (MarkSettings(), None) if block is None else (block.settings, block.pattern_picture)
    if options.preset is not None:
        preset = preset_named(options.preset)
        settings = replace(settings, blend_ratio=preset.blend_ratio, noise_budget=preset.noise_budget)
    wanted = {"blend_ratio": options.blend, "noise_budget": options.noise, "noise_kind": options.noise_kind}
    settings = replace(settings, **{name: value for name, value in wanted.items() if value is not None})
    return UserPlan(options.users, *_counts(options), settings, pattern, options.classes.replace("-", " "))


def _measures(options: argparse.Namespace) -> Countermeasures:
    return Countermeasures(
        crop=options.crop,
        resize=options.resize,
        blur=options.blur,
        colour_shift=options.colour_shift,
        jpeg=options.jpeg,
        output_digits=options.output_digits,
        filter=options.filter,
        fine_tune_afterwards=options.fine_tune_afterwards,
        distil=options.distil,
    )


def _audits(options: argparse.Namespace) -> AuditPlan:
    return AuditPlan(options.keys, options.keys_beside, alpha=parse_alpha(options.alpha), sets=options.sets)


def _training(options: argparse.Namespace) -> TrainingPlan:
    wanted = {
        "network": options.network,
        "epochs": options.epochs,
        "batch": options.batch,
        "rate": options.rate,
        "augmentation": "flip and crop" if options.augment else None,
        "precision": "bfloat16" if options.bfloat16 else None,
        "mixup": options.mixup,
        "cutmix": options.cutmix,
        "label_smoothing": options.label_smoothing,
        "dropout": options.dropout,
        "weight_decay": options.weight_decay,
        "patience": options.early_stop,
        "private_noise": options.private_noise,
        "private_clip": options.private_clip,
        "seed": options.seed,
    }
    base = PAPER if options.paper else TrainingPlan()
    if options.start_from is not None:
        base = replace(base, rate=_RATE_FROM_A_START)
    return replace(base, **{name: value for name, value in wanted.items() if value is not None})


def _data(options: argparse.Namespace, control: Control) -> TrainingData:
    if options.data == MADE:
        data = make_pictures(_MADE_CLASSES, _MADE_EACH, options.seed, side=options.side, strays=_MADE_STRAYS)
    else:
        data = read_pictures(Path(options.data), side=options.side, control=control)
    return data if options.limit is None else data.sampled(options.limit, options.seed)
