"""In how many ways a draw could have fallen, against counting by hand, and what is proposed."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.marking.settings import MarkSettings
from mtgui.records.chances import (
    REFERENCE_DRAWS,
    block_strata,
    decoy_keys_for,
    possible_draws,
    proposed_published,
)
from mtgui.records.record import Block
from tests.records.records_helpers import make_block, picture

small_strata = st.lists(
    st.integers(1, 5).flatmap(lambda pool: st.tuples(st.integers(0, pool), st.just(pool))), max_size=3
)


@given(small_strata)
def test_the_number_of_possible_draws_is_what_counting_them_gives(strata: list[tuple[int, int]]) -> None:
    counted = itertools.product(*(itertools.combinations(range(pool), published) for published, pool in strata))
    assert possible_draws(strata) == sum(1 for _ in counted)


def test_pinned_pictures_are_no_part_of_the_coin() -> None:
    pool = (picture(0), picture(1), picture(2, choice="always publish"), picture(3, choice="always withhold"))
    block = Block(**{**vars(make_block()), "pool": pool, "published": (0, 2)})
    assert block_strata(block) == [(1, 2)]


def test_labels_are_strata_of_their_own() -> None:
    pool = (*(picture(i, label="cat") for i in range(2)), *(picture(i, label="dog") for i in range(2, 5)))
    block = Block(**{**vars(make_block()), "pool": pool, "published": (0, 2)})
    assert sorted(block_strata(block)) == [(1, 2), (1, 3)]


@pytest.mark.parametrize(
    ("settings", "draws", "keys"),
    [
        (MarkSettings(), 1, 999),
        (MarkSettings(), 99, 999),
        (MarkSettings(), 100, 15),
        (MarkSettings(1.0, 0), 1000, 0),
        (MarkSettings(noise_kind="none", pattern_kind="picture"), 1000, 0),
    ],
)
def test_decoy_keys_speak_where_the_draw_has_little_to_say(settings: MarkSettings, draws: int, keys: int) -> None:
    assert decoy_keys_for(settings, draws) == keys


def test_labels_of_one_picture_share_a_stratum() -> None:
    pool = tuple(picture(index, label=f"label {index}") for index in range(4))
    block = Block(**{**vars(make_block()), "pool": pool, "published": (0, 2)})
    assert block_strata(block) == [(2, 4)]


def test_a_million_pictures_are_counted_at_once() -> None:
    assert possible_draws([(500_000, 1_000_000)]) == REFERENCE_DRAWS + 1


@pytest.mark.parametrize(("pool", "published"), [(0, 0), (1, 1), (2, 1), (3, 2), (50, 25), (51, 26), (200, 175)])
def test_half_is_proposed_to_be_kept_but_never_more_than_25(pool: int, published: int) -> None:
    assert proposed_published(pool) == published


@given(st.sets(st.integers(0, 20)), st.integers(0, 25))
def test_a_picture_is_published_exactly_when_the_draw_names_it(chosen: set[int], index: int) -> None:
    block = make_block(21, tuple(sorted(chosen)))
    assert block.is_published(index) == (index in chosen)
