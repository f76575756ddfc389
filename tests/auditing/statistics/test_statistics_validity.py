"""P(p ≤ α) ≤ α for every model that does not know the coins: by full enumeration, and by fresh coins many times."""

import itertools
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.streams import key_slots
from tests.auditing.statistics.statistics_helpers import exact_p, filled, one_stratum, seed

REPEATS = 2000
LEVELS = (Fraction(1, 100), Fraction(1, 20), Fraction(1, 5), Fraction(1, 2))
Matrix = NDArray[np.int64]
SHAPES = {
    "one pool": ([[0, 1, 2, 3, 4, 5, 6, 7]], [4], []),
    "two blocks": ([[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10]], [3, 2], []),
    "strata and pinned pictures": ([[0, 2, 4, 6], [1, 3, 5, 7], [8, 9, 10]], [2, 1, 2], [11, 12]),
    "nothing withheld": ([[0, 1, 2, 3]], [4], []),
}


def smooth(chance: np.random.Generator, rows: int, columns: int) -> Matrix:
    """Pictures and keys that differ much from each other."""
    pictures, keys = chance.gamma(1, 1, (rows, 1)), chance.gamma(1, 1, (1, columns))
    return np.rint((pictures + keys + chance.gamma(1, 1, (rows, columns))) * (1 << 20)).astype(np.int64)


def tied(chance: np.random.Generator, rows: int, columns: int) -> Matrix:
    """Hardly anything but ties."""
    return (chance.random((rows, columns)) < 0.2).astype(np.int64)


def outliers(chance: np.random.Generator, rows: int, columns: int) -> Matrix:
    """One picture outweighs all others; one key too."""
    losses = chance.integers(0, 5, (rows, columns))
    losses[chance.integers(rows)] += 1000
    losses[:, chance.integers(columns)] //= 3
    return losses


def fresh_design(chance: np.random.Generator, shape: str) -> AuditDesign:
    """Both coins of the picture kind thrown anew."""
    members, counts, pinned = SHAPES[shape]
    published = [chance.choice(m, n, replace=False) for m, n in zip(members, counts, strict=True)]
    rows = sorted([*pinned, *(int(row) for part in published for row in part)])
    strata = tuple(DrawnStratum(tuple(m), n) for m, n in zip(members, counts, strict=True))
    return AuditDesign(sum(map(len, members)) + len(pinned), tuple(rows), strata)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("make", [smooth, tied, outliers])
def test_fresh_coins_every_time(shape: str, make: Callable[[np.random.Generator, int, int], Matrix]) -> None:
    chance = np.random.default_rng(20260101)
    columns = 40 if shape == "nothing withheld" else 5
    p_values, randomised = [], []
    for number in range(REPEATS):
        design = fresh_design(chance, shape)
        # Made without a look at the draw; column 0 is the mark key's by exchangeability of its columns.
        losses = make(chance, design.pictures, columns)[:, chance.permutation(columns)]
        draws = reference_draws(design, seed(shape, number), 19)
        grid = filled(draws, losses)
        p_values.append(grid.p_value)
        lower = int(np.count_nonzero((draws.astype(np.int64) @ losses) < grid.true_sum))
        randomised.append((lower + chance.random() * (grid.at_most - lower)) / grid.grid)
    for level in LEVELS:
        expected = float(level) * REPEATS
        assert sum(p <= level for p in p_values) <= expected + 4 * expected**0.5
    # Kolmogorov and Smirnov: with ties broken by chance p is uniform; 1.95 is exceeded once in a thousand.
    distance = np.abs(np.sort(randomised) - (np.arange(REPEATS) + 0.5) / REPEATS).max()
    assert distance * REPEATS**0.5 < 1.95


@pytest.mark.parametrize("make", [smooth, tied, outliers])
def test_over_all_coins_there_are_the_bound_is_exact(
    make: Callable[[np.random.Generator, int, int], Matrix],
) -> None:
    chance = np.random.default_rng(7)
    losses = make(chance, 6, 4)
    p_values = []
    for published in itertools.combinations(range(6), 3):
        design = AuditDesign(6, published, (DrawnStratum(tuple(range(6)), 3),))
        for key in range(4):
            turned = np.roll(losses, -key, axis=1)
            p_values.append(exact_p(design, turned, seed(0), 19))
    assert len(p_values) == 80
    for hundredth in range(1, 101):
        level = Fraction(hundredth, 100)
        assert Fraction(sum(p <= level for p in p_values), 80) <= level


def test_a_batch_that_rounds_by_place_favours_no_key() -> None:
    columns, group = 20, 4
    design = one_stratum(4, 4)
    draws = reference_draws(design, seed(0))
    p_values = []
    for number in range(REPEATS):
        slots = key_slots(seed("slots", number), columns, group)
        losses = np.zeros((4, columns), dtype=np.int64)
        for place in range(group):
            # The first place of a batch always comes out lowest.
            taken = slots[:, place][slots[:, place] < columns]
            losses[:, taken] = place
        p_values.append(filled(draws, losses).p_value)
    for level in LEVELS:
        expected = float(level) * REPEATS
        assert sum(p <= level for p in p_values) <= expected + 4 * expected**0.5
