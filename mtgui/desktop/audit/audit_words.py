"""The words of the Audit page: running and final, for the eye and for a screen reader."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mtgui.auditing.statistics.verdict import verdict_from_values
from mtgui.common.errors import printable
from mtgui.common.words import nats, p_text, percent
from mtgui.desktop.audit.audit_state import AuditStory, PairState
from mtgui.desktop.widgets.wording import CardWords


def verdict_of(state: PairState, about: str = "") -> CardWords:
    """Return the verdict on a finished pair, from the codes and numbers of its result; ``about`` goes before p."""
    result: Mapping[str, Any] = state.result or {}
    verdict = verdict_from_values({"alpha": state.alpha, **result})
    if verdict is None:
        return no_verdict()
    caveat = " ".join(part for part in (about, verdict.numbers, verdict.caveat, *_notes(result)) if part)
    if verdict.is_evidence:
        return CardWords("evidence", "▲", "evidence", verdict.headline, verdict.sentence, caveat)
    return CardWords("no evidence", "○", "no_evidence", verdict.headline, verdict.sentence, caveat)


def _notes(result: Mapping[str, Any]) -> list[str]:
    notes = result.get("notes")
    return [printable(note) for note in notes if isinstance(note, str)] if isinstance(notes, list) else []


def no_verdict() -> CardWords:
    """Return what is said of an audit that came to no end, or whose end cannot be read any more."""
    return CardWords("caution", "!", "caution", "No verdict.", "What this audit came to is not known here.")


def pairs_in_words(story: AuditStory) -> str:
    """Say of several records on how many of them there was evidence; empty where there is one."""
    results = [state for state in story.pairs.values() if state.result]
    if len(results) < 2:
        return ""
    return f"Evidence with {sum(state.is_evidence for state in results):,} of {len(results):,} records."


def running_verdict(story: AuditStory, state: PairState) -> CardWords:
    """Return what can be said while the audit of a pair runs."""
    if not state.counted:
        headline = f"{story.what.capitalize()}…" if story.what else "Starting the engine…"
        return CardWords("running", "", "accent", headline, "Nothing can be said yet.")
    p = Fraction(state.at_most, state.counted)
    headline = f"{state.at_most:,} of {state.counted:,} draws so far are no higher than your published set."
    if state.at_most <= state.alpha * state.counted:
        sentence = f"So far p = {p_text(p)}. Few chance draws are as low as yours; the verdict comes with the last key."
    else:
        sentence = f"So far p = {p_text(p)}. Many chance draws are as low as yours; so far nothing points to your set."
    paused = "Paused. " if story.is_paused else ""
    return CardWords("running", "", "accent", headline, paused + sentence)


def plot_in_words(state: PairState) -> str:
    """Return what the plot of the sets shows, as text."""
    if not state.draws.total:
        return "No draws yet."
    plain = state.draws.plain
    text = (
        f"{state.drawn:,} reference draws between {nats(plain.least)} and {nats(plain.most)} nats; "
        f"{percent(state.alpha)} of them lie at or below {nats(plain.quantile(state.alpha))}."
    )
    if math.isnan(state.set_loss):
        return text
    return (
        f"{text} Your published set: {nats(state.set_loss)} nats. "
        f"{state.at_most:,} of {state.counted:,} draws are no higher."
    )


def plot_caption(state: PairState) -> str:
    """Return the small print below the plot of the sets."""
    if not state.draws.total:
        return "Grey will show what your set would score had chance chosen otherwise. The line will show what it did."
    return (
        f"Grey: what your set would have scored had chance chosen other pictures or another key "
        f"({state.drawn:,} draws). Line: what it did score."
    )


def pictures_in_words(state: PairState, *, names_private: bool = True) -> str:
    """Return what the plot of single pictures shows, as text; for others' eyes without ``names_private``."""
    shown = state.shown()
    if not shown:
        return "No losses of single pictures yet."
    published = [one.loss for one in shown if one.is_published]
    private = [one.loss for one in shown if not one.is_published]
    parts = [f"{len(published):,} published pictures with a mean loss of {nats(_mean(published))} nats"]
    if private:
        parts.append(f"{len(private):,} kept private with {nats(_mean(private))}")
    best = min(shown, key=lambda one: one.loss)
    name = best.name if best.is_published or names_private else "a private picture"
    lost = len(state.pictures) - len(shown)
    unseen = f" {lost:,} lost and never shown to the model." if lost else ""
    return f"{', '.join(parts)}. Best remembered: {name}, {nats(best.loss)}.{unseen}"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
