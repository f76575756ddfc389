"""What may be said of a finished audit, from its codes and numbers alone."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.auditing.statistics.adjusted_p import read_alpha
from mtgui.auditing.statistics.verdict import AuditFacts, code_of, stored_words, verdict_from_values, verdict_of

ALPHA = Fraction(1, 100)
FACTS = AuditFacts(p_value=Fraction(3, 480_001), p_adjusted=Fraction(3, 480_001), alpha=ALPHA)
VALUES: dict[str, Any] = {"verdict": "evidence", "p_adjusted_exact": "1/800", "alpha_exact": "1/100"}


def test_the_words_of_evidence() -> None:
    verdict = verdict_of(FACTS)
    assert (verdict.code, verdict.is_evidence) == ("evidence", True)
    assert verdict.headline == "Strong evidence that this model was trained on your published pictures."
    assert verdict.sentence == "Chance alone gives a result like this at most 1 time in 160,000."
    assert verdict.numbers == "p = 0.0000063; α = 0.01."
    assert verdict.caveat == "This is not the probability that the model is innocent."


@pytest.mark.parametrize(
    ("p", "stopped"), [(Fraction(11, 1000), False), (Fraction(1, 1000), True), (Fraction(1), True)]
)
def test_the_words_of_no_evidence(p: Fraction, stopped: bool) -> None:
    verdict = verdict_of(replace(FACTS, p_adjusted=p, stopped_early=stopped))
    assert (verdict.code, verdict.is_evidence) == ("no evidence", False)
    assert verdict.headline == "No evidence found."
    assert verdict.sentence == "This does not show that they were not used."


def test_a_result_at_the_level_itself_is_evidence() -> None:
    assert code_of(ALPHA, read_alpha(0.01), stopped_early=False) == "evidence"


def test_the_words_that_reports_keep_do_not_change() -> None:
    assert stored_words("no evidence", Fraction(1)) == "No evidence found. This does not show that they were not used."
    assert stored_words("evidence", Fraction(3, 480_001)) == (
        "Strong evidence that this model was trained on your published pictures: chance alone gives a result like this "
        "at most 1 time in 160,000."
    )


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            replace(FACTS, p_adjusted=Fraction(1, 800), runs=2),
            "p = 0.0000063; adjusted for 2 runs of this record on this model p = 0.0013; α = 0.01.",
        ),
        (
            replace(FACTS, p_adjusted=Fraction(1, 800), family=3),
            "p = 0.0000063; adjusted for 3 audits in one p = 0.0013; α = 0.01.",
        ),
        (
            replace(FACTS, p_adjusted=Fraction(1, 800), runs=2, family=3, missing=1),
            (
                "p = 0.0000063; adjusted for 2 runs of this record on this model and 3 audits in one p = 0.0013; "
                "α = 0.01. 1 original is missing and counts against the claim."
            ),
        ),
        (
            replace(FACTS, stopped_early=True, keys=1000, keys_judged=12),
            "The audit stopped early, after 12 of 1,000 keys: p can no longer come down to α = 0.01, and counts as 1.",
        ),
    ],
)
def test_the_numbers_say_what_p_was_adjusted_for(facts: AuditFacts, said: str) -> None:
    assert verdict_of(facts).numbers == said


@given(
    st.sampled_from(["evidence", "no evidence", "", None, 1]),
    st.sampled_from(["1/800", "1/2", "0", "nonsense", None, 3]),
    st.booleans(),
)
def test_values_of_a_result_never_say_more_than_their_numbers(stated: object, p: object, stopped: bool) -> None:
    values = {**VALUES, "verdict": stated, "p_adjusted_exact": p, "stopped_early": stopped}
    verdict = verdict_from_values(values)
    if verdict is not None and verdict.is_evidence:
        assert (stated, p, stopped) == ("evidence", "1/800", False)
    if stated == "no evidence":
        assert verdict is not None
        assert not verdict.is_evidence


def test_results_of_older_versions_are_read() -> None:
    verdict = verdict_from_values({"verdict": "evidence", "p_adjusted": 0.00125, "alpha": 0.01})
    assert verdict is not None
    assert verdict.sentence.endswith("1 time in 800.")
