"""The picture coin: fair within each stratum, bound by the user's own choices, and never by anything else."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.errors import UsageError
from mtgui.records.coin_choice import CHOICES
from mtgui.records.draw import PublishRule, draw_published, parse_publish_rule
from mtgui.records.record import PoolPicture, strata_of
from tests.records.records_helpers import picture

pools = st.lists(
    st.tuples(st.sampled_from([None, "cat", "dog"]), st.sampled_from(CHOICES)), min_size=1, max_size=30
).map(lambda kinds: [picture(i, label=label, choice=choice) for i, (label, choice) in enumerate(kinds)])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("all", PublishRule()),
        (" ALL ", PublishRule()),
        ("12", PublishRule(count=12)),
        ("50%", PublishRule(share=Fraction(1, 2))),
        ("33.3 %", PublishRule(share=Fraction(333, 1000))),
        ("100%", PublishRule(share=Fraction(1))),
    ],
)
def test_a_publish_rule_is_read(text: str, rule: PublishRule) -> None:
    assert parse_publish_rule(text) == rule


@pytest.mark.parametrize("text", ["", "0", "-1", "0%", "101%", "-5%", "half", "1.5", "nan%", "inf%", "%", "1/0%"])
def test_what_is_no_publish_rule_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="write all, a number above 0, or a share like 50%"):
        parse_publish_rule(text)


@given(st.integers(1, 1000), st.integers(1, 100))
def test_a_share_publishes_at_least_one_and_is_rounded_to_the_nearest(pool: int, percent: int) -> None:
    count = PublishRule(share=Fraction(percent, 100)).published_of(pool)
    assert 1 <= count <= pool
    assert count == 1 or abs(count - pool * percent / 100) <= 0.5


def test_asking_for_more_than_there_are_is_refused() -> None:
    with pytest.raises(UsageError, match="Only 4 of the 5 pictures to be published"):
        PublishRule(count=5).published_of(4)


def test_a_number_that_stays_private_is_kept_whatever_the_pool() -> None:
    rule = PublishRule(kept=25)
    assert [rule.published_of(pool) for pool in (26, 100, 105)] == [1, 75, 80]
    with pytest.raises(UsageError, match="Only 25 pictures can be used, and 25 should stay private"):
        rule.published_of(25)
    pool = [picture(0, choice="always withhold"), *(picture(number) for number in range(1, 10))]
    published = draw_published(pool, PublishRule(kept=4))
    assert len(published) == 6
    assert 0 not in published


@given(st.lists(st.integers(0, 50), max_size=10), st.data())
def test_shares_sum_to_what_is_wanted_and_are_off_by_less_than_one(sizes: list[int], data: st.DataObject) -> None:
    total = sum(sizes)
    wanted = data.draw(st.integers(0, total))
    strata = [stratum for stratum, size in enumerate(sizes) for _ in range(size)]
    pool = [picture(number, label=str(stratum)) for number, stratum in enumerate(strata)]
    shares = Counter(strata[number] for number in draw_published(pool, PublishRule(count=wanted)))
    assert shares.total() == wanted
    for share, size in ((shares[stratum], size) for stratum, size in enumerate(sizes)):
        assert share <= size
        assert abs(share - Fraction(size * wanted, max(1, total))) < 1


@given(pools, st.integers(1, 100))
def test_a_draw_follows_the_users_own_choices(pool: list[PoolPicture], percent: int) -> None:
    published = draw_published(pool, PublishRule(share=Fraction(percent, 100)))
    for index, one in enumerate(pool):
        if one.choice != "drawn":
            assert (index in published) == (one.choice == "always publish")


@given(pools)
def test_a_draw_is_a_list_of_different_indices_in_ascending_order(pool: list[PoolPicture]) -> None:
    published = draw_published(pool, PublishRule(share=Fraction(1, 2)))
    assert list(published) == sorted(set(published))
    assert all(0 <= index < len(pool) for index in published)


@given(pools)
def test_publishing_all_withholds_only_what_the_user_keeps(pool: list[PoolPicture]) -> None:
    published = draw_published(pool, PublishRule())
    assert published == tuple(i for i, one in enumerate(pool) if one.choice != "always withhold")


@given(pools, st.data())
def test_a_number_is_met_exactly_where_the_choices_allow_it(pool: list[PoolPicture], data: st.DataObject) -> None:
    pinned = sum(one.choice == "always publish" for one in pool)
    free = sum(one.choice == "drawn" for one in pool)
    count = data.draw(st.integers(max(1, pinned), max(1, pinned + free)))
    if pinned <= count <= pinned + free:
        assert len(draw_published(pool, PublishRule(count=count))) == count


def test_a_number_the_choices_do_not_allow_is_refused() -> None:
    pool = [picture(0, choice="always withhold"), picture(1)]
    with pytest.raises(UsageError, match="your own choices allow 0 to 1"):
        draw_published(pool, PublishRule(count=2))


@given(pools, st.integers(1, 100))
def test_how_many_of_a_stratum_are_published_is_no_matter_of_chance(pool: list[PoolPicture], percent: int) -> None:
    rule = PublishRule(share=Fraction(percent, 100))
    first, second = (
        [len(set(members) & set(published)) for members in strata_of(pool).values()]
        for published in (draw_published(pool, rule) for _ in range(2))
    )
    assert first == second


def chi_square_bound(freedom: int, log_failure: float = math.log(1e-9)) -> float:
    """Laurent and Massart 2000, Lemma 1: a chi-square stays below this but for a probability of 1e-9."""
    return freedom + 2 * math.sqrt(-freedom * log_failure) - 2 * log_failure


def test_every_draw_of_a_stratum_is_equally_likely() -> None:
    pool = [
        *(picture(i, label="cat") for i in range(5)),
        *(picture(i, label="dog") for i in range(5, 8)),
        picture(8, label="cat", choice="always withhold"),
        picture(9, label="dog", choice="always publish"),
    ]
    rule = PublishRule(count=5)
    # One is the user's own; of the other four 2½ and 1½ would be each stratum's, and the first one is rounded up.
    cats, dogs = itertools.combinations(range(5), 3), itertools.combinations(range(5, 8), 1)
    possible = [(*a, *b, 9) for a, b in itertools.product(cats, dogs)]
    draws = 6000
    seen = Counter(draw_published(pool, rule) for _ in range(draws))
    assert set(seen) <= set(possible)
    expected = draws / len(possible)
    statistic = sum((seen[draw] - expected) ** 2 / expected for draw in possible)
    assert statistic < chi_square_bound(len(possible) - 1)
