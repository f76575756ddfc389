"""Intervals of shares never take artists of one model for independent ones."""

import pytest

from mtgui.rehearsal.evidence.rates import LEAST_LIKENESS, difference_of, likeness, rate_of
from mtgui.rehearsal.findings.intervals import share_interval


def test_a_share_is_the_mean_over_artists() -> None:
    assert rate_of([[1.0, 0.0], [1.0, 1.0]], 0.1).share == 0.75


def test_alike_artists_count_as_fewer() -> None:
    """Ten models of ten artists each count as 100 / (1 + 9 × likeness) artists."""
    models = [[1.0] * 5 + [0.0] * 5] * 10
    for alike, counted in ((0.0, 100), (0.1, 52), (1.0, 10)):
        low, high = share_interval(0.5 * counted, counted)
        rate = rate_of(models, alike)
        assert low - 1e-3 <= rate.low <= low < high <= rate.high <= high + 1e-3


def test_found_in_all_or_in_none() -> None:
    every, none = rate_of([[1.0] * 4] * 5, 0.1), rate_of([[0.0] * 4] * 5, 0.1)
    assert (every.high, none.low) == (1.0, 0.0)
    assert every.low == pytest.approx(1 - none.high, abs=2e-3)
    assert 0.7 < every.low < 0.8  # 20 artists count as 15


def test_models_that_differ_make_artists_alike() -> None:
    assert likeness([[[1.0] * 4, [0.0] * 4, [1.0] * 4]]) == 1.0
    assert likeness([[[1.0, 0.0, 1.0, 0.0]] * 3]) == LEAST_LIKENESS
    assert likeness([[[1.0, 1.0]]]) == LEAST_LIKENESS
    assert likeness([[[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]]) == pytest.approx(0.2)  # (0.5 - 0.25) / (0.5 + 0.75)


def test_a_difference_has_the_interval_of_student() -> None:
    mean, low, high = difference_of([[0.5] * 400, [0.7] * 400, [0.9] * 400], [[0.4] * 400, [0.5] * 400, [0.6] * 400])
    assert mean == 0.2
    assert low == pytest.approx(0.2 - 4.303 * 0.1 / 3**0.5, abs=1e-3)
    assert high == pytest.approx(0.448, abs=1e-3)
    assert difference_of([[1.0]], [[0.5]]) == (0.5, -1.0, 1.0)


def test_models_that_agree_by_chance_leave_a_difference_uncertain() -> None:
    """Seven of eight artists on one side and on the other, in four models: nothing is certain to be equal."""
    both = [[1.0, 1.0], [1.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    mean, low, high = difference_of(both, both)
    assert mean == 0.0
    # Eight of ten on both sides, three degrees of freedom.
    assert high == pytest.approx(3.182 * (2 * 0.8 * 0.2 / 10) ** 0.5, abs=1e-3)
    assert low == -high
