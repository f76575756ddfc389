"""The smallest p that an audit can reach, against whole grids worked out with the best losses that there can be."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mtgui.auditing.loss_kinds import LossScale
from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.missing import fill_missing
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.common.errors import UsageError
from mtgui.records.attainable_p import AuditSize, StratumSize, attainable, run_factor
from mtgui.records.chances import REFERENCE_DRAWS, possible_draws

CAP = 1000
SCALE = LossScale("nats", 0, CAP)
ALPHA = Fraction(1, 100)


@st.composite
def sized_designs(draw: st.DrawFn) -> tuple[AuditDesign, NDArray[np.bool_], AuditSize]:
    """A small design, which of its originals are missing, and its size."""
    strata: list[DrawnStratum] = []
    published: list[int] = []
    lost: list[bool] = []
    sizes: list[StratumSize] = []
    row = 0
    for _ in range(draw(st.integers(0, 2))):
        pool = draw(st.integers(1, 5))
        count = draw(st.integers(0, pool))
        gone = draw(st.lists(st.booleans(), min_size=pool, max_size=pool))
        strata.append(DrawnStratum(tuple(range(row, row + pool)), count))
        published += range(row, row + count)
        lost += gone
        sizes.append(StratumSize(count, pool, sum(gone[:count]), sum(gone[count:])))
        row += pool
    pinned = draw(st.integers(0 if published else 1, 3))
    gone = draw(st.lists(st.booleans(), min_size=pinned, max_size=pinned))
    published += range(row, row + pinned)
    lost += gone
    design = AuditDesign(row + pinned, tuple(published), tuple(strata))
    keys = draw(st.integers(1, 4))
    return design, np.array(lost, dtype=np.bool_), AuditSize(tuple(sizes), keys, 999, pinned, sum(gone))


def p_of(design: AuditDesign, lost: NDArray[np.bool_], size: AuditSize, losses: NDArray[np.int64]) -> Fraction:
    grid = RunningGrid(reference_draws(design, b"seed", size.draws), size.keys, Fraction(99, 100))
    for column in range(size.keys):
        grid.add(
            column,
            fill_missing(losses[:, column], column, lost, design.true_draw, SCALE) if lost.any() else losses[:, column],
        )
    return Fraction(grid.at_most, grid.grid)


@given(sized_designs(), st.integers(0, 2**32 - 1))
def test_no_losses_come_to_a_smaller_p_and_the_best_ones_come_to_it(
    case: tuple[AuditDesign, NDArray[np.bool_], AuditSize], number: int
) -> None:
    design, lost, size = case
    best = np.full((design.pictures, size.keys), CAP, dtype=np.int64)
    best[design.true_draw, 0] = 0
    assert p_of(design, lost, size, best) == size.smallest_p
    some = np.random.default_rng(number).integers(0, CAP, best.shape, endpoint=True)
    assert p_of(design, lost, size, some) >= size.smallest_p


@pytest.mark.parametrize(
    ("size", "smallest"),
    [
        (AuditSize((StratumSize(2, 4),), 16), Fraction(1, 96)),
        (AuditSize((StratumSize(50, 100),), 16), Fraction(1, 160_000)),
        (AuditSize((StratumSize(100, 100),), 1000), Fraction(1, 1000)),
        (AuditSize((), 1, pinned=3), Fraction(1)),
    ],
)
def test_with_every_original_it_is_one_over_the_grid(size: AuditSize, smallest: Fraction) -> None:
    assert size.smallest_p == smallest


def test_sampled_draws_are_counted_low_but_not_left_out() -> None:
    """Where the draws are too many to go through, what is stated is never more than a real sample holds."""
    size = AuditSize((StratumSize(25, 50, lost_published=20),), 16)
    assert size.draws_made == REFERENCE_DRAWS + 1
    assert Fraction(4, 5) < size.smallest_p < 1
    lost = np.arange(50) < 20
    design = AuditDesign(50, tuple(range(25)), (DrawnStratum(tuple(range(50)), 25),))
    best = np.full((50, 16), CAP, dtype=np.int64)
    best[design.true_draw, 0] = 0
    assert p_of(design, lost, size, best) >= size.smallest_p


def test_a_few_missing_of_many_change_little() -> None:
    assert AuditSize((StratumSize(25, 50, lost_published=2, lost_private=1),), 16).smallest_p < Fraction(1, 1000)


sizes = st.integers(1, 8).flatmap(
    lambda pool: st.builds(
        lambda published, keys: AuditSize((StratumSize(published, pool),), keys),
        st.integers(1, pool),
        st.integers(1, 500),
    )
)


@given(st.lists(sizes, min_size=1, max_size=4), st.integers(1, 3), st.integers(1, 4))
def test_holm_never_adjusts_to_less_than_what_is_stated(found: list[AuditSize], models: int, runs: int) -> None:
    from mtgui.auditing.statistics.adjusted_p import holm, multiplied

    counts = [runs, *[1] * (len(found) - 1)]
    family = [multiplied(size.smallest_p, count) for size, count in zip(found, counts, strict=True)]
    others = [size.smallest_p for _, size in itertools.product(range(models - 1), found)]
    for stated, p in zip(attainable(found, models, counts), holm([*family, *others]), strict=False):
        assert stated.smallest_p <= p


@given(sizes, st.integers(1, 3), st.integers(1, 4))
def test_as_many_decoy_keys_as_are_asked_for_are_enough(size: AuditSize, models: int, runs: int) -> None:
    best = attainable([size], models, [runs])[0]
    needed = best.decoy_keys_needed(ALPHA)
    assert needed is not None
    assert best.factor * AuditSize(size.strata, needed + 1).smallest_p <= ALPHA
    assert needed == 0 or best.factor * AuditSize(size.strata, needed).smallest_p > ALPHA


def test_no_run_is_no_audit() -> None:
    with pytest.raises(UsageError):
        run_factor(0)


def test_a_million_pictures_are_counted_at_once() -> None:
    size = AuditSize((StratumSize(500_000, 1_000_000),), 16)
    assert size.grid == 160_000 == possible_draws([(500_000, 1_000_000)]) * 16
