"""The curve from numbers of pictures to the probability of being found."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.errors import UsageError
from mtgui.rehearsal.findings.intervals import share_interval
from mtgui.rehearsal.findings.power import SUBSETS, UserLosses, curve_beyond, power_curve
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.rehearsal_result import CurvePoint
from mtgui.rehearsal.training.training_plan import TrainingPlan

PLAN = AuditPlan(draws=499, alpha=Fraction(1, 20))


def user(gap: int, seed: int, *, published: int = 12, withheld: int = 12, keys: int = 3) -> UserLosses:
    """Return losses of a model that loses ``gap`` less where a published picture carries the mark key."""
    losses = np.random.default_rng(seed).integers(0, 1 << 20, (keys + 1, published + withheld))
    losses[0, :published] -= gap
    return UserLosses(losses, np.arange(published + withheld) < published, gap > 0)


def weak_trace(seed: int) -> tuple[CurvePoint, ...]:
    """Return the curve of twenty users of whom a model remembers a little."""
    return power_curve([user(1 << 18, seed * 1000 + number) for number in range(20)], PLAN, seed)


def no_trace(seed: int) -> tuple[CurvePoint, ...]:
    """Return the curve of sixty users of whom a model remembers nothing."""
    return power_curve([user(0, seed * 1000 + number) for number in range(60)], PLAN, seed)


def test_more_pictures_find_a_weak_trace_more_often() -> None:
    curve = weak_trace(0)
    shares = [point.share for point in curve]
    assert [(point.published, point.withheld) for point in curve] == [(n, n) for n in (1, 2, 3, 5, 7, 10, 12)]
    assert shares[0] < 0.2 < 0.55 < shares[-2]
    assert all(point.of == 20 * SUBSETS for point in curve[:-1])
    assert (curve[-1].found, curve[-1].of) == (20, 20)


def test_nothing_to_find_is_found_as_often_as_chance_allows() -> None:
    curve = no_trace(0)
    assert all(point.share < 0.12 for point in curve)


def test_two_pictures_can_prove_nothing_and_the_curve_says_so() -> None:
    first = power_curve([user(1 << 24, 1), user(1 << 24, 2)], PLAN, 0)[0]
    assert (first.published, first.withheld, first.found) == (1, 1, 0)


def test_the_curve_ends_where_the_smallest_pool_ends_and_repeats_by_its_seed() -> None:
    users = [user(1 << 19, 1), user(1 << 19, 2, published=4, withheld=3)]
    curve = power_curve(users, PLAN, 5)
    assert (curve[-1].published, curve[-1].withheld) == (4, 3)
    assert curve[-1].of == SUBSETS + 1
    assert curve == power_curve(users, PLAN, 5)
    assert power_curve([], PLAN, 0) == ()


def test_without_withheld_pictures_only_keys_speak() -> None:
    curve = power_curve([user(1 << 22, seed, withheld=0, keys=39) for seed in range(4)], PLAN, 0)
    assert [point.withheld for point in curve] == [0] * len(curve)
    assert curve[0].share == 1.0


def test_subsets_of_one_user_count_as_one_case() -> None:
    point = power_curve([user(1 << 24, 1)], PLAN, 0)[-2]
    assert (point.share, point.of) == (1.0, SUBSETS)
    assert point.low == pytest.approx(0.025, abs=1e-6)
    assert point.high == 1.0


def test_intervals_are_those_of_clopper_and_pearson() -> None:
    assert share_interval(10, 10) == pytest.approx((0.6915, 1.0), abs=1e-4)
    assert share_interval(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert share_interval(7, 20) == pytest.approx((0.1539, 0.5922), abs=1e-4)
    assert share_interval(600, 2000) == pytest.approx((0.280, 0.3206), abs=1e-3)


@given(st.integers(1, 60), st.floats(0, 1))
def test_parts_of_cases_widen_an_interval(of: int, share: float) -> None:
    low, high = share_interval(share * of, of)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
    assert low <= share_interval(int(share * of), of)[0] + 1e-12


def test_the_curve_goes_on_beyond_the_numbers_of_the_users() -> None:
    beyond = curve_beyond([user(1 << 18, number) for number in range(6)], (4, 2), PLAN, 0)
    assert [(one.published, one.withheld) for one in beyond] == [(7, 5), (9, 9), (12, 12)]
    assert all(one.is_beyond for one in beyond)
    assert (beyond[0].of, beyond[-1].of) == (6 * SUBSETS, 6)
    assert beyond[0].share <= beyond[-1].share == 1.0
    assert not any(one.is_beyond for one in weak_trace(0))


def test_nothing_lies_beyond_where_nobody_has_more() -> None:
    assert curve_beyond([], (4, 2), PLAN, 0) == ()
    assert curve_beyond([user(0, 1)], (12, 12), PLAN, 0) == ()
    keys_alone = curve_beyond([user(1 << 22, 1, withheld=0, keys=39)], (10, 0), PLAN, 0)
    assert [(one.published, one.withheld) for one in keys_alone] == [(11, 0), (12, 0)]


def test_a_wrong_number_of_an_audit_is_named() -> None:
    with pytest.raises(UsageError, match="The number of held-out sets is 0 or more; -1 is not"):
        AuditPlan(sets=-1)
    with pytest.raises(UsageError, match="α lies between 0 and 1; 2 does not"):
        AuditPlan(alpha=Fraction(2))
    with pytest.raises(UsageError, match="The batch is 2 or more; 1 is not"):
        TrainingPlan(batch=1)
