"""Every event of a real rehearsal of LoRAs is understood by the window, field by field."""

import json

import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

from mtgui.cli.rehearse_diffusion import tuned_with
from mtgui.common.codec import from_values
from mtgui.common.control import Control
from mtgui.common.events import Event, Finished, Noticed, event_from_values, event_to_json
from mtgui.desktop.rehearse.tuning_state import TuningState
from mtgui.rehearsal.fine_tuning.tuning_result import TuningResult
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.rehearsal_events import REHEARSAL_EVENTS, ArtistAudited, StepsDone

SMALL = TuningSettings(
    users=2, published=5, withheld=5, exposures=(1, 2), base_steps=2, width=8, limit=200, device="cpu", threads=1
)


@pytest.fixture(scope="module")
def sent() -> list[Event]:
    return list(tuned_with(SMALL, Control(), says_time=False))


def test_events_come_over_the_wire_as_they_were_sent(sent: list[Event]) -> None:
    assert {StepsDone, ArtistAudited, Finished} <= set(map(type, sent))
    assert not [event for event in sent if isinstance(event, Noticed)]
    assert [event_from_values(json.loads(event_to_json(event)), REHEARSAL_EVENTS) for event in sent] == sent


def test_the_window_ends_up_with_what_the_engine_found(sent: list[Event]) -> None:
    state = TuningState(2)
    for event in sent[:-1]:
        state.tell(event_from_values(json.loads(event_to_json(event)), REHEARSAL_EVENTS))
    before = dict(state.audited)
    assert (len(before), state.exposures, state.is_finished) == (4, (1, 2), False)
    last = sent[-1]
    assert isinstance(last, Finished)
    state.tell(event_from_values(json.loads(event_to_json(last)), REHEARSAL_EVENTS))
    assert state.found == from_values(TuningResult, json.loads(json.dumps(last.result)))
    assert state.audited == before
    assert state.done == 1.0
    assert state.device == "CPU, 1 thread"
