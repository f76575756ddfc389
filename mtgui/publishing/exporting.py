"""The second half of the export job: write the copies of a record, each after its line in the log."""

import contextlib
import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from mtgui.common import files
from mtgui.common.errors import PictureError, StorageError, printable, readable_name, storage_reason
from mtgui.common.events import Event, ItemDone, ItemFailed, Started
from mtgui.common.hashing import sha256_bytes
from mtgui.pictures.encoding import Encoded, set_commitment
from mtgui.pictures.picture_files import read
from mtgui.publishing.copies import CopyFolder
from mtgui.publishing.examine import examine
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.memory_budget import MemoryBudget
from mtgui.publishing.sources import Source
from mtgui.publishing.spool import Slot, Spool
from mtgui.publishing.workers import Meter, Workers
from mtgui.records.journal import RecordFile, utc_now
from mtgui.records.record import Block, LogEntry, PoolPicture

_HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENODEV}
# A disk can sync many files at once; to sync one file after the other takes ten times as long.
_WAITING = 16


@dataclass(frozen=True)
class Copy:
    """A copy to be written: its source, picture and block, and its bytes or their place if they were kept."""

    source: Source
    picture: PoolPicture
    block: Block
    encoded: Encoded | None = None
    slot: Slot | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MadeCopies:
    """A copy's bytes, and their SHA-256."""

    encoded: Encoded
    file_hash: str


@dataclass(frozen=True)
class Exported:
    """The result for one copy: its place, whether it was there already, and notes."""

    copy: Copy
    target: Path
    was_there: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """No copy was written, because another file has its name and the person chose to keep that file."""

    note: str


@dataclass
class Outcome:
    """The results of an export run so far."""

    exported: list[Exported] = field(default_factory=list)
    failed: list[PictureError] = field(default_factory=list)
    skipped: list[tuple[Copy, str]] = field(default_factory=list)


