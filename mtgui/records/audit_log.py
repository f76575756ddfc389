"""The audit log: every audit begun on this computer, abandoned ones too, because the run multiplier counts them.

Like a mark record, it is JSON Lines, append-only, each line chained to the line before and ending in its own hash.
A "begun" line is written before any loss of the run is shown; an "ended" line follows, unless the run was abandoned.
"""

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeVar

from mtgui.common.errors import RecordError, readable_name, storage_errors, storage_reason
from mtgui.common.hashing import sha256_bytes
from mtgui.records.appending import append_whole, keep_private, lock_file
from mtgui.records.data_folder import data_folder
from mtgui.records.record_lines import RecordLine, encode_line, is_whole, parse_line

T = TypeVar("T")
LOG_NAME = "audits.jsonl"
OUTCOMES = ("evidence", "no evidence", "stopped early", "cancelled", "failed")
_PATIENCE = 10.0
_MOST_THREADS = 1 << 16
# With this flag, opening a pipe does not wait for a writer.
_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True)
class AuditRun:
    """One audit of one record on one model.

    ``settings`` hold everything that influences p, except ``threads``, the number of processor threads on which the
    model ran: None on a graphics card, and in old lines without this number. ``outcome`` is one of `OUTCOMES`, or None
    while the run goes on or if it was abandoned. ``result`` is the result, ready for JSON.
    """

    run_id: str
    time: str
    record_id: str
    weights_hash: str
    model: str
    record: str
    settings: Mapping[str, Any]
    outcome: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None

    @property
    def settings_digest(self) -> str:
        """SHA-256 of the settings.

        Runs with the same digest, device, number of threads and versions of the program and its libraries have the
        same result.
        """
        return digest_of(self.settings)


def digest_of(settings: Mapping[str, Any]) -> str:
    """Return the SHA-256 of ``settings``; their order does not matter."""
    return sha256_bytes(json.dumps(settings, sort_keys=True, separators=(",", ":")).encode())


def audit_log_path() -> Path:
    """Return the path of this user's audit log."""
    return data_folder() / LOG_NAME


def begin_run(path: Path, run: AuditRun) -> int:
    """Write a "begun" line for ``run``; it is on disk when this returns.

    Returns how many different runs this record and model have had, this one included; the run multiplier follows from
    it. Runs differ in settings or number of threads. Raises RecordError for a damaged log, StorageError.
    """

    def begin(runs: Sequence[AuditRun]) -> tuple[dict[str, Any], int]:
        return _begun_to_values(run), distinct_runs(runs, run)

    return _append(path, begin)


def check_log(path: Path) -> None:
    """Raise RecordError if the log at ``path`` is damaged, StorageError if it cannot be written.

    This check comes before an audit, because an audit must not run if it cannot be logged. It writes nothing.
    """
    with _open(path) as file:
        _parse(path, file.read())


def end_run(path: Path, run_id: str, time: str, outcome: str, result: Mapping[str, Any]) -> None:
    """Write how the run ``run_id`` ended. Raises RecordError, StorageError."""

    def end(_runs: Sequence[AuditRun]) -> tuple[dict[str, Any], None]:
        return {"type": "ended", "run_id": run_id, "time": time, "outcome": outcome, "result": dict(result)}, None

    _append(path, end)


