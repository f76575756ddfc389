"""One audit after another: every run counts, an interrupted one goes on, and pauses are said."""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.engine.engine_errors import StateError
from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_events import AuditPlanned, KeyDone
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.report.document import ResultPart
from mtgui.auditing.report.report_files import read_report
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.events import Event, Finished, Noticed, Paused, Progress, Resumed, Started
from mtgui.desktop.audit.outlook import AuditedRecord
from mtgui.desktop.audit.run_step import RunStep
from mtgui.records.audit_log import AuditRun, audit_log_path, begin_run, read_runs, runs_on_file
from mtgui.records.chances import REFERENCE_DRAWS
from mtgui.records.data_folder import data_folder
from mtgui.records.journal import read_record
from tests.auditing.job.job_helpers import exact, finish, of_kind, request_for, result, results
from tests.auditing.job.trained_pair import World, draw_album, make_person, mark


def outcomes() -> list[str | None]:
    return [run.outcome for run in read_runs(audit_log_path())]


def abandon(request: AuditRequest, keys: int = 1) -> None:
    """Begin ``request`` and leave it after so many keys."""
    with closing(audit(request)) as events:
        for event in events:
            if isinstance(event, KeyDone) and event.keys_done == keys:
                return


def report_of(request: AuditRequest, path: Path) -> ResultPart:
    finish(replace(request, reports=(path,)))
    report, is_unchanged = read_report(path)
    assert is_unchanged
    return report.results[0]


