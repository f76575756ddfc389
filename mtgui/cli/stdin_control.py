"""The standard input of a command that a program started: first the request, then orders to pause or cancel."""

import argparse
import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from mtgui.common.codec import FieldError, from_values, parse_object
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name, storage_errors

T = TypeVar("T")
STANDARD_INPUT = "-"
_OF_PROGRAMS = ("request", "json", "events", "control", "measure")
_STDIN = 0
_PIECE = 65_536
_LONGEST_ORDER, _LONGEST_REQUEST = 4096, 1 << 26


def add_program_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for programs: output as JSON, the request, and control by the standard input."""
    parser.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    parser.add_argument("--events", action="store_true", help="one JSON object per event on stdout")
    parser.add_argument(
        "--request",
        metavar="FILE|-",
        help="read the whole request from this JSON file instead of the options; - reads it from the first line of the "
        "standard input",
    )
    parser.add_argument(
        "--control",
        choices=("none", "stdin"),
        default="none",
        help="read pause, resume and cancel from the standard input, a line each; its end is an order to stop",
    )


def refuse_other_options(options: argparse.Namespace, usual: argparse.Namespace) -> None:
    """Raise UsageError if an option beside ``--request`` asks for something that the request holds.

    usual: the options of a command line without any.
    """
    for name, value in vars(usual).items():
        if name not in _OF_PROGRAMS and getattr(options, name) != value:
            raise UsageError(
                f"A request holds everything that is asked for, and --{name.replace('_', '-')} stands beside it: leave "
                "one of the two out."
            )
    if options.request == STANDARD_INPUT and os.environ.get("WORLD_SIZE", "1") != "1":
        raise UsageError("Several processes cannot share one standard input: give each the request as a file.")


class StdinLines:
    """The lines of the standard input.

    They are not read through ``sys.stdin``: Python cannot exit while a thread waits in it.
    """

    def __init__(self) -> None:
        self._rest = b""

    def next(self, longest: int) -> bytes | None:
        """Return the next line without its line break; None after the last. Of a long line only its end is returned."""
        while b"\n" not in self._rest:
            try:
                piece = os.read(_STDIN, _PIECE)
            except OSError:
                piece = b""
            if not piece:
                line, self._rest = self._rest, b""
                return line or None
            self._rest = (self._rest + piece) if b"\n" in piece else (self._rest + piece)[-longest:]
        line, _, self._rest = self._rest.partition(b"\n")
        return line


def read_request(kind: type[T], source: str, lines: StdinLines) -> T:
    """Return the request of type ``kind`` in the file ``source``, or in the first of ``lines`` if that is “-”.

    Missing fields have their defaults. Raises UsageError, which names the wrong field, and StorageError.
    """
    place = "The request on the standard input"
    if source == STANDARD_INPUT:
        data = lines.next(_LONGEST_REQUEST) or b""
    else:
        place = f"The request “{readable_name(Path(source))}”"
        with storage_errors(f"{place} cannot be read"):
            data = Path(source).read_bytes()
    try:
        return from_values(kind, parse_object(data), "defaults")
    except FieldError as error:
        raise UsageError(f"{place} cannot be carried out: {error}") from error
    except ValueError as error:
        raise UsageError(f"{place} is not one JSON object.") from error


@contextlib.contextmanager
def steering(control: Control, lines: StdinLines | None = None, *, is_on: bool) -> Iterator[threading.Thread | None]:
    """While the block runs, obey the orders in ``lines``: pause, resume, cancel.

    A daemon thread reads them; the block receives it, or None unless ``is_on``. The end of the input means cancel.
    """
    arguments = control, lines or StdinLines()
    listener = threading.Thread(target=_listen, args=arguments, name="steering", daemon=True) if is_on else None
    if listener is not None:
        listener.start()
    yield listener


def _listen(control: Control, lines: StdinLines) -> None:
    orders = {b"pause": control.pause, b"resume": control.resume, b"cancel": control.cancel}
    while (line := lines.next(_LONGEST_ORDER)) is not None:
        order = orders.get(line.strip().lower())
        if order is not None:
            order()
    control.cancel()
