"""The texts of the Rehearse page during and after a rehearsal, for the eye and for screen readers."""

import math
from statistics import median

from mtgui.common.errors import printable
from mtgui.common.texts import plural, text
from mtgui.common.words import UNKNOWN, alpha_text, p_text, percent, time_span, time_taken, whole
from mtgui.desktop.rehearse.rehearsal_state import MARKED, ModelState, RehearsalState
from mtgui.desktop.rehearse.tuning_state import TuningState
from mtgui.desktop.rehearse.tuning_words import final_tuning, running_tuning
from mtgui.desktop.widgets.wording import CardWords
from mtgui.rehearsal.rehearsal_result import CurvePoint, UserResult

TITLES = {"marked": "with your copies", "unmarked": "with your originals", "absent": "without your pictures"}
_STAGES = {
    "fine-tuning": "Fine-tuning the model {model}: round {now} of {rounds}.",
    "distilling": "Distilling the model {model}: round {now} of {rounds}.",
}
BEYOND = "Dotted: with more pictures than you have, as further artists had them in the same rehearsal."
SMALLER = "A real one, which sees far more pictures, may memorise yours less."


def title_of(name: str) -> str:
    """Return the name of a model for use within a sentence."""
    return TITLES.get(name, name)


def running_verdict(rehearsal: RehearsalState) -> CardWords:
    """Return the text while a rehearsal runs."""
    if isinstance(rehearsal, TuningState):
        return running_tuning(rehearsal)
    said = _latest_audit(rehearsal)
    sentence = f"{text('Paused.')} {said}" if rehearsal.is_paused else said
    return CardWords("running", "", "accent", _what_happens(rehearsal), sentence)


def _what_happens(rehearsal: RehearsalState) -> str:
    model = rehearsal.current
    if rehearsal.what.startswith("detecting"):
        return text("Training a detector of marks…")
    if model is None:
        return text("Reading your pictures…") if rehearsal.what == "own pictures" else text("Starting the engine…")
    model_title = title_of(model.name)
    if model.is_trained:
        return text("Auditing the model {model}…", model=model_title)
    return text(
        _STAGES.get(model.stage, "Training a model {model}: round {now} of {rounds}."),
        model=model_title,
        now=whole(min(model.epochs, (model.points[-1].epoch if model.points else 0) + 1)),
        rounds=whole(model.epochs),
    )


def _latest_audit(rehearsal: RehearsalState) -> str:
    if not rehearsal.audits:
        return text("Nothing can be said yet.")
    last = rehearsal.audits[-1]
    places = {
        "found": whole(sum(value <= rehearsal.alpha for value in last.p_values)),
        "users": whole(len(last.p_values)),
        "alpha": alpha_text(rehearsal.alpha),
        "p": p_text(last.own),
    }
    if last.own is None:
        return plural(
            last.epoch,
            "After {count} round with your copies, an audit would find {found} of {users} artists (p at most {alpha}).",
            "After {count} rounds with your copies, an audit would find {found} of {users} artists "
            "(p at most {alpha}).",
            **places,
        )
    own = plural(
        last.epoch,
        "After {count} round with your copies, an audit of your pictures gives p = {p} (found: at most {alpha}).",
        "After {count} rounds with your copies, an audit of your pictures gives p = {p} (found: at most {alpha}).",
        **places,
    )
    if len(last.p_values) < 2:
        return own
    return f"{own} {text('{found} of {users} artists would be found.', **places)}"


def final_verdict(rehearsal: RehearsalState) -> CardWords:
    """Return the text after a rehearsal: a headline with the numbers, and the engine's sentence."""
    if isinstance(rehearsal, TuningState):
        return final_tuning(rehearsal)
    result, (found, of) = rehearsal.result, found_of(rehearsal)
    own = None if result is None else result.own
    is_missed = of > 0 and is_own_found(rehearsal) is False
    is_found = 2 * found >= of > 0 and not is_missed
    return CardWords(
        kind="found" if is_found else "not found",
        sign="▲" if is_found else "○",
        role="accent" if is_found else "no_evidence",
        headline=_found_in_words(found, of, has_own=own is not None, is_missed=is_missed),
        sentence="" if result is None else printable(result.sentence),
        caveat=text(SMALLER) if result is None else f"{printable(result.caveat)} {text(SMALLER)}",
    )


def _found_in_words(found: int, of: int, *, has_own: bool, is_missed: bool) -> str:
    if not of:
        return text("The rehearsal has ended.")
    one, several = "Found for {found} of {count} artist.", "Found for {found} of {count} artists."
    if is_missed:
        one, several = (
            "Found for {found} of {count} artist, but not for you.",
            "Found for {found} of {count} artists, but not for you.",
        )
    elif has_own:
        one, several = (
            "Found for {found} of {count} artist, you among them.",
            "Found for {found} of {count} artists, you among them.",
        )
    return plural(of, one, several, found=whole(found))


def found_of(rehearsal: RehearsalState) -> tuple[int, int]:
    """Return how many users of the marked model were found, and how many users there are."""
    users = users_of(rehearsal, MARKED)
    return sum(_p_is_low(rehearsal, user) for user in users), len(users)


def users_of(rehearsal: RehearsalState, kind: str) -> tuple[UserResult, ...]:
    """Return the users of the model of ``kind``."""
    model = None if rehearsal.result is None else rehearsal.result.model(kind)
    return () if model is None else model.users


def _p_is_low(rehearsal: RehearsalState, user: UserResult) -> bool:
    return user.strongest_p is not None and user.strongest_p <= rehearsal.alpha


