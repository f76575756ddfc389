"""``mtgui demo``: the program at work on the pictures that ship with it."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from mtgui.cli import mark
from mtgui.cli.window import has_screen, open_window
from mtgui.common.resources import resource_path


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Describe the arguments; return the function that carries the command out."""
    parser.description = (
        "Show mtgui on the pictures that ship with it: in the window, or without a screen in the terminal."
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the marked copies (terminal only)")
    parser.add_argument("--terminal", action="store_true", help="stay in the terminal even if there is a screen")
    return run


def run(options: argparse.Namespace) -> int:
    """Open the window on the demo pictures, or mark them here."""
    pictures = resource_path("demo")
    if has_screen() and not options.terminal and options.out is None:
        return open_window([str(pictures)])
    out: Path = options.out or Path(tempfile.mkdtemp(prefix="mtgui-demo-")) / "marked"
    print(f"Marking the demo pictures in “{pictures}”: half of them, drawn by chance, are published.")
    parser = argparse.ArgumentParser()
    command = mark.register(parser)
    return command(parser.parse_args([str(pictures), "--out", str(out), "--publish", "50%", "--preset", "balanced"]))
