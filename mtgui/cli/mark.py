"""``mtgui mark``: pictures in, marked copies and a mark record out."""

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mtgui.cli.mark_options import MarkOptions
from mtgui.cli.terminal import ask, follow, is_interactive, stopping_on_signals
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, PictureError, UsageError, printable
from mtgui.common.files import is_folder
from mtgui.common.telling_names import telling_names
from mtgui.common.words import counted
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.settings import (
    DEFAULT_DESIGN_RESOLUTION,
    NO_MARK,
    NOISE_KINDS,
    PRESETS,
    MarkSettings,
    proposed_preset,
)
from mtgui.pictures.encoding import EncodeOptions, check_options
from mtgui.pictures.formats import looks_like_picture
from mtgui.pictures.pattern_picture import load_pattern_picture
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import CONFLICTS, MarkRequest, default_record_path
from mtgui.publishing.other_records import AlreadyRecordedError, other_records
from mtgui.publishing.sources import collect_sources
from mtgui.records.draw import parse_publish_rule
from mtgui.records.record_suffix import RECORD_SUFFIX


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Add the arguments of the command; return the function that runs it."""
    parser.description = (
        "Mark pictures and export the copies to publish. Originals are never changed. The mark record, written "
        "beside the export folder, is the evidence and holds the secret key: keep it, and keep it private. "
        "Run the same command again to go on after an interruption."
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="picture, or folder with all below it")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the marked copies")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help=f"mark record (default: DIR{RECORD_SUFFIX} beside DIR)"
    )
    _add_mark_arguments(parser)
    parser.add_argument(
        "--publish",
        default="all",
        metavar="all|N|N%",
        help="how many, drawn by chance; the rest stays private (default all)",
    )
    _add_file_arguments(parser)
    parser.add_argument(
        "--second-record",
        action="store_true",
        help="make a record even if one beside DIR knows some of the pictures; it can publish what that one keeps "
        "private",
    )
    parser.add_argument("--label-from-folders", action="store_true", help="the first folder below PATH is the label")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="pictures at a time (default %(default)s)"
    )
    parser.add_argument(
        "--on-conflict",
        choices=CONFLICTS,
        default="rename",
        help="when another file has a copy's name: write under a new name (default), skip the copy, or overwrite",
    )
    parser.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    parser.add_argument("--events", action="store_true", help="one JSON object per event on stdout")
    return run


def _add_mark_arguments(parser: argparse.ArgumentParser) -> None:
    names = ", ".join(f"{p.name} ({p.mark.in_words})" for p in PRESETS)
    if_some_stay, if_all_out = (proposed_preset(publishes_all=publishes_all).name for publishes_all in (False, True))
    parser.add_argument(
        "--preset",
        metavar="NAME",
        help=f"kind and strength of the mark by name: {names} (default: {if_some_stay} if some pictures are "
        f"withheld, else {if_all_out})",
    )
    parser.add_argument(
        "--tint", type=float, metavar="N", help="a smooth tint: its strength in 255ths, in quarters, at most 16"
    )
    parser.add_argument("--tint-colour", action="store_true", help="the tint shifts colours, too, not light alone")
    parser.add_argument("--blend", type=float, metavar="R", help="blend ratio of the paper's mark (default 0.7)")
    parser.add_argument("--noise", type=int, metavar="N", help="the paper's mark: noise budget in 255ths (default 8)")
    parser.add_argument("--noise-kind", choices=NOISE_KINDS, help="default perlin")
    parser.add_argument("--pattern", metavar="stripes|PICTURE", help="default stripes, drawn from the key")
    parser.add_argument(
        "--design-resolution",
        type=int,
        metavar="N",
        help=f"short side the mark is laid out at (default {DEFAULT_DESIGN_RESOLUTION}; 32 for tiny pictures)",
    )


def _add_file_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        type=_format_name,
        choices=("keep", "png", "jpeg", "webp", "tiff"),
        default="keep",
        help="of the copies (default keep: as each original, where it can hold what is needed)",
    )
    parser.add_argument(
        "--quality", type=int, default=95, metavar="N", help="of JPEG and lossy WebP, 95 to 100 (default 95)"
    )
    places = parser.add_mutually_exclusive_group()
    places.add_argument("--keep-gps", action="store_true", help="keep in the copies where photos were taken")
    places.add_argument("--remove-gps", action="store_true", help="leave that out, as is done by default")
    parser.add_argument("--forbid-training", action="store_true", help="state “no AI training” in the copies' XMP")
    parser.add_argument(
        "--embed-commitment", action="store_true", help="state the dating number (commitment) in the XMP"
    )


def _format_name(text: str) -> str:
    name = text.lower().removeprefix(".")
    return {"jpg": "jpeg", "tif": "tiff"}.get(name, name)


def run(options: argparse.Namespace) -> int:
    """Mark and export; return 0 if every picture was exported, else 1."""
    request = _request(options)
    control = Control()
    as_events = bool(options.events)
    with stopping_on_signals(control):
        try:
            result = follow(mark_and_export(request, control), as_events=as_events)
        except CancelledError as error:
            way = "go on" if os.path.lexists(request.record) else "start again"
            raise CancelledError(f"{error} Run the same command again to {way}.") from error
        except AlreadyRecordedError as error:
            way = f"--record “{printable(error.other.record)}” --out “{printable(error.other.out)}”"
            raise UsageError(f"{error} To do so, name it: {way}. To draw a second time: --second-record.") from error
    if options.json:
        print(json.dumps(result), flush=True)
    elif not as_events:
        print(summary(result, publish=options.publish, written_with=_written_with(options)))
    return 1 if result["failed"] else 0


def _request(options: argparse.Namespace) -> MarkRequest:
    if not options.out or "" in options.paths:
        raise UsageError("A name is empty. Was a shell variable not set?")
    out = Path(os.path.normpath(Path(options.out).absolute()))
    record: Path = options.record or default_record_path(out)
    encode = EncodeOptions(
        format=options.format,
        quality=options.quality,
        remove_gps=not options.keep_gps,
        forbid_training=options.forbid_training,
    )
    check_options(encode)
    links: list[Path] = []
    sources = collect_sources(
        [Path(path) for path in options.paths],
        looks_like_picture,
        leave_out=out,
        label_from_folders=options.label_from_folders,
        on_link=links.append,
    )
    if not sources:
        named = ", ".join(f"“{printable(path)}”" for path in options.paths[:NAMES_SHOWN])
        raise UsageError(f"There are no pictures to mark in {named}. Name picture files, or folders that hold some.")
    rule = parse_publish_rule(options.publish)
    settings, pattern, is_chosen = _settings(options, publishes_all=rule.published_of(len(sources)) == len(sources))
    picture = None if pattern is None else _pattern_picture(pattern)
    if options.on_conflict == "overwrite" and is_interactive() and not _may_overwrite(out):
        raise UsageError("Nothing was overwritten and nothing was written.")
    return MarkRequest(
        sources=tuple(sources),
        out=out,
        record=record,
        settings=settings,
        settings_are_chosen=is_chosen,
        pattern_picture=picture,
        publish=rule,
        options=encode,
        embed_commitment=options.embed_commitment,
        jobs=options.jobs,
        on_conflict=options.on_conflict,
        linked_folders=tuple(links),
        others=() if options.second_record else other_records((), out, record),
    )


def _pattern_picture(path: Path) -> PicturePattern:
    if not os.path.lexists(path):
        raise UsageError(f"There is no picture “{printable(path)}” for the pattern. Write “stripes”, or name a file.")
    try:
        return load_pattern_picture(path)
    except PictureError as error:
        raise UsageError(f"The pattern picture cannot be used. {error}") from error


def _may_overwrite(out: Path) -> bool:
    if not is_folder(out) or not any(out.iterdir()):
        return True
    return ask(f"Files in “{printable(out)}” that have the names of new copies will be overwritten. Go on?")


def _settings(options: argparse.Namespace, *, publishes_all: bool) -> tuple[MarkSettings, Path | None, bool]:
    """Return the settings, the pattern picture (None for stripes), and True if the person set any of them."""
    pattern = None if options.pattern in (None, "stripes") else Path(options.pattern)
    paper = {
        "blend_ratio": options.blend,
        "noise_budget": options.noise,
        "noise_kind": options.noise_kind,
        "pattern_kind": "picture" if pattern else options.pattern,
        "design_resolution": options.design_resolution,
    }
    given = MarkOptions(options.preset, paper, options.tint, options.tint_colour)
    usual = proposed_preset(publishes_all=publishes_all).mark
    has_start = options.preset is not None or given.of_paper or options.tint is not None
    return given.applied_to(MarkSettings() if has_start else usual), pattern, given.are_given


NAMES_SHOWN = 10
_START_OVER = (
    "The option holds for new pictures. If nothing is published yet, you can delete the copies and the record, and "
    "mark all pictures again."
)


def _written_with(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the options, as they are written, that say how the files of the copies are made."""
    flags = ("keep_gps", "remove_gps", "forbid_training", "embed_commitment")
    given = [f"--{name.replace('_', '-')}" for name in flags if getattr(options, name)]
    given += [f"--format {options.format}"] if options.format != "keep" else []
    given += [f"--quality {options.quality}"] if options.quality != EncodeOptions().quality else []
    return tuple(given)


