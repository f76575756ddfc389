"""``mtgui rehearse --model diffusion``: would a LoRA of these pictures be found?"""

import argparse
import copy
import json
import shlex
from collections.abc import Generator, Iterator, Sequence
from dataclasses import fields
from typing import Any

from mtgui.auditing.job.audit_request import parse_alpha
from mtgui.cli.rehearse_options import DIFFUSION, OF_DIFFUSION
from mtgui.cli.rehearse_output import RehearsalTeller
from mtgui.cli.rehearse_request import Requests, check_place, given_options, users_of
from mtgui.cli.stdin_control import StdinLines, read_request, refuse_other_options
from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable
from mtgui.common.events import Event, Noticed
from mtgui.common.words import time_span
from mtgui.rehearsal.fine_tuning.artist_files import ORIGINALS, RECORD
from mtgui.rehearsal.fine_tuning.rehearse_tuning import check_libraries, rehearse_tuning
from mtgui.rehearsal.fine_tuning.tuning_folder import TuningFolder
from mtgui.rehearsal.fine_tuning.tuning_request import TuningRequest
from mtgui.rehearsal.fine_tuning.tuning_sentence import tuning_in_words
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.fine_tuning.tuning_speed import tuning_speed
from mtgui.rehearsal.fine_tuning.tuning_work import work_of_tuning
from mtgui.rehearsal.pictures.labelled_pictures import check_side
from mtgui.rehearsal.pictures.users import User
from mtgui.rehearsal.work import Speed

_OF_BOTH = ("model", "measure", "json", "events", "request", "control")


def refuse_diffusion_options(options: argparse.Namespace) -> None:
    """Raise UsageError if an option of rehearsals with a diffusion model was given for one with a classifier."""
    for name in OF_DIFFUSION:
        if getattr(options, name) is not None:
            raise UsageError(
                f"{_as_written(name)} belongs to rehearsals with a diffusion model: add --model {DIFFUSION}, or leave "
                "it out."
            )


def settings_from(options: argparse.Namespace, usual: argparse.Namespace, lines: StdinLines) -> TuningSettings:
    """Return the settings of the request, or those that ``options`` describe.

    usual: the options of a command line without any. Raises UsageError for options of rehearsals with a classifier.
    """
    if options.request is not None:
        known = copy.copy(usual)
        known.model = options.model
        refuse_other_options(options, known)
        return read_request(TuningSettings, options.request, lines)
    own = {field.name for field in fields(TuningSettings)}
    for name, value in vars(usual).items():
        if name not in own and name not in _OF_BOTH and getattr(options, name) != value:
            raise UsageError(
                f"{_as_written(name)} belongs to rehearsals with a classifier: leave it out, or --model {DIFFUSION}."
            )
    given: dict[str, Any] = given_options(options, TuningSettings) | {
        "pictures": tuple(options.pictures),
        "classes": options.classes.replace("-", " "),
        "alpha": parse_alpha(options.alpha),
    }
    if options.exposures is not None:
        given["exposures"] = tuple(options.exposures)
    return TuningSettings(**given)


def _as_written(name: str) -> str:
    return "--" + {"users": "artists"}.get(name, name.replace("_", "-"))


def measure(settings: TuningSettings, control: Control, *, as_json: bool) -> None:
    """Print the speed as JSON, or a sentence on the time that the rehearsal would take; the latter reads pictures."""
    check_libraries()
    if as_json:
        print(json.dumps(to_values(tuning_speed(settings, control))), flush=True)
        return
    for event in _timed(settings, control):
        if isinstance(event, Noticed):
            print(event.sentence, flush=True)


def time_in_words(settings: TuningSettings, artists: Sequence[User], speed: Speed) -> str:
    """Return about how long the whole rehearsal of ``artists`` takes at ``speed``."""
    seconds = work_of_tuning(settings, [user.counts for user in artists]).seconds(speed)
    return f"About {time_span(seconds)} on this computer, as busy as it is now."


def tuned_with(settings: TuningSettings, control: Control, *, says_time: bool) -> Iterator[Event]:
    """Read the pictures, measure and say how long it will take if ``says_time``, then rehearse."""
    check_libraries()
    request = yield from (_timed if says_time else _request)(settings, control)
    yield from rehearse_tuning(request, control)


def _timed(settings: TuningSettings, control: Control) -> Generator[Event, None, TuningRequest]:
    """Return the request, after a sentence on the time that it takes. Raises as `_request` does."""
    request = yield from _request(settings, control)
    yield Noticed(time_in_words(settings, request.artists(), tuning_speed(settings, control)))
    return request


def _request(settings: TuningSettings, control: Control) -> Generator[Event, None, TuningRequest]:
    """Return the request with the pictures that ``settings`` name. Raises UsageError and the errors of reading."""
    check_side(settings.side)
    check_place(settings.out)
    asked, requests = settings.of_pictures, Requests(control)
    users_of(asked)
    own, block = yield from requests.own_of(asked)
    return TuningRequest(settings, requests.data_of(asked), users_of(asked, block), own)


def run_diffusion(
    settings: TuningSettings, teller: RehearsalTeller, control: Control, *, as_json: bool, says_time: bool
) -> str:
    """Rehearse; return what is printed at the end: the result as JSON, or in words.

    says_time: measure and say first how long it will take; programs ask for that with --measure.
    """
    values = teller.follow(tuned_with(settings, control, says_time=says_time))
    if as_json:
        return json.dumps(values)
    return f"{tuning_in_words(values, float(settings.alpha))}{_kept_in_words(settings)}"


def _kept_in_words(settings: TuningSettings) -> str:
    """Return what the folder of the rehearsal keeps, and how to audit its files, as lines; empty without a folder."""
    if settings.out is None:
        return ""
    folder = TuningFolder(settings.out, {})
    said = f"\nKept in {printable(settings.out)}: the base, the models of each artist, and results.json."
    artist = folder.of_artist(0)
    if not (artist / RECORD).exists():
        return said
    files = (
        ("model", folder.model(0, settings.exposures[-1])),
        ("base", folder.base),
        ("record", artist / RECORD),
        ("pictures", artist / ORIGINALS),
    )
    command = " ".join(f"--{option} {shlex.quote(str(path))}" for option, path in files)
    return f"{said}\nTo audit one of them yourself:\n  mtgui audit {printable(command)}"
