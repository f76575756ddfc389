"""Mark pictures and export the copies: try every picture, draw, write the record, then write the copies.

This order makes the evidence honest. Every picture is decoded, marked and encoded before the draw decides which are
published. The record is on disk before the first copy, and each line of the log is written before its copy.
"""

import contextlib
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, PictureError, readable_name
from mtgui.common.events import Event, Finished, ItemDone, ItemFailed, Started
from mtgui.common.hashing import sha256_bytes
from mtgui.common.words import counted
from mtgui.marking.keys import KEY_BYTES, new_key
from mtgui.marking.mark import Mark, make_mark
from mtgui.pictures.picture_files import read
from mtgui.publishing.examine import MARKED_COPY, Examined, examine, made_with
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.exporting import Copy, Exporter, Outcome, closing
from mtgui.publishing.memory_budget import MemoryBudget, affordable_pixels
from mtgui.publishing.other_records import other_records, refuse_recorded
from mtgui.publishing.publication_checks import check_design, check_draw, check_same_settings, check_target
from mtgui.publishing.sources import Source
from mtgui.publishing.spool import spool
from mtgui.publishing.unknown_copies import Held, Judge, foreign_copies, known_hashes, namesakes
from mtgui.publishing.workers import Meter, Workers, workers
from mtgui.records.advice import advice_on
from mtgui.records.coin_choice import CHOICES, Choice
from mtgui.records.draw import draw_published
from mtgui.records.journal import RecordFile, create_record, open_record, utc_now
from mtgui.records.record import Block, LogEntry, PoolPicture

KEPT_BYTES = 16 << 30
LINKED = "It is a link to a folder and was not followed; to mark what is in it, name that folder too."


def mark_and_export(
    request: MarkRequest, control: Control | None = None, kept_bytes: int = KEPT_BYTES
) -> Iterator[Event]:
    """Carry out ``request``; yield what happens; the last event is `Finished` with the result.

    If the record exists, its pictures are exported as it says and never drawn again, and new pictures form a new
    block. kept_bytes: how many bytes made before the draw may be kept for after it; the rest is made again, and the
    copies do not depend on it.

    Raises UsageError for an impossible request, before anything is done, and AlreadyRecordedError, which is one, if
    another record knows pictures of a new one; RecordError for a damaged record;
    StorageError when the disk refuses; CancelledError when cancelled. Files written before an error are complete, and
    the same request goes on from there.
    """
    had_folder = os.path.lexists(request.out)
    try:
        with ExitStack() as stack:
            yield from _Job(request, control or Control(), stack, kept_bytes).run()
    finally:
        # An empty folder without copies would only confuse people.
        if not had_folder:
            with contextlib.suppress(OSError):
                request.out.rmdir()


