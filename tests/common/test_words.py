"""Numbers as people read them, and never kinder to the claim than they are."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.texts import plural, text
from mtgui.common.words import (
    alpha_text,
    counted,
    exact_probability,
    listed,
    moment,
    nats,
    one_in,
    p_text,
    percent,
    size,
    time_span,
    time_taken,
)

probabilities = st.integers(1, 10**9).flatmap(lambda n: st.integers(1, n).map(lambda k: Fraction(k, n)))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1, 160_000), "0.0000063"),
        (Fraction(1), "1"),
        (Fraction(1, 4), "0.25"),
        (Fraction(999, 1000), "1"),
        (Fraction(1, 3), "0.34"),
        (Fraction(0), "0"),
        (0.0104, "0.011"),
        (0.01, "0.01"),
        (1e-9, "0.000000001"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_p_is_rounded_up_and_written_out(value: Fraction | float | None, shown: str) -> None:
    assert p_text(value) == shown


@given(probabilities, st.integers(1, 9999).map(lambda n: Fraction(n, 10_000)))
def test_a_p_above_alpha_never_looks_like_one_at_or_below_it(p: Fraction, alpha: Fraction) -> None:
    for shown in (p_text(p), p_text(float(p))):
        assert Fraction(Decimal(shown)) >= Fraction(str(float(p)))
        if p > alpha:
            assert Fraction(Decimal(shown)) > Fraction(alpha_text(alpha))


@given(probabilities.filter(lambda alpha: alpha < 1))
def test_alpha_is_shown_exactly(alpha: Fraction) -> None:
    assert Fraction(alpha_text(alpha)) == alpha


def test_alpha_is_a_decimal_number_where_it_is_one() -> None:
    assert [alpha_text(value) for value in (Fraction(1, 100), 0.001, Fraction(1, 80), Fraction(1, 3))] == [
        "0.01", "0.001", "0.0125", "1/3",
    ]  # fmt: skip


def test_probabilities_are_read_exactly() -> None:
    assert exact_probability("29/40000") == Fraction(29, 40_000)
    assert exact_probability(0.01) == Fraction(1, 100)
    assert exact_probability(1) == 1
    for nonsense in (None, "x", -1, math.inf, math.nan, 2, True, "1/0"):
        assert exact_probability(nonsense) is None
    assert exact_probability(0) is None, "no p-value is 0"


@given(probabilities)
def test_odds_are_rounded_down(p: Fraction) -> None:
    odds = int(one_in(p).removeprefix("1 in ").replace(",", ""))
    assert Fraction(1, odds) >= p > Fraction(1, odds + 1)


def test_other_numbers() -> None:
    assert [nats(v) for v in (0.0, 0.072351, 1.1349, 12.0, 1234.5, math.nan)] == [
        "0", "0.0724", "1.13", "12.0", "1234", "–",
    ]  # fmt: skip
    assert [percent(v) for v in (Fraction(1, 100), 0.001, Fraction(1, 3))] == ["1 %", "0.1 %", "33.3333 %"]
    assert [percent(v, 0) for v in (0.75, 1.0)] == ["75 %", "100 %"]
    assert [time_taken(s) for s in (4.13, 600, 9000)] == ["4.1 s", "10 min", "2 h 30 min"]
    assert [time_span(s) for s in (12, 65, 7800)] == ["12 s", "1 min 05 s", "2 h 10 min"]
    assert [size(n) for n in (1, 512, 46_830_571, 1_500_000_000)] == ["1 byte", "512 bytes", "46.8 MB", "1.5 GB"]
    assert [counted(n, "picture") for n in (1, 1000)] == ["1 picture", "1,000 pictures"]
    assert moment("2026-01-02T03:04:05Z") == "2026-01-02 03:04 UTC"


def test_long_lists_say_how_many_more_there_are() -> None:
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"


def test_a_sentence_is_whole_and_its_places_may_hold_anything() -> None:
    assert text("Read {name}.", name="{odd}.png") == "Read {odd}.png."
    said = [plural(n, "{count} key of {name}.", "{count} keys of {name}.", name="a") for n in (1, 1000)]
    assert said == ["1 key of a.", "1,000 keys of a."]
