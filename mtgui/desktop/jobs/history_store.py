"""The history: mark records and audits made on this computer, in one SQLite file that survives crashes."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from mtgui.auditing.job.audit_result import PairResult
from mtgui.common.errors import StorageError

FILE_NAME = "history.sqlite"
Kind = Literal["record", "audit", "rehearsal"]
State = Literal["made", "running", "finished", "cancelled", "failed", "abandoned"]
WAIT_SECONDS = 5.0
_ESCAPED = "json:"


@dataclass(frozen=True)
class HistoryEntry:
    """One row. ``title`` names the record; ``model`` the model of an audit.

    The outcome is stored as codes and numbers, which the page turns into words: ``state``, ``verdict``, the p-values
    and ``facts`` (for a record: how many pictures are ``published`` and ``private``, and what
    `mtgui.desktop.jobs.record_ticks` stores). summary: why an audit failed, as
    the engine said it; older versions stored one line on the outcome here.

    path: the mark record. folder: the copies, or the reports of an audit. request: what `request_to_values` returned.
    """

    number: int
    kind: Kind
    created: str
    state: State
    title: str
    model: str
    record_id: str
    path: Path
    folder: Path
    summary: str
    request: Mapping[str, Any]
    verdict: str = ""
    p_value: str = ""
    p_adjusted: str = ""
    weights_hash: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def has_verdict_in(self, entries: "Sequence[HistoryEntry]") -> bool:
        """True when ``entries`` hold a finished audit of the same record with the same request."""
        return any(
            (one.state, one.record_id, one.request) == ("finished", self.record_id, self.request) for one in entries
        )


class HistoryStore:
    """An open history. Every method raises StorageError if the disk refuses or the file is no history.

    It belongs to the thread that opened it, which is the window's: SQLite refuses any other.
    """

    def __init__(self, path: Path) -> None:
        """Open the history at ``path``, or create it; update it to the version of this program."""
        self.path = path
        with _plainly(path):
            try:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _keep_private(path)
            except OSError as error:
                raise StorageError(f"The history “{path}” cannot be kept: {error.strerror}.") from error
            self._base = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
            try:
                self._base.execute("PRAGMA foreign_keys = ON")
                _migrate(self._base, path)
            except BaseException:
                self._base.close()
                raise

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def add_record(
        self, path: Path, record_id: str, folder: Path, facts: Mapping[str, Any], created: str | None = None
    ) -> int:
        """Add a mark record, or replace its row: each record has one row. Return the number of the row."""
        with self._writing() as base:
            base.execute("DELETE FROM entries WHERE kind = 'record' AND record_id = ?", (record_id,))
            number = _insert(base, "record", "made", path.name, "", record_id, path, folder, {}, created)
            base.execute("UPDATE entries SET facts = ? WHERE number = ?", (json.dumps(dict(facts)), number))
            return number

    def record_entry(self, record_id: str) -> HistoryEntry | None:
        """Return the row of a mark record; None if there is none."""
        return next((one for one in self.entries() if (one.kind, one.record_id) == ("record", record_id)), None)

    def keep_facts(self, number: int, facts: Mapping[str, Any]) -> None:
        """Store the ``facts`` of a row in place of those before."""
        with self._writing() as base:
            base.execute("UPDATE entries SET facts = ? WHERE number = ?", (json.dumps(dict(facts)), number))

    def begin_audit(
        self, title: str, model: str, record_id: str, path: Path, folder: Path, request: Mapping[str, Any]
    ) -> int:
        """Add an audit that is starting; return the number of its row."""
        with self._writing() as base:
            number = _insert(base, "audit", "running", title, model, record_id, path, folder, request, None)
            base.execute("UPDATE entries SET process = ? WHERE number = ?", (os.getpid(), number))
            return number

    def end_audit(
        self,
        number: int,
        state: State,
        *,
        reason: str = "",
        title: str = "",
        result: PairResult | None = None,
        story: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Store how audit ``number`` ended, and what the page shows of it later.

        reason: why it failed, as the engine said it. title: the title of its record, if the audit had several records.
        """
        with self._writing() as base:
            base.execute(
                "UPDATE entries SET state = ?, summary = ?, title = coalesce(nullif(?, ''), title), verdict = ?, "
                "p_value = ?, p_adjusted = ?, weights_hash = ? "
                "WHERE number = ?",
                (
                    state,
                    reason,
                    title,
                    "" if result is None else result.verdict,
                    "" if result is None else result.p_value_exact or _written(result.p_value),
                    "" if result is None else result.p_adjusted_exact or _written(result.p_adjusted),
                    "" if result is None else result.weights_hash,
                    number,
                ),
            )
            if story:
                base.execute(
                    "INSERT OR REPLACE INTO stories (number, story) VALUES (?, ?)", (number, json.dumps(list(story)))
                )

    def mark_abandoned(self, is_alive: Callable[[int], bool]) -> int:
        """Mark every running audit whose process has ended as abandoned; return their number."""
        with self._writing() as base:
            rows = base.execute("SELECT number, process FROM entries WHERE state = 'running'").fetchall()
            lost = [number for number, process in rows if not is_alive(int(process or 0))]
            base.executemany("UPDATE entries SET state = 'abandoned' WHERE number = ?", [(n,) for n in lost])
            return len(lost)

    def entries(
        self, search: str = "", in_words: Callable[[HistoryEntry], str] = lambda entry: entry.summary
    ) -> tuple[HistoryEntry, ...]:
        """Return the rows that contain every word of ``search``, newest first. in_words: returns the text of a row."""
        with _plainly(self.path):
            rows = self._base.execute(_NEWEST_FIRST).fetchall()
        entries = (_entry(row) for row in rows)
        words = search.casefold().split()
        return tuple(entry for entry in entries if all(word in _searchable(entry, in_words) for word in words))

    def entry(self, number: int) -> HistoryEntry | None:
        """Return one row."""
        return next((entry for entry in self.entries() if entry.number == number), None)

    def story(self, number: int) -> tuple[Mapping[str, Any], ...]:
        """Return what the page showed when the audit ended; empty if nothing was stored."""
        with _plainly(self.path):
            row = self._base.execute("SELECT story FROM stories WHERE number = ?", (number,)).fetchone()
        try:
            return tuple(json.loads(row[0])) if row else ()
        except ValueError:
            return ()

    def remove(self, number: int) -> None:
        """Delete a row. Records, copies and reports stay, and so does the audit log, which counts earlier runs."""
        with self._writing() as base:
            base.execute("DELETE FROM stories WHERE number = ?", (number,))
            base.execute("DELETE FROM entries WHERE number = ?", (number,))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Run the block as one transaction: it is stored as a whole or not at all."""
        with _plainly(self.path):
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
            except BaseException:
                # On a full disk SQLite has rolled the transaction back by itself.
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")


def _keep_private(path: Path) -> None:
    """Let only this user read the history, which names private pictures. SQLite gives its journals the same mode."""
    path.touch(mode=0o600)
    path.chmod(0o600)


_NEWEST_FIRST = """
SELECT number, kind, created, state, title, model, record_id, path, folder, summary, request, verdict, p_value,
       p_adjusted, weights_hash, facts
