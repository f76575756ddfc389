"""A rehearsal as the history keeps it: facts for its row, and the events from which the page is shown again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mtgui.common.codec import FieldError
from mtgui.common.events import Event, Finished, Started, event_from_values, event_to_json
from mtgui.common.texts import text
from mtgui.common.words import whole
from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import found_of, is_own_found
from mtgui.desktop.rehearse.tuning_state import TuningState
from mtgui.desktop.rehearse.tuning_words import is_own_tuning_found, last_point
from mtgui.rehearsal.rehearsal_events import REHEARSAL_EVENTS, ArtistAudited, EpochDone, TrainingAudited, TrainingDone

Values = Mapping[str, Any]
_TOLD = (Started, EpochDone, TrainingAudited, TrainingDone, ArtistAudited, Finished)
"""The events that the page is shown again from; the others only tell the progress."""


def is_kept(event: Event) -> bool:
    """True when ``event`` belongs to the story of a rehearsal."""
    return isinstance(event, _TOLD)


def story_of(events: Sequence[Event]) -> list[Values]:
    """Return ``events`` as values for JSON."""
    return [json.loads(event_to_json(event)) for event in events]


def new_state(choices: RehearsalChoices, seconds: float | None = None) -> RehearsalState:
    """Return the state of a rehearsal of ``choices`` before its first event; see `RehearsalState` for ``seconds``."""
    if choices.is_diffusion:
        return TuningState(choices.tuning_extent.users, seconds)
    return RehearsalState(seconds=seconds)


def rehearsal_from_story(story: Sequence[object], seconds: float, choices: RehearsalChoices) -> RehearsalState:
    """Return the state that `story_of` was made from; events that cannot be read are left out.

    seconds: how long the rehearsal of ``choices`` took.
    """
    state = new_state(choices, seconds)
    for values in story:
        try:
            event = event_from_values(values, REHEARSAL_EVENTS) if isinstance(values, dict) else None
        except FieldError:
            continue
        if event is not None:
            state.tell(event)
    return state


def title_in_words(choices: RehearsalChoices, numbers: tuple[int, int]) -> str:
    """Return what was rehearsed, in one line; ``numbers``: pictures published and withheld."""
    if choices.is_diffusion:
        what = text("LoRAs") if choices.fine_tune == "lora" else text("fine-tunes")
        return text(
            "Rehearsal of {what}: {published} published, {private} private, seed {seed}",
            what=what,
            published=whole(numbers[0]),
            private=whole(numbers[1]),
            seed=choices.seed,
        )
    mark = choices.preset.title if choices.preset is not None else choices.mark.in_words
    return text(
        "Rehearsal: {mark}, {published} published, {private} private, seed {seed}",
        mark=mark[:1].lower() + mark[1:],
        published=whole(numbers[0]),
        private=whole(numbers[1]),
        seed=choices.seed,
    )


def facts_before(choices: RehearsalChoices, numbers: tuple[int, int]) -> dict[str, Any]:
    """Return what is known at the start: the mark, the pictures, and what the model maker does."""
    facts = {"published": numbers[0], "private": numbers[1], "source": choices.source, "effort": choices.effort}
    if choices.is_diffusion:
        return {**facts, "fine_tune": choices.fine_tune}
    return {**facts, "mark": choices.mark.strength_values(), "measures": dict(choices.measures)}


def facts_after(state: RehearsalState) -> dict[str, Any]:
    """Return what is known at the end: the artists found, the curve, and how long it took."""
    if isinstance(state, TuningState):
        point = last_point(state)
        return {
            "found": 0 if point is None else point.found,
            "artists": 0 if point is None else point.of,
            "own_found": is_own_tuning_found(state),
            "seconds": state.seconds,
        }
    found, artists = found_of(state)
    return {
        "found": found,
        "artists": artists,
        "own_found": is_own_found(state),
        "curve": [
            [one.published, one.withheld, one.share, one.low, one.high] for one in state.chances if not one.is_beyond
        ],
        "seconds": state.seconds,
    }
