"""``mtgui rehearse``: trains small models with and without marks, and shows what an audit would find."""

import argparse
import json
from collections.abc import Callable, Iterator
from functools import partial

from mtgui.cli.rehearse_diffusion import measure, refuse_diffusion_options, run_diffusion, settings_from
from mtgui.cli.rehearse_grid import run_grid_file
from mtgui.cli.rehearse_options import DIFFUSION, add_options
from mtgui.cli.rehearse_output import RehearsalTeller
from mtgui.cli.rehearse_request import Requests, settings_of, speed_of
from mtgui.cli.stdin_control import StdinLines, read_request, refuse_other_options, steering
from mtgui.cli.terminal import stopping_on_signals
from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.common.events import Event
from mtgui.common.words import time_span
from mtgui.rehearsal.findings.kept_files import save_results
from mtgui.rehearsal.findings.results import result_in_words
from mtgui.rehearsal.rehearsal_settings import RehearsalSettings
from mtgui.rehearsal.rehearse import rehearse
from mtgui.rehearsal.work import work_of


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Add the arguments of the command; return the function that runs it."""
    parser.description = (
        "Train small models with and without marked pictures, and audit both: would a model that used these pictures "
        "be found out? Keys and draws of a rehearsal come from its seed, so that it can be repeated; they are good for "
        "nothing else."
    )
    add_options(parser)
    return partial(run, usual=parser.parse_args([]))


def run(options: argparse.Namespace, usual: argparse.Namespace) -> int:
    """Rehearse; return 0 when it ran to its end. usual: the options of a command line without any."""
    lines, control = StdinLines(), Control()
    teller = RehearsalTeller(as_events=options.events)
    if options.model == DIFFUSION:
        return _diffusion(options, usual, teller, lines, control)
    refuse_diffusion_options(options)
    is_grid = options.grid is not None
    if is_grid and options.measure:
        raise UsageError("--measure tells the time of one rehearsal, not of a grid: leave out --measure or --grid.")
    settings = RehearsalSettings() if is_grid else _settings(options, usual, lines)
    if options.measure:
        return _measure(settings, control, as_json=options.json)
    with stopping_on_signals(control), steering(control, lines, is_on=options.control == "stdin"):
        if is_grid:
            return run_grid_file(options, teller, control)
        values = teller.follow(rehearsed_with(settings, control))
    if settings.out is not None:
        save_results(settings.out, values)
    if options.json:
        print(json.dumps(values), flush=True)
    elif not options.events:
        print(result_in_words(values, float(settings.alpha)))
    return 0


def _diffusion(
    options: argparse.Namespace, usual: argparse.Namespace, teller: RehearsalTeller, lines: StdinLines, control: Control
) -> int:
    """Rehearse with a diffusion model; return 0 when it ran to its end."""
    settings = settings_from(options, usual, lines)
    with stopping_on_signals(control):
        if options.measure:
            measure(settings, control, as_json=options.json)
            return 0
        with steering(control, lines, is_on=options.control == "stdin"):
            said = run_diffusion(settings, teller, control, as_json=options.json, says_time=not options.events)
    if options.json or not options.events:
        print(said, flush=True)
    return 0


def _measure(settings: RehearsalSettings, control: Control, *, as_json: bool) -> int:
    """Print the speed as JSON, or a sentence on the time that the rehearsal would take."""
    with stopping_on_signals(control):
        speed = speed_of(settings, control)
    if as_json:
        print(json.dumps(to_values(speed)), flush=True)
    else:
        seconds = work_of(settings, speed.pictures).seconds(speed)
        print(f"About {time_span(seconds)} on this computer, as busy as it is now.")
    return 0


def _settings(options: argparse.Namespace, usual: argparse.Namespace, lines: StdinLines) -> RehearsalSettings:
    if options.request is None:
        return settings_of(options)
    refuse_other_options(options, usual)
    return read_request(RehearsalSettings, options.request, lines)


def rehearsed_with(settings: RehearsalSettings, control: Control) -> Iterator[Event]:
    """Read the pictures and the record, then rehearse."""
    request = yield from Requests(control).of(settings)
    yield from rehearse(request, control)
