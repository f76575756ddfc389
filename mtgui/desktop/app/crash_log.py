"""Notices at the start whether the last run of the program crashed, so that its log can be offered."""

import contextlib
import faulthandler
import logging
import os
from pathlib import Path
from typing import IO

from mtgui.desktop.jobs.processes import is_alive

MARK_NAME, TRACE_NAME = "running", "crash.log"
_log = logging.getLogger(__name__)


class CrashLog:
    """Keeps a mark file beside the log while the program runs; a mark file without its process means a crash."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in ``folder``, which holds the log. If it cannot be written, crashes are not noticed."""
        self.folder = folder
        self._trace: IO[str] | None = None
        self.has_crashed = False

    def begin(self) -> None:
        """Look for mark files of crashed runs, then write one for this run; Python's fatal errors go to a file."""
        self.has_crashed = any(not is_alive(number) for number in self._numbers())
        for number in self._numbers():
            if not is_alive(number):
                self._mark(number).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._mark(os.getpid()).touch()
            self._trace = (self.folder / TRACE_NAME).open("a", encoding="utf-8")
            if not faulthandler.is_enabled():
                faulthandler.enable(self._trace)

    def end(self) -> None:
        """Remove the mark file: the program ends normally."""
        with contextlib.suppress(OSError):
            self._mark(os.getpid()).unlink(missing_ok=True)
        if self._trace is not None:
            faulthandler.disable()
            self._trace.close()
            self._trace = None

    def _mark(self, number: int) -> Path:
        return self.folder / f"{MARK_NAME}-{number}"

    def _numbers(self) -> list[int]:
        with contextlib.suppress(OSError):
            names = [path.name.removeprefix(f"{MARK_NAME}-") for path in self.folder.glob(f"{MARK_NAME}-*")]
            return [int(name) for name in names if name.isdecimal()]
        return []
