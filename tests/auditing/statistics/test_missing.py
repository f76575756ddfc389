"""Originals that are gone can only raise p, whatever their losses would have been."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mtgui.auditing.loss_kinds import LossScale
from mtgui.auditing.statistics.missing import fill_missing
from mtgui.auditing.statistics.reference_draws import reference_draws
from tests.auditing.statistics.statistics_helpers import filled, one_stratum, seed

SCALE = LossScale("nats", -2, 6)
DESIGN = one_stratum(6, 3)
DRAWS = reference_draws(DESIGN, seed("missing"), 19)


@given(st.lists(st.integers(SCALE.lowest, SCALE.highest), min_size=24, max_size=24), st.sets(st.integers(0, 5)))
def test_a_missing_picture_never_lowers_p(values: list[int], gone: set[int]) -> None:
    losses = np.array(values, dtype=np.int64).reshape(6, 4)
    missing = np.isin(np.arange(6), list(gone))
    worst = np.stack([fill_missing(losses[:, k], k, missing, DESIGN.true_draw, SCALE) for k in range(4)], axis=1)
    assert np.array_equal(worst[~missing], losses[~missing])
    assert filled(DRAWS, worst).p_value >= filled(DRAWS, losses).p_value


def test_every_loss_is_limited_in_every_column() -> None:
    nobody = np.zeros(3, dtype=np.bool_)
    losses = np.array([-9, 3, 1 << 40], dtype=np.int64)
    for column in (0, 1):
        assert fill_missing(losses, column, nobody, nobody, SCALE).tolist() == [-2, 3, 6]
    assert losses.tolist() == [-9, 3, 1 << 40]
