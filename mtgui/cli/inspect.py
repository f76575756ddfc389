"""``mtgui inspect``: what a mark record holds, in words or JSON, never the key."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from mtgui.records.journal import read_record
from mtgui.records.summary import summarise, summary_in_words


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Describe the arguments; return the function that carries the command out."""
    parser.description = "Say what a mark record holds. The key is never shown."
    parser.add_argument("file", type=Path, metavar="FILE", help="a mark record (*.mtrecord)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return run


def run(options: argparse.Namespace) -> int:
    """Print what the record holds."""
    summary = summarise(read_record(options.file))
    print(json.dumps(summary) if options.json else summary_in_words(options.file, summary))
    return 0
