"""``mtgui demo``: shows the whole program on pictures that it draws itself."""

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mtgui.cli.audit_output import result_in_words, tell_report_problems
from mtgui.cli.rehearse_output import RehearsalTeller
from mtgui.cli.terminal import stopping_on_signals
from mtgui.cli.window import has_screen, open_window
from mtgui.common.control import Control
from mtgui.common.errors import printable
from mtgui.common.resources import resource_path
from mtgui.rehearsal.fine_tuning.tuning_settings import DEMO, TuningSettings


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Add the arguments of the command; return the function that runs it."""
    parser.description = (
        "Show mtgui at work: pictures are drawn and marked, two small models are trained, one on the published copies "
        "and one without them, and both are audited. With a screen, the window then opens on them."
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="new or empty folder for pictures, record, models and reports"
    )
    parser.add_argument("--terminal", action="store_true", help="stay in the terminal even if there is a screen")
    parser.add_argument(
        "--lora",
        action="store_true",
        help="show instead after how much training a LoRA of such pictures would be found; this takes minutes",
    )
    parser.add_argument("--device", default="auto", metavar="NAME", help="auto (default), cpu, cuda, cuda:1, xpu, mps")
    parser.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    parser.add_argument("--events", action="store_true", help="one JSON object per event on stdout")
    return run


def run(options: argparse.Namespace) -> int:
    """Run the demo in the terminal; then, with a screen and without options for output, open the window on it."""
    if options.lora:
        return _run_lora(options)
    stays = options.terminal or options.out is not None or options.json or options.events
    from mtgui.rehearsal.demo import NOT_USED, PUBLISHED, RECORD, USED, WITHHELD, check_folder, show

    out: Path = options.out or Path(tempfile.mkdtemp(prefix="mtgui-demo-"))
    check_folder(out)
    is_told = not options.json and not options.events
    if is_told:
        print(
            f"Drawing {PUBLISHED + WITHHELD} pictures and marking them; chance decides which {PUBLISHED} are\n"
            "published. Then one model is trained on other pictures and the published copies, and one on the others\n"
            "alone. Both are audited.",
            flush=True,
        )
    control = Control()
    with stopping_on_signals(control):
        result = RehearsalTeller(as_events=options.events).follow(show(out, device=options.device, control=control))
    if options.json:
        print(json.dumps(result), flush=True)
    elif is_told:
        print(f"\n{result_in_words(result)}\nEverything lies in “{printable(out)}”.", flush=True)
    status = tell_report_problems(result)
    if has_screen() and not stays:
        # The window runs the same audit live; its Mark page shows the pictures that ship with mtgui.
        paths = (resource_path("demo"), out / USED, out / NOT_USED, out / RECORD)
        return open_window([str(path) for path in paths], runs_audit=True)
    return status


def _run_lora(options: argparse.Namespace) -> int:
    """Rehearse LoRAs of pictures that mtgui draws, in the terminal; return 0 when it ran to its end."""
    if not options.json and not options.events:
        print(
            "Would a LoRA of my pictures be found? A small model that makes pictures, the base, learns drawn\n"
            f"pictures. Then {DEMO.users} LoRAs are trained, each on the published pictures of one artist. They are\n"
            "audited now and then.",
            flush=True,
        )
    return show_loras(replace(DEMO, out=options.out, device=options.device), options)


def show_loras(settings: TuningSettings, options: argparse.Namespace) -> int:
    """Rehearse with ``settings``, and print as ``options.json`` and ``options.events`` say; return 0."""
    from mtgui.cli.rehearse_diffusion import run_diffusion

    control, is_told = Control(), not options.json and not options.events
    with stopping_on_signals(control):
        teller = RehearsalTeller(as_events=options.events)
        said = run_diffusion(settings, teller, control, as_json=options.json, says_time=is_told)
    if options.json or is_told:
        print(said if options.json else f"\n{said}", flush=True)
    return 0
