"""The state file: finished columns of an audit on disk, so that a killed audit can go on where it stopped.

The first line is JSON: it identifies the audit and states its batch size. Then each finished column follows, in a fixed
number of bytes: its number and its losses, little-endian int64, and a SHA-256 over the first line and both. When the
file is opened, a tail that was cut off or whose hash does not match is dropped.
"""

import contextlib
import hashlib
import json
import os
import re
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.engine_errors import StateError
from mtgui.common.errors import StorageError, readable_name, storage_errors

FORMAT = 1
_SYNC_SECONDS = 5.0
_HEADER_LIMIT = 1 << 16
_HASH_BYTES = 32
_LOCK_AT = 1 << 40


@dataclass(frozen=True)
class AuditIdentity:
    """Identity of the audit to which a state file belongs. The audit goes on only if all four fields are equal.

    settings: a digest of everything that is fixed before the first pass: record, pictures, labels, keys, views,
    precision. weights: the model's weights hash. engine: versions, device and number of threads, which influence the
    last bits of a loss. pictures: N.
    """

    settings: str
    weights: str
    engine: str
    pictures: int


class AuditState:
    """An open state file, locked by one process and readable only by its owner."""

    def __init__(self, path: Path, file: IO[bytes], identity: AuditIdentity) -> None:
        """Take over ``file``, open for reading and writing without a buffer, and read its columns.

        Raises StateError if another process has it open or it belongs to another audit; OSError.
        """
        self._path, self._file, self._identity = path, file, identity
        self._places: dict[int, int] = {}
        self._batch: int | None = None
        self._header_hash = b""
        self._synced = time.monotonic()
        self._lock()
        self._read()

    @property
    def batch(self) -> int | None:
        """The batch size with which the columns were computed; None before `begin`."""
        return self._batch

    @property
    def columns(self) -> tuple[int, ...]:
        """The finished columns, in the order in which they were finished."""
        return tuple(self._places)

    def begin(self, batch: int) -> None:
        """Drop all columns, and keep ``batch`` as the batch size of the next ones. Raises StorageError."""
        line = _first_line({"format": FORMAT, **asdict(self._identity)}, batch)
        with _plainly(self._path):
            self._file.truncate(0)
            self._file.seek(0)
            self._write(line)
            os.fsync(self._file.fileno())
        self._places, self._batch, self._header_hash = {}, batch, hashlib.sha256(line).digest()

    def holds(self, column: int) -> bool:
        """True when ``column`` is finished."""
        return column in self._places

    def losses(self, column: int) -> NDArray[np.int64]:
        """Return a finished column: (N,) int64. Raises StorageError if another program changed the file."""
        with _plainly(self._path):
            self._file.seek(self._places[column])
            losses = self._checked(column, self._file.read(self._record_bytes))
            self._file.seek(0, os.SEEK_END)
        if losses is None:
            raise StorageError(f"The audit's state file {readable_name(self._path)} was changed while it was in use.")
        return losses

    def add(self, column: int, losses: NDArray[np.int64]) -> None:
        """Add a finished column unless the file has it. Raises StorageError.

        The column survives a crash of this process at once, and a power cut some seconds later.
        """
        if column in self._places:
            return
        content = struct.pack("<q", column) + losses.astype("<i8").tobytes()
        with _plainly(self._path):
            place = self._file.seek(0, os.SEEK_END)
            self._write(content + hashlib.sha256(self._header_hash + content).digest())
            if time.monotonic() - self._synced >= _SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        self._places[column] = place

    def close(self) -> None:
        """Wait until everything is on disk, and close the file."""
        with _plainly(self._path), contextlib.closing(self._file):
            os.fsync(self._file.fileno())

    @property
    def _record_bytes(self) -> int:
        return 8 + 8 * self._identity.pictures + _HASH_BYTES

    def _read(self) -> None:
        self._file.seek(0)
        line = self._file.read(_HEADER_LIMIT).partition(b"\n")[0] + b"\n"
        header = self._header_in(line)
        if header is None:
            return
        self._batch, self._header_hash = header, hashlib.sha256(line).digest()
        place = self._file.seek(len(line))
        while record := self._file.read(self._record_bytes):
            column = int.from_bytes(record[:8], "little", signed=True)
            if self._checked(column, record) is None:
                break
            self._places[column] = place
            place += len(record)
        self._file.truncate(place)

    def _header_in(self, line: bytes) -> int | None:
        """Return the batch size in the first line; None if the line is not complete. Raises StateError."""
        wanted = {"format": FORMAT, **asdict(self._identity)}
        if self._file.seek(0, os.SEEK_END) < len(line) and _is_cut_off(line[:-1], wanted):
            return None
        header = _parsed(line)
        if header is None:
            raise StateError(
                f"{readable_name(self._path)} is not the state of an audit. It was left as it is; choose another name."
            )
        batch: int = header.pop("batch")
        if header != wanted:
            raise StateError(
                f"{readable_name(self._path)} holds the state of another audit: its record, model, settings, device or "
                "program version differ. Run that audit to its end, or delete the file to begin again."
            )
        return batch

    def _checked(self, column: int, record: bytes) -> NDArray[np.int64] | None:
        """Return the losses in the bytes of ``column``; None if they are damaged."""
        content, digest = record[:-_HASH_BYTES], record[-_HASH_BYTES:]
        if len(record) != self._record_bytes or hashlib.sha256(self._header_hash + content).digest() != digest:
            return None
        if content[:8] != struct.pack("<q", column):
            return None
        return np.frombuffer(content, "<i8", offset=8).astype(np.int64)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def _lock(self) -> None:
        try:
            _lock(self._file)
        except OSError as error:
            raise StateError(
                f"{readable_name(self._path)} is in use: the same audit is running already. Wait for it, or stop it."
            ) from error


@contextlib.contextmanager
def audit_state(path: Path, identity: AuditIdentity) -> Iterator[AuditState]:
    """Open the state file at ``path`` during the block; create it if there is none.

    Raises StateError if it is in use, is no state file, or belongs to another audit; StorageError.
    """
    with _plainly(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
    try:
        with _plainly(path):
            state = AuditState(path, file, identity)
        yield state
    except BaseException:
        # The first error counts. Errors of closing do not matter: columns were written when they were added.
        file.close()
        raise
    state.close()


def discard_state(path: Path) -> None:
    """Remove the state file at ``path``; leave it if another process has it open or the disk refuses."""
    with contextlib.suppress(OSError):
        with path.open("r+b", buffering=0) as file:
            _lock(file)
        path.unlink()


def _lock(file: IO[bytes]) -> None:
    """Lock ``file`` until it is closed. Raises OSError if another process holds the lock."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(_LOCK_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_cut_off(start: bytes, audit: dict[str, Any]) -> bool:
    """True when ``start``, which has no end of line, may be the beginning of the first line of ``audit``."""
    before_batch = _first_line(audit, 0)[:-3]
    return before_batch.startswith(start) or re.fullmatch(re.escape(before_batch) + rb"\d*}?", start) is not None


def _first_line(audit: dict[str, Any], batch: int) -> bytes:
    return json.dumps({**audit, "batch": batch}).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return the values in the first line of a state file; None for any other line."""
    try:
        header = json.loads(line)
    except ValueError:
        return None
    is_one = isinstance(header, dict) and "format" in header and type(header.get("batch")) is int
    return header if is_one and header["batch"] > 0 else None


def _plainly(path: Path) -> AbstractContextManager[None]:
    return storage_errors(f"The audit's state file {readable_name(path)} cannot be used")
