import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

from mtgui.common.errors import RecordError, StorageError
from mtgui.records.audit_log import (
    AuditRun,
    audit_log_path,
    begin_run,
    check_log,
    digest_of,
    end_run,
    read_runs,
    runs_like,
)
from tests.needs import PIPES

RUN = AuditRun("a" * 32, "2026-03-01T10:00:00Z", "b" * 32, "c" * 64, "net.pth", "cats.mtrecord", {"keys": 15})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "data" / "audits.jsonl"


def again(number: int, **settings: object) -> AuditRun:
    return replace(RUN, run_id=f"{number:032x}", settings=settings or RUN.settings)


def test_a_run_is_kept_with_how_it_ended(log: Path) -> None:
    assert begin_run(log, RUN) == 1
    end_run(log, RUN.run_id, "2026-03-01T10:05:00Z", "no evidence", {"p_value": 0.5})
    assert read_runs(log) == (replace(RUN, outcome="no evidence", result={"p_value": 0.5}),)


def test_without_a_log_there_were_no_runs(log: Path) -> None:
    assert read_runs(log) == ()


def test_the_same_settings_count_once(log: Path) -> None:
    assert [begin_run(log, again(number)) for number in range(3)] == [1, 1, 1]


def test_other_settings_count_even_when_the_run_was_abandoned(log: Path) -> None:
    begin_run(log, again(0))
    assert begin_run(log, again(1, keys=16)) == 2
    assert begin_run(log, again(2, keys=15)) == 2
    assert begin_run(log, again(3, keys=15, label="cat")) == 3


@pytest.mark.parametrize("other", [replace(RUN, record_id="e" * 32), replace(RUN, weights_hash="e" * 64)])
def test_other_records_and_models_do_not_count(log: Path, other: AuditRun) -> None:
    begin_run(log, RUN)
    assert begin_run(log, replace(other, run_id="d" * 32, settings={"keys": 1})) == 1


def test_the_order_of_settings_does_not_matter() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})


def test_a_cut_off_last_line_is_left_out_and_written_over(log: Path) -> None:
    begin_run(log, again(0))
    whole = log.read_bytes()
    begin_run(log, again(1, keys=16))
    log.write_bytes(log.read_bytes()[:-10])
    assert len(read_runs(log)) == 1
    assert begin_run(log, again(2, keys=17)) == 2
    assert log.read_bytes().startswith(whole)
    assert [run.run_id for run in read_runs(log)] == [again(0).run_id, again(2).run_id]


def test_a_last_line_without_its_newline_stays(log: Path) -> None:
    begin_run(log, again(0))
    log.write_bytes(log.read_bytes()[:-1])
    assert begin_run(log, again(1, keys=16)) == 2
    assert len(read_runs(log)) == 2


@pytest.mark.parametrize("place", [0.2, 0.6])
def test_a_changed_byte_is_refused_with_the_line_and_a_way_out(log: Path, place: float) -> None:
    for number in range(3):
        begin_run(log, again(number))
    data = bytearray(log.read_bytes())
    data[int(len(data) * place)] ^= 1
    log.write_bytes(data)
    with pytest.raises(RecordError, match=r"damaged in line \d.*untouched copy"):
        read_runs(log)
    with pytest.raises(RecordError):
        begin_run(log, again(9))
    assert log.read_bytes() == data


def test_a_removed_line_is_noticed(log: Path) -> None:
    for number in range(3):
        begin_run(log, again(number))
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[2])
    with pytest.raises(RecordError):
        read_runs(log)


def test_several_programs_write_one_after_the_other(log: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        counts = pool.starmap(begin_run, [(log, again(number, keys=number)) for number in range(8)])
    assert sorted(counts) == list(range(1, 9))
    assert len(read_runs(log)) == 8


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="audit log"):
        begin_run(tmp_path / "file" / "audits.jsonl", RUN)


def test_only_the_owner_may_read_it(log: Path) -> None:
    begin_run(log, RUN)
    assert log.stat().st_mode & 0o077 == 0


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTGUI_DATA_FOLDER", str(tmp_path))
    assert audit_log_path().parent == tmp_path


def test_lines_are_plain_json(log: Path) -> None:
    begin_run(log, RUN)
    assert json.loads(log.read_bytes())["settings"] == {"keys": 15}


def test_another_number_of_threads_counts_and_an_unknown_one_is_one_value(log: Path) -> None:
    begin_run(log, again(0))
    assert begin_run(log, again(1)) == 1
    assert begin_run(log, replace(again(2), threads=4)) == 2
    assert begin_run(log, replace(again(3), threads=4)) == 2
    assert begin_run(log, replace(again(4), threads=8)) == 3
    assert [run.threads for run in read_runs(log)] == [None, None, 4, 4, 8]


def test_runs_alike_but_for_one_setting(log: Path) -> None:
    begin_run(log, again(0, keys=1, labels="a"))
    begin_run(log, again(1, keys=1, labels="b"))
    begin_run(log, again(2, keys=2))
    found = runs_like(read_runs(log), again(9, keys=1), apart_from="labels")
    assert [run.run_id for run in found] == [again(0).run_id, again(1).run_id]


@PIPES
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_a_log_without_an_end_is_refused(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/full")
    if kind == "pipe":
        path = tmp_path / "pipe"
        os.mkfifo(path)
    for use in (check_log, read_runs):
        with pytest.raises(RecordError, match="is no ordinary file"):
            use(path)
