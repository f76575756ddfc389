"""The grid: exact sums, an exact p, and stopping that never changes a verdict."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.sums import SetSums
from mtgui.common.errors import UsageError
from tests.auditing.statistics.statistics_helpers import ALPHA, filled, one_stratum, seed


def matrices(rows: int = 8, most: int = 3) -> st.SearchStrategy[NDArray[np.int64]]:
    """Loss matrices full of ties."""
    return st.integers(1, 12).flatmap(
        lambda columns: st.lists(st.integers(0, most), min_size=rows * columns, max_size=rows * columns).map(
            lambda values: np.array(values, dtype=np.int64).reshape(rows, columns)
        )
    )


DRAWS = reference_draws(one_stratum(8, 4), seed("grid"), 19)


def by_hand(draws: NDArray[np.bool_], losses: NDArray[np.int64]) -> Fraction:
    """The definition of p in whole numbers of Python."""
    sums = [sum(int(losses[i, k]) for i in np.flatnonzero(draw)) for draw in draws for k in range(losses.shape[1])]
    return Fraction(sum(not total > sums[0] for total in sums), len(sums))


@given(matrices(), st.randoms(use_true_random=False))
def test_p_is_the_definition_whatever_the_order_of_the_keys(losses: NDArray[np.int64], chance: Random) -> None:
    order = list(range(losses.shape[1]))
    chance.shuffle(order)
    grid = filled(DRAWS, losses, order=order)
    assert grid.p_value == by_hand(DRAWS, losses)
    assert grid.counted == grid.grid == 20 * losses.shape[1]
    assert grid.picture_coin == by_hand(DRAWS, losses[:, :1])
    assert grid.key_coin == by_hand(DRAWS[:1], losses)
    assert grid.true_sum == int(losses[:4, 0].sum())


@given(matrices(), st.sampled_from([Fraction(1, 100), Fraction(1, 20), Fraction(1, 2)]))
def test_stopping_early_agrees_with_the_whole_grid(losses: NDArray[np.int64], alpha: Fraction) -> None:
    whole = by_hand(DRAWS, losses)
    grid = RunningGrid(DRAWS, losses.shape[1], alpha)
    for column in range(losses.shape[1]):
        grid.add(column, losses[:, column])
        if grid.must_exceed_alpha:
            assert whole > alpha
            assert grid.is_complete or grid.p_value == 1
    assert grid.must_exceed_alpha == (whole > alpha)


def test_an_unfinished_audit_has_no_p_value_while_it_still_matters() -> None:
    grid = RunningGrid(DRAWS, 50, Fraction(1, 2))
    losses = np.arange(8, dtype=np.int64)
    with pytest.raises(UsageError, match="mark key"):
        _ = grid.true_sum
    grid.add(3, losses)
    assert (grid.counted, grid.at_most) == (0, 0)
    grid.add(0, losses)
    assert (grid.counted, grid.at_most) == (40, 2)
    with pytest.raises(UsageError, match="not finished"):
        _ = grid.p_value


@pytest.mark.parametrize("column", [-1, 5, 0])
def test_a_column_comes_once_and_belongs_to_the_grid(column: int) -> None:
    grid = RunningGrid(DRAWS, 5, ALPHA)
    grid.add(0, np.zeros(8, dtype=np.int64))
    with pytest.raises(UsageError, match=f"Column {column} "):
        grid.add(column, np.zeros(8, dtype=np.int64))


@pytest.mark.parametrize("losses", [np.zeros(7, dtype=np.int64), np.zeros(8), np.int64(0)])
def test_losses_of_another_shape_or_kind_are_refused(losses: NDArray[np.int64]) -> None:
    with pytest.raises(UsageError, match="64-bit whole numbers"):
        RunningGrid(DRAWS, 5, ALPHA).add(0, losses)


def test_a_model_that_answers_the_same_for_everything_has_p_one() -> None:
    assert filled(DRAWS, np.full((8, 16), 2412133, dtype=np.int64)).p_value == 1


@given(st.lists(st.integers(-(1 << 57), 1 << 57), min_size=8, max_size=8))
def test_sums_are_exact_however_large_the_losses(values: list[int]) -> None:
    losses = np.array(values, dtype=np.int64)
    wanted = [sum(values[i] for i in np.flatnonzero(draw)) for draw in DRAWS]
    assert SetSums(DRAWS)(losses).tolist() == wanted
    assert SetSums(DRAWS)(losses[:, None]).tolist() == [[total] for total in wanted]


def test_sums_at_the_edge_of_what_floats_hold_are_exact() -> None:
    chance = np.random.default_rng(0)
    draws = chance.random((300, 501)) < 0.5
    for bits in (40, 43, 44, 45, 51):
        losses = (1 << bits) - chance.integers(0, 3, 501)
        assert np.array_equal(SetSums(draws)(losses), (draws * losses).sum(axis=1))


def test_sums_too_large_for_any_whole_number_of_the_machine_are_refused() -> None:
    with pytest.raises(UsageError, match="too large"):
        SetSums(DRAWS)(np.full(8, (1 << 63) - 1, dtype=np.int64))


def test_large_designs_are_summed_in_pieces() -> None:
    chance = np.random.default_rng(0)
    draws = chance.random((4200, 4000)) < 0.5
    losses = chance.integers(0, 1 << 24, 4000)
    sums = SetSums(draws)(losses)
    for row in (0, 1, 4193, 4194, 4195, 4199):
        assert sums[row] == losses[draws[row]].sum()
