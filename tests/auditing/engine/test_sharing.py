"""Several processes at one audit: the same matrix, and nobody waits for the dead."""

import hashlib
import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.engine_errors import TeamError
from mtgui.auditing.engine.sharing import Team, join_team
from mtgui.auditing.engine.task import Column
from tests.auditing.engine.audit_process import BATCH, COLUMNS, FileStore, make_task, member
from tests.auditing.engine.engine_helpers import matrix_of
from tests.needs import POSIX_SIGNALS
from tests.ports import free_port

# A server that has torch loaded: each member then starts in a moment.
PROCESSES: Any = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
if sys.platform != "win32":
    PROCESSES.set_forkserver_preload(["tests.auditing.engine.audit_process"])


def _start(folder: Path, ranks: range, size: int, what: str, port: int = 0) -> list[BaseProcess]:
    processes: list[BaseProcess] = []
    for rank in ranks:
        process = PROCESSES.Process(target=member, args=(folder, rank, size, what, port))
        process.start()
        processes.append(process)
    return processes


def _results(folder: Path, processes: dict[int, BaseProcess]) -> list[tuple[int | None, list[str]]]:
    """Exit code and lines of each process, by rank."""
    results = []
    for rank, process in processes.items():
        process.join(60)
        results.append((process.exitcode, (folder / f"{rank}.txt").read_text().splitlines()))
    return results


def _run(folder: Path, size: int, what: str, port: int = 0, waited: int = 3) -> list[tuple[int | None, list[str]]]:
    """Run a team; the results of its first ``waited`` members. None is left running."""
    processes = _start(folder, range(size), size, what, port)
    try:
        return _results(folder, dict(enumerate(processes[:waited])))
    finally:
        for process in processes:
            process.kill()
            process.join()


@pytest.fixture(scope="module")
def alone() -> list[str]:
    """What the leader has to print: the columns in the order of one process alone, and a hash of the matrix."""
    task = make_task()
    events = list(loss_columns(task, batch=BATCH))
    columns = [f"column {event.index}" for event in events if isinstance(event, Column)]
    return [*columns, "matrix " + hashlib.sha256(matrix_of(events, task).tobytes()).hexdigest(), "told work"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_any_number_of_processes_gives_the_same_columns_in_the_same_order(
    tmp_path: Path, size: int, alone: list[str]
) -> None:
    assert _run(tmp_path, size, "whole") == [(0, alone), *[(0, ["told work"])] * (size - 1)]


def test_members_meet_as_torchrun_has_them_meet(tmp_path: Path, alone: list[str]) -> None:
    assert _run(tmp_path, 2, "whole", free_port()) == [(0, alone), (0, ["told work"])]


class Hurried:
    """A store in which a member puts what the other waits for, and leaves, right after that one has looked for it."""

    def __init__(self, store: Any) -> None:
        self.store, self.is_done = store, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def check(self, keys: list[str]) -> bool:
        is_there: bool = self.store.check(keys)
        if not self.is_done:
            self.is_done = True
            self.store.set(keys[0], '{"more": "work"}')
            self.store.set("left/0", "its work was done")
        return is_there


def test_what_a_member_said_before_it_left_is_heard(tmp_path: Path) -> None:
    follower = Team(Hurried(FileStore(str(tmp_path / "store"), 2)), 1, 2)
    assert follower.tell({}) == {"more": "work"}
    with pytest.raises(TeamError, match="Process 0 of the audit has ended: its work was done"):
        follower.tell({})


def test_the_leader_can_say_enough(tmp_path: Path, alone: list[str]) -> None:
    assert _run(tmp_path, 2, "stop") == [(0, [*alone[:6], "told work"]), (0, ["told work"])]


def test_one_without_memory_makes_all_begin_again(tmp_path: Path) -> None:
    (code, lines), other = _run(tmp_path, 2, "memory")
    columns = [line for line in lines if line.startswith("column")]
    assert (code, lines[-1]) == (0, "told work")
    assert len(columns) > COLUMNS
    assert len(set(columns)) == COLUMNS
    assert other == (0, ["told work"])


def test_cancelling_ends_all(tmp_path: Path) -> None:
    results = _run(tmp_path, 2, "cancel")
    assert [(code, lines[-1].split(":")[0]) for code, lines in results] == [(1, "CancelledError")] * 2


@pytest.mark.parametrize(
    ("what", "sentence"), [("fail", "the fan has stopped"), ("other", "do not have the same pictures, labels")]
)
def test_what_one_cannot_do_ends_all_with_the_reason(tmp_path: Path, what: str, sentence: str) -> None:
    results = _run(tmp_path, 2, what)
    assert [code for code, _ in results] == [1, 1]
    assert all(sentence in lines[-1] for _, lines in results)


@POSIX_SIGNALS
@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", ["die", "freeze"])
def test_a_lost_member_is_a_sentence_within_its_time(tmp_path: Path, what: str) -> None:
    ((code, lines),) = _run(tmp_path, 2, what, waited=1)
    assert code == 1
    assert lines[-1].startswith("TeamError: Process 1 of 2 has shown no sign of life for 4 seconds.")


@POSIX_SIGNALS
def test_a_lost_leader_is_a_sentence_too(tmp_path: Path) -> None:
    Team(FileStore(str(tmp_path / "store"), 2), 0, 2)
    (follower,) = _start(tmp_path, range(1, 2), 2, "lost")
    ((code, lines),) = _results(tmp_path, {1: follower})
    assert code == 1
    assert "Process 0 of 2 has shown no sign of life" in lines[-1]


def test_one_process_needs_no_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert join_team() is None
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert join_team() is None


def test_members_that_differ_are_told_what_to_do(tmp_path: Path) -> None:
    def agree(rank: int) -> None:
        store = FileStore(str(tmp_path / "store"), 2)
        Team(store, rank, 2).agree(str(rank), "number of threads", "Give all of them the same number with --threads.")

    with ThreadPoolExecutor(2) as executor:
        for member in [executor.submit(agree, rank) for rank in range(2)]:
            with pytest.raises(TeamError, match=r"the same number of threads\. Give all of them the same number with"):
                member.result()
