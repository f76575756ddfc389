"""The words of the Rehearse page: while it runs and at the end, for the eye and for a screen reader."""

import math
from collections.abc import Mapping
from typing import Any

from mtgui.common.errors import printable
from mtgui.common.texts import text
from mtgui.common.words import alpha_text, counted, p_text, percent, time_span, time_taken, whole
from mtgui.desktop.rehearse.rehearsal_state import MARKED, ModelStory, RehearsalStory
from mtgui.desktop.widgets.wording import CardWords
from mtgui.rehearsal.findings.power_curve_point import CurvePoint

TITLES = {"marked": "with your marks", "unmarked": "with your originals", "absent": "without your pictures"}
STAGES = {"fine-tuning": "Fine-tuning the model", "distilling": "Distilling the model"}
SMALLER = "A real one, which sees far more pictures, may learn yours less by heart."


def title_of(name: str) -> str:
    """Return how a model is called in running text."""
    return TITLES.get(name, name)


def running_verdict(story: RehearsalStory) -> CardWords:
    """Return what can be said while a rehearsal runs."""
    paused = "Paused. " if story.is_paused else ""
    return CardWords("running", "", "accent", _what_happens(story), paused + _latest_audit(story))


def _what_happens(story: RehearsalStory) -> str:
    model = story.current
    if model is None:
        return "Reading your pictures…" if story.what == "own pictures" else "Starting the engine…"
    if not model.is_trained:
        now = min(model.epochs, (model.points[-1].epoch if model.points else 0) + 1)
        verb = STAGES.get(model.stage, "Training a model")
        return f"{verb} {title_of(model.name)}: round {now} of {model.epochs}."
    return f"Auditing the model {title_of(model.name)}…"


def _latest_audit(story: RehearsalStory) -> str:
    if not story.audits:
        return "Nothing can be said yet."
    last = story.audits[-1]
    after = f"After {counted(last.epoch, 'round')} with your marks,"
    found = sum(value <= story.alpha for value in last.p_values)
    if last.own is not None:
        more = f"; {found} of {len(last.p_values)} users would be found" if len(last.p_values) > 1 else ""
        return f"{after} an audit of your pictures gives p = {p_text(last.own)} (α = {alpha_text(story.alpha)}){more}."
    return f"{after} an audit would find {found} of {len(last.p_values)} users (p at most {alpha_text(story.alpha)})."


def final_verdict(story: RehearsalStory) -> CardWords:
    """Return what came out: the engine's sentence under a headline that counts."""
    result: Mapping[str, Any] = story.result or {}
    found, of = found_of(story)
    is_found = 2 * found >= of > 0
    headline = f"Found for {found} of {of} users." if of else "The rehearsal has ended."
    own = result.get("own")
    if of and isinstance(own, int) and _is_found(story, own):
        headline = f"Found for {found} of {of} users, you among them."
    elif of and isinstance(own, int):
        headline = f"Found for {found} of {of} users, but not for you."
        is_found = False
    return CardWords(
        kind="evidence" if is_found else "no evidence",
        sign="▲" if is_found else "○",
        role="evidence" if is_found else "no_evidence",
        headline=headline,
        sentence=_said(result, "sentence"),
        caveat=f"{_said(result, 'caveat')} {SMALLER}".strip(),
    )


def found_of(story: RehearsalStory) -> tuple[int, int]:
    """Return how many users of the marked model were found, and how many there are."""
    users = users_of(story, MARKED)
    return sum(_p_is_low(story, user) for user in users), len(users)


def users_of(story: RehearsalStory, kind: str) -> list[Mapping[str, Any]]:
    """Return the engine's rows of users of the model of ``kind``."""
    models = (story.result or {}).get("models")
    for model in models if isinstance(models, list | tuple) else ():
        if isinstance(model, dict) and model.get("kind") == kind and isinstance(model.get("users"), list):
            return [user for user in model["users"] if isinstance(user, dict)]
    return []


