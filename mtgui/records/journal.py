"""The mark record on disk: JSON Lines, append-only, each line after the first chained to the one before."""

import os
import stat
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from mtgui.common import files
from mtgui.common.errors import RecordError, readable_name, storage_errors, storage_reason
from mtgui.common.hashing import sha256_bytes
from mtgui.records.appending import append_whole, keep_private, lock_file
from mtgui.records.record import Block, LogEntry, Record
from mtgui.records.record_lines import (
    block_from_line,
    block_to_values,
    damaged,
    encode_line,
    is_whole,
    log_from_line,
    log_to_values,
    parse_line,
)
from mtgui.records.record_suffix import RECORD_SUFFIX

CUT_OFF_NOTE = "The last line of the record was cut off, as by a crash; it was left out. The lines before it are whole."
CUT_DRAW_NOTE = (
    "The last line of the record, which holds a draw, was cut off, as by a crash; it was left out, and the pictures of "
    "that draw count as new. If a whole copy of the record exists, in a backup or on another computer, use that."
)
_MAGIC = b'{"type":"design",'
_DRAW_BEGINS = b'{"type":"d'
"""No line of another kind begins like this."""


def utc_now() -> str:
    """Return the present time (UTC) in the format of the record."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def looks_like_record(path: Path) -> bool:
    """True when the file at ``path`` begins like a mark record. Raises OSError."""
    with files.open_ordinary(path) as file:
        return file.read(len(_MAGIC)) == _MAGIC


def read_record(path: Path) -> Record:
    """Return the record at ``path``. Raises RecordError, which names line and field, if it cannot be trusted."""
    try:
        _refuse_devices(path)
        with files.open_ordinary(path) as file:
            return _parse(path, _content(path, file)).record
    except OSError as error:
        raise RecordError(f"{readable_name(path)} cannot be read: {storage_reason(error)}.") from error


@dataclass(frozen=True)
class _Parsed:
    """A record, the length of its whole lines in bytes, True if the last has no newline, and the hash of the last."""

    record: Record
    length: int
    lacks_newline: bool
    last_hash: str


def _refuse_devices(path: Path) -> None:
    """Refuse a pipe or a device before it is opened, because opening it could wait for ever."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise _no_record(path)


def _no_record(path: Path) -> RecordError:
    return RecordError(
        f"{readable_name(path)} is not a mark record. Choose the file ending in {RECORD_SUFFIX} that was written when "
        "the pictures were marked."
    )


def _content(path: Path, file: IO[bytes]) -> bytes:
    """Return the content of an open file that begins like a record. Raises RecordError, OSError."""
    file.seek(0)
    if file.read(len(_MAGIC)) != _MAGIC:
        raise _no_record(path)
    file.seek(0)
    return file.read()


def _parse(path: Path, data: bytes) -> _Parsed:
    *lines, rest = data.split(b"\n")
    lacks_newline = is_whole(rest)
    if lacks_newline:
        lines, rest = [*lines, rest], b""
    if not lines:
        raise damaged(path, 1, "it was cut off")
    blocks: list[Block] = []
    commitments: list[str] = []
    log: list[LogEntry] = []
    previous = ""
    for number, line in enumerate(lines, start=1):
        parsed = parse_line(path, number, line)
        if number > 1 and parsed.text("previous") != previous:
            raise parsed.damaged("previous", "does not match the line before")
        previous = sha256_bytes(line)
        if number == 1 or parsed.text("type") == "design":
            block = block_from_line(parsed)
            _check_block(block, blocks, parsed.damaged)
            blocks.append(block)
            commitments.append(previous)
        else:
            log.append(log_from_line(parsed))
    record = Record(tuple(blocks), tuple(commitments), tuple(log), _notes_on(rest))
    return _Parsed(record, len(data) - len(rest), lacks_newline, previous)


def _notes_on(rest: bytes) -> tuple[str, ...]:
    """Return what to say about ``rest``, the part of a line that was cut off."""
    if not rest:
        return ()
    return (CUT_DRAW_NOTE if rest.startswith(_DRAW_BEGINS) else CUT_OFF_NOTE,)


def _check_block(block: Block, earlier: list[Block], refuse: Callable[[str, str], RecordError]) -> None:
    if block.number != len(earlier):
        raise refuse("block", f"is {block.number} where {len(earlier)} should follow")
    if earlier and block.record_id != earlier[0].record_id:
        raise refuse("record_id", "belongs to another record")
    known = {picture.picture_id for other in earlier for picture in other.pool}
    if any(picture.picture_id in known for picture in block.pool):
        raise refuse("pool", "names a picture that was drawn before")


class RecordFile:
    """An open mark record: its content, and the only way to add to it. Safe to use from several threads."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        """Take over ``file``, open for reading and writing without a buffer, and lock it before reading it.

        Raises RecordError, OSError.
        """
        self.path, self._file = path, file
        self._lock = threading.Lock()
        # The lock comes first, so that lines which another mtgui adds before it are read and never cut off.
        lock_file(file, path)
        keep_private(file)
        parsed = _parse(path, _content(path, file))
        self._record, self._last_hash = parsed.record, parsed.last_hash
        file.truncate(parsed.length)
        file.seek(parsed.length)
        if parsed.lacks_newline:
            self._write(b"\n")

    @property
    def record(self) -> Record:
        """The record with all blocks added so far; log entries added since it was opened are not in it."""
        return self._record

    def append_block(self, block: Block) -> None:
        """Add a further design block; it is on disk when this returns."""
        with self._lock:
            line = encode_line({**block_to_values(block), "previous": self._last_hash})
            self._write(line)
            commitment = self._last_hash = sha256_bytes(line[:-1])
            with _plainly(self.path):
                os.fsync(self._file.fileno())
            self._record = Record(
                (*self._record.blocks, block),
                (*self._record.commitments, commitment),
                self._record.log,
                self._record.notes,
            )

    def append(self, entry: LogEntry) -> None:
        """Add a line to the log. It survives a crash of this process; after `sync` it survives a power cut."""
        with self._lock:
            line = encode_line(log_to_values(entry, self._last_hash))
            self._write(line)
            self._last_hash = sha256_bytes(line[:-1])

    def sync(self) -> None:
        """Wait until every line is on disk."""
        with _plainly(self.path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file, which unlocks it."""
        self._file.close()

    def _write(self, line: bytes) -> None:
        with _plainly(self.path):
            append_whole(self._file, line)


def _plainly(path: Path) -> AbstractContextManager[None]:
    return storage_errors(f"The mark record {readable_name(path)} cannot be written")


def create_record(path: Path, block: Block) -> RecordFile:
    """Write a new record with its first block, readable only by its owner; it is on disk when this returns.

    Raises RecordError when a file of that name exists, StorageError when the disk refuses.
    """
    line = encode_line(block_to_values(block))
    with _plainly(path):
        try:
            files.write_new(path, line, mode=0o600)
        except FileExistsError as error:
            raise RecordError(
                f"{readable_name(path)} exists already and is never overwritten. Run the same command again to "
                "continue it, or choose another name for the record."
            ) from error
    return open_record(path)


def open_record(path: Path) -> RecordFile:
    """Open the record at ``path`` for adding to it; a cut-off last line is removed.

    Raises RecordError when it is damaged or another mtgui has it open, StorageError when it is read-only.
    """
    with _plainly(path):
        _refuse_devices(path)
        file = path.open("r+b", buffering=0)
        try:
            return RecordFile(path, file)
        except BaseException:
            file.close()
            raise
