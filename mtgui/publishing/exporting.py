"""The second half of the job: writing the copies a record calls for, each announced in its log first."""

import contextlib
import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from mtgui.common.errors import PictureError, StorageError, readable_name, storage_reason
from mtgui.common.events import Event, ItemDone, ItemFailed, Started
from mtgui.common.hashing import sha256_bytes
from mtgui.pictures.encoding import Encoded, set_commitment
from mtgui.publishing.copies import CopyFolder
from mtgui.publishing.examine import examine, read_original
from mtgui.publishing.request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.publishing.workers import Meter, Workers
from mtgui.records.journal import RecordFile, utc_now
from mtgui.records.record import Block, LogEntry, PoolPicture

_HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENODEV}


@dataclass(frozen=True)
class Copy:
    """A copy to be written: for which source, under which block, and its bytes where they are still kept."""

    source: Source
    picture: PoolPicture
    block: Block
    encoded: Encoded | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exported:
    """What became of one copy: where it is, whether it was there already, and what is to be said about it."""

    copy: Copy
    target: Path
    was_there: bool = False
    notes: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What an export run has done so far."""

    exported: list[Exported] = field(default_factory=list)
    failed: list[PictureError] = field(default_factory=list)


class Exporter:
    """Writes copies below one folder for one record."""

    def __init__(self, request: MarkRequest, file: RecordFile, placeholder: str | None) -> None:
        self._request, self._file, self._placeholder = request, file, placeholder
        self._folder = CopyFolder(request.out, (s.path for s in request.sources), request.on_conflict)
        self._earlier = file.record.exports()

    def run(self, pool: Workers, copies: Sequence[Copy], outcome: Outcome) -> Iterator[Event]:
        """Write ``copies`` and tell; raise StorageError when the disk takes no more."""
        yield Started("exporting copies", len(copies))
        meter = Meter(len(copies))
        if self._file.record.log:
            self._file.append(LogEntry("resume", utc_now()))
        self._file.sync()
        # Names held by copies of an earlier run are claimed before any new name is chosen.
        there = {copy.picture.picture_id for copy in copies if self._is_there(copy)}
        for copy, result in pool.each(lambda c: self._export(c, c.picture.picture_id in there), copies):
            if isinstance(result, PictureError):
                outcome.failed.append(result)
                self._file.append(LogEntry("failure", utc_now(), copy.picture.picture_id, text=result.reason))
                yield ItemFailed(copy.source.path, result.reason)
            else:
                outcome.exported.append(result)
                yield ItemDone(copy.source.path, result.target, result.notes)
            yield from meter.step()
        self._file.sync()

    def _is_there(self, copy: Copy) -> bool:
        entry = self._earlier.get(copy.picture.picture_id)
        if entry is None or not entry.file or not entry.file_hash:
            return False
        if not is_safe_name(entry.file) or not self._folder.holds(entry.file, entry.file_hash):
            return False
        self._folder.claim(entry.file)
        return True

    def _export(self, copy: Copy, is_there: bool) -> Exported | PictureError:
        if is_there:
            return Exported(copy, self._request.out / str(self._earlier[copy.picture.picture_id].file), was_there=True)
        path = copy.source.path
        try:
            encoded = self._final(copy)
            return self._place(copy, encoded)
        except PictureError as error:
            return error
        except OSError as error:
            if error.errno in _HOPELESS:
                raise StorageError(
                    f"Writing to “{self._request.out}” failed: {storage_reason(error)}. "
                    "The copies written before it are whole."
                ) from error
            return PictureError(path, storage_reason(error))

    def _final(self, copy: Copy) -> Encoded:
        """Return the copy's bytes with the real commitment in them, made anew where they were not kept."""
        commitment = self._commitment(copy) if self._request.embed_commitment else None
        if copy.encoded is not None and copy.encoded.data:
            if commitment is None or self._placeholder is None:
                return copy.encoded
            filled = set_commitment(copy.encoded, self._placeholder, commitment)
            if filled is not None:
                return filled
        options = replace(self._request.options, commitment=commitment)
        data = read_original(copy.source.path)
        if sha256_bytes(data) != copy.picture.picture_id:
            raise PictureError(copy.source.path, "the file was changed meanwhile; put the original back and try again")
        return examine(copy.source, data, copy.block.mark, options).encoded

    def _commitment(self, copy: Copy) -> str:
        return self._file.record.commitments[copy.block.number]

    def _place(self, copy: Copy, encoded: Encoded) -> Exported:
        wanted = PurePosixPath(*copy.source.subfolder.parts, copy.source.path.stem + encoded.suffix)
        placed = self._folder.choose(wanted, encoded.data)
        target = self._request.out / PurePosixPath(placed.name)
        if not placed.is_written and self._request.on_conflict == "skip":
            note = f"{readable_name(target)} was there already and was left as it is"
            self._file.append(LogEntry("note", utc_now(), copy.picture.picture_id, placed.name, text=note))
            return Exported(copy, target, was_there=True, notes=(note,))
        self._file.append(
            LogEntry("export", utc_now(), copy.picture.picture_id, placed.name, sha256_bytes(encoded.data))
        )
        if placed.is_written:
            self._folder.write(placed.name, encoded.data)
        notes = copy.notes
        if placed.name != wanted.as_posix():
            notes = (*notes, f"its name was taken; written as {readable_name(target)}")
        return Exported(copy, target, was_there=not placed.is_written, notes=notes)


def is_safe_name(name: str) -> bool:
    """True when a name from a record's log stays below the export folder."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not Path(name).is_absolute()


@contextlib.contextmanager
def closing(file: RecordFile) -> Iterator[RecordFile]:
    """Close ``file`` when the block ends."""
    try:
        yield file
    finally:
        file.close()
