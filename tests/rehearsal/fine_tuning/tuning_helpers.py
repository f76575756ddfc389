"""Shared by the tests of rehearsals of LoRAs: tiny requests, and rehearsals run to their end."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from mtgui.common.codec import from_values
from mtgui.common.events import Event, Finished
from mtgui.marking.settings import NO_MARK
from mtgui.rehearsal.fine_tuning.rehearse_tuning import rehearse_tuning
from mtgui.rehearsal.fine_tuning.tuning_request import TuningRequest
from mtgui.rehearsal.fine_tuning.tuning_result import TuningResult
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.pictures.users import UserPlan

PUBLISHED = WITHHELD = 6
Kind = TypeVar("Kind", bound=Event)


def tiny_request(out: Path | None, own: OwnPictures | None = None, **changes: Any) -> TuningRequest:
    """Return a request that takes a second: of pictures of 16 pixels, two artists, a base that learned nothing."""
    plain: dict[str, Any] = {
        "users": 2,
        "base_steps": 4,
        "exposures": (2, 3),
        "device": "cpu",
        "threads": 1,
        "width": 8,
    }
    settings = TuningSettings(out=out, **(plain | changes))
    data = make_pictures(3, 24, 7, side=settings.side)
    plan = UserPlan(settings.users, PUBLISHED, WITHHELD, NO_MARK)
    return TuningRequest(settings, data, plan, own)


def finish(request: TuningRequest) -> tuple[list[Event], TuningResult]:
    """Return every event of the rehearsal, and its result."""
    events = list(rehearse_tuning(request))
    assert isinstance(events[-1], Finished)
    return events, from_values(TuningResult, events[-1].result)


def of_kind(events: Sequence[Event], kind: type[Kind]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]