def strongest_p(user: Mapping[str, Any]) -> float | None:
    """Return p of the strongest design that ``user`` allows; None where there is none."""
    values = user.get("p_values")
    for design in ("both", "withheld only", "keys only"):
        value = values.get(design) if isinstance(values, dict) else None
        if isinstance(value, int | float):
            return float(value)
    return None


def _p_is_low(story: RehearsalStory, user: Mapping[str, Any]) -> bool:
    value = strongest_p(user)
    return value is not None and value <= story.alpha


def _is_found(story: RehearsalStory, number: int) -> bool:
    return any(user.get("user") == number and _p_is_low(story, user) for user in users_of(story, MARKED))


def progress_in_words(story: RehearsalStory) -> str:
    """Return how long it has run and still takes."""
    parts = [f"{percent(story.done, 0)} done", f"{time_span(story.seconds)} so far"]
    remaining = story.remaining
    if story.is_paused:
        parts.append("paused")
    elif remaining is not None and story.seconds > 1:
        parts.append(f"about {time_span(max(remaining, 1.0))} left")
    return " · ".join(parts)


def ended_in_words(story: RehearsalStory) -> str:
    """Return what was done, in one line."""
    result: Mapping[str, Any] = story.result or {}
    parts = [f"Finished in {time_taken(story.seconds)}"]
    psnr, ssim = result.get("psnr"), result.get("ssim")
    if isinstance(psnr, int | float) and isinstance(ssim, int | float):
        parts.append(f"marks: {psnr:.1f} dB PSNR, {ssim:.3f} SSIM")
    if story.device:
        parts.append(story.device)
    return " · ".join(parts)


def curves_in_words(story: RehearsalStory) -> str:
    """Return what the plot of the training shows, as text."""
    parts = [_curve_in_words(model) for model in story.models.values() if model.points]
    return " ".join(parts) or "No round of training is over yet."


def _curve_in_words(model: ModelStory) -> str:
    last = model.points[-1]
    test = "" if math.isnan(last.test_accuracy) else f" and {percent(last.test_accuracy, 0)} of pictures it never saw"
    return (
        f"The model {title_of(model.name)}, after {last.epoch} of {model.epochs} rounds: loss {last.loss:.3f}, "
        f"{percent(last.train_accuracy, 0)} of its own pictures right{test}."
    )


def audits_in_words(story: RehearsalStory) -> str:
    """Return what the plot of the p-values shows, as text."""
    if not story.audits:
        return "No audit yet."
    first, last = story.audits[0], story.audits[-1]
    words = f"{len(story.audits)} audits between rounds {first.epoch} and {last.epoch}. {_latest_audit(story)}"
    if last.own is None and last.p_values:
        words += f" The median of all users is p = {p_text(median(last.p_values))}."
    return words


def chances_in_words(story: RehearsalStory) -> str:
    """Return what the curve shows, as text."""
    if not story.chances:
        return "No curve."
    return " ".join(_chance_in_words(one) for one in story.chances)


def _chance_in_words(one: CurvePoint) -> str:
    return text(
        "{published} published and {withheld} withheld: found in {share} of cases ({low} to {high}).",
        published=whole(one.published),
        withheld=whole(one.withheld),
        share=percent(one.share, 0),
        low=percent(one.low, 0),
        high=percent(one.high, 0),
    )


def chances_caption(story: RehearsalStory) -> str:
    """Return the small print below the curve."""
    last = story.chances[-1] if story.chances else None
    if last is None:
        return "This rehearsal has no curve: there were too few pictures for smaller sets of them."
    return f"Found: p at most {alpha_text(story.alpha)}. {_said(story.result or {}, 'curve_note')}".strip()


def median(values: tuple[float, ...]) -> float:
    """Return the middle one of ``values``, or the mean of the middle two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _said(result: Mapping[str, Any], name: str) -> str:
    value = result.get(name)
    return printable(value) if isinstance(value, str) else ""
