"""A command of mtgui as a child process of the window: its events, and one sentence on how it ended."""

import json
import logging
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

import mtgui
from mtgui.common.codec import FieldError
from mtgui.common.errors import printable
from mtgui.common.events import COMMON_EVENTS, Event, Finished, Progress, Stopped, event_from_values

TURN_SECONDS = 0.008
"""How many seconds events are read before Qt's event loop continues."""
TURN_LINES = 64
"""How many lines are read at most before Qt's event loop continues."""
CANCEL_PATIENCE_MS = 10_000
KILL_PATIENCE_MS = 3_000
KEPT_STDERR = 64 * 1024
INTERRUPTED = 130
MEMORY_WORDS = (
    "The engine was ended by the system, most likely because memory ran out. Close other programs, or choose another "
    "device, and run again."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineEnd:
    """How a command ended: with a ``result`` (that of its last event), cancelled, or with a ``problem`` (one sentence).

    output: the lines that were no events, such as the one object of ``--json``.
    """

    result: Mapping[str, Any] | None = None
    was_cancelled: bool = False
    problem: str = ""
    output: str = ""


class EngineProcess(QObject):
    """One run of a command that prints JSON lines. It uses no thread: all signals come on the window's thread."""

    told = Signal(object)
    """One `Event`. Of several `Progress` in a row, only the newest is emitted."""
    ended = Signal(object)
    """An `EngineEnd`, once, after the last event."""

    def __init__(
        self,
        command: Sequence[str],
        parent: QObject | None = None,
        *,
        kinds: Mapping[str, type[Event]] = COMMON_EVENTS,
        request: bytes = b"",
        threads: int | None = None,
    ) -> None:
        """Prepare ``command`` without starting it.

        kinds: the types of its events, by name. request: the first line that it reads, JSON in ASCII. threads: how many
        cores the engine uses at most, None for no limit.
        """
        super().__init__(parent)
        self._command = list(command)
        self._kinds, self._request = kinds, request
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment(threads))
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_stderr)
        self._process.errorOccurred.connect(self._failed)
        self._process.finished.connect(self._process_finished)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._lose_patience)
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._work_off)
        self._buffer = bytearray()
        self._stderr = bytearray()
        self._plain: list[str] = []
        self._result: Mapping[str, Any] | None = None
        self._stopped = ""
        self._is_cancelled = self._is_over = self._has_ended = False
        self._status = 0
        self._crash_signal: int | None = None

    @property
    def is_running(self) -> bool:
        """True from `start` until `ended` was emitted."""
        return not self._has_ended and (self._is_over or self._process.state() != QProcess.ProcessState.NotRunning)

    @property
    def process_id(self) -> int:
        """The number of the child process; 0 while there is none."""
        return int(self._process.processId())

    @property
    def stderr(self) -> str:
        """The last 64 KiB that the command wrote to stderr."""
        return self._stderr.decode("utf-8", "replace")

    def start(self) -> None:
        """Start the process and send it the request."""
        self._process.start(self._command[0], self._command[1:])
        if self._request:
            # Kept by Qt until the process has started.
            self._process.write(self._request + b"\n")

    def set_paused(self, is_paused: bool) -> None:
        """Ask the command to pause, or to go on."""
        self._say("pause" if is_paused else "resume")

    def cancel(self) -> None:
        """Ask the command to stop; kill it if it has not stopped after ten seconds."""
        if not self._is_cancelled and self.is_running:
            self._is_cancelled = True
            self._say("cancel")
            self._patience.start(CANCEL_PATIENCE_MS)

    def close(self, milliseconds: int = CANCEL_PATIENCE_MS) -> None:
        """Stop the command and wait for its end; kill it after ``milliseconds``. No signal is emitted any more."""
        self._patience.stop()
        self._turn.stop()
        self.blockSignals(True)
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._say("cancel")
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(milliseconds):
                self._process.kill()
                self._process.waitForFinished(KILL_PATIENCE_MS)
        self._turn.stop()
        self._has_ended = True

    def _say(self, order: str) -> None:
        if self._process.state() == QProcess.ProcessState.Running:
            self._process.write(f"{order}\n".encode())

    def _lose_patience(self) -> None:
        _log.warning("The engine did not stop when asked to and is ended")
        self._process.kill()

    def _read(self) -> None:
        self._buffer += bytes(self._process.readAllStandardOutput().data())
        if not self._turn.isActive():
            self._turn.start(0)

    def _read_stderr(self) -> None:
        self._stderr += bytes(self._process.readAllStandardError().data())
        del self._stderr[:-KEPT_STDERR]

    def _work_off(self) -> None:
        """Emit the events that have arrived, for one turn of the event loop at most; the next turn takes the rest."""
        deadline = time.perf_counter() + TURN_SECONDS
        progress: Progress | None = None
        start = 0
        for _ in range(TURN_LINES):
            end = self._buffer.find(b"\n", start)
            if end < 0:
                break
            event = self._parse(bytes(self._buffer[start:end]))
            start = end + 1
            if event is not None:
                if isinstance(event, Progress):
                    progress = event
                else:
                    self._flush(progress)
                    progress = None
                    self._tell(event)
            if time.perf_counter() > deadline:
                break
        del self._buffer[:start]
        self._flush(progress)
        if b"\n" in self._buffer:
            self._turn.start(0)
        elif self._is_over:
            self._tell_end()

    def _flush(self, progress: Progress | None) -> None:
        if progress is not None:
            self.told.emit(progress)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Finished):
            self._result = event.result
        elif isinstance(event, Stopped):
            self._stopped = event.reason
        self.told.emit(event)

    def _parse(self, line: bytes) -> Event | None:
        """Return the event in ``line``; None for other lines and for malformed events."""
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict) and isinstance(values.get("event"), str):
            try:
                return event_from_values(values, self._kinds)
            except FieldError as error:
                _log.warning("An event of the engine is ignored: %s", error)
        elif line.strip():
            self._plain.append(line.decode("utf-8", "replace"))
        return None

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(EngineEnd(problem=f"mtgui could not start its engine ({self._process.errorString()})."))

    def _process_finished(self, status: int, kind: QProcess.ExitStatus) -> None:
        self._patience.stop()
        self._read_stderr()
        self._buffer += bytes(self._process.readAllStandardOutput().data())
        self._status, self._is_over = status, True
        if kind == QProcess.ExitStatus.CrashExit:
            self._crash_signal = status
        if self._buffer and not self._buffer.endswith(b"\n"):
            # A line that a killed process left unfinished is no event.
            self._buffer += b"\n"
        if not self._turn.isActive():
            self._turn.start(0)

    def _tell_end(self) -> None:
        if not self._has_ended:
            self._end(self._how_it_ended())

    def _end(self, end: EngineEnd) -> None:
        self._has_ended = True
        self.ended.emit(end)

    def _how_it_ended(self) -> EngineEnd:
        output = "\n".join(self._plain)
        # A command can fail after its result, for example if a report cannot be written. The result counts then.
        has_result = self._result is not None and not self._stopped
        if self._crash_signal is None and (self._status == 0 or has_result):
            return EngineEnd(self._result or {}, output=output)
        if self._is_cancelled or (self._crash_signal is None and self._status == INTERRUPTED):
            return EngineEnd(was_cancelled=True, output=output)
        _log.error("The engine ended with %s, signal %s: %s", self._status, self._crash_signal, self.stderr[-4000:])
        return EngineEnd(problem=self._stopped or self._crash_in_words(), output=output)

    def _crash_in_words(self) -> str:
        if self._crash_signal is not None:
            if os.name == "posix" and self._crash_signal in (signal.SIGKILL, signal.SIGTERM):
                return MEMORY_WORDS
            return "The engine stopped without a word, as after a crash of the device. Run again to go on from there."
        last = self._last_sentence()
        return last or f"The engine ended with status {self._status} and said nothing; the log may say more."

    def _last_sentence(self) -> str:
        """Return the last line of stderr that mtgui wrote for a person, else the last line of Python's traceback."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        spoken = [line for line in lines if line.startswith("mtgui")]
        if spoken:
            return printable(spoken[-1].partition(":")[2].strip())
        if lines and "MemoryError" in lines[-1]:
            return MEMORY_WORDS
        return f"Something went wrong in the engine ({printable(lines[-1][:200])})." if lines else ""


def _environment(threads: int | None) -> QProcessEnvironment:
    environment = QProcessEnvironment.systemEnvironment()
    root = str(Path(mtgui.__file__).resolve().parent.parent)
    others = environment.value("PYTHONPATH", "")
    environment.insert("PYTHONPATH", os.pathsep.join(part for part in (root, others) if part))
    environment.insert("PYTHONUTF8", "1")
    environment.insert("PYTHONUNBUFFERED", "1")
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        # The window limits its own matrix products to one thread; the engine may use all.
        environment.remove(name)
    if threads:
        environment.insert("OMP_NUM_THREADS", str(threads))
    return environment