def told(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result without what differs from run to run: how long it took."""
    return {name: value for name, value in one.items() if name != "seconds"}


def test_the_same_audit_again_has_the_same_answer_and_counts_once(world: World) -> None:
    request = request_for(world.guilty, world.marked)
    assert told(result(request)) == told(result(request))
    assert outcomes() == ["evidence", "evidence"]
    assert list((data_folder() / "audits").iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [{"label": "1"}, {"label": "auto"}, {"keys": 9}, {"draws": 999}, {"alpha": Fraction(1, 50)}, {"views": 10},
     {"stops_early": False}, {"batch": 7}, {"precision": "half"}],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_another_setting_is_another_run(world: World, changes: dict[str, Any]) -> None:
    abandon(request_for(world.guilty, world.marked))
    assert outcomes() == ["cancelled"]
    one = result(request_for(world.guilty, world.marked, **changes))
    assert one["runs"] == 2
    assert exact(one, "p_adjusted") == min(1, 6 * exact(one, "p_value"))


def test_what_another_run_costs_is_said_before_it_is_planned(world: World) -> None:
    request = request_for(world.guilty, world.marked)
    first = finish(request)
    assert not any("different runs" in event.sentence for event in of_kind(first, Noticed))
    events = finish(replace(request, keys=9))
    planned = next(place for place, event in enumerate(events) if isinstance(event, AuditPlanned))
    (said,) = of_kind(events[:planned], Noticed)
    assert said.sentence == (
        "With this one there are 2 different runs of this record on this model, so p is multiplied by 6: it can come "
        "down to 1 in 16,666 at best."
    )


def test_another_log_says_how_many_runs_it_leaves_out(world: World, tmp_path: Path) -> None:
    request = request_for(world.guilty, world.marked)
    abandon(request)
    abandon(replace(request, keys=9))
    sentence = (
        "Another audit log than the usual one was chosen for this audit. The usual one holds 2 other runs of this "
        "record on this model, which p is not multiplied for; with these it would be multiplied by 12."
    )
    events = finish(replace(request, draws=999, log=tmp_path / "other"))
    last = events[-1]
    assert isinstance(last, Finished)
    assert sentence in [event.sentence for event in of_kind(events, Noticed)]
    assert last.result["results"][0]["notes"] == [sentence]


def test_another_log_that_leaves_out_nothing_says_nothing(world: World, tmp_path: Path) -> None:
    request = request_for(world.guilty, world.marked, threads=1)
    abandon(request)
    assert result(replace(request, log=tmp_path / "other"))["notes"] == []


def test_preprocessing_by_hand_is_another_run(world: World) -> None:
    request = request_for(world.guilty, world.marked)
    abandon(request)
    by_hand = ModelChoice(world.guilty, input=PreprocessingHint("chosen by hand", mean=(0.5, 0.5, 0.5)))
    assert result(replace(request, models=(by_hand,)))["runs"] == 2


def test_what_has_no_say_in_p_is_no_other_run(world: World, tmp_path: Path) -> None:
    abandon(request_for(world.guilty, world.marked))
    elsewhere, moved = tmp_path / "moved.pth", tmp_path / "record.mtrecord"
    shutil.copy(world.guilty, elsewhere)
    shutil.copy(world.marked.record, moved)
    request = request_for(elsewhere, world.marked, records=(moved,), reports=(tmp_path / "report.json",))
    assert result(request)["runs"] == 1


def test_several_models_and_records_are_adjusted_after_holm(world: World) -> None:
    models = (ModelChoice(world.guilty), ModelChoice(world.innocent))
    request = request_for(world.guilty, world.marked, models=models, places=(), stops_early=False, keys=None, label="0")
    request = replace(request, records=(world.marked.record, world.unmarked.record))
    found = results(request)
    assert [(Path(one["model_file"]), Path(one["record_file"])) for one in found] == [
        (model.path, record) for model in models for record in request.records
    ]
    assert all(one["family"] == 4 and one["runs"] == 1 for one in found)
    floor = Fraction(0)
    for rank, one in enumerate(sorted(found, key=lambda one: exact(one, "p_value"))):
        floor = max(floor, min(Fraction(1), (4 - rank) * exact(one, "p_value")))
        assert exact(one, "p_adjusted") == floor


def test_runs_that_begin_at_once_are_all_counted(tmp_path: Path) -> None:
    runs = [AuditRun(f"{n:032}", "2026-01-02T03:04:05Z", "0" * 32, "1" * 64, "m", "r", {"keys": n}) for n in range(12)]
    with ThreadPoolExecutor(12) as executor:
        counts = list(executor.map(lambda run: begin_run(tmp_path / "log", run), runs))
    assert sorted(counts) == list(range(1, 13))
    assert len(read_runs(tmp_path / "log")) == 12


def test_an_interrupted_audit_goes_on_to_the_same_report(world: World, tmp_path: Path) -> None:
    request = request_for(world.guilty, world.marked, batch=16, keys=9)
    whole = report_of(replace(request, log=tmp_path / "log", state=tmp_path / "state"), tmp_path / "whole.json")
    abandon(request, keys=4)
    assert len(list((data_folder() / "audits").iterdir())) == 1
    resumed = report_of(request, tmp_path / "resumed.json")
    assert replace(resumed, seconds=0.0) == replace(whole, seconds=0.0)
    assert list((data_folder() / "audits").iterdir()) == []


def cancelled_after(request: AuditRequest, record: int) -> list[Event]:
    """Run ``request`` and cancel it at the first key of a record; return what was said."""
    control, seen = Control(), list[Event]()

    def follow() -> None:
        for event in audit(request, control):
            seen.append(event)
            if isinstance(event, KeyDone) and event.record == record:
                control.cancel()

    with pytest.raises(CancelledError):
        follow()
    return seen


def test_an_audit_cancelled_on_the_way_says_so_in_the_log(world: World) -> None:
    seen = cancelled_after(request_for(world.guilty, world.marked, batch=16), 0)
    assert len(of_kind(seen, KeyDone)) == 1
    assert outcomes() == ["cancelled"]


def test_a_pair_that_was_done_counts_as_nothing_when_the_whole_was_cancelled(world: World) -> None:
    request = request_for(world.guilty, world.marked, places=(), batch=16, stops_early=False)
    cancelled_after(replace(request, records=(world.marked.record, world.twice.record)), 1)
    assert outcomes() == ["cancelled", "cancelled"]


@pytest.mark.parametrize("kind", [Started, Progress, KeyDone])
def test_a_pause_is_said_wherever_it_comes_and_changes_nothing(world: World, kind: type[Event]) -> None:
    class Paced(Control):
        """Resumes as soon as somebody waits."""

        def checkpoint(self) -> None:
            self.resume()
            super().checkpoint()

    control = Paced()
    request = request_for(world.guilty, world.marked, batch=16)
    seen: list[Event] = []
    for event in audit(request, control):
        seen.append(event)
        if isinstance(event, kind):
            control.pause()
    pauses = [place for place, event in enumerate(seen) if isinstance(event, Paused)]
    assert len(pauses) == len(of_kind(seen, kind))
    assert all(isinstance(seen[place + 1], Resumed) and isinstance(seen[place - 1], kind) for place in pauses)
    last = seen[-1]
    assert isinstance(last, Finished)
    assert told(last.result["results"][0]) == told(result(request))


def test_the_same_audit_does_not_run_twice_at_once(world: World) -> None:
    request = request_for(world.guilty, world.marked, batch=16)
    with closing(audit(request)) as events:
        while not isinstance(next(events), KeyDone):
            continue
        with pytest.raises(StateError, match="the same audit is running already"):
            finish(request)
    assert outcomes() == ["cancelled", "failed"]


def test_the_state_of_another_audit_is_left_alone(world: World) -> None:
    states = data_folder() / "audits"
    request, other = (request_for(world.guilty, person, batch=20) for person in (world.marked, world.unmarked))
    abandon(request)
    (mine,) = states.iterdir()
    abandon(replace(other, draws=9998))
    (foreign,) = set(states.iterdir()) - {mine}
    shutil.copy(foreign, mine)
    with pytest.raises(StateError, match="holds the state of another audit"):
        finish(request)
    assert mine.read_bytes() == foreign.read_bytes()


def test_a_model_that_was_exchanged_is_another_model(world: World, tmp_path: Path) -> None:
    model = tmp_path / "model.pth"
    shutil.copy(world.guilty, model)
    request = request_for(model, world.marked, batch=16)
    abandon(request, keys=3)
    shutil.copy(world.innocent, model)
    exchanged, straight = result(request), result(request_for(world.innocent, world.marked, batch=16))
    assert exchanged["weights_hash"] == straight["weights_hash"]
    assert exchanged["runs"] == 1
    assert exact(exchanged, "p_value") == exact(straight, "p_value")


def test_a_record_that_grew_is_another_run(world: World, tmp_path: Path) -> None:
    person = make_person(tmp_path, "grows", 0, 900, 16)
    request = request_for(world.guilty, person)
    first = result(request)
    mark(draw_album(person.originals, 4, 950), tmp_path, "grows")
    second = result(request)
    assert (first["pictures"], second["pictures"]) == (16, 20)
    assert (first["runs"], second["runs"]) == (1, 2)
    assert len(second["commitments"]) == 2


def test_a_copy_of_a_record_beside_it_is_refused(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mtrecord"
    shutil.copy(world.marked.record, copy)
    with pytest.raises(UsageError, match="are the same mark record"):
        results(request_for(world.guilty, world.marked, records=(world.marked.record, copy)))


def test_losses_in_the_report_are_those_of_the_events(world: World, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    events = finish(request_for(world.guilty, world.marked, reports=(path,)))
    (first,) = [key for key in of_kind(events, KeyDone) if key.losses is not None]
    report, _ = read_report(path)
    stored = report.results[0].losses.values[report.results[0].columns.index(0)]
    np.testing.assert_allclose(np.array(first.losses), stored / 2**20, atol=1e-6)


def test_a_report_that_cannot_be_written_withholds_no_verdict_and_is_soon_made_up_for(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    request = request_for(world.guilty, world.marked, reports=(folder / "report.json",), threads=1)
    events = list[Event]()
    for event in audit(request):
        events.append(event)
        if isinstance(event, AuditPlanned):
            folder.rmdir()
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.result["results"][0]["verdict"], last.result["reports"]) == ("evidence", [])
    (problem,) = last.result["report_problems"]
    assert problem.endswith(f"cannot be written: there is no folder “{folder}”; make it, or choose another.")
    assert outcomes() == ["evidence"]

    folder.mkdir()
    again = finish(request)
    assert any("with 16 of 16 keys done" in event.sentence for event in of_kind(again, Noticed))
    assert (folder / "report.json").is_file()
    assert list((data_folder() / "audits").iterdir()) == []


def test_preparing_says_how_many_pictures_it_waits_for(world: World) -> None:
    events = finish(request_for(world.guilty, world.marked, batch=5))
    begin = next(place for place, one in enumerate(events) if one == Started("preparing pictures", 5))
    told = [(one.done, one.total) for one in events[begin + 1 : begin + 6] if isinstance(one, Progress)]
    assert told == [(done, 5) for done in range(1, 6)]


@pytest.mark.parametrize("label", ["auto", "0"])
def test_what_the_window_knows_of_a_run_before_it_is_what_the_log_keeps(world: World, qtbot: QtBot, label: str) -> None:
    """The window counts earlier runs by these settings, so their names and values are the engine's."""
    step = RunStep()
    qtbot.addWidget(step)
    step.keys.setValue(9)
    record = read_record(world.marked.record)
    request = replace(request_for(world.guilty, world.marked, label=label), keys=9, alpha=step.choices.alpha)
    request = replace(request, stops_early=True, views=1, precision="float32", draws=REFERENCE_DRAWS)
    abandon(request)
    runs = runs_on_file(read_runs(audit_log_path()), world.guilty, "")
    assert len(runs) == 1
    step.set_question([AuditedRecord(record)], runs, label)
    assert [outlook.best.runs for outlook in step.outlooks] == [1]
    step.keys.setValue(10)
    assert [outlook.best.runs for outlook in step.outlooks] == [2]
