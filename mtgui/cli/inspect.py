"""``mtgui inspect``: describes a mark record or a model file in words or JSON, and never shows the key."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from mtgui.auditing.architectures.model_description import ModelDescription, describe_model, files_of, model_in_words
from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.recognise import RecognitionError, recognise_for_audit
from mtgui.auditing.diffusion.generator_inspection import inspect_generator
from mtgui.cli.terminal import stopping_on_signals
from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.files import is_ordinary
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import inspect_model
from mtgui.records.journal import looks_like_record, read_record
from mtgui.records.record_suffix import RECORD_SUFFIX
from mtgui.records.record_summary import summarise, summary_in_words


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Add the arguments of the command; return the function that runs it."""
    parser.description = (
        "Say what a mark record or a downloaded model file holds. A record's key is never shown; nothing that a "
        "model file contains is run."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a mark record, a model file, or a folder with one")
    parser.add_argument(
        "--architecture",
        metavar="NAME",
        help="take the model for this one, such as torchvision/resnet18 or cifar/wrn-28-4, not for any that fits",
    )
    parser.add_argument(
        "--base",
        type=Path,
        metavar="PLACE",
        help="the model from which a LoRA or a diffusion model was made: its file, its folder, or a folder in which "
        "the base that a LoRA names is searched",
    )
    parser.add_argument(
        "--look-in",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="folders in which the base that a LoRA names is searched",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return run


def run(options: argparse.Namespace) -> int:
    """Print the description of the record or the model."""
    path: Path = options.file
    if path.suffix == RECORD_SUFFIX or (is_ordinary(path) and looks_like_record(path)):
        summary = summarise(read_record(path))
        print(json.dumps(summary) if options.json else summary_in_words(path, summary))
        return 0
    control = Control()
    with stopping_on_signals(control):
        facts = inspect_model(path, control=control)
        control.checkpoint()
        model = _inspect(path, facts, options.architecture, (options.base, options.look_in), control)
    print(json.dumps(to_values(model)) if options.json else model_in_words(path, model))
    return 0


def _inspect(
    path: Path,
    facts: ModelFacts,
    architecture: str | None,
    places: tuple[Path | None, Sequence[Path]],
    control: Control,
) -> ModelDescription:
    """Return the description of a model, also of one that is not recognised; places: as in `inspect_generator`.

    Raises RecognitionError if the model does not fit ``architecture``; CancelledError.
    """
    files = files_of(path, facts)
    try:
        generator = None if architecture is not None else inspect_generator(path, facts, places, control)
        if generator is not None:
            return describe_model(facts, files, None, generator=generator)
        sha256 = files[0].sha256 if len(files) == 1 else ""
        found = recognise_for_audit(facts, collect_hints(path, sha256, side=facts.hints), architecture)
    except RecognitionError as error:
        if architecture is not None:
            raise
        return describe_model(facts, files, None, error.reason)
    return describe_model(facts, files, found)
