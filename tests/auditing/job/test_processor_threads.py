"""An audit and the number of threads: said, kept with what was computed, and never mixed."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mtgui.auditing.engine.state_file import AuditIdentity, audit_state, discard_state
from mtgui.auditing.engine.torch_threads import allowed_threads, using_threads
from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_events import AuditDone, AuditPlanned, KeyDone, LabelChosen
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.processor_threads import Earlier, Work, fastest_threads
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.events import Event, Noticed, Started, ThreadsChosen
from mtgui.records.audit_log import audit_log_path, begin_run, read_runs
from tests.auditing.engine.engine_helpers import small_model
from tests.auditing.job.job_helpers import finish, of_kind, request_for, result
from tests.auditing.job.trained_pair import World


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
        "Computing with 2 threads, as this work was begun.",
        "This audit goes on where an earlier run of it stopped, with 7 of 21 keys done.",
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
    assert of_kind(events, ThreadsChosen) == []
    assert of_kind(events, AuditPlanned)[0].device == "CPU, 1 thread"


def test_of_several_states_the_one_that_got_furthest_is_gone_on_with() -> None:
    assert Earlier().choice(4) is None
    assert chosen(Earlier([2], {1: 5, 3: 9}), most=4) == 3
    assert chosen(Earlier([2], {1: 5, 3: 9}), most=2) == 1
    assert chosen(Earlier([2], {1: 5, 2: 5}), most=4) == 2
    assert chosen(Earlier([1, 4, None]), most=4) == 4
    assert chosen(Earlier([1, 4, None]), most=2) == 1


def chosen(earlier: Earlier, most: int) -> int:
    choice = earlier.choice(most)
    assert choice is not None
    assert choice.sentence
    return choice.threads


def sentences(events: list[Event]) -> list[str]:
    return [event.sentence for event in of_kind(events, Noticed)]


def devices(events: list[Event]) -> list[str]:
    return [event.device for event in of_kind(events, AuditPlanned)]


def runs(events: list[Event]) -> list[int]:
    return [event.result.runs for event in of_kind(events, AuditDone)]


@pytest.mark.parametrize("label", ["0", "auto"])
def test_the_same_audit_on_another_day_is_the_same_run(world: World, label: str) -> None:
    request = request_for(world.guilty, world.marked, label=label)
    before = finish(replace(request, threads=2))
    with using_threads(1):
        again = finish(request)
    assert (devices(again), runs(again)) == (["CPU, 2 threads"], [1])
    assert sentences(again) == ["Computing with 2 threads, as in the last run of this audit."]
    (first,), (second,) = of_kind(before, AuditDone), of_kind(again, AuditDone)
    assert first.result.p_value_exact == second.result.p_value_exact


def test_another_number_is_another_run(world: World) -> None:
    request = request_for(world.guilty, world.marked)
    assert runs(finish(replace(request, threads=2))) == [1]
    assert runs(finish(replace(request, threads=1))) == [2]
    assert runs(finish(replace(request, threads=2))) == [2]


def test_a_run_from_before_numbers_were_written_down_counts_once(world: World) -> None:
    request = request_for(world.guilty, world.marked)
    finish(request)
    (run,) = read_runs(audit_log_path())
    audit_log_path().unlink()
    for run_id in "ab":
        assert begin_run(audit_log_path(), replace(run, run_id=run_id * 32, threads=None)) == 1
    assert runs(finish(request)) == [2]


def test_the_models_choice_of_a_label_is_made_with_the_number_of_the_interrupted_run(
    world: World, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"label": "auto", "state": tmp_path, "stops_early": False, "keys": 20}
    leave(request_for(world.guilty, world.marked, **options, threads=2))
    with using_threads(1):
        events = finish(request_for(world.guilty, world.marked, **options))
    kinds = [type(event) for event in events]
    assert kinds.index(ThreadsChosen) < kinds.index(LabelChosen)
    assert sentences(events) == [
        "Computing with 2 threads, as this work was begun.",
        "This audit goes on where an earlier run of it stopped, with 7 of 21 keys done.",
    ]
    assert runs(events) == [1]
    assert not list(tmp_path.glob("*.state"))


def test_another_number_that_is_asked_for_is_said_to_start_over_and_to_cost(world: World, tmp_path: Path) -> None:
    request = request_for(world.guilty, world.marked, state=tmp_path, stops_early=False)
    leave(replace(request, threads=2))
    events = finish(replace(request, threads=1))
    starts_over, costs = sentences(events)
    assert starts_over.startswith("An interrupted run of this audit computed with 2 threads; with 1 it starts from the")
    assert costs.startswith("With this one there are 2 different runs of this record on this model")
    assert runs(events) == [2]
    # The end of the audit is the end of what was begun with any number.
    assert not list(tmp_path.glob("*.state"))


def test_every_pair_goes_on_with_its_own_number(world: World, tmp_path: Path) -> None:
    options: dict[str, Any] = {"state": tmp_path, "stops_early": False, "places": (), "label": "0", "keys": None}
    leave(request_for(world.guilty, world.marked, **options, threads=2))
    both = request_for(world.guilty, world.marked, **options)
    with using_threads(1):
        events = finish(replace(both, records=(world.unmarked.record, world.marked.record)))
    assert devices(events) == ["CPU, 1 thread", "CPU, 2 threads"]


def test_a_state_in_use_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.state"
    with audit_state(path, AuditIdentity("settings", "weights", "engine", 1)):
        discard_state(path)
        assert path.exists()
    discard_state(path)
    assert not path.exists()
    discard_state(path)


def test_an_absurd_number_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="between 1 and"):
        request_for(world.guilty, world.marked, threads=-1)


class Balky(torch.nn.Module):
    """A network that cannot compute, for ``error``."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def forward(self, _pixels: torch.Tensor) -> torch.Tensor:
        raise self.error


def tried(module: torch.nn.Module | None, control: Control, batch: int = 8) -> tuple[list[Event], int]:
    events = list[Event]()
    work = fastest_threads(small_model(module), 2, Work(batch, 1000, control))
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return events, end.value.threads


def test_trying_is_said_before_it_begins() -> None:
    events, _ = tried(None, Control(), batch=1 << 60)
    assert events == [Started("trying how many threads are fastest", 2)]


def test_trying_can_be_stopped() -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        tried(None, control)


@pytest.mark.parametrize("error", [ValueError("the fan has stopped"), MemoryError(), torch.OutOfMemoryError()])
def test_a_model_that_cannot_be_asked_says_so_later(error: Exception) -> None:
    assert tried(Balky(error), Control())[1] == 2


def test_an_enormous_batch_is_no_traceback(world: World) -> None:
    with using_threads(2):
        assert result(request_for(world.guilty, world.marked, batch=1 << 60))["batch"] == 1 << 60
