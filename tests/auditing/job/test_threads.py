"""An audit and the number of threads: said, kept with what was computed, and never mixed."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mtgui.auditing.engine.threads import allowed_threads, using_threads
from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.events import AuditPlanned, KeyDone, Noticed
from mtgui.auditing.job.processor import threads_of_states
from mtgui.auditing.job.request import AuditRequest
from mtgui.auditing.threads import ThreadChoice
from mtgui.common.errors import UsageError
from tests.auditing.job.helpers import finish, of_kind, request_for, result
from tests.auditing.job.world import World


def leave(request: AuditRequest) -> None:
    """Audit until three keys are done, and go away."""
    with closing(audit(request)) as events:
        keys = 0
        for event in events:
            keys += isinstance(event, KeyDone)
            if keys == 3:
                return


@pytest.mark.parametrize("threads", [1, 2])
def test_a_number_that_was_asked_for_is_kept_and_stated(world: World, threads: int) -> None:
    before = allowed_threads()
    one = result(request_for(world.guilty, world.marked, threads=threads))
    assert one["device"] == f"CPU, {threads} thread{'s' * (threads > 1)}"
    assert allowed_threads() == before


def test_an_interrupted_audit_goes_on_as_it_began_whatever_is_fastest_now(world: World, tmp_path: Path) -> None:
    options: dict[str, Any] = {"state": tmp_path, "log": tmp_path / "log", "stops_early": False, "keys": 20}
    request = request_for(world.guilty, world.marked, **options)
    leave(request_for(world.guilty, world.marked, **options, threads=2))
    assert len(list(tmp_path.glob("*.state"))) == 1
    with using_threads(2):
        events = finish(request)
    assert [event.sentence for event in of_kind(events, Noticed)] == [
        "Computing with 2 threads, as this work was begun."
    ]
    assert of_kind(events, AuditPlanned)[0].device == "CPU, 2 threads"
    assert not list(tmp_path.glob("*.state"))


def test_losses_of_another_number_are_not_taken_over(world: World, tmp_path: Path) -> None:
    options: dict[str, Any] = {"state": tmp_path, "log": tmp_path / "log"}
    leave(request_for(world.guilty, world.marked, **options, threads=2))
    leave(request_for(world.guilty, world.marked, **options, threads=1))
    assert len(list(tmp_path.glob("*.state"))) == 2


def test_short_audits_compute_with_one_thread_and_say_nothing_of_it(world: World, tmp_path: Path) -> None:
    with using_threads(2):
        events = finish(request_for(world.guilty, world.marked, state=tmp_path))
    assert of_kind(events, Noticed) == []
    assert of_kind(events, AuditPlanned)[0].device == "CPU, 1 thread"


def test_of_several_states_the_one_that_got_furthest_is_gone_on_with(tmp_path: Path) -> None:
    def path(threads: int) -> Path:
        return tmp_path / str(threads)

    chosen = ThreadChoice(1, "chosen")
    assert threads_of_states(chosen, 4, path) == chosen
    path(3).write_bytes(b"12")
    path(2).write_bytes(b"1")
    assert threads_of_states(chosen, 4, path).threads == 3
    assert threads_of_states(chosen, 2, path).threads == 2
    path(1).write_bytes(b"1")
    assert threads_of_states(chosen, 2, path).threads == 1


def test_an_absurd_number_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="between 1 and"):
        request_for(world.guilty, world.marked, threads=-1)
