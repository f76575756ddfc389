"""``mtgui inspect``: what a mark record or a model file holds, in words or JSON; never the key."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mtgui.common.errors import printable, readable_name
from mtgui.common.files import is_ordinary
from mtgui.common.hashing import sha256_file
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import inspect_model
from mtgui.records.journal import SUFFIX, looks_like_record, read_record
from mtgui.records.summary import summarise, summary_in_words

_MOST_SHOWN = 8


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Describe the arguments; return the function that carries the command out."""
    parser.description = (
        "Say what a mark record or a downloaded model file holds. A record's key is never shown; nothing that a "
        "model file contains is run."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a mark record, a model file, or a folder with one")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return run


def run(options: argparse.Namespace) -> int:
    """Print what the record or the model holds."""
    path: Path = options.file
    if path.suffix == SUFFIX or (is_ordinary(path) and looks_like_record(path)):
        summary = summarise(read_record(path))
        print(json.dumps(summary) if options.json else summary_in_words(path, summary))
        return 0
    facts = inspect_model(path)
    summary = summarise_model(path, facts)
    print(json.dumps(summary) if options.json else model_in_words(path, summary))
    return 0


def summarise_model(path: Path, facts: ModelFacts) -> dict[str, Any]:
    """Return everything known about the model at ``path``, ready for JSON. Raises OSError."""
    folder = path if path.is_dir() else path.parent
    files = [
        {"name": name, "size": (folder / name).stat().st_size, "sha256": sha256_file(folder / name)}
        for name in facts.files
        if name == Path(name).name
    ]
    guess = facts.guessed_classes
    return {
        "kind": "model",
        "format": facts.format,
        "files": files,
        "tensors": len(facts.tensors),
        "parameters": facts.parameters,
        "bytes": facts.size,
        "dtypes": facts.dtypes,
        "taken": facts.taken,
        "reason": facts.reason,
        "others": list(facts.others),
        "renamed": [list(pair) for pair in facts.renamed],
        "ignored": list(facts.ignored),
        "guessed_classes": None if guess is None else {"number": guess[0], "weight": guess[1]},
        "notes": list(facts.notes),
        "limits": list(facts.limits),
    }


def model_in_words(path: Path, summary: dict[str, Any]) -> str:
    """Return `summarise_model`'s findings as lines for a person."""
    kinds = ", ".join(f"{kind} ({count})" for kind, count in summary["dtypes"].items())
    lines = [f"{readable_name(path)}: a model, {summary['format']}"]
    for file in summary["files"]:
        name = "" if len(summary["files"]) == 1 else f"{printable(file['name'])}, "
        lines.append(f"  File: {name}{file['size']:,} bytes, SHA-256 {file['sha256']}")
    lines.append(f"  Weights: {summary['tensors']:,} tensors, {summary['parameters']:,} parameters; {kinds}")
    lines.append(f"  State dict: {summary['taken']}; taken because {summary['reason']}")
    lines += _some("Also found", summary["others"])
    lines += _some("Renamed", [f"{printable(old)} → {printable(new)}" for old, new in summary["renamed"]])
    lines += _some("Left out", summary["ignored"])
    if summary["guessed_classes"]:
        guess = summary["guessed_classes"]
        lines.append(
            f"  Classes: perhaps {guess['number']:,}, a guess from the shape of “{printable(guess['weight'])}”"
        )
    lines += [f"  Note: {note}" for note in summary["notes"]]
    limits = "; ".join(summary["limits"]) or "none that this system offers"
    lines.append(f"  Nothing in the file was run. It was read in a process of its own, limited to: {limits}.")
    return "\n".join(lines)


def _some(title: str, entries: list[str]) -> list[str]:
    """Return ``entries`` as lines under ``title``, the first few of them."""
    if not entries:
        return []
    more = [f"    … and {len(entries) - _MOST_SHOWN:,} more (all with --json)"] if len(entries) > _MOST_SHOWN else []
    return [f"  {title}: {len(entries):,}", *(f"    {entry}" for entry in entries[:_MOST_SHOWN]), *more]
