"""Every event of a real rehearsal is understood by the window, field by field."""

import json
import math

import pytest

pytest.importorskip("torch")

from mtgui.common.codec import from_values
from mtgui.common.control import Control
from mtgui.common.events import Event, Finished, event_from_values, event_to_json
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.rehearsal.rehearsal_events import REHEARSAL_EVENTS, EpochDone, TrainingAudited, TrainingDone, UserAudited
from mtgui.rehearsal.rehearsal_result import RehearsalResult
from mtgui.rehearsal.rehearsal_settings import RehearsalSettings

SMALL = RehearsalSettings(
    side=16, users=2, published=6, withheld=6, aside=0.5, network="resnet8", epochs=2, audit_every=1, keys=19,
    keys_beside=1, sets=4, device="cpu", threads=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def sent() -> list[Event]:
    from mtgui.cli.rehearse import rehearsed_with

    return list(rehearsed_with(SMALL, Control()))


def test_events_come_over_the_wire_as_they_were_sent(sent: list[Event]) -> None:
    assert {EpochDone, TrainingAudited, TrainingDone, UserAudited, Finished} <= set(map(type, sent))
    assert [event_from_values(json.loads(event_to_json(event)), REHEARSAL_EVENTS) for event in sent] == sent


def test_the_window_ends_up_with_what_the_engine_found(sent: list[Event]) -> None:
    rehearsal = RehearsalState(models=2)
    for event in sent:
        rehearsal.tell(event_from_values(json.loads(event_to_json(event)), REHEARSAL_EVENTS))
    last = sent[-1]
    assert isinstance(last, Finished)
    assert rehearsal.result == from_values(RehearsalResult, json.loads(json.dumps(last.result)))
    assert [len(rehearsal.models[name].points) for name in ("marked", "absent")] == [2, 2]
    assert [point.epoch for point in rehearsal.audits] == [1, 2]
    assert len(rehearsal.chances) == len(last.result["curve"])
    assert math.isclose(rehearsal.done, 1.0)
    assert rehearsal.device
