"""The output of a rehearsal in a terminal: the progress of the training, and which artists are found."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mtgui.cli.terminal import ProgressBar, follow
from mtgui.common.events import Event, Noticed, Progress, Started
from mtgui.common.texts import text
from mtgui.common.words import UNKNOWN, counted, p_text, percent, time_span, whole
from mtgui.rehearsal.rehearsal_events import (
    ArtistAudited,
    CellDone,
    CellFailed,
    EpochDone,
    StepsDone,
    TrainingAudited,
    TrainingBegun,
    TrainingDone,
)

_LINES_PER_TRAINING = 10
_LONGEST_SILENCE = 15.0
"""After this many seconds without output, a line tells the progress, if there is no progress bar."""


class RehearsalTeller:
    """Prints events as they come: JSON lines for a program, a few lines for a person."""

    def __init__(self, *, as_events: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._as_events, self._clock = as_events, clock
        self._what, self._said = "", clock()

    def follow(self, events: Iterable[Event]) -> Mapping[str, Any]:
        """Show ``events``; return the result of the last one."""
        return follow(events, as_events=self._as_events, tell=self._tell)

    def _tell(self, event: Event, bar: ProgressBar) -> None:
        line = line_of(event) or ("" if bar.is_shown else self._after_silence(event))
        if line:
            self._said = self._clock()
            bar.message(line)
        bar.tell(event)

    def _after_silence(self, event: Event) -> str:
        """Return a line on the progress after a long silence, so that nobody thinks that the program hangs."""
        if isinstance(event, Started):
            self._what = event.what
        if not isinstance(event, Progress) or self._clock() - self._said < _LONGEST_SILENCE:
            return ""
        left = "" if event.remaining is None else f", about {time_span(event.remaining)} left"
        return f"{self._what}: {event.done / max(1, event.total):.0%} done{left}."


def line_of(event: Event) -> str:
    """Return the line on ``event`` for a person, or an empty text; long trainings print about ten lines."""
    if isinstance(event, EpochDone):
        step = max(1, event.epochs // _LINES_PER_TRAINING)
        if event.epoch % step:
            return ""
        return _round_in_words(event)
    if isinstance(event, Noticed):
        return event.sentence
    if isinstance(event, TrainingBegun):
        return f"{event.model}: training on {event.device}, in {event.precision}."
    if isinstance(event, TrainingAudited):
        return _audited(event)
    if isinstance(event, TrainingDone):
        return f"{event.model}: trained, {percent(event.train_accuracy, 1)} of its pictures right."
    if isinstance(event, StepsDone):
        return _steps(event)
    if isinstance(event, ArtistAudited):
        return _artist(event)
    if isinstance(event, CellDone):
        return f"Rehearsal {event.number} of {event.of}: {event.name}, {'was' if event.was_there else 'is'} done."
    if isinstance(event, CellFailed):
        return f"Rehearsal {event.number} of {event.of}: {event.name}, could not be done: {event.reason}"
    return ""


def _round_in_words(event: EpochDone) -> str:
    places = {
        "model": event.model,
        "epoch": event.epoch,
        "epochs": event.epochs,
        "loss": UNKNOWN if event.loss is None else f"{event.loss:.3f}",
        "own": percent(event.train_accuracy, 1),
        "rate": f"{event.pictures_per_second:,.0f}",
    }
    if event.test_accuracy is None:
        return text(
            "{model}: epoch {epoch} of {epochs}, loss {loss}, {own} of its pictures right; {rate} pictures/s", **places
        )
    return text(
        "{model}: epoch {epoch} of {epochs}, loss {loss}, {own} of its pictures right, {others} of others; "
        "{rate} pictures/s",
        others=percent(event.test_accuracy, 1),
        **places,
    )


def _audited(event: TrainingAudited) -> str:
    p_values = [one.p_value for one in event.p_values]
    places = {
        "model": event.model,
        "epoch": event.epoch,
        "low": p_text(min(p_values)),
        "high": p_text(max(p_values)),
    }
    if event.own is None:
        return text("{model}: audited after epoch {epoch}, p is {low} to {high} over all artists", **places)
    return text(
        "{model}: audited after epoch {epoch}, p is {low} to {high} over all artists, of your own pictures {own}",
        own=p_text(event.own),
        **places,
    )


def _steps(event: StepsDone) -> str:
    """Return a line about ten times in a training of the base; that of an artist's model says more in its audits."""
    tenth = max(1, event.steps // _LINES_PER_TRAINING)
    if event.model != "base" or (event.step % tenth and event.step != event.steps):
        return ""
    return text(
        "{model}: step {step} of {steps}, loss {loss}; {rate} pictures/s",
        model=event.model,
        step=whole(event.step),
        steps=whole(event.steps),
        loss=UNKNOWN if event.loss is None else f"{event.loss:.4f}",
        rate=whole(round(event.pictures_per_second)),
    )


def _artist(event: ArtistAudited) -> str:
    return text(
        "artist {artist}: after {exposures} of each picture p is {own}, and {other} for pictures that were not in it",
        artist=event.artist + 1,
        exposures=counted(event.exposures, "exposure"),
        own=p_text(event.p_value),
        other=p_text(event.innocent),
    )
