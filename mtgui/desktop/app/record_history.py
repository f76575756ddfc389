"""Records in the history: what an export adds, and what is done of the tasks after it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtgui.desktop.jobs.history_store import HistoryEntry, HistoryStore
from mtgui.desktop.jobs.record_ticks import Ticks, kept_of, ticks_of, with_kept, with_ticks

if TYPE_CHECKING:
    from mtgui.publishing.other_records import OtherRecord


def add_export(history: HistoryStore, result: Mapping[str, Any]) -> Ticks:
    """Add the record of an export with this ``result``, or update its row; return the ticks of the row.

    Ticks stay if the export wrote no new copy; else there is something new to publish, to keep and to back up, and an
    earlier backup is old.
    Raises RecordError and StorageError.
    """
    from mtgui.records.journal import read_record

    path = Path(result["record"])
    record = read_record(path)
    published = record.published_count
    before = history.record_entry(record.record_id)
    facts: dict[str, Any] = {"published": published, "private": record.picture_count - published}
    kept = [Path(one["file"]) for one in result.get("withheld", ())]
    facts = with_kept(facts, [*(kept_of(before.facts) if before is not None else ()), *kept])
    if before is not None:
        ticks = ticks_of(before.facts)
        is_new = not all(one["was_there"] for one in result.get("marked", ()))
        facts = with_ticks(facts, Ticks(backup=ticks.backup, is_backup_old=True) if is_new else ticks)
    history.add_record(path, record.record_id, Path(result["out"]), facts)
    return ticks_of(facts)


def records_in(entries: Iterable[HistoryEntry]) -> "list[OtherRecord]":
    """Return the records among ``entries``, newest first, with the folders of their copies."""
    from mtgui.publishing.other_records import OtherRecord

    return [OtherRecord(one.path, one.folder) for one in entries if one.kind == "record"]


def keep_ticks(history: HistoryStore, record: Path, ticks: Ticks) -> None:
    """Store ``ticks`` with the row of the ``record`` at this path, if there is one. Raises StorageError."""
    entry = next((one for one in history.entries() if (one.kind, one.path) == ("record", record)), None)
    if entry is not None:
        history.keep_facts(entry.number, with_ticks(entry.facts, ticks))
