"""Every event of a real audit is understood by the window, field by field."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from mtgui.auditing.job.audit_events import (
    AUDIT_EVENTS,
    AuditDone,
    AuditPlanned,
    KeyDone,
    LabelChosen,
    ModelRead,
    NetworkChosen,
)
from mtgui.auditing.job.audit_result import AuditResult
from mtgui.common.codec import from_values
from mtgui.common.events import Event, Finished, event_from_values, event_to_json
from mtgui.desktop.audit.audit_state import AuditState, audit_from_values
from mtgui.desktop.audit.audit_words import verdict_of
from mtgui.desktop.audit.model_summary import ModelSummary, describe
from tests.auditing.job.job_helpers import finish, of_kind, request_for
from tests.auditing.job.trained_pair import World
from tests.auditing.job.two_networks import POOLED, model_of


def over_the_wire(events: list[Event]) -> list[Event]:
    """Return ``events`` as the window gets them."""
    return [event_from_values(json.loads(event_to_json(event)), AUDIT_EVENTS) for event in events]


@pytest.fixture(scope="module")
def sent(world: World, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    folder = tmp_path_factory.mktemp("reports")
    request = request_for(world.guilty, world.marked, state=folder, log=folder / "log.jsonl")
    return finish(replace(request, reports=(folder / "report.json",)))


def test_events_come_over_the_wire_as_they_were_sent(sent: list[Event]) -> None:
    assert {ModelRead, LabelChosen, AuditPlanned, KeyDone, AuditDone, Finished} <= set(map(type, sent))
    assert over_the_wire(sent) == sent


def test_the_window_ends_up_with_what_the_engine_found(sent: list[Event]) -> None:
    audit = AuditState(titles=("castle",))
    for event in over_the_wire(sent):
        audit.tell(event)
    state = audit.pair(0, 0)
    (done,), (planned,) = of_kind(sent, AuditDone), of_kind(sent, AuditPlanned)
    assert (state.result, state.plan) == (done.result, planned)
    assert (state.at_most, state.counted) == (done.result.at_most, done.result.counted)
    assert len(state.losses) == planned.pictures
    assert verdict_of(state).headline == done.result.headline
    again = audit_from_values(json.loads(json.dumps(audit.to_values()))).pair(0, 0)
    assert (again.result, again.plan, again.losses) == (state.result, state.plan, state.losses)


def test_the_end_holds_every_result_and_report(sent: list[Event]) -> None:
    last = over_the_wire(sent)[-1]
    assert isinstance(last, Finished)
    found = from_values(AuditResult, last.result)
    assert list(found.results) == [done.result for done in of_kind(sent, AuditDone)]
    assert [Path(path).name for path in found.reports] == ["report.json"]


def test_the_model_is_described_as_it_was_read(sent: list[Event], world: World) -> None:
    (read,) = of_kind(over_the_wire(sent), ModelRead)
    summary = describe(read.summary)
    assert summary.is_recognised
    assert summary.size == world.guilty.stat().st_size
    assert summary.input is not None
    assert summary.input.origin


def test_the_network_that_originals_chose_replaces_the_one_that_was_read(world: World, tmp_path: Path) -> None:
    sent = finish(request_for(model_of(tmp_path, has_pooling=True), world.marked, state=tmp_path))
    assert of_kind(sent, NetworkChosen)
    audit, seen = AuditState(), list[ModelSummary]()
    for event in over_the_wire(sent):
        audit.tell(event)
        if audit.summary is not None and audit.summary not in seen:
            seen.append(audit.summary)
    assert [summary.sureness.partition(".")[0] for summary in seen] == [
        "One of 2 networks with these names and shapes",
        "Chosen among 2 networks that fit, by 32 unmarked originals",
    ]
    assert (seen[1].architecture, len(seen[1].alternatives)) == (POOLED, 1)