def summary(result: Mapping[str, Any], *, publish: str, written_with: Sequence[str] = ()) -> str:
    """Return a text on what was done, where it is and what to do with it.

    publish: the option's value. written_with: the options that say how the files of the copies are made.
    """
    marked, withheld, failed = (len(result[name]) for name in ("marked", "withheld", "failed"))
    lines = ["Nothing was marked. Originals were not changed."]
    if marked:
        lines = [
            _made(marked, result["settings"]),
            f"The copies are in “{printable(result['out'])}”: publish these. Originals were not changed.",
        ]
    there = sum(copy["was_there"] for copy in result["marked"])
    if there:
        copies = "its copy is as it was" if there == 1 else "their copies are as they were"
        lines.append(f"{there:,} of these had been exported before; {copies}.")
        if written_with:
            lines.append(
                f"“{' '.join(written_with)}” changes nothing in copies that are there. To write all copies so, name an "
                f"empty folder with --out, and --record “{printable(result['record'])}”."
            )
    if marked > there:
        lines.append(_places(keeps="--keep-gps" in written_with))
    if withheld:
        home, out = ([Path(one["file"]) for one in result[name]] for name in ("withheld", "marked"))
        names = telling_names(home, out)
        more = f" and {withheld - NAMES_SHOWN} more (mtgui inspect lists them)" if withheld > NAMES_SHOWN else ""
        lines.append(
            f"{_pictures(withheld)} withheld by chance. Keep them private, a later audit needs them: "
            f"{', '.join(names[:NAMES_SHOWN])}{more}."
        )
    if result["twins"]:
        lines.append(f"{_pictures(len(result['twins']))} passed over: the same picture was there already.")
    if result["skipped"]:
        lines.append(f"{_pictures(len(result['skipped']))} not written: another file has the name.")
    if failed:
        lines.append(f"{_pictures(failed)} could not be used, for the reasons above.")
    if result["record"]:
        lines.append(
            f"The mark record is “{printable(result['record'])}”. It holds your secret key: keep it safe and private."
        )
        lines += _commitments(result["commitments"])
    if result["advice"]:
        lines.append(result["advice"])
    if marked and not withheld:
        lines.append(_nothing_withheld(marked, publish, is_known=there == marked))
    return "\n".join(lines)


