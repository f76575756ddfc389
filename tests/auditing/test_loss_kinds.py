"""The scales of losses: what bounds them where originals are missing."""

import math

import pytest

from mtgui.auditing.loss_kinds import LOSS_KINDS, LossKind, loss_scale
from mtgui.common.errors import UsageError


def test_a_cross_entropy_counts_up_to_twice_that_of_a_model_that_knows_nothing() -> None:
    scale = loss_scale("cross-entropy", 1000)
    assert (scale.lowest, scale.highest, scale.unit) == (0, round(2 * math.log(1000) * 2**20), "nats")
    assert loss_scale("cross-entropy", 1).highest == 0


def test_a_denoising_error_counts_up_to_twice_that_of_a_model_that_predicts_nothing() -> None:
    assert (loss_scale("denoising error", 1).lowest, loss_scale("denoising error", 4).highest) == (0, 2 * 2**20)


def test_a_difference_may_lie_below_0() -> None:
    scale = loss_scale("denoising difference", 1)
    assert (scale.lowest, scale.highest, scale.unit) == (-2 * 2**20, 2 * 2**20, "")


@pytest.mark.parametrize("kind", LOSS_KINDS)
def test_a_model_has_a_label(kind: LossKind) -> None:
    with pytest.raises(UsageError):
        loss_scale(kind, 0)
