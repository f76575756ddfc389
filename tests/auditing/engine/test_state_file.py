import contextlib
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.engine_errors import StateError
from mtgui.auditing.engine.sharing import Team
from mtgui.auditing.engine.state_file import AuditIdentity, audit_state
from mtgui.auditing.engine.task import Column, Restarted
from mtgui.common.errors import StorageError
from tests.auditing.engine.audit_process import BATCH, COLUMNS, IDENTITY, FileStore
from tests.auditing.engine.engine_helpers import matrix_of, small_model, small_task
from tests.auditing.engine.test_columns import Forgetful
from tests.needs import POSIX_SIGNALS, RIGHTS


def _losses(column: int) -> NDArray[np.int64]:
    return np.random.default_rng(column).integers(-(2**50), 2**50, IDENTITY.pictures)


def _filled(path: Path, columns: int = 3) -> bytes:
    with audit_state(path, IDENTITY) as state:
        state.begin(32)
        for column in range(columns):
            state.add(column, _losses(column))
    return path.read_bytes()


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "audit.state"
    with audit_state(path, IDENTITY) as state:
        assert (state.batch, state.columns) == (None, ())
        state.begin(32)
        state.add(5, _losses(5))
        state.add(0, _losses(0))
        assert np.array_equal(state.losses(5), _losses(5))
    with audit_state(path, IDENTITY) as state:
        assert (state.batch, state.columns) == (32, (5, 0))
        assert state.holds(5)
        assert not state.holds(1)
        state.add(1, _losses(1))
        state.add(5, _losses(7))
        assert [np.array_equal(state.losses(c), _losses(c)) for c in (5, 0, 1)] == [True] * 3


@RIGHTS
def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    _filled(tmp_path / "audit.state")
    assert stat.S_IMODE((tmp_path / "audit.state").stat().st_mode) == 0o600


def test_a_tail_cut_off_anywhere_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "audit.state"
    whole = _filled(path)
    first = whole.index(b"\n") + 1
    record = (len(whole) - first) // 3
    for length in (*range(0, first, 7), first - 1, *range(first, len(whole) + 1, 11)):
        path.write_bytes(whole[:length])
        with audit_state(path, IDENTITY) as state:
            assert state.batch == (32 if length >= first else None)
            assert len(state.columns) == max(0, length - first) // record
            if state.batch is None:
                state.begin(32)
            for column in range(3):
                state.add(column, _losses(column))
        assert path.read_bytes() == whole


def test_a_flipped_bit_drops_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "audit.state"
    whole = _filled(path)
    first = whole.index(b"\n") + 1
    record = (len(whole) - first) // 3
    for place in range(first, len(whole), 13):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        path.write_bytes(damaged)
        with audit_state(path, IDENTITY) as state:
            assert state.columns == tuple(range((place - first) // record))


@pytest.mark.parametrize(
    "other",
    [
        replace(IDENTITY, settings="other"),
        replace(IDENTITY, weights="other"),
        replace(IDENTITY, engine="other"),
        replace(IDENTITY, pictures=7),
    ],
)
def test_the_state_of_another_audit_is_refused_and_kept(tmp_path: Path, other: AuditIdentity) -> None:
    path = tmp_path / "audit.state"
    whole = _filled(path)
    with pytest.raises(StateError, match="another audit"), audit_state(path, other):
        pass
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "content", [b"my diary", b"{}\n", b'{"format": 1}\n', b"[1]\n", b"\xff\xfe\n" * 9, b"x" * 70000]
)
def test_a_foreign_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "diary.txt"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"diary\.txt is not the state of an audit"), audit_state(path, IDENTITY):
        pass
    assert path.read_bytes() == content


def test_one_audit_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "audit.state"
    with (
        audit_state(path, IDENTITY),
        pytest.raises(StateError, match="running already"),
        audit_state(path, IDENTITY),
    ):
        pass


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="it is not there"), audit_state(tmp_path / "no" / "audit.state", IDENTITY):
        pass


