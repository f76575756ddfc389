"""The texts of the Audit page during and after an audit, for the eye and for screen readers."""

import math
from fractions import Fraction

from mtgui.common.errors import printable
from mtgui.common.texts import plural, text
from mtgui.common.words import nats, p_text, percent, whole
from mtgui.desktop.audit.audit_state import AuditState, PairState
from mtgui.desktop.widgets.wording import CardWords

BELOW_BASE = "Below 0, the model denoises better than its base."


def verdict_of(state: PairState, about: str = "") -> CardWords:
    """Return the verdict on a finished pair, made from the codes and numbers of its result; ``about`` precedes p."""
    verdict = None if state.result is None else state.result.in_words(state.alpha)
    if state.result is None or verdict is None:
        return no_verdict()
    notes = map(printable, state.result.notes)
    caveat = " ".join(part for part in (about, verdict.numbers, verdict.caveat, *notes) if part)
    if verdict.is_evidence:
        return CardWords("evidence", "▲", "evidence", verdict.headline, verdict.sentence, caveat)
    return CardWords("no evidence", "○", "no_evidence", verdict.headline, verdict.sentence, caveat)


def no_verdict() -> CardWords:
    """Return the text for an audit that has no result, or whose result cannot be read."""
    return CardWords("caution", "!", "caution", text("No verdict."), text("What this audit came to is not known here."))


def pairs_in_words(audit: AuditState) -> str:
    """Say how many of several records gave evidence; empty if there is only one record."""
    kinds = [verdict_of(state).kind for state in audit.pairs.values() if state.result]
    if len(kinds) < 2:
        return ""
    return plural(
        len(kinds),
        "Evidence with {found} of {count} record.",
        "Evidence with {found} of {count} records.",
        found=whole(kinds.count("evidence")),
    )


def running_verdict(audit: AuditState, state: PairState) -> CardWords:
    """Return the text for a pair whose audit is running."""
    if not state.counted:
        headline = f"{audit.what.capitalize()}…" if audit.what else text("Starting the engine…")
        return CardWords("running", "", "accent", headline, text("Nothing can be said yet."))
    p = p_text(Fraction(state.at_most, state.counted))
    headline = text(
        "{at_most} of {counted} draws so far are no higher than your published set.",
        at_most=whole(state.at_most),
        counted=whole(state.counted),
    )
    if state.at_most <= state.alpha * state.counted:
        sentence = text(
            "So far p = {p}. Few random draws are as low as yours; the verdict comes with the last key.", p=p
        )
    else:
        sentence = text(
            "So far p = {p}. Many random draws are as low as yours; so far nothing points to your set.", p=p
        )
    return CardWords(
        "running", "", "accent", headline, f"{text('Paused.')} {sentence}" if audit.is_paused else sentence
    )


def plot_in_words(state: PairState) -> str:
    """Describe the plot of the set losses in words."""
    if not state.draws.total:
        return text("No draws yet.")
    plain, scale = state.draws.plain, state.scale
    spread = text(
        "{drawn} reference draws between {least} and {most}; {share} of them lie at or below {quantile}.",
        drawn=whole(state.drawn),
        least=nats(plain.least),
        most=scale.in_words(plain.most),
        share=percent(state.alpha),
        quantile=nats(plain.quantile(state.alpha)),
    )
    if math.isnan(state.set_loss):
        return spread
    own = text(
        "Your published set: {loss}. {at_most} of {counted} draws are no higher.",
        loss=scale.in_words(state.set_loss),
        at_most=whole(state.at_most),
        counted=whole(state.counted),
    )
    return f"{spread} {own}"


def plot_caption(state: PairState) -> str:
    """Return the small print below the plot of the sets."""
    if not state.draws.total:
        return text(
            "Grey bars will show losses that your set could have had by chance. A line will show its real loss."
        )
    caption = text(_CAPTIONS[_coins(state)], drawn=whole(state.drawn))
    return f"{caption} {text(BELOW_BASE)}" if state.scale.has_negatives else caption


def _coins(state: PairState) -> str:
    """Return what chance decided in this audit: “pictures”, “key” or “both”."""
    if state.plan is None or (state.plan.withheld and state.plan.keys > 1):
        return "both"
    return "pictures" if state.plan.withheld else "key"


_CAPTIONS = {
    "both": "Grey: losses that your set could have had with other pictures or another key ({drawn} draws). Line: its "
    "real loss.",
    "pictures": "Grey: losses that your set could have had with other pictures ({drawn} draws). Line: its real loss.",
    "key": "Grey: losses that your set could have had with another key ({drawn} draws). Line: its real loss.",
}


def pictures_in_words(state: PairState, *, names_private: bool = True) -> str:
    """Describe the plot of single pictures in words; without ``names_private``, private pictures are not named."""
    shown = state.shown()
    if not shown:
        return text("No losses of single pictures yet.")
    scale = state.scale
    published = [one.loss for one in shown if one.is_published]
    private = [one.loss for one in shown if not one.is_published]
    best = min(shown, key=lambda one: one.loss)
    said = [
        plural(
            len(published),
            "{count} published picture with a mean loss of {loss}.",
            "{count} published pictures with a mean loss of {loss}.",
            loss=scale.in_words(_mean(published)),
        )
    ]
    if private:
        said.append(
            plural(
                len(private),
                "{count} kept private with {loss}.",
                "{count} kept private with {loss}.",
                loss=scale.in_words(_mean(private)),
            )
        )
    if best.is_published or names_private:
        said.append(text("Best remembered: {name}, {loss}.", name=best.name, loss=nats(best.loss)))
    else:
        said.append(text("Best remembered: a private picture, {loss}.", loss=nats(best.loss)))
    lost = len(state.pictures) - len(shown)
    if lost:
        said.append(
            plural(lost, "{count} lost and never shown to the model.", "{count} lost and never shown to the model.")
        )
    return " ".join(said)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
