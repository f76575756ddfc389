"""The commands of mtgui and their exit status: 0 all fine, 1 something failed, 2 unusable arguments, 130 stopped."""

import argparse
import contextlib
import difflib
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from mtgui.cli.parsing import NumberParser, in_plain_words
from mtgui.common.errors import (
    CancelledError,
    MtguiError,
    RecordError,
    ReportError,
    StorageError,
    UsageError,
    printable,
    storage_reason,
)
from mtgui.common.events import Stopped, event_to_json
from mtgui.version import __version__

INTERRUPTED = 130
OUT_OF_MEMORY = (
    "The system gave mtgui no more memory. Files written so far are whole. Close other programs, or raise the limit "
    "that was set for it; then run the same command again."
)
COMMANDS = ("mark", "audit", "inspect", "verify", "rehearse", "devices", "demo")

USAGE = """\
usage: mtgui                      open the window
       mtgui PICTURE…             open the window on pictures or folders
       mtgui mark PATH… --out DIR mark pictures and export the copies (mtgui mark --help)
       mtgui audit --model FILE --record FILE
                                  was this model trained on these pictures? (mtgui audit --help)
       mtgui inspect FILE         say what a mark record or a model file holds, never a key
       mtgui verify REPORT        prove the numbers of an audit report again
       mtgui rehearse             train a small model with the marks in: would it be found out?
       mtgui devices              list what audits and rehearsals can run on here
       mtgui demo [--out DIR]     show it all on pictures that ship with mtgui
       mtgui --version
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Characters that the terminal cannot show are escaped; they never stop the work.
            stream.reconfigure(errors="backslashreplace")
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
    parser = Parser(arguments[1:], prog=f"mtgui {first}", allow_abbrev=False)
    command_run = command(parser)
    options = parser.parse_args(arguments[1:])
    return _guarded(command_run, options)


Command = Callable[[argparse.Namespace], int]


def _load(name: str) -> Callable[[argparse.ArgumentParser], Command]:
    """Import the command ``name``, and no other; return its `register`."""
    if name == "mark":
        from mtgui.cli import mark

        return mark.register
    if name == "audit":
        from mtgui.cli import audit

        return audit.register
    if name == "inspect":
        from mtgui.cli import inspect

        return inspect.register
    if name == "verify":
        from mtgui.cli import verify

        return verify.register
    if name == "rehearse":
        from mtgui.cli import rehearse

        return rehearse.register
    if name == "devices":
        from mtgui.cli import devices

        return devices.register
    from mtgui.cli import demo

    return demo.register


def _guarded(command: Command, options: argparse.Namespace) -> int:
    """Run ``command`` and return the exit status; if it fails, print one sentence that says why."""
    try:
        return command(options)
    except CancelledError as error:
        return _say(error, INTERRUPTED, options)
    except KeyboardInterrupt:
        return _say(CancelledError("Stopped at once."), INTERRUPTED, options)
    except (UsageError, RecordError, ReportError) as error:
        return _say(error, 2, options)
    except MtguiError as error:
        return _say(error, 1, options)
    except BrokenPipeError:
        # The reader of our output has gone. Point stdout elsewhere, so that closing it raises nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _say(StorageError(_refusal(error)), 1, options)
    except MemoryError:
        return _say(MtguiError(OUT_OF_MEMORY), 1, options)


def _refusal(error: OSError) -> str:
    """Return a sentence on what the system refused, with the name of the file if it has one."""
    what = f"“{printable(os.fsdecode(error.filename))}”" if error.filename else "The output, or a file of the system,"
    return f"{what} could not be used: {storage_reason(error)}."


def _say(error: MtguiError, status: int, options: argparse.Namespace) -> int:
    """Print the error for a person on stderr and, with ``--json`` or ``--events``, on stdout; return ``status``."""
    print(f"mtgui: {error}", file=sys.stderr)
    with contextlib.suppress(BrokenPipeError):
        if getattr(options, "events", False):
            print(event_to_json(Stopped(str(error))), flush=True)
        if getattr(options, "json", False):
            print(json.dumps({"error": str(error)}), flush=True)
    return status


class Parser(NumberParser):
    """Reports wrong arguments in one line, which also says where to read more."""

    def __init__(self, arguments: Sequence[str], **named: Any) -> None:
        """Report on ``arguments``; ``named`` are those of `argparse.ArgumentParser`."""
        super().__init__(**named)
        self._arguments = tuple(arguments)

    def error(self, message: str) -> NoReturn:
        """Print ``message`` in one line and exit with status 2."""
        self.exit(2, f"{self.prog}: {in_plain_words(message)}.{self._near()} See “{self.prog} --help”.\n")

    def _near(self) -> str:
        """Return a question after the first option that does not exist, where one that exists is spelled like it."""
        known = [option for option in self._option_string_actions if option.startswith("--")]
        for written in self._arguments:
            name = written.partition("=")[0]
            near = difflib.get_close_matches(name, known, n=1)
            if name.startswith("--") and name not in known and near:
                return f" There is no option “{printable(name)}”; did you mean “{near[0]}”?"
        return ""


def _window(arguments: Sequence[str]) -> int:
    unknown = [argument for argument in arguments if not os.path.lexists(argument)]
    if unknown:
        near = difflib.get_close_matches(unknown[0], COMMANDS, n=1)
        hint = f" Did you mean “mtgui {near[0]}”?" if near else " See “mtgui --help”."
        print(f"mtgui: there is no command, file or folder “{printable(unknown[0])}”.{hint}", file=sys.stderr)
        return 2
    from mtgui.cli.window import open_window

    return open_window([str(Path(argument)) for argument in arguments])
