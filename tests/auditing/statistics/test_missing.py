"""Originals that are gone can only raise p, whatever their losses would have been."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.auditing.statistics.missing import fill_missing, loss_cap
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.common.errors import UsageError
from tests.auditing.statistics.statistics_helpers import filled, one_stratum, seed

CAP = 6
DESIGN = one_stratum(6, 3)
DRAWS = reference_draws(DESIGN, seed("missing"), 19)


@given(st.lists(st.integers(0, CAP), min_size=24, max_size=24), st.sets(st.integers(0, 5)))
def test_a_missing_picture_never_lowers_p(values: list[int], gone: set[int]) -> None:
    losses = np.array(values, dtype=np.int64).reshape(6, 4)
    missing = np.isin(np.arange(6), list(gone))
    worst = np.stack([fill_missing(losses[:, k], k, missing, DESIGN.true_draw, CAP) for k in range(4)], axis=1)
    assert np.array_equal(worst[~missing], losses[~missing])
    assert filled(DRAWS, worst).p_value >= filled(DRAWS, losses).p_value


def test_every_loss_is_limited_in_every_column() -> None:
    nobody = np.zeros(3, dtype=np.bool_)
    losses = np.array([-1, 3, 1 << 40], dtype=np.int64)
    for column in (0, 1):
        assert fill_missing(losses, column, nobody, nobody, CAP).tolist() == [0, 3, CAP]
    assert losses.tolist() == [-1, 3, 1 << 40]


def test_the_limit_is_twice_the_loss_of_a_model_that_knows_nothing() -> None:
    assert loss_cap(1000) == round(2 * math.log(1000) * 2**20)
    assert loss_cap(1) == 0
    with pytest.raises(UsageError):
        loss_cap(0)