def test_a_finished_audit_is_only_read(tmp_path: Path) -> None:
    task = small_task(6, COLUMNS)
    path = tmp_path / "audit.state"
    with audit_state(path, IDENTITY) as state:
        first = list(loss_columns(task, batch=BATCH, state=state))
    content = path.read_bytes()
    # The batch size is the state's, whatever would be chosen now.
    with audit_state(path, IDENTITY) as state:
        second = list(loss_columns(task, batch=1, state=state))
    assert all(isinstance(event, Column) and event.was_resumed for event in second)
    assert np.array_equal(matrix_of(first, task), matrix_of(second, task))
    assert path.read_bytes() == content


def test_want_of_memory_empties_the_state(tmp_path: Path) -> None:
    task = small_task(6, 5, model=small_model(Forgetful(3, spared=1)))
    with audit_state(tmp_path / "audit.state", IDENTITY) as state:
        events = list(loss_columns(task, batch=12, state=state))
        assert any(isinstance(event, Restarted) for event in events)
        assert state.batch == 3
        assert sorted(state.columns) == list(range(5))
    plain = small_task(6, 5)
    with audit_state(tmp_path / "audit.state", IDENTITY) as state:
        kept = np.stack([state.losses(column) for column in range(5)], axis=1)
    assert np.array_equal(kept, matrix_of(list(loss_columns(plain, batch=3)), plain))


def test_stopping_between_the_columns_of_a_group_loses_nothing(tmp_path: Path) -> None:
    task, path = small_task(6, COLUMNS), tmp_path / "audit.state"
    expected = [event for event in loss_columns(task, batch=BATCH) if isinstance(event, Column)]
    seen: list[Column] = []
    for wanted in (1, 2, 5, 9, 40):
        seen = []
        with audit_state(path, IDENTITY) as state:
            events = loss_columns(task, batch=BATCH, state=state)
            for event in events:
                if isinstance(event, Column):
                    seen.append(event)
                if len(seen) == wanted:
                    break
            events.close()
    assert [column.index for column in seen] == [column.index for column in expected]
    assert all(np.array_equal(a.losses, b.losses) for a, b in zip(seen, expected, strict=True))


@POSIX_SIGNALS
def test_killed_in_the_middle_it_goes_on_to_the_same_matrix(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.auditing.engine.audit_process"]
    path = tmp_path / "audit.state"
    with subprocess.Popen([*command, str(path), "0.1"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        before = [process.stdout.readline() for _ in range(5)]
        os.kill(process.pid, signal.SIGKILL)
    lines = subprocess.run([*command, str(path), "0"], check=True, capture_output=True, text=True).stdout.splitlines()
    resumed = [line for line in lines if line.startswith("resumed")]
    assert 5 <= len(resumed) < COLUMNS
    assert [line.split()[1] for line in resumed[:5]] == [line.split()[1] for line in before]
    whole = subprocess.run([*command, str(tmp_path / "other"), "0"], check=True, capture_output=True, text=True).stdout
    assert lines[-1].startswith("matrix ")
    assert whole.splitlines()[-1] == lines[-1]


@pytest.mark.parametrize("is_team", [False, True])
def test_the_state_holds_no_column_before_the_one_who_counts_was_told(tmp_path: Path, is_team: bool) -> None:
    path, told = tmp_path / "audit.state", list[tuple[int, ...]]()
    task = small_task(6, COLUMNS)
    with contextlib.ExitStack() as stack:
        team = Team(FileStore(str(tmp_path / "store"), 1), 0, 1) if is_team else None
        if team is not None:
            stack.enter_context(team.working())
        state = stack.enter_context(audit_state(path, IDENTITY))
        events = loss_columns(
            task, batch=BATCH, state=state, team=team, before_first_column=lambda: told.append(state.columns)
        )
        next(event for event in stack.enter_context(contextlib.closing(events)) if isinstance(event, Column))
        assert told == [()]
        assert state.columns


def test_a_log_that_fails_keeps_the_losses_from_the_state(tmp_path: Path) -> None:
    def fail() -> None:
        raise StorageError("The log cannot be written.")

    with audit_state(tmp_path / "audit.state", IDENTITY) as state:
        with pytest.raises(StorageError, match="The log"):
            list(loss_columns(small_task(6, COLUMNS), batch=BATCH, state=state, before_first_column=fail))
        assert state.columns == ()