def read_runs(path: Path) -> tuple[AuditRun, ...]:
    """Return every run in the log at ``path``, oldest first; empty if there is no log. Raises RecordError."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _FLAGS), "rb") as file:
            _check_ordinary(file, path)
            data = file.read()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RecordError(f"The audit log {readable_name(path)} cannot be read: {storage_reason(error)}.") from error
    return _parse(path, data)[0]


def distinct_runs(runs: Sequence[AuditRun], run: AuditRun) -> int:
    """Return the number of different runs among ``runs`` and ``run`` on the record and model of ``run``.

    Runs differ in settings or number of threads: the number of threads changes the last bits of the losses, and so p.
    """
    same = [one for one in runs if _pair(one) == _pair(run)]
    return len({(one.settings_digest, one.threads) for one in (*same, run)})


def runs_left_out(usual: Path, runs: Sequence[AuditRun], run: AuditRun) -> int:
    """Return by how much `distinct_runs` would grow if ``runs`` also held the runs in the log at ``usual``.

    Raises RecordError if that log cannot be read.
    """
    return distinct_runs((*runs, *read_runs(usual)), run) - distinct_runs(runs, run)


def runs_like(runs: Sequence[AuditRun], run: AuditRun, apart_from: str) -> tuple[AuditRun, ...]:
    """Return those of ``runs`` on the record and model of ``run`` with the same settings, oldest first.

    apart_from: name of the one setting that may differ.
    """
    wanted = digest_of({**run.settings, apart_from: None})
    return tuple(
        one for one in runs if _pair(one) == _pair(run) and digest_of({**one.settings, apart_from: None}) == wanted
    )


def runs_on_file(runs: Sequence[AuditRun], model: Path, file_hash: str) -> tuple[AuditRun, ...]:
    """Return those of ``runs`` on the weights that the file or folder ``model`` holds now, as far as the log shows.

    The weights are known from runs that logged a file with the hash ``file_hash`` (empty for several files), or from
    runs on the path ``model`` if nothing there has changed since.
    """
    changed, path = _last_change(model), str(model.absolute())
    known, others = set[str](), set[str]()
    for run in runs:
        hashes = _file_hashes(run)
        if file_hash and file_hash in hashes:
            known.add(run.weights_hash)
        elif file_hash and len(hashes) == 1:
            others.add(run.weights_hash)
        elif run.model == path and changed is not None and changed <= _seconds(run.time):
            known.add(run.weights_hash)
    same = known - others if file_hash else known
    return tuple(run for run in runs if run.weights_hash in same)


def runs_with(runs: Sequence[AuditRun], record_id: str, settings: Mapping[str, Any]) -> int:
    """Return the number of different runs of a record on a model, including a new run.

    runs: earlier runs on the model. settings: some of the settings of the new run. If an earlier run has the same
    values of these settings, the new run may be a repetition and is not counted.
    """
    same = [run for run in runs if run.record_id == record_id]
    most = 0
    for weights_hash in {run.weights_hash for run in same}:
        there = [run for run in same if run.weights_hash == weights_hash]
        may_be_same = any(all(run.settings.get(name) == value for name, value in settings.items()) for run in there)
        most = max(most, len({(run.settings_digest, run.threads) for run in there}) - may_be_same)
    return most + 1


def _file_hashes(run: AuditRun) -> set[str]:
    files = run.result.get("model_files")
    return {str(file.get("sha256")) for file in files if isinstance(file, dict)} if isinstance(files, list) else set()


def _last_change(path: Path) -> float | None:
    """Return the time, in seconds, when ``path`` or a file in it was last written or put there; None if unknown."""
    try:
        found = [path.stat(), *(one.stat() for one in (path.iterdir() if path.is_dir() else ()))]
    except OSError:
        return None
    return max(max(one.st_mtime, one.st_ctime) for one in found)


def _seconds(time: str) -> float:
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0


def _pair(run: AuditRun) -> tuple[str, str]:
    return run.record_id, run.weights_hash


def _append(path: Path, say: Callable[[Sequence[AuditRun]], tuple[dict[str, Any], T]]) -> T:
    """Lock the log, append the line that ``say`` makes from the runs in it, and return the answer of ``say``."""
    with _open(path) as file:
        return _append_to(path, file, say)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    """Open the log for reading and writing, create it if there is none, and lock it during the block."""
    with storage_errors(f"The audit log “{path}” cannot be written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            _check_ordinary(file, path)
            lock_file(file, path, _PATIENCE)
            keep_private(file)
            yield file


def _check_ordinary(file: IO[bytes], path: Path) -> None:
    """Raise RecordError if ``file`` is a device or a pipe, which may be endless."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        raise RecordError(f"The audit log “{path}” is no ordinary file; choose another one.")


def _append_to(path: Path, file: IO[bytes], say: Callable[[Sequence[AuditRun]], tuple[dict[str, Any], T]]) -> T:
    file.seek(0)
    data = file.read()
    runs, length, previous = _parse(path, data)
    values, answer = say(runs)
    line = encode_line({**values, "previous": previous})
    file.truncate(length)
    file.seek(length)
    # A last line that is complete except for its newline stays.
    append_whole(file, b"\n" + line if length and data[length - 1 : length] != b"\n" else line)
    os.fsync(file.fileno())
    return answer


def _parse(path: Path, data: bytes) -> tuple[tuple[AuditRun, ...], int, str]:
    """Return the runs, the length of the whole lines in bytes, and the hash of the last whole line.

    A last line that was cut off is left out.
    """
    *lines, rest = data.split(b"\n")
    if is_whole(rest):
        lines, rest = [*lines, rest], b""
    runs: dict[str, AuditRun] = {}
    previous = ""
    for number, content in enumerate(lines, start=1):
        try:
            line = parse_line(path, number, content)
            if line.text("previous") != previous:
                raise line.damaged("previous", "does not match the line before")
            _take(line, runs)
        except RecordError as error:
            raise RecordError(
                f"The audit log “{path}” is damaged in line {number}, so that earlier audits cannot be counted. "
                "Put back an untouched copy; without one, move the file away and say so when you show a report."
            ) from error
        previous = sha256_bytes(content)
    return tuple(runs.values()), len(data) - len(rest), previous


def _take(line: RecordLine, runs: dict[str, AuditRun]) -> None:
    run_id = line.text("run_id")
    if line.one_of("type", ("begun", "ended")) == "begun":
        if run_id in runs:
            raise line.damaged("run_id", "begins twice")
        runs[run_id] = AuditRun(
            run_id=run_id,
            time=line.text("time"),
            record_id=line.text("record_id"),
            weights_hash=line.text("weights_hash"),
            model=line.text("model"),
            record=line.text("record"),
            settings=line.get("settings", dict),
            threads=line.optional_whole("threads", 1, _MOST_THREADS),
        )
    elif run_id in runs:
        outcome = line.one_of("outcome", OUTCOMES)
        runs[run_id] = replace(runs[run_id], outcome=outcome, result=line.get("result", dict))
    else:
        raise line.damaged("run_id", "ended without having begun")


def _begun_to_values(run: AuditRun) -> dict[str, Any]:
    return {
        "type": "begun",
        "run_id": run.run_id,
        "time": run.time,
        "record_id": run.record_id,
        "weights_hash": run.weights_hash,
        "model": run.model,
        "record": run.record,
        "settings": dict(run.settings),
        **({} if run.threads is None else {"threads": run.threads}),
    }