def _made(copies: int, settings: str) -> str:
    """Return how many copies were made, and with which mark."""
    if settings == NO_MARK.in_words:
        return f"{counted(copies, 'copy', 'copies')} made without a mark."
    return f"{_pictures(copies)} marked with {settings}."


def _places(*, keeps: bool) -> str:
    if keeps:
        return "Where photos say where they were taken, their copies say it too (--keep-gps)."
    return "The copies do not say where photos were taken; --keep-gps keeps that."


def _nothing_withheld(marked: int, publish: str, *, is_known: bool) -> str:
    """Return what to do so that pictures stay private; is_known: this record had drawn all pictures before."""
    if is_known and publish.strip().lower() != "all":
        return (
            f"“--publish {printable(publish)}” kept none of {_pictures(marked)} private: this record drew them before, "
            f"and draws no picture twice. {_START_OVER}"
        )
    if marked == 1:
        return "Tip: mark more pictures together, and chance can keep some private, with which a later audit compares."
    if publish.strip().lower() == "all":
        return (
            "Tip: “--publish 50%” keeps half the pictures private; a later audit compares the others with these. "
            f"{_START_OVER}"
        )
    return f"“--publish {printable(publish)}” kept none of {_pictures(marked)} private."


def _commitments(commitments: list[str]) -> list[str]:
    if len(commitments) == 1:
        return [f"Dating number (commitment), to be dated by somebody else: {commitments[0]}"]
    numbered = [f"  part {number}: {text}" for number, text in enumerate(commitments, start=1)]
    return ["Dating numbers (commitments), each to be dated by somebody else:", *numbered]


def _pictures(count: int) -> str:
    return counted(count, "picture")
