"""The output of events in a terminal, and the signals by which a terminal stops the work."""

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FrameType
from typing import Any

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, MtguiError, readable_name
from mtgui.common.events import Event, Finished, ItemDone, ItemFailed, Progress, Started, event_to_json
from mtgui.common.words import time_span


@contextlib.contextmanager
def stopping_on_signals(control: Control) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM stop the work cleanly, and the second one at once.

    If the work fails after it was asked to stop, it counts as stopped: raises CancelledError with the failure.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        if control.is_cancelled:
            raise KeyboardInterrupt
        control.cancel()

    numbers = [signal.SIGINT, signal.SIGTERM]
    earlier = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except CancelledError:
        raise
    except MtguiError as error:
        if not control.is_cancelled:
            raise
        raise CancelledError(f"Stopped; on the way: {error}") from error
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def follow(
    events: Iterable[Event],
    *,
    as_events: bool,
    quiet: bool = False,
    tell: "Callable[[Event, ProgressBar], None] | None" = None,
) -> Mapping[str, Any]:
    """Show ``events`` as they come, as JSON lines or for a person; return the result of the last one.

    A person sees failures and notes on stderr, and a progress bar if stderr is a terminal. tell: what shows an event to
    a person, if more is to be seen than that.
    """
    result: Mapping[str, Any] = {}
    with ProgressBar(shown=not (as_events or quiet) and sys.stderr.isatty()) as bar:
        for event in events:
            if isinstance(event, Finished):
                result = event.result
            if as_events:
                print(event_to_json(event), flush=True)
            elif tell is not None:
                tell(event, bar)
            else:
                bar.tell(event)
    return result


class ProgressBar:
    """One line at the bottom of the terminal; messages are printed above it.

    ``tail`` is shown at its end, for facts other than the progress.
    """

    def __init__(self, *, shown: bool) -> None:
        self._shown, self._what, self.tail = shown, "", ""

    @property
    def is_shown(self) -> bool:
        """True when the bar is drawn."""
        return self._shown

    def __enter__(self) -> "ProgressBar":
        """Start without drawing anything."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._clear()

    def tell(self, event: Event) -> None:
        """Show ``event`` to a person."""
        if isinstance(event, Started):
            self._what, self.tail = event.what, ""
            if self._shown:
                self._draw(Progress(0, event.total, 0.0))
        elif isinstance(event, ItemFailed):
            self.message(f"{readable_name(event.source)}: {event.reason}")
        elif isinstance(event, ItemDone):
            for note in event.notes:
                self.message(f"{readable_name(event.source)}: {note}")
        elif isinstance(event, Progress) and self._shown:
            self._draw(event)

    def message(self, text: str) -> None:
        """Print ``text`` above the bar."""
        self._clear()
        print(text, file=sys.stderr, flush=True)

    def _draw(self, progress: Progress) -> None:
        left = "" if progress.remaining is None or progress.seconds < 1 else f" · {time_span(progress.remaining)} left"
        tail = f" {progress.done} of {progress.total}{left}{self.tail}"
        head = f"{self._what} "
        width = max(0, min(30, shutil.get_terminal_size().columns - len(head) - len(tail) - 3))
        filled = width * progress.done // max(1, progress.total)
        sys.stderr.write(f"\r\x1b[K{head}{'█' * filled}{'░' * (width - filled)}{tail}")
        sys.stderr.flush()

    def _clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def ask(question: str) -> bool:
    """Ask a yes-or-no question; every answer but “y” or “yes” means no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def is_interactive() -> bool:
    """True when a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("CI") is None
