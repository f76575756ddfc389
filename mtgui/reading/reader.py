"""The parent's side: starts the disposable child, waits for it within limits, and checks all its answers."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import mtgui
from mtgui.common.control import Control
from mtgui.common.errors import StorageError, readable_name, storage_reason
from mtgui.common.private_folders import private_folder
from mtgui.reading.bounds import Limits, limits_for
from mtgui.reading.errors import ModelError, RefusalError
from mtgui.reading.facts import ModelFacts, facts_from
from mtgui.reading.pipeline_parts import INDEX, PARTS
from mtgui.reading.tensors import TensorFile, open_tensors

OUTPUT_NAME = "tensors.safetensors"
CHILD_ARGUMENT = "--mtgui-reading-child"
_LARGEST_ANSWER = 64 << 20
_PATIENCE = 0.05
_BOOTSTRAP = (
    "import sys, importlib, importlib.util as u; s = u.spec_from_file_location('mtgui', sys.argv[1]); "
    "m = sys.modules['mtgui'] = u.module_from_spec(s); s.loader.exec_module(m); "
    "sys.exit(importlib.import_module(sys.argv[2]).main())"
)


def inspect_model(path: Path, limits: Limits | None = None, control: Control | None = None) -> ModelFacts:
    """Return the facts about the model file or folder at ``path``; writes nothing.

    By default ``limits`` depend on its size. Raises ModelError if the model cannot be used, CancelledError.
    """
    return _read(path, None, limits, control)


def read_model(
    path: Path, folder: Path, limits: Limits | None = None, control: Control | None = None
) -> tuple[ModelFacts, TensorFile]:
    """Write the tensors of the model at ``path`` into ``folder``, as `OUTPUT_NAME`, and return them with the facts.

    The folder must exist and be private to this process. Raises ModelError, StorageError, CancelledError; then no
    output is left.
    """
    output = folder / OUTPUT_NAME
    if os.path.lexists(output):
        raise StorageError(f"“{readable_name(folder)}” already holds tensors; choose an empty folder.")
    try:
        facts = _read(path, output, limits, control)
        if facts.onnx is not None:
            raise ModelError(path, "it is an ONNX model: it is run as a whole, and its weights are not taken out of it")
        return facts, _checked_output(path, output, facts)
    except BaseException:
        with contextlib.suppress(OSError):
            output.unlink(missing_ok=True)
        raise


def child_command(module: str = "mtgui.reading.child", argument: str = CHILD_ARGUMENT) -> list[str]:
    """Return the command that starts the ``main`` of ``module`` as a disposable child; only this function makes it.

    A frozen bundle is its own interpreter, and ``argument`` makes it call that ``main``. Elsewhere Python starts so
    that neither environment variables nor the current folder influence its imports.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, argument]
    return [sys.executable, "-E", "-P", "-X", "utf8", "-W", "ignore", "-c", _BOOTSTRAP, str(mtgui.__file__), module]


def clean_environment(folder: str) -> dict[str, str]:
    """Return the environment of a disposable child that works in ``folder``: only the variables that it needs."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    home = {"HOME": os.environ["HOME"]} if "HOME" in os.environ else {}
    return {**kept, **threads, **home, "TMPDIR": folder, "TEMP": folder, "LC_ALL": "C.UTF-8"}


@contextlib.contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Make a child that is started inside the block ignore Ctrl-C and termination requests.

    The system sends these to a whole group of processes. The parent receives them and ends the child; a child that
    ended by itself would look like a failure caused by the model.
    """
    if sys.platform == "win32":
        yield
        return
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _read(path: Path, output: Path | None, limits: Limits | None, control: Control | None) -> ModelFacts:
    try:
        bounds = limits or limits_for(_size_of(path))
    except OSError as error:
        raise ModelError(path, f"it cannot be read: {storage_reason(error)}") from error
    request = {
        "path": str(path.absolute()),
        "output": None if output is None else str(output.absolute()),
        "limits": vars(bounds),
    }
    answer = _answer_of_child(path, json.dumps(request).encode() + b"\n", bounds, control or Control())
    try:
        values = json.loads(answer)
        if isinstance(values, dict) and isinstance(values.get("refusal"), str):
            raise ModelError(path, values["refusal"])
        return facts_from(values["facts"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(path, "reading it broke mtgui's reading process; do not use this file") from error


def _size_of(path: Path) -> int:
    """Return the size in bytes of a file, of all files in a folder, or of all shards of an index. Raises OSError."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        homes = [path, *(path / part for part in PARTS)] if (path / INDEX).is_file() else [path]
        return sum(_size_of_files(home) for home in homes if home.is_dir())
    if not stat.S_ISREG(status.st_mode):
        raise ModelError(path, "it is no ordinary file; choose a model file or a folder with one")
    return _size_of_files(path.parent) if path.name.endswith(".index.json") else status.st_size


def _size_of_files(folder: Path) -> int:
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            # A link that leads to nothing, or to itself, is no file.
            with contextlib.suppress(OSError):
                size += entry.stat().st_size if entry.is_file() else 0
    return size


def _answer_of_child(path: Path, request: bytes, limits: Limits, control: Control) -> bytes:
    """Run the child and return its output. Raises ModelError for a crash, a kill or a time-out."""
    with contextlib.ExitStack() as stack:
        folder = str(stack.enter_context(private_folder("reading")))
        asked, said = (stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in range(2))
        asked.write(request)
        asked.seek(0)
        with deaf_to_interrupts():
            process = subprocess.Popen(
                child_command(),
                stdin=asked,
                stdout=said,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=clean_environment(folder),
                close_fds=True,
            )
        stack.callback(process.wait)
        stack.callback(process.kill)
        status = _wait(process, path, limits, control)
        if status:
            # The program that cancelled the work may also have ended the child.
            control.checkpoint()
            raise ModelError(path, _reason_for(status))
        return _whole(said, path)


def _wait(process: subprocess.Popen[bytes], path: Path, limits: Limits, control: Control) -> int:
    deadline = time.monotonic() + limits.seconds
    while True:
        try:
            return process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            control.checkpoint()
            if time.monotonic() > deadline:
                raise ModelError(
                    path,
                    f"reading it took longer than {limits.seconds:.0f} seconds and was stopped; it was made to "
                    "mislead, or this computer is very busy: try again, or ask for a “.safetensors” file",
                ) from None


def _reason_for(status: int) -> str:
    names = {-9: "it was stopped by the system, perhaps for want of memory", -24: "it took too much processor time"}
    words = names.get(status, f"it ended unexpectedly (status {status})")
    return (
        f"reading it failed, in a process of its own and without harm: {words}; try again with other programs "
        "closed, or ask for a “.safetensors” file"
    )


def _whole(file: IO[bytes], path: Path) -> bytes:
    size = file.seek(0, os.SEEK_END)
    if size > _LARGEST_ANSWER:
        raise ModelError(path, "there is more to say about it than about any model; do not use this file")
    file.seek(0)
    return file.read()


def _checked_output(path: Path, output: Path, facts: ModelFacts) -> TensorFile:
    try:
        tensors = open_tensors(output)
    except (RefusalError, OSError) as error:
        raise ModelError(path, "its tensors were not written as they should be; do not use this file") from error
    found = [(name, place.dtype, place.shape) for name, place in tensors.places.items()]
    if found != [(tensor.name, tensor.dtype, tensor.shape) for tensor in facts.tensors]:
        raise ModelError(path, "its tensors are not those it was said to hold; do not use this file")
    return tensors
