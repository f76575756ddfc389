"""The state of a rehearsal of LoRAs or fine-tunes, updated by its events."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mtgui.common.codec import FieldError, from_values
from mtgui.common.errors import printable
from mtgui.common.events import Event, Finished, Progress
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.rehearsal.fine_tuning.tuning_result import TuningResult
from mtgui.rehearsal.rehearsal_events import ArtistAudited, StepsDone

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LossPoint:
    """The mean loss of a training at ``step`` of ``steps``; NaN if it is no number."""

    model: str
    step: int
    steps: int
    loss: float


@dataclass(frozen=True)
class Audited:
    """One artist after ``exposures``: p of the artist, and of the next one, whose pictures were not in the model."""

    artist: int
    exposures: int
    p_value: float
    innocent: float
    is_own: bool


class TuningState(RehearsalState):
    """A rehearsal of LoRAs from its first event on."""

    def __init__(self, artists: int = 0, seconds: float | None = None) -> None:
        """``artists`` take part. seconds: how long a past rehearsal took; None for one that begins now."""
        super().__init__(seconds=seconds)
        self.artists = artists
        self.found: TuningResult | None = None
        self.audited: dict[tuple[int, int], Audited] = {}
        self.latest: LossPoint | None = None
        self._share = 0.0

    @property
    def is_finished(self) -> bool:
        """True once there is a result."""
        return self.found is not None

    @property
    def has_learned(self) -> bool:
        """True once a training has taken steps."""
        return self.latest is not None or bool(self.audited)

    @property
    def device(self) -> str:
        """The device that it ran on; empty before the result."""
        return "" if self.found is None else printable(str(self.found.settings.get("device", "")))

    @property
    def done(self) -> float:
        """The finished share of the whole rehearsal, 0 to 1."""
        return 1.0 if self.found is not None else self._share

    @property
    def exposures(self) -> tuple[int, ...]:
        """The numbers of exposures after which somebody was audited, ascending."""
        return tuple(sorted({exposures for _, exposures in self.audited}))

    def after(self, exposures: int) -> tuple[Audited, ...]:
        """Return the artists audited after ``exposures``, in their order."""
        return tuple(one for (_, number), one in sorted(self.audited.items()) if number == exposures)

    def tell(self, event: Event) -> None:
        """Take ``event`` into the state."""
        take = _TAKERS.get(type(event))
        if take is not None:
            take(self, event)
        else:
            super().tell(event)

    def set_share(self, share: float) -> None:
        """Set the finished share of the whole rehearsal, 0 to 1."""
        self._share = min(1.0, max(0.0, share))


def _progress(state: TuningState, event: Progress) -> None:
    if event.total > 0:
        state.set_share(event.done / event.total)


def _steps(state: TuningState, event: StepsDone) -> None:
    loss = math.nan if event.loss is None else event.loss
    state.latest = LossPoint(printable(event.model), event.step, event.steps, loss)


def _audited(state: TuningState, event: ArtistAudited) -> None:
    one = Audited(event.artist, event.exposures, event.p_value, event.innocent, event.is_own)
    state.audited[event.artist, event.exposures] = one


def _finished(state: TuningState, event: Finished) -> None:
    try:
        state.found = from_values(TuningResult, event.result, "tolerant")
    except FieldError as error:
        _log.error("What the rehearsal found cannot be read: %s", error)
        return
    for one in state.found.artists:
        for exposures, p, other in zip(state.found.exposures, one.p_values, one.innocent, strict=False):
            state.audited[one.artist, exposures] = Audited(one.artist, exposures, p, other, one.is_own)


_TAKERS: Mapping[type[Event], Callable[[TuningState, Any], None]] = {
    Progress: _progress,
    StepsDone: _steps,
    ArtistAudited: _audited,
    Finished: _finished,
}
