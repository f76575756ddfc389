"""The history on disk: newest first, searchable, migrated, whole after a crash."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mtgui.auditing.job.audit_result import PairResult
from mtgui.common.errors import StorageError
from mtgui.desktop.jobs.history_store import MIGRATIONS, HistoryStore
from mtgui.desktop.jobs.processes import is_alive
from tests.needs import POSIX_SIGNALS

PLACE = Path("/pictures/castle.mtrecord")


def begin(store: HistoryStore, title: str = "castle.mtrecord", model: str = "net.pth") -> int:
    return store.begin_audit(title, model, "ab" * 16, PLACE, Path("/reports/1"), {"label": "auto", "keys": None})


def test_what_was_made_comes_back_newest_first(store: HistoryStore) -> None:
    store.add_record(PLACE, "ab" * 16, Path("/copies"), {"published": 4, "private": 4}, created="2026-01-01T00:00:00Z")
    number = begin(store)
    store.end_audit(
        number,
        "finished",
        result=PairResult(verdict="evidence", p_value_exact="1/2000", p_adjusted=0.001, weights_hash="cd"),
        story=[{"model": 0}],
    )
    audit, record = store.entries()
    assert (audit.kind, audit.state, audit.verdict, audit.p_value, audit.p_adjusted, audit.weights_hash) == (
        "audit", "finished", "evidence", "1/2000", "0.001", "cd",
    )  # fmt: skip
    assert audit.request == {"label": "auto", "keys": None}
    assert store.story(number) == ({"model": 0},)
    assert (record.kind, record.title, record.folder) == ("record", "castle.mtrecord", Path("/copies"))
    assert store.entry(number) == audit


def test_a_record_has_one_row_however_often_it_is_continued(store: HistoryStore) -> None:
    for published in (4, 6):
        store.add_record(PLACE, "ab" * 16, Path("/copies"), {"published": published, "private": 4})
    assert [entry.facts for entry in store.entries()] == [{"published": 6, "private": 4}]


def test_every_word_of_a_search_has_to_be_there(store: HistoryStore) -> None:
    begin(store, "castle.mtrecord", "painter.pth")
    begin(store, "Sea.mtrecord", "painter.pth")
    assert [entry.title for entry in store.entries("SEA painter")] == ["Sea.mtrecord"]
    assert len(store.entries("painter")) == 2
    assert store.entries("sea tower") == ()


def test_audits_whose_program_is_gone_are_abandoned(store: HistoryStore) -> None:
    mine = begin(store)
    code = (
        "import sys; from pathlib import Path; from mtgui.desktop.jobs.history_store import HistoryStore; "
        "HistoryStore(Path(sys.argv[1])).begin_audit('a', 'b', 'c', Path('d'), Path('e'), {})"
    )
    subprocess.run([sys.executable, "-c", code, str(store.path)], check=True)
    assert store.mark_abandoned(is_alive) == 1
    states = {entry.number: entry.state for entry in store.entries()}
    assert states.pop(mine) == "running"
    assert list(states.values()) == ["abandoned"]


def test_removing_forgets_the_row_alone(store: HistoryStore) -> None:
    number = begin(store)
    store.end_audit(number, "finished", story=[{"a": 1}])
    store.remove(number)
    assert store.entries() == ()
    assert store.story(number) == ()


def test_an_older_history_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    base = sqlite3.connect(path, isolation_level=None)
    MIGRATIONS[0](base)
    base.execute("PRAGMA user_version = 1")
    base.execute(
        "INSERT INTO entries (kind, created, state, title, model, record_id, path, folder, summary, request) "
        "VALUES ('record', '2026-01-01T00:00:00Z', 'made', 'old', '', 'ab', '/a', '/b', 'words', '{}')"
    )
    base.close()
    store = HistoryStore(path)
    (entry,) = store.entries()
    assert (entry.title, entry.verdict, entry.summary, entry.facts) == ("old", "", "words", {})
    store.close()


def test_a_history_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(StorageError, match="newer mtgui"):
        HistoryStore(path)


def test_what_is_no_history_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite"
    path.write_text("no history " * 200)
    with pytest.raises(StorageError, match="cannot be used"):
        HistoryStore(path)


@POSIX_SIGNALS
def test_a_crash_in_mid_write_loses_at_most_that_write(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    code = (
        "import os, signal, sys; from pathlib import Path; from mtgui.desktop.jobs.history_store import HistoryStore\n"
        "store = HistoryStore(Path(sys.argv[1])); number = store.begin_audit('a', 'b', 'c', Path('d'), Path('e'), {})\n"
        "class Story(list):\n"
        "    def __iter__(self): os.kill(os.getpid(), signal.SIGKILL)\n"
        "store.end_audit(number, 'finished', story=Story([{}]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    store = HistoryStore(path)
    assert [entry.state for entry in store.entries()] == ["running"]
    store.close()


def test_nobody_else_can_read_the_history(tmp_path: Path) -> None:
    path = tmp_path / "data" / "history.sqlite"
    path.parent.mkdir()
    path.touch(mode=0o644)
    path.chmod(0o644)
    store = HistoryStore(path)
    number = store.begin_audit("a", "m", "ab", path, path, {})
    store.end_audit(number, "finished", title="b")
    assert path.stat().st_mode & 0o777 == 0o600
    assert store.entries()[0].title == "b"
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="names of files are bytes on POSIX alone")
def test_names_that_are_no_text_are_kept(store: HistoryStore) -> None:
    place = Path("/pictures/caf\udce9.mtrecord")
    number = store.begin_audit("castle", "net.pth", "ab", place, Path("/copies\udcff"), {})
    entry = store.entry(number)
    assert entry is not None
    assert (entry.path, entry.folder) == (place, Path("/copies\udcff"))


def test_a_rehearsal_keeps_its_facts_and_its_story(store: HistoryStore, tmp_path: Path) -> None:
    number = store.begin_rehearsal(
        "Rehearsal: faint", tmp_path / "r" / "results.json", {"effort": "quick"}, {"found": 0}
    )
    running = store.entry(number)
    assert running is not None
    assert (running.kind, running.state, running.folder) == ("rehearsal", "running", tmp_path / "r")
    store.end_rehearsal(number, "finished", {"found": 3}, story=[{"event": "finished"}])
    ended = store.entry(number)
    assert ended is not None
    assert (ended.state, ended.facts, ended.request) == ("finished", {"found": 3}, {"effort": "quick"})
    assert store.story(number) == ({"event": "finished"},)
    store.remove(number)
    assert store.entries() == ()


def test_rehearsals_whose_program_is_gone_are_abandoned(store: HistoryStore, tmp_path: Path) -> None:
    number = store.begin_rehearsal("Rehearsal: faint", tmp_path / "results.json", {}, {})
    assert store.mark_abandoned(lambda _: False) == 1
    entry = store.entry(number)
    assert entry is not None
    assert entry.state == "abandoned"


def test_rehearsals_do_not_lock_earlier_programs_out(store: HistoryStore, tmp_path: Path) -> None:
    store.begin_rehearsal("Rehearsal: faint", tmp_path / "results.json", {}, {})
    with closing(sqlite3.connect(store.path)) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (3,)
