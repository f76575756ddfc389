"""Ticks lie among the facts of a record: older rows have none, and other facts stay."""

from pathlib import Path
from typing import Any

import pytest

from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.jobs.record_ticks import Ticks, kept_of, ticks_of, with_kept, with_ticks


@pytest.mark.parametrize("facts", [{}, {"done": None}, {"done": "safe"}, {"done": ["fly"], "kept": 3}])
def test_what_is_no_tick_is_passed_over(facts: dict[str, Any]) -> None:
    assert ticks_of(facts) == Ticks()
    assert kept_of(facts) == ()


def test_ticks_and_files_come_back_with_the_other_facts(store: HistoryStore) -> None:
    facts = with_kept(with_ticks({"published": 2}, Ticks(kept=True, safe=True)), [Path("/a"), Path("/b"), Path("/a")])
    number = store.add_record(Path("/r.mtrecord"), "ab", Path("/out"), {"published": 1})
    store.keep_facts(number, facts)
    entry = store.record_entry("ab")
    assert entry is not None
    assert ticks_of(entry.facts) == Ticks(kept=True, safe=True)
    assert sum(ticks_of(entry.facts).done(some_stay=True)) == 2
    assert kept_of(entry.facts) == (Path("/a"), Path("/b"))
    assert entry.facts["published"] == 2
    assert store.record_entry("cd") is None
