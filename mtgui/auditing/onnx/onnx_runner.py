"""The parent's side of running an ONNX model: starts the disposable process, asks it, and checks all its answers."""

import contextlib
import importlib.util
import json
import os
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt

from mtgui.auditing.onnx.onnx_frames import BATCH, GOOD, LARGEST_NOTE, SCORES, BrokenFrameError, receive, send
from mtgui.common.errors import MtguiError, printable, readable_name, storage_reason
from mtgui.common.private_folders import private_folder
from mtgui.reading.answers import as_name, as_texts
from mtgui.reading.errors import LONGEST_REASON, ModelError
from mtgui.reading.onnx_checks import LARGEST_FILE
from mtgui.reading.onnx_facts import OnnxFacts, onnx_from
from mtgui.reading.reader import child_command, clean_environment, deaf_to_interrupts

CHILD_ARGUMENT = "--mtgui-onnx-child"
_MOST_CLASSES = 1_000_000
_Answer = TypeVar("_Answer")


class OnnxError(MtguiError):
    """A running ONNX model failed; the text names the model and says what to do next."""


@dataclass(frozen=True)
class OnnxLimits:
    """Limits of running a model: bytes of memory, seconds to load, and seconds to answer a batch of pictures."""

    memory: int
    load_seconds: float
    question_seconds: float


def onnx_limits(size: int) -> OnnxLimits:
    """Return the limits for a model file of ``size`` bytes."""
    return OnnxLimits(memory=(8 << 30) + 6 * size, load_seconds=120 + size / 5e6, question_seconds=600)


def has_onnxruntime() -> bool:
    """True when the extra that runs ONNX models is installed."""
    return importlib.util.find_spec("onnxruntime") is not None


class OnnxRunner:
    """One ONNX model in a process of its own. A context manager; `close` ends the process."""

    def __init__(self, path: Path, threads: int, limits: OnnxLimits | None = None) -> None:
        """Start the model at ``path`` on ``threads`` threads.

        Raises ModelError if it cannot be run or the extra is not installed.
        """
        if not has_onnxruntime():
            raise ModelError(
                path, 'it is an ONNX model, and what runs these is not installed: pip install "mtgui[onnx]"'
            )
        self._path, self._classes = path, 0
        data = _bytes_of(path)
        self._limits = limits or onnx_limits(len(data))
        self._stack = contextlib.ExitStack()
        try:
            self._process = self._start()
            request = json.dumps({"memory": self._limits.memory, "threads": threads}).encode()
            answer = self._ask(lambda: self._load(request, data), self._limits.load_seconds)
            self._take(answer)
        except OnnxError as error:
            self.close()
            raise ModelError(path, str(error).removeprefix(f"{readable_name(path)}: ")) from error
        except BaseException:
            self.close()
            raise

    facts: OnnxFacts
    """The facts about the graph."""
    sha256: str
    """The SHA-256 of the running file, as 64 hexadecimal digits."""
    restrictions: tuple[str, ...]
    """The limits of the process, in words."""
    version: str
    """The version of onnxruntime."""

    def scores(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the output for ``batch``: (B, classes) float32.

        batch: float32, (B, 3, h, w) or (B, h, w, 3), as the graph takes it. Raises OnnxError if the model fails,
        answers too late, or does not give one score per class.
        """
        data = np.ascontiguousarray(batch, "<f4").data.cast("B")
        answer = self._ask(lambda: self._question(BATCH.pack(*batch.shape), data), self._limits.question_seconds)
        if answer[:1] != GOOD:
            raise self._error(printable(bytes(answer[1:]).decode("utf-8", "replace")[:LONGEST_REASON]))
        rows, classes = SCORES.unpack_from(answer, 1)
        if rows != len(batch) or classes < 1 or len(answer) != 1 + SCORES.size + 4 * rows * classes:
            raise self._error("its process sent what makes no sense; do not use this file")
        if self._classes not in (0, classes):
            raise self._error("it answers with another number of classes than before; do not use this file")
        self._classes = classes
        return np.frombuffer(answer, "<f4", offset=1 + SCORES.size).reshape(rows, classes)

    def close(self) -> None:
        """End the process."""
        self._stack.close()

    def __enter__(self) -> "OnnxRunner":
        """Return this runner."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        folder = str(self._stack.enter_context(private_folder("onnx")))
        with deaf_to_interrupts():
            process = subprocess.Popen(
                child_command("mtgui.auditing.onnx.onnx_child", CHILD_ARGUMENT),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=clean_environment(folder),
                close_fds=True,
                bufsize=0,
            )
        self._stack.callback(_end, process)
        return process

    def _load(self, request: bytes, data: bytes) -> bytearray:
        asked, answers = self._pipes()
        send(asked, request)
        send(asked, data)
        return receive(answers, LARGEST_NOTE)

    def _question(self, head: bytes, data: memoryview) -> bytearray:
        asked, answers = self._pipes()
        send(asked, head, data)
        return receive(answers, 1 + SCORES.size + 4 * _MOST_CLASSES * BATCH.unpack(head)[0])

    def _take(self, answer: bytearray) -> None:
        try:
            values = json.loads(bytes(answer))
            if isinstance(values.get("refusal"), str):
                raise ModelError(self._path, values["refusal"])
            self.facts = onnx_from(values["facts"])
            self.sha256, self.version = as_name(values["sha256"]), as_name(values["version"])
            self.restrictions = as_texts(values["limits"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._error("its process sent what makes no sense; do not use this file") from error

    def _ask(self, question: Callable[[], _Answer], seconds: float) -> _Answer:
        """Call ``question`` and return its result; kill the process if this takes longer than ``seconds``."""
        with _deadline(self._process, seconds) as is_late:
            try:
                return question()
            except (BrokenFrameError, OSError) as error:
                if is_late.is_set():
                    reason = (
                        f"it took longer than {seconds:.0f} seconds to answer and was stopped; it was made to mislead, "
                        "or this computer is very busy: try again, or ask for the PyTorch weights of the same model"
                    )
                    raise self._error(reason) from error
                self._process.kill()
                raise self._error(_reason_for(self._process.wait())) from error

    def _pipes(self) -> tuple[FileIO, FileIO]:
        return cast(FileIO, self._process.stdin), cast(FileIO, self._process.stdout)

    def _error(self, reason: str) -> OnnxError:
        return OnnxError(f"{readable_name(self._path)}: {reason.rstrip('.')}.")


def _bytes_of(path: Path) -> bytes:
    """Return the bytes of the ordinary file at ``path``. Raises ModelError."""
    try:
        with os.fdopen(
            os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
        ) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
                raise ModelError(path, "it is no ordinary file, or larger than an ONNX file can be")
            return file.read(LARGEST_FILE)
    except OSError as error:
        raise ModelError(path, f"it cannot be read: {storage_reason(error)}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


@contextlib.contextmanager
def _deadline(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    """Kill ``process`` unless the block ends within ``seconds``; the event is set if it was killed."""
    is_late = threading.Event()

    def stop() -> None:
        is_late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()
        timer.join()


def _reason_for(status: int) -> str:
    words = (
        "it was stopped by the system, perhaps for want of memory" if status == -9 else f"it ended (status {status})"
    )
    return (
        f"running it failed, in a process of its own and without harm: {words}; try again with other programs closed, "
        "or ask for the PyTorch weights of the same model"
    )