def is_own_found(rehearsal: RehearsalState) -> bool | None:
    """True when the person's own pictures were found; None if they took no part."""
    own = None if rehearsal.result is None else rehearsal.result.own
    if own is None:
        return None
    return any(user.user == own and _p_is_low(rehearsal, user) for user in users_of(rehearsal, MARKED))


def progress_in_words(rehearsal: RehearsalState) -> str:
    """Return one line: how long it has run, and about how long it still takes."""
    parts = [f"{percent(rehearsal.done, 0)} done", f"{time_span(rehearsal.seconds)} so far"]
    remaining = rehearsal.remaining
    if rehearsal.is_paused:
        parts.append("paused")
    elif remaining is not None and rehearsal.seconds > 1:
        parts.append(f"about {time_span(max(remaining, 1.0))} left")
    return " · ".join(parts)


def ended_in_words(rehearsal: RehearsalState) -> str:
    """Return what was done, in one line."""
    result, parts = rehearsal.result, [f"Finished in {time_taken(rehearsal.seconds)}"]
    if result is not None and result.psnr is not None and result.ssim is not None:
        size = "" if result.side is None else f" at {result.side} × {result.side} pixels"
        parts.append(f"marks: {result.psnr:.1f} dB PSNR, {result.ssim:.3f} SSIM{size}")
    if rehearsal.device:
        parts.append(rehearsal.device)
    return " · ".join(parts)


def curves_in_words(rehearsal: RehearsalState) -> str:
    """Describe the plot of the training in words."""
    parts = [_curve_in_words(model) for model in rehearsal.models.values() if model.points]
    return " ".join(parts) or "No round of training is over yet."


def _curve_in_words(model: ModelState) -> str:
    last = model.points[-1]
    places = {
        "model": title_of(model.name),
        "now": whole(last.epoch),
        "rounds": whole(model.epochs),
        "loss": UNKNOWN if math.isnan(last.loss) else f"{last.loss:.3f}",
        "own": percent(last.train_accuracy, 0),
        "others": percent(last.test_accuracy, 0),
    }
    if math.isnan(last.test_accuracy):
        return text(
            "The model {model}, after {now} of {rounds} rounds: loss {loss}, {own} of its own pictures right.", **places
        )
    return text(
        "The model {model}, after {now} of {rounds} rounds: loss {loss}, {own} of its own pictures right and {others} "
        "of pictures it never saw.",
        **places,
    )


def audits_in_words(rehearsal: RehearsalState) -> str:
    """Describe the plot of the p-values in words."""
    if not rehearsal.audits:
        return "No audit yet."
    first, last = rehearsal.audits[0], rehearsal.audits[-1]
    words = f"{len(rehearsal.audits)} audits between rounds {first.epoch} and {last.epoch}. {_latest_audit(rehearsal)}"
    if last.own is None and last.p_values:
        words += f" The median of all artists is p = {p_text(median(last.p_values))}."
    return words


def chances_in_words(rehearsal: RehearsalState) -> str:
    """Describe the curve in words."""
    if not rehearsal.chances:
        return "No curve."
    return " ".join(_chance_in_words(one) for one in rehearsal.chances)


def _chance_in_words(one: CurvePoint) -> str:
    return text(
        "{published} published and {withheld} private, of further artists: found in {share} of cases ({low} to {high})."
        if one.is_beyond
        else "{published} published and {withheld} private: found in {share} of cases ({low} to {high}).",
        published=whole(one.published),
        withheld=whole(one.withheld),
        share=percent(one.share, 0),
        low=percent(one.low, 0),
        high=percent(one.high, 0),
    )


def chances_caption(rehearsal: RehearsalState) -> str:
    """Return the small print below the curve."""
    last = rehearsal.chances[-1] if rehearsal.chances else None
    if last is None:
        return "This rehearsal has no curve: there were too few pictures for smaller sets of them."
    note = "" if rehearsal.result is None else printable(rehearsal.result.curve_note)
    more = f" {text(BEYOND)}" if last.is_beyond else ""
    return f"Found: p at most {alpha_text(rehearsal.alpha)}.{more} {note}".strip()


def measures_in_words(rehearsal: RehearsalState) -> str:
    """Return how many sets, and single pictures, the paper's measures tell apart; empty without held-out sets."""
    model = None if rehearsal.result is None else rehearsal.result.model(MARKED)
    if model is None or model.measures is None or model.baselines is None:
        return ""
    found = (model.measures, model.baselines.logit_set, model.baselines.picture)
    sets, logit, pictures = (percent(one.tpr_at.get(_FALSE_ALARMS, 0.0), 0) for one in found)
    return text(
        "The published method, at 1 % false alarms against {count} sets of other people’s pictures: {sets} of sets "
        "found by their loss, {logit} by their logit-scaled loss, and {pictures} of single pictures.",
        count=whole(model.measures.sets),
        sets=sets,
        logit=logit,
        pictures=pictures,
    )


def detected_in_words(rehearsal: RehearsalState) -> str:
    """Return what a detector of marks threw out before the training; empty without one."""
    model = None if rehearsal.result is None else rehearsal.result.model(MARKED)
    found = None if model is None else model.detected
    if found is None:
        return ""
    return text(
        "The detector of marks threw out {caught} of {of} marked copies, and {alarms} of {others} other pictures.",
        caught=whole(found.caught),
        of=whole(found.of),
        alarms=whole(found.alarms),
        others=whole(found.others),
    )


_FALSE_ALARMS = "0.01"
"""The bound of the FPR, as results name it."""