class _Job:
    def __init__(self, request: MarkRequest, control: Control, stack: ExitStack, kept_bytes: int) -> None:
        self._request, self._control, self._stack, self._kept_bytes = request, control, stack, kept_bytes
        self._file: RecordFile | None = None
        self._room = MemoryBudget(affordable_pixels())
        self._placeholder = secrets.token_hex(KEY_BYTES) if request.embed_commitment else None
        self._copies: list[Copy] = []
        self._withheld: list[dict[str, Any]] = []
        self._failed: list[dict[str, str]] = []
        self._twins: list[dict[str, str]] = []
        self._notes: list[dict[str, Any]] = []
        self._sorted: set[str] = set()
        self._drawn_before: list[Held] = []
        self._exports: dict[str, LogEntry] = {}
        self._choices = {path.absolute(): choice for path, choice in request.choices.items()}
        self._wanted: dict[str, Choice] = {}

    def run(self) -> Iterator[Event]:
        request = self._request
        check_target(request)
        yield from self._name_links()
        if request.record.exists():
            self._file = self._stack.enter_context(closing(open_record(request.record)))
            check_same_settings(request, self._file.record.blocks[0])
            self._exports = self._file.record.exports()
            self._file.append(LogEntry("resume", utc_now()))
            if self._file.record.notes:
                yield ItemDone(request.record, None, self._file.record.notes)
        else:
            check_design(request)
        pool = self._stack.enter_context(workers(request.jobs, self._control))
        self._spool = self._stack.enter_context(spool(request.record.absolute().parent, self._kept_bytes))
        mark = self._new_mark()
        try:
            examined = yield from self._examine_all(pool, mark)
            self._control.checkpoint()
        except CancelledError as error:
            if self._file is None:
                raise CancelledError("Stopped before anything was written.") from error
            raise
        yield from self._fix_block(pool, mark, examined)
        outcome = Outcome()
        if self._file is not None:
            exporter = Exporter(request, self._file, self._placeholder, self._room, self._spool)
            yield from exporter.run(pool, self._copies, outcome)
        yield Finished(self._result(outcome))

    def _name_links(self) -> Iterator[Event]:
        for link in self._request.linked_folders:
            self._notes.append({"file": str(link), "notes": [LINKED]})
            yield ItemDone(link, None, (LINKED,))

    def _new_mark(self) -> Mark:
        """Return the mark for new pictures: a fresh key, and the settings of the record if there is one."""
        if self._file is not None:
            first = self._file.record.blocks[0]
            return make_mark(new_key(), first.settings, first.pattern_picture)
        return make_mark(new_key(), self._request.settings, self._request.pattern_picture)

    def _examine_all(self, pool: Workers, mark: Mark) -> Generator[Event, None, list[Examined]]:
        """Decode, mark and encode every new picture, and return these; sort known ones into copies and withheld."""
        request = self._request
        options = replace(request.options, commitment=self._placeholder)
        known = {} if self._file is None else {p.picture_id: (b, i) for b, i, p in self._file.record.pictures()}
        made = set() if self._file is None else {entry.file_hash for entry in self._file.record.log} - {None}

        def look(source: Source) -> Examined | str | PictureError:
            try:
                data = read(source.path)
                if known or made:
                    file_hash = sha256_bytes(data)
                    if file_hash in known:
                        return file_hash
                    if file_hash in made:
                        return PictureError(source.path, MARKED_COPY)
                return examine(source, data, mark, options, self._room)
            except PictureError as error:
                return error

        yield Started("checking pictures", len(request.sources))
        meter, examined = Meter(len(request.sources)), list[Examined]()
        for source, found in pool.each(look, request.sources):
            if isinstance(found, PictureError):
                self._failed.append({"file": str(source.path), "reason": found.reason})
                yield ItemFailed(source.path, found.reason)
            elif isinstance(found, Examined):
                slot = self._spool.keep(found.encoded.data)
                examined.append(replace(found, encoded=replace(found.encoded, data=b""), slot=slot))
            else:
                yield from self._sort(source, *known[found])
            yield from meter.step()
            yield from pool.pauses()
        return examined

    def _sort(self, source: Source, block: Block, index: int, found: Examined | None = None) -> Iterator[Event]:
        """Add a picture of the pool to the copies or to the withheld, as its draw says."""
        picture = block.pool[index]
        if picture.picture_id in self._sorted:
            yield self._twin(source, picture.name)
            return
        self._sorted.add(picture.picture_id)
        if found is None:
            self._drawn_before.append(self._held(source, picture))
            yield from self._hold_to_draw(source, is_published=block.is_published(index))
        if found is not None and found.notes:
            self._notes.append({"file": str(source.path), "notes": list(found.notes)})
        if block.is_published(index):
            made = (found.encoded, found.slot, found.notes) if found is not None else ()
            self._copies.append(Copy(source, picture, block, *made))
        else:
            withheld = {"file": str(source.path), "picture_id": picture.picture_id, "is_new": found is not None}
            self._withheld.append(withheld)

    def _hold_to_draw(self, source: Source, *, is_published: bool) -> Iterator[Event]:
        """Note that a choice of the user comes too late: a picture is drawn only once, for ever."""
        wanted = self._choices.get(source.path.absolute(), "drawn")
        if wanted != "drawn" and is_published != (wanted == "always publish"):
            note = f"It was {'published' if is_published else 'withheld'} before, and that stands."
            self._notes.append({"file": str(source.path), "notes": [note]})
            yield ItemDone(source.path, None, (note,))

    def _twin(self, source: Source, name: str) -> ItemDone:
        note = f"It shows the same picture as {readable_name(Path(name))}; only that one is used."
        self._twins.append({"file": str(source.path), "reason": note})
        return ItemDone(source.path, None, (note,))

    def _known_twin(self, source: Source, name: str) -> ItemDone:
        note = (
            f"It shows the same picture as {readable_name(Path(name))}, which this record knows from another file. "
            "Keep that file: an audit needs its very bytes."
        )
        self._twins.append({"file": str(source.path), "reason": note})
        return ItemDone(source.path, None, (note,))

    def _fix_block(self, pool: Workers, mark: Mark, found: list[Examined]) -> Iterator[Event]:
        """Draw which of the new pictures are published, and write the record to disk."""
        fresh = yield from self._without_twins(found)
        if self._file is None:
            refuse_recorded(fresh, self._request.others)
        block = self._draw_block(mark, fresh) if fresh else None
        if block is not None:
            check_draw(block, [one.tint for one in fresh])
        yield from self._hold_to_folder(pool, fresh)
        if block is not None:
            if self._file is None:
                self._file = self._stack.enter_context(closing(create_record(self._request.record, block)))
            else:
                self._file.append_block(block)
            for index, one in enumerate(fresh):
                yield from self._sort(one.source, block, index, one)
        if self._file is not None:
            for failure in self._failed:
                text = f"{readable_name(Path(failure['file']))}: {failure['reason']}"
                self._file.append(LogEntry("failure", utc_now(), text=text))

    def _hold_to_folder(self, pool: Workers, fresh: list[Examined]) -> Iterator[Event]:
        """Refuse a folder with copies that the record does not know, and warn of files that may be such copies."""
        out = self._request.out
        if self._file is None and os.path.lexists(self._request.record):
            # Another run made the record meanwhile, and the copies are its own; `create_record` says so.
            return
        held = [*self._drawn_before]
        held += [Held(one.source, one.picture_id, one.height, one.width) for one in fresh]
        found = namesakes(out, held)
        judge = self._judge(held)
        if found:
            yield Started("checking files that are there", len(found))
        meter, others = Meter(len(found)), set[Path]()
        for namesake, kind in pool.each(judge.kind, found):
            if kind == "copy":
                raise judge.refusal(self._request, namesake)
            if kind == "other":
                others.add(namesake.file)
            yield from meter.step()
            yield from pool.pauses()
        if others:
            note = (
                f"It holds {counted(len(others), 'file')} with names of these pictures already. What is a marked copy "
                "of another record must not be published beside these: use that record, or an empty folder."
            )
            self._notes.append({"file": str(out), "notes": [note]})
            yield ItemDone(out, None, (note,))

    def _judge(self, held: list[Held]) -> Judge:
        request = self._request
        record = None if self._file is None else self._file.record
        settings = request.settings if record is None else record.blocks[0].settings
        foreign = foreign_copies(other_records(request.others, request.out, request.record))
        return Judge(record, known_hashes(record, held), foreign, settings, self._room)

    def _held(self, source: Source, picture: PoolPicture) -> Held:
        entry = self._exports.get(picture.picture_id)
        return Held(source, picture.picture_id, picture.height, picture.width, None if entry is None else entry.file)

    def _without_twins(self, found: list[Examined]) -> Generator[Event, None, list[Examined]]:
        """Return the pictures whose pixels are new; skip the others with a note."""
        known = {} if self._file is None else {p.pixel_hash: p.name for _, _, p in self._file.record.pictures()}
        seen: dict[str, str] = {}
        fresh = []
        for one in found:
            wanted = self._choices.get(one.source.path.absolute(), "drawn")
            earlier = self._wanted.setdefault(one.pixel_hash, wanted)
            # If two files show the same picture, the more private choice counts.
            self._wanted[one.pixel_hash] = max(earlier, wanted, key=CHOICES.index)
            if one.pixel_hash in known:
                yield self._known_twin(one.source, known[one.pixel_hash])
            elif one.pixel_hash in seen:
                yield self._twin(one.source, seen[one.pixel_hash])
            else:
                seen[one.pixel_hash] = one.source.path.name
                fresh.append(one)
        return fresh

    def _draw_block(self, mark: Mark, fresh: list[Examined]) -> Block:
        pool = tuple(
            PoolPicture(
                picture_id=one.picture_id,
                pixel_hash=one.pixel_hash,
                name=one.source.path.name,
                height=one.height,
                width=one.width,
                label=one.source.label,
                choice=self._wanted[one.pixel_hash],
            )
            for one in fresh
        )
        blocks = self._file.record.blocks if self._file is not None else ()
        return Block(
            record_id=blocks[0].record_id if blocks else secrets.token_hex(16),
            number=len(blocks),
            created=utc_now(),
            mark_algorithm=mark.settings.algorithm,
            key=mark.key,
            decoy_seed=secrets.token_bytes(KEY_BYTES),
            salt=secrets.token_bytes(KEY_BYTES),
            settings=mark.settings,
            pattern_picture=blocks[0].pattern_picture if blocks else self._request.pattern_picture,
            pool=pool,
            published=draw_published(pool, self._request.publish),
            made_with=made_with(),
        )

    def _result(self, outcome: Outcome) -> dict[str, Any]:
        failed = [*self._failed, *({"file": str(e.path), "reason": e.reason} for e in outcome.failed)]
        order = {source.path: number for number, source in enumerate(self._request.sources)}
        exported = sorted(outcome.exported, key=lambda one: order[one.copy.source.path])
        return {
            "marked": [
                {
                    "file": str(one.copy.source.path),
                    "copy": str(one.target),
                    "picture_id": one.copy.picture.picture_id,
                    "was_there": one.was_there,
                }
                for one in exported
            ],
            "withheld": self._withheld,
            "failed": failed,
            "skipped": [{"file": str(copy.source.path), "reason": reason} for copy, reason in outcome.skipped],
            "twins": self._twins,
            "notes": self._notes,
            "record": None if self._file is None else str(self._request.record),
            "commitment": None if self._file is None else self._file.record.commitment,
            "commitments": [] if self._file is None else list(self._file.record.commitments),
            "advice": None if self._file is None else advice_on(self._file.record),
            "settings": None if self._file is None else self._file.record.blocks[0].settings.in_words,
            "out": str(self._request.out),
        }