class Exporter:
    """Writes copies below one folder for one record.

    Several threads encode. One thread chooses the names, writes the log and puts files in place, in the order of the
    copies, so the names do not depend on the number of threads.
    """

    def __init__(
        self, request: MarkRequest, file: RecordFile, placeholder: str | None, room: MemoryBudget, kept: Spool
    ) -> None:
        self._request, self._file, self._placeholder, self._room, self._kept = request, file, placeholder, room, kept
        protected = [request.record, *(source.path for source in request.sources)]
        known = (picture.picture_id for _, _, picture in file.record.pictures())
        self._folder = CopyFolder(request.out, protected, known, request.on_conflict)
        self._earlier = file.record.exports()

    def run(self, pool: Workers, copies: Sequence[Copy], outcome: Outcome) -> Iterator[Event]:
        """Write ``copies`` and yield events. Raises StorageError when the disk refuses."""
        yield Started("exporting copies", len(copies))
        meter = Meter(len(copies))
        self._file.sync()
        self._folder.tidy(copy.source.subfolder for copy in copies)
        # The names of copies of an earlier run are reserved before any new name is chosen.
        there = {copy.picture.picture_id: target for copy in copies if (target := self._earlier_copy(copy))}
        for copy, made in pool.each(lambda c: None if c.picture.picture_id in there else self._make(c), copies):
            result = (
                Exported(copy, there[copy.picture.picture_id], was_there=True)
                if made is None
                else self._place(copy, made)
            )
            if isinstance(result, Skipped):
                outcome.skipped.append((copy, result.note))
                self._file.append(LogEntry("note", utc_now(), copy.picture.picture_id, text=result.note))
                yield ItemDone(copy.source.path, None, (result.note,))
            elif isinstance(result, PictureError):
                outcome.failed.append(result)
                self._file.append(LogEntry("failure", utc_now(), copy.picture.picture_id, text=result.reason))
                yield ItemFailed(copy.source.path, result.reason)
            else:
                outcome.exported.append(result)
                yield ItemDone(copy.source.path, result.target, result.notes)
            yield from meter.step()
            yield from pool.pauses()
        self._settle(pool, outcome)

    def _settle(self, pool: Workers, outcome: Outcome) -> None:
        """Wait until all copies and the log are on disk."""
        written = [one.target for one in outcome.exported if not one.was_there]
        with pool.more(_WAITING) as many:
            for _ in many.each(files.sync_file, written):
                pass
        for folder in {path.parent for path in written}:
            files.sync_folder(folder)
        self._file.sync()

    def _earlier_copy(self, copy: Copy) -> Path | None:
        """Return the copy that an earlier run wrote here, if it is unchanged, and reserve its name."""
        entry = self._earlier.get(copy.picture.picture_id)
        if entry is None or not entry.file or not entry.file_hash or not is_safe_name(entry.file):
            return None
        if not self._folder.holds(entry.file, entry.file_hash):
            return None
        self._folder.claim(entry.file)
        return self._request.out / PurePosixPath(entry.file)

    def _make(self, copy: Copy) -> MadeCopies | PictureError:
        encoded = self._encode(copy)
        return encoded if isinstance(encoded, PictureError) else MadeCopies(encoded, sha256_bytes(encoded.data))

    def _encode(self, copy: Copy) -> Encoded | PictureError:
        """Return the copy's bytes with the real commitment in them; make them again if they were not kept."""
        commitment = self._file.record.commitments[copy.block.number] if self._request.embed_commitment else None
        data = self._kept.read(copy.slot) if copy.slot is not None else None
        if copy.encoded is not None and data is not None:
            encoded = replace(copy.encoded, data=data)
            if commitment is None or self._placeholder is None:
                return encoded
            filled = set_commitment(encoded, self._placeholder, commitment)
            if filled is not None:
                return filled
        options = replace(self._request.options, commitment=commitment)
        try:
            data = read(copy.source.path)
            if sha256_bytes(data) != copy.picture.picture_id:
                return PictureError(copy.source.path, "it was changed meanwhile; put the original back and try again.")
            return examine(copy.source, data, copy.block.mark, options, self._room, is_new=False).encoded
        except PictureError as error:
            return error

    def _place(self, copy: Copy, made: MadeCopies | PictureError) -> Exported | Skipped | PictureError:
        if isinstance(made, PictureError):
            return made
        try:
            while True:
                with contextlib.suppress(FileExistsError):
                    return self._put(copy, made)
        except OSError as error:
            if error.errno in _HOPELESS:
                raise StorageError(
                    f"Writing to “{printable(self._request.out)}” failed: {storage_reason(error)}. "
                    "The copies written before it are whole."
                ) from error
            return PictureError(copy.source.path, f"its copy cannot be written: {storage_reason(error)}")

    def _put(self, copy: Copy, made: MadeCopies) -> Exported | Skipped:
        """Choose a name, log it, write the copy. Raises FileExistsError if the name was taken in the meantime."""
        wanted = PurePosixPath(*copy.source.subfolder.parts, copy.source.path.stem + made.encoded.suffix)
        place = self._folder.choose(wanted, made.file_hash)
        target = self._request.out / PurePosixPath(place.name)
        if place.way == "left alone":
            name = readable_name(target)
            return Skipped(f"Another file called {name} was there and was left as it is; no marked copy was written.")
        self._file.append(LogEntry("export", utc_now(), copy.picture.picture_id, place.name, made.file_hash))
        self._folder.write(place, made.encoded.data)
        notes = copy.notes
        if place.name != wanted.as_posix():
            notes = (*notes, f"Its name was taken; the copy is called {readable_name(target)}.")
        return Exported(copy, target, was_there=place.way == "there already", notes=notes)


def is_safe_name(name: str) -> bool:
    """True when a name from a record's log lies below the export folder."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and not Path(name).is_absolute()


@contextlib.contextmanager
def closing(file: RecordFile) -> Iterator[RecordFile]:
    """Close ``file`` when the block ends."""
    try:
        yield file
    finally:
        file.close()
