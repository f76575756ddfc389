"""``mtgui audit``: was this model trained on the published copies of this record?"""

import argparse
import contextlib
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.job.audit_request import (
    MISSING_RULES,
    PASSES,
    VIEWS,
    AuditRequest,
    ModelChoice,
    parse_alpha,
)
from mtgui.auditing.precision import PRECISIONS
from mtgui.auditing.preprocessing import INTERPOLATIONS
from mtgui.cli.audit_output import AuditTeller, result_in_words, tell_report_problems, time_in_words
from mtgui.cli.stdin_control import StdinLines, add_program_options, read_request, refuse_other_options, steering
from mtgui.cli.terminal import stopping_on_signals
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.records.chances import REFERENCE_DRAWS

_THREADS_HELP = (
    "number of processor threads (default 0: that of an earlier run of the same audit, else the number that a short "
    "trial finds fastest); a different number than before starts from the beginning and counts as another run"
)


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Add the arguments of the command; return the function that runs it."""
    parser.description = (
        "Test whether a model was trained on the published copies of a mark record, with a stated error probability. "
        "The model file is read as plain data in a process of its own; nothing in it is run. Originals are never "
        "changed. Exit status 0 says that the audit ran, whatever the verdict."
    )
    parser.add_argument("--model", nargs="+", type=Path, default=[], metavar="FILE", help="model file or folder")
    parser.add_argument("--record", nargs="+", type=Path, default=[], metavar="FILE", help="mark record")
    parser.add_argument(
        "--pictures",
        nargs="+",
        type=Path,
        default=[],
        metavar="DIR",
        help="where the originals lie (default: the folder of each record, with all below it)",
    )
    parser.add_argument(
        "--label",
        metavar="NAME|INDEX|record|auto",
        help="class of the pictures: one for all by name or number, the record's own labels, or the model's choice, "
        "made on all unmarked originals together (default: record where every label in it is the name of a class, "
        "else auto)",
    )
    _add_model_arguments(parser)
    _add_diffusion_arguments(parser)
    _add_test_arguments(parser)
    _add_machine_arguments(parser)
    parser.add_argument(
        "--report", nargs="+", type=Path, default=[], metavar="FILE", help="write a report, .json or .html"
    )
    add_program_options(parser)
    return partial(run, usual=parser.parse_args([]))


def _add_model_arguments(parser: argparse.ArgumentParser) -> None:
    model = parser.add_argument_group("the model")
    model.add_argument("--architecture", metavar="NAME", help="if the file does not tell it, such as resnet18")
    model.add_argument(
        "--architecture-file", metavar="FILE:FACTORY", help="Python file that builds the model; needs --trust-code"
    )
    model.add_argument("--trust-code", action="store_true", help="run the code of --architecture-file")
    model.add_argument("--resize", type=_sizes, metavar="N|HxW", help="short side before the crop, or height x width")
    model.add_argument("--crop", type=_sizes, metavar="N|HxW", help="input size of the model")
    model.add_argument("--interpolation", choices=INTERPOLATIONS, help="of the resizing")
    model.add_argument("--mean", type=_three, metavar="R,G,B", help="of each channel, from 0 to 1")
    model.add_argument("--std", type=_three, metavar="R,G,B", help="standard deviation of each channel")


def _add_diffusion_arguments(parser: argparse.ArgumentParser) -> None:
    diffusion = parser.add_argument_group("LoRAs and diffusion models")
    diffusion.add_argument(
        "--base",
        type=Path,
        metavar="FILE",
        help="the model from which it was made, or a folder in which the base that a LoRA names is searched (default: "
        "the folder of the LoRA)",
    )
    diffusion.add_argument(
        "--prompt",
        metavar="none|file|record|auto|TEXT",
        help="the text with which pictures are shown: none, the one that the LoRA names for all captions, the label of "
        "each picture in the record, the model's choice between none and that of the LoRA, or a text of your own; "
        "text:none is the word “none” (default: auto if the LoRA names a text, else none)",
    )
    diffusion.add_argument(
        "--passes",
        type=int,
        choices=PASSES,
        default=PASSES[0],
        help="how often each picture is denoised (default %(default)s)",
    )


def _add_test_arguments(parser: argparse.ArgumentParser) -> None:
    test = parser.add_argument_group("the test, fixed before the first picture is shown to the model")
    test.add_argument("--alpha", default="0.01", metavar="A", help="largest error probability (default 0.01)")
    test.add_argument(
        "--keys",
        type=_keys,
        metavar="auto|K",
        help="number of decoy keys (default auto: 15 beside withheld pictures, or 0 for LoRAs and diffusion models, "
        "which need long for each; 999 where nothing was withheld)",
    )
    test.add_argument(
        "--draws", type=int, default=REFERENCE_DRAWS, metavar="R", help="reference draws (default %(default)s)"
    )
    test.add_argument("--no-early-stop", action="store_true", help="go on even when no evidence can be found any more")
    test.add_argument("--views", type=int, choices=VIEWS, default=1, help="views of each picture (default 1)")
    test.add_argument(
        "--missing",
        choices=MISSING_RULES,
        default="refuse",
        help="when originals are not found: refuse (default), or count them against the claim",
    )
    test.add_argument(
        "--population",
        type=Path,
        metavar="DIR",
        help="other people's pictures, one folder per class, for comparison with the published method",
    )
    test.add_argument(
        "--population-sets", type=int, default=1000, metavar="N", help="sets drawn from them (default %(default)s)"
    )


def _add_machine_arguments(parser: argparse.ArgumentParser) -> None:
    machine = parser.add_argument_group("the machine")
    machine.add_argument("--device", default="auto", metavar="NAME", help="auto (default), cpu, cuda, cuda:1, xpu, mps")
    machine.add_argument("--precision", choices=PRECISIONS, default="float32", help="default float32")
    machine.add_argument("--batch", type=int, metavar="N", help="pictures at a time (default: what the device takes)")
    machine.add_argument("--threads", type=int, default=0, metavar="N", help=_THREADS_HELP)
    machine.add_argument(
        "--time",
        action="store_true",
        help="only say how long the audit will take: the model sees black pictures, and no run is counted",
    )
    machine.add_argument(
        "--log", type=Path, metavar="FILE", help="count runs in this audit log (default: the user's own)"
    )
    machine.add_argument("--state", type=Path, metavar="DIR", help="folder for interrupted audits")


def run(options: argparse.Namespace, usual: argparse.Namespace) -> int:
    """Audit; return 0 when it ran to its end. usual: the options of a command line without any."""
    lines = StdinLines()
    if options.request is None:
        request = _request(options)
    else:
        refuse_other_options(options, usual)
        request = read_request(AuditRequest, options.request, lines)
    control = Control()
    if os.environ.get("RANK", "0") != "0":
        # If several processes share an audit, only the first one prints and takes orders.
        options.events, options.json, options.control = False, False, "none"
    teller = AuditTeller(as_events=options.events)
    with stopping_on_signals(control), steering(control, lines, is_on=options.control == "stdin"):
        from mtgui.auditing.job.audit import audit

        with contextlib.closing(audit(request, control)) as events:
            result = teller.follow(events)
    if not result:
        return 0
    in_words = time_in_words if request.states_time_only else result_in_words
    if options.json:
        print(json.dumps(result), flush=True)
    elif not options.events:
        print(in_words(result), flush=True)
    if request.states_time_only:
        return 0
    return tell_report_problems(result)


def _request(options: argparse.Namespace) -> AuditRequest:
    for name in ("model", "record"):
        if not getattr(options, name):
            raise UsageError(
                f"An audit needs a model and a mark record: name them with --model and --record; --{name} is not there."
            )
    choice = _input_choice(options)
    return AuditRequest(
        models=tuple(
            ModelChoice(path, options.architecture, options.architecture_file, options.trust_code, choice, options.base)
            for path in options.model
        ),
        records=tuple(options.record),
        places=tuple(options.pictures),
        label=options.label,
        keys=options.keys,
        draws=options.draws,
        stops_early=not options.no_early_stop,
        alpha=parse_alpha(options.alpha),
        missing=options.missing,
        population=options.population,
        population_sets=options.population_sets,
        views=options.views,
        passes=options.passes,
        prompt=options.prompt,
        device=options.device,
        precision=options.precision,
        batch=options.batch,
        threads=options.threads or None,
        reports=tuple(options.report),
        log=options.log,
        state=options.state,
        states_time_only=options.time,
    )


def _input_choice(options: argparse.Namespace) -> PreprocessingHint:
    resize, crop = options.resize, options.crop
    return PreprocessingHint(
        origin="chosen by hand",
        resize=resize[0] if resize is not None and len(resize) == 1 else resize,
        crop=(crop[0], crop[-1]) if crop is not None else None,
        interpolation=options.interpolation,
        mean=options.mean,
        std=options.std,
    )


def _keys(text: str) -> int | None:
    if text.strip().lower() == "auto":
        return None
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is neither “auto” nor a number") from None


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        sizes = ()
    if len(sizes) not in (1, 2):
        raise argparse.ArgumentTypeError(f"“{text}” is no size; write 224 or 224x320")
    return sizes


def _three(text: str) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not three numbers; write such as 0.5,0.5,0.5") from None
    return red, green, blue
