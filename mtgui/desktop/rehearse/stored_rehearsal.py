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
from mtgui.rehearsal.rehearsal_events import REHEARSAL_EVENTS, EpochDone, TrainingAudited, TrainingDone

Values = Mapping[str, Any]
_TOLD = (Started, EpochDone, TrainingAudited, TrainingDone, Finished)
"""The events that the page is shown again from; the others only tell the progress."""


def is_kept(event: Event) -> bool:
    """True when ``event`` belongs to the story of a rehearsal."""
    return isinstance(event, _TOLD)


def story_of(events: Sequence[Event]) -> list[Values]:
    """Return ``events`` as values for JSON."""
    return [json.loads(event_to_json(event)) for event in events]


def rehearsal_from_story(story: Sequence[object], seconds: float) -> RehearsalState:
    """Return the state that `story_of` was made from; events that cannot be read are left out.

    seconds: how long the rehearsal took.
    """
    state = RehearsalState(seconds=seconds)
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
    return {
        "published": numbers[0],
        "private": numbers[1],
        "source": choices.source,
        "mark": choices.mark.strength_values(),
        "measures": dict(choices.measures),
        "effort": choices.effort,
    }


def facts_after(state: RehearsalState) -> dict[str, Any]:
    """Return what is known at the end: the artists found, the curve, and how long it took."""
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
