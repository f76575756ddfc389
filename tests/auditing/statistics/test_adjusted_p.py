"""Several runs, several models, and what p can reach."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.auditing.statistics.adjusted_p import (
    holm,
    multiplied,
    read_alpha,
    refuse_unreachable,
)
from mtgui.common.errors import UsageError
from mtgui.records.attainable_p import Attainable, AuditSize, StratumSize, run_factor

probabilities = st.fractions(Fraction(1, 1000), 1)


def test_holm_on_an_example_worked_by_hand() -> None:
    assert holm([Fraction(1, 100), Fraction(4, 100), Fraction(3, 100), Fraction(1, 200)]) == (
        Fraction(3, 100),
        Fraction(6, 100),
        Fraction(6, 100),
        Fraction(2, 100),
    )
    assert holm([]) == ()
    assert holm([Fraction(1, 3)]) == (Fraction(1, 3),)


@given(st.lists(probabilities, min_size=1, max_size=8), st.fractions(0, 1))
def test_holm_rejects_what_its_steps_reject(p_values: list[Fraction], alpha: Fraction) -> None:
    rejected = set()
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[place] * (len(p_values) - rank) > alpha:
            break
        rejected.add(place)
    if alpha < 1:
        assert {i for i, p in enumerate(holm(p_values)) if p <= alpha} == rejected


@given(probabilities, st.integers(1, 100))
def test_each_run_counts(p_value: Fraction, runs: int) -> None:
    factor = 1 if runs == 1 else runs * (runs + 1)
    assert multiplied(p_value, runs) == min(1, p_value * factor)


def test_all_runs_together_stay_below_one_and_a_half_times_the_level() -> None:
    assert sum(Fraction(1, run_factor(runs)) for runs in range(1, 2000)) < Fraction(3, 2)
    alpha, innocent = Fraction(1, 20), Fraction(1)
    for runs in range(1, 200):
        innocent *= 1 - alpha / run_factor(runs)
    assert alpha < 1 - innocent < Fraction(3, 2) * alpha, "as with independent runs, the worst that there is"


def test_no_run_is_no_audit() -> None:
    with pytest.raises(UsageError):
        multiplied(Fraction(1, 2), 0)


def test_a_level_is_taken_as_it_was_written() -> None:
    assert read_alpha(0.01) == read_alpha("0.01") == read_alpha("1e-2") == Fraction(1, 100)


@pytest.mark.parametrize("value", ["0", "1", "-0.1", "nan", "inf", "much", "", "1/0"])
def test_what_is_no_level_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        read_alpha(value)


def best_of(pool: int, published: int, keys: int, **parts: object) -> Attainable:
    size = AuditSize((StratumSize(published, pool),), keys, has_key_coin=bool(parts.get("has_key_coin", True)))
    return Attainable(size, family=int(str(parts.get("family", 1))))


def test_a_design_that_cannot_reach_the_level_is_refused_with_the_number_that_can() -> None:
    with pytest.raises(UsageError, match=r"could never reach the significance level 0\.01") as refused:
        refuse_unreachable(best_of(4, 4, 50), Fraction(1, 100))
    assert "--keys 99" in str(refused.value)
    refuse_unreachable(best_of(4, 4, 100), Fraction(1, 100))
    with pytest.raises(UsageError, match="--keys 299"):
        refuse_unreachable(best_of(4, 4, 100, family=3), Fraction(1, 100))
    with pytest.raises(UsageError, match="kept private"):
        refuse_unreachable(best_of(4, 2, 1, has_key_coin=False), Fraction(1, 100))


def test_missing_originals_are_named_where_they_are_why() -> None:
    size = AuditSize((StratumSize(10, 20, lost_published=9),), 16)
    with pytest.raises(UsageError, match="9 missing originals count against the claim") as refused:
        refuse_unreachable(Attainable(size), Fraction(1, 100))
    assert "--pictures DIR" in str(refused.value)