FROM entries ORDER BY created DESC, number DESC
"""


def _first(base: sqlite3.Connection) -> None:
    base.execute(
        "CREATE TABLE entries (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, created TEXT NOT NULL, "
        "state TEXT NOT NULL, title TEXT NOT NULL, model TEXT NOT NULL, record_id TEXT NOT NULL, path TEXT NOT NULL, "
        "folder TEXT NOT NULL, summary TEXT NOT NULL, request TEXT NOT NULL, process INTEGER)"
    )
    base.execute("CREATE INDEX by_time ON entries (created)")
    base.execute("CREATE TABLE stories (number INTEGER PRIMARY KEY, story TEXT NOT NULL)")


def _second(base: sqlite3.Connection) -> None:
    for column in ("verdict", "p_value", "p_adjusted", "weights_hash"):
        base.execute(f"ALTER TABLE entries ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")


def _third(base: sqlite3.Connection) -> None:
    base.execute("ALTER TABLE entries ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _second, _third)
"""One migration for each version. A released one is never changed; new ones are added at the end."""


def _migrate(base: sqlite3.Connection, path: Path) -> None:
    version = int(base.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StorageError(f"The history “{path}” was written by a newer mtgui. Update mtgui, or move the file away.")
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        base.execute("BEGIN IMMEDIATE")
        try:
            # Another window may have migrated the file meanwhile.
            if int(base.execute("PRAGMA user_version").fetchone()[0]) < number:
                step(base)
                base.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            base.execute("ROLLBACK")
            raise
        base.execute("COMMIT")


def _insert(
    base: sqlite3.Connection,
    kind: Kind,
    state: State,
    title: str,
    model: str,
    record_id: str,
    path: Path,
    folder: Path,
    request: Mapping[str, Any],
    created: str | None,
) -> int:
    time = created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    cursor = base.execute(
        "INSERT INTO entries (kind, created, state, title, model, record_id, path, folder, summary, request) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kind, time, state, title, model, record_id, _storable(path), _storable(folder), "", json.dumps(dict(request))),
    )
    return int(cursor.lastrowid or 0)


def _entry(row: Sequence[Any]) -> HistoryEntry:
    number, kind, created, state, title, model, record_id, path, folder, summary, request, *rest = row
    verdict, p_value, p_adjusted, weights_hash, facts = rest
    return HistoryEntry(
        number, kind, created, state, title, model, record_id, _stored_path(path), _stored_path(folder), summary,
        _object(request), verdict, p_value, p_adjusted, weights_hash, _object(facts),
    )  # fmt: skip


def _storable(path: Path) -> str:
    """Return ``path`` as text that SQLite takes; names with bytes that are no UTF-8 are escaped as in JSON."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return f"{_ESCAPED}{json.dumps(str(path))}"
    return str(path)


def _stored_path(text: str) -> Path:
    return Path(json.loads(text.removeprefix(_ESCAPED)) if text.startswith(_ESCAPED) else text)


def _written(p: float | None) -> str:
    return "" if p is None else str(p)


def _object(text: str) -> Mapping[str, Any]:
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _searchable(entry: HistoryEntry, in_words: Callable[[HistoryEntry], str]) -> str:
    parts = (entry.kind, entry.title, entry.model, in_words(entry), entry.state, entry.verdict, entry.created)
    return " ".join((*parts, str(entry.path), entry.record_id)).casefold()


@contextlib.contextmanager
def _plainly(path: Path) -> Iterator[None]:
    """Turn an error of the database into a StorageError with a plain sentence."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StorageError(
            f"The history “{path}” cannot be used ({error}). Marking and auditing go on without it; to begin a new "
            "one, move the file away."
        ) from error
