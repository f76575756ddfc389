"""The words of a verdict, for report, command line, window and PDF; only this module writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from mtgui.common.texts import plural, text
from mtgui.common.words import alpha_text, exact_probability, one_time_in, p_text, whole

VerdictCode = Literal["evidence", "no evidence"]
"""The verdict for programs; all files that mtgui keeps hold this code, not words."""

EVIDENCE = "Strong evidence that this model was trained on your published pictures."
CHANCE = "Chance alone gives a result like this at most 1 time in {times}."
NO_EVIDENCE = "No evidence found."
NOT_SHOWN = "This does not show that they were not used."
NOT_INNOCENCE = "This is not the probability that the model is innocent."


@dataclass(frozen=True)
class AuditFacts:
    """The facts from which the words of a verdict follow.

    p_value: of the grid. p_adjusted: multiplied for ``runs`` of this record on this model, then adjusted for the
    ``family`` of audits in one run. keys: number of keys, the mark key included; keys_judged: how many were judged
    before the audit ended. missing: number of originals that were counted against the claim.
    """

    p_value: Fraction
    p_adjusted: Fraction
    alpha: Fraction
    stopped_early: bool = False
    runs: int = 1
    family: int = 1
    keys: int = 0
    keys_judged: int = 0
    missing: int = 0


@dataclass(frozen=True)
class Verdict:
    """The words of a verdict.

    headline, sentence: the finding. numbers: p, its adjustments, and α; empty if p is not known. caveat: what the
    finding does not mean.
    """

    code: VerdictCode
    headline: str
    sentence: str
    numbers: str
    caveat: str

    @property
    def is_evidence(self) -> bool:
        """True when the audit found evidence."""
        return self.code == "evidence"


def code_of(p_adjusted: Fraction, alpha: Fraction, *, stopped_early: bool) -> VerdictCode:
    """Return the verdict: evidence if ``p_adjusted`` is at most ``alpha`` and the audit ran to its end."""
    return "no evidence" if stopped_early or p_adjusted > alpha else "evidence"


def stored_words(code: VerdictCode, p_adjusted: Fraction) -> str:
    """Return the English words of the verdict that a report stores.

    They belong to schema 1 and never change, because `verify` compares them letter by letter.
    """
    if code == "no evidence":
        return f"{NO_EVIDENCE} {NOT_SHOWN}"
    return (
        "Strong evidence that this model was trained on your published pictures: chance alone gives a result like this "
        f"at most 1 time in {one_time_in(p_adjusted):,}."
    )


def verdict_of(facts: AuditFacts) -> Verdict:
    """Return the verdict of an audit with ``facts``."""
    return _verdict(code_of(facts.p_adjusted, facts.alpha, stopped_early=facts.stopped_early), facts)


def verdict_from_values(values: Mapping[str, Any]) -> Verdict | None:
    """Return the verdict of a result in the form of ``values`` of `mtgui audit --json` or the history.

    If the stored verdict contradicts the numbers, there is no evidence. Returns None if there is no stored verdict, or
    if it is evidence but the numbers from which it follows are missing.
    """
    stated = values.get("verdict")
    p_adjusted = exact_probability(values.get("p_adjusted_exact", values.get("p_adjusted")))
    alpha = exact_probability(values.get("alpha_exact", values.get("alpha")))
    if p_adjusted is None or alpha is None:
        return _verdict("no evidence", None) if stated == "no evidence" else None
    facts = AuditFacts(
        p_value=exact_probability(values.get("p_value_exact", values.get("p_value"))) or p_adjusted,
        p_adjusted=p_adjusted,
        alpha=alpha,
        stopped_early=bool(values.get("stopped_early")),
        runs=_count(values, "runs", 1),
        family=_count(values, "family", 1),
        keys=_count(values, "keys", 0),
        keys_judged=_count(values, "keys_judged", 0),
        missing=_count(values, "missing", 0),
    )
    if stated == "evidence":
        return verdict_of(facts)
    return _verdict("no evidence", facts) if stated == "no evidence" else None


def _verdict(code: VerdictCode, facts: AuditFacts | None) -> Verdict:
    if code == "evidence" and facts is not None:
        headline, sentence = text(EVIDENCE), text(CHANCE, times=whole(one_time_in(facts.p_adjusted)))
    else:
        headline, sentence = text(NO_EVIDENCE), text(NOT_SHOWN)
    return Verdict(
        code=code,
        headline=headline,
        sentence=sentence,
        numbers="" if facts is None else " ".join((_p_in_words(facts), *_missing_in_words(facts))),
        caveat=text(NOT_INNOCENCE),
    )


def _p_in_words(facts: AuditFacts) -> str:
    places = {
        "p": p_text(facts.p_value),
        "adjusted": p_text(facts.p_adjusted),
        "alpha": alpha_text(facts.alpha),
        "runs": whole(facts.runs),
        "family": whole(facts.family),
    }
    if facts.stopped_early:
        return text(
            "The audit stopped early, after {judged} of {keys} keys: p can no longer come down to α = {alpha}, and "
            "counts as 1.",
            judged=whole(facts.keys_judged),
            keys=whole(facts.keys),
            **places,
        )
    if facts.runs > 1 and facts.family > 1:
        return text(
            "p = {p}; adjusted for {runs} runs of this record on this model and {family} audits in one p = {adjusted}; "
            "α = {alpha}.",
            **places,
        )
    if facts.runs > 1:
        return text(
            "p = {p}; adjusted for {runs} runs of this record on this model p = {adjusted}; α = {alpha}.", **places
        )
    if facts.family > 1:
        return text("p = {p}; adjusted for {family} audits in one p = {adjusted}; α = {alpha}.", **places)
    # If the adjustments are not known, only the adjusted p is stated.
    return text("p = {adjusted}; α = {alpha}.", **places)


def _missing_in_words(facts: AuditFacts) -> list[str]:
    if not facts.missing:
        return []
    return [
        plural(
            facts.missing,
            "{count} original is missing and counts against the claim.",
            "{count} originals are missing and count against the claim.",
        )
    ]


def _count(values: Mapping[str, Any], name: str, usual: int) -> int:
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else usual
