"""The commands of mtgui and how they end: 0 all fine, 1 something failed, 2 unusable arguments."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mtgui.common.errors import CancelledError, MtguiError, RecordError, UsageError
from mtgui.version import __version__

INTERRUPTED = 130
COMMANDS = ("mark", "inspect", "demo")

USAGE = """\
usage: mtgui                      open the window
       mtgui PICTURE…             open the window on pictures or folders
       mtgui mark PATH… --out DIR mark pictures and export the copies (mtgui mark --help)
       mtgui inspect FILE         say what a mark record holds, never its key
       mtgui demo [--out DIR]     show it all on pictures that ship with mtgui
       mtgui --version
"""


def run(arguments: Sequence[str]) -> int:
    """Carry out the command that ``arguments`` name; return the exit status."""
    first = arguments[0] if arguments else ""
    if first in ("--version", "-V"):
        print(f"mtgui {__version__}")
        return 0
    if first in ("--help", "-h", "help"):
        print(USAGE, end="")
        return 0
    if first not in COMMANDS:
        return _window(arguments)
    command = _load(first)
    parser = argparse.ArgumentParser(prog=f"mtgui {first}", allow_abbrev=False)
    command_run = command(parser)
    options = parser.parse_args(arguments[1:])
    return _guarded(command_run, options)


Command = Callable[[argparse.Namespace], int]


def _load(name: str) -> Callable[[argparse.ArgumentParser], Command]:
    """Import a command only when it is asked for."""
    if name == "mark":
        from mtgui.cli import mark

        return mark.register
    if name == "inspect":
        from mtgui.cli import inspect

        return inspect.register
    from mtgui.cli import demo

    return demo.register


def _guarded(command: Command, options: argparse.Namespace) -> int:
    """Run ``command``; say in one sentence what stopped it."""
    wants_json = getattr(options, "json", False) or getattr(options, "events", False)
    try:
        return command(options)
    except CancelledError as error:
        return _say(error, INTERRUPTED, wants_json)
    except (UsageError, RecordError) as error:
        return _say(error, 2, wants_json)
    except MtguiError as error:
        return _say(error, 1, wants_json)
    except BrokenPipeError:
        # Whoever read our output went away; point stdout elsewhere so that closing it stays quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _say(error: MtguiError, status: int, wants_json: bool) -> int:
    print(f"mtgui: {error}", file=sys.stderr)
    if wants_json:
        print(json.dumps({"error": str(error)}), flush=True)
    return status


def _window(arguments: Sequence[str]) -> int:
    unknown = [argument for argument in arguments if not os.path.lexists(argument)]
    if unknown:
        print(f"mtgui: there is no command, file or folder “{unknown[0]}”.", file=sys.stderr)
        print(USAGE, end="", file=sys.stderr)
        return 2
    from mtgui.cli.window import open_window

    return open_window([str(Path(argument)) for argument in arguments])
