"""The texts of the Rehearse page about LoRAs and fine-tunes, for the eye and for screen readers."""

import math

from mtgui.common.errors import printable
from mtgui.common.texts import plural, text
from mtgui.common.words import UNKNOWN, alpha_text, counted, p_text, whole
from mtgui.desktop.rehearse.tuning_state import Audited, LossPoint, TuningState
from mtgui.desktop.widgets.wording import CardWords
from mtgui.rehearsal.fine_tuning.tuning_result import ExposurePoint

_BASE = "base"


def running_tuning(state: TuningState) -> CardWords:
    """Return the text while a rehearsal of LoRAs runs."""
    said = _latest(state)
    sentence = f"{text('Paused.')} {said}" if state.is_paused else said
    return CardWords("running", "", "accent", _what_happens(state.latest), sentence)


def _what_happens(latest: LossPoint | None) -> str:
    if latest is None:
        return text("Starting the engine…")
    places = {
        "step": whole(latest.step),
        "steps": whole(latest.steps),
        "loss": UNKNOWN if math.isnan(latest.loss) else f"{latest.loss:.3f}",
    }
    if latest.model == _BASE:
        return text("The base learns other people’s pictures: step {step} of {steps}, loss {loss}.", **places)
    number = latest.model.rpartition(" ")[2]
    if latest.step == latest.steps:
        return text("Auditing what was made of artist {artist}’s pictures…", artist=number)
    return text("Training on artist {artist}’s pictures: exposure {step} of {steps}.", artist=number, **places)


def _latest(state: TuningState) -> str:
    if not state.audited:
        return text("Nothing can be said yet.")
    most = state.exposures[-1]
    artists = state.after(most)
    return plural(
        len(artists),
        "After {exposures} of each picture, {found} of {count} artist is found (p at most {alpha}).",
        "After {exposures} of each picture, {found} of {count} artists are found (p at most {alpha}).",
        exposures=counted(most, "exposure"),
        found=whole(sum(one.p_value <= state.alpha for one in artists)),
        alpha=alpha_text(state.alpha),
    )


def last_point(state: TuningState) -> ExposurePoint | None:
    """Return what was found after the most exposures; None before the result."""
    return None if state.found is None or not state.found.points else state.found.points[-1]


def is_own_tuning_found(state: TuningState) -> bool | None:
    """True if the person's own pictures were found after the most exposures; None if they took no part."""
    artists = () if state.found is None else state.found.artists
    own = next((one for one in artists if one.is_own), None)
    return None if own is None or not own.p_values else own.p_values[-1] <= state.alpha


def final_tuning(state: TuningState) -> CardWords:
    """Return the text after a rehearsal of LoRAs: a headline, and the engine's sentence."""
    result, point = state.found, last_point(state)
    if result is None or point is None:
        return CardWords("not found", "○", "no_evidence", text("The rehearsal has ended."), "")
    is_missed = is_own_tuning_found(state) is False
    is_found = 2 * point.found >= point.of > 0 and not is_missed
    headline = plural(
        point.of,
        "Found for {found} of {count} artist after {exposures}",
        "Found for {found} of {count} artists after {exposures}",
        found=whole(point.found),
        exposures=counted(point.exposures, "exposure"),
    )
    end = text(", but not for you.") if is_missed else "."
    return CardWords(
        kind="found" if is_found else "not found",
        sign="▲" if is_found else "○",
        role="accent" if is_found else "no_evidence",
        headline=f"{headline}{end}",
        sentence=printable(result.sentence),
        caveat=printable(result.caveat),
    )


def tuning_in_words(state: TuningState) -> str:
    """Describe the plot in words."""
    if not state.audited:
        return text("No artist has been audited yet.")
    return " ".join(_after_in_words(state, exposures) for exposures in state.exposures)


def _after_in_words(state: TuningState, exposures: int) -> str:
    artists = state.after(exposures)
    return text(
        "After {exposures} of each picture: p is {own}; of pictures that were not in it, {others}.",
        exposures=counted(exposures, "exposure"),
        own=_listed([one.p_value for one in artists]),
        others=_listed([one.innocent for one in artists]),
    )


def _listed(p_values: list[float]) -> str:
    return ", ".join(map(p_text, p_values))


def tuning_caption(state: TuningState) -> str:
    """Return the small print below the plot."""
    has_own = any(one.is_own for one in state.audited.values())
    own = text("▲ your pictures · ● other artists") if has_own else text("● each artist")
    return text(
        "{own} · ○ pictures that the model never saw. At the dashed line ({alpha}) or below: found.",
        own=own,
        alpha=alpha_text(state.alpha),
    )


def artist_name(one: Audited) -> str:
    """Return the name of an artist in tables."""
    name = text("Artist {number}", number=one.artist + 1)
    return text("You (artist {number})", number=one.artist + 1) if one.is_own else name
