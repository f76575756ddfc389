"""Reference draws: uniform, reproducible from their description alone, and all of them where they are few."""

import hashlib
import itertools
from collections import Counter

import numpy as np
import pytest

from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.reference_draws import enumerates, number_of_draws, reference_draws, smallest
from mtgui.auditing.statistics.streams import key_slots, row_order, seed_of
from mtgui.common.errors import UsageError
from tests.auditing.statistics.statistics_helpers import one_stratum, seed

MIXED = AuditDesign(
    13,
    (0, 2, 4, 5, 9, 12),
    # Rows 5 and 6 were the user's own choice; the last stratum leaves chance nothing.
    (DrawnStratum((0, 1, 2, 3), 2), DrawnStratum((4, 7, 8, 9, 10, 11), 2), DrawnStratum((12,), 1)),
)


PINNED = "26ef0b1ca9f1fa18843eaa62dbe9d61b400fe95a166839baf7e8e64b7beff38d"


def from_the_description(design: AuditDesign, stream: bytes, number: int) -> list[int]:
    """One draw made from the words of the docstring, with the standard library alone."""
    strata = [s for s in design.strata if 0 < s.published < len(s.members)]
    count = sum(len(s.members) for s in strata)
    data = hashlib.shake_256(stream + b"\x00" + f"draw {number} 0".encode()).digest(8 * count)
    values = iter([int.from_bytes(data[i : i + 8], "big") for i in range(0, len(data), 8)])
    rows = set(design.published) - {row for s in strata for row in s.members}
    for s in strata:
        ranked = sorted((next(values), row) for row in s.members)
        rows |= {row for _, row in ranked[: s.published]}
    return sorted(rows)


def test_an_expert_can_make_the_draws_from_their_description() -> None:
    draws = reference_draws(MIXED, seed("expert"), 50)
    assert len(draws) == 51
    assert np.flatnonzero(draws[0]).tolist() == list(MIXED.published)
    for number in range(1, 51):
        assert np.flatnonzero(draws[number]).tolist() == from_the_description(MIXED, seed("expert"), number)


def test_the_draws_are_the_same_in_every_version() -> None:
    draws = reference_draws(one_stratum(40, 20), seed("pinned"), 99)
    assert hashlib.sha256(np.packbits(draws).tobytes()).hexdigest() == PINNED


def test_draws_do_not_depend_on_how_many_are_asked_for() -> None:
    # More than one chunk of the stream.
    design = one_stratum(3000, 1000)
    few, many = (reference_draws(design, seed("few"), count) for count in (3, 800))
    assert np.array_equal(few, many[:4])
    assert (many.sum(axis=1) == 1000).all()


@pytest.mark.parametrize(
    "design",
    [one_stratum(6, 3), AuditDesign(8, (0, 1, 4, 5), (DrawnStratum((0, 1, 2, 3), 2), DrawnStratum((4, 5, 6, 7), 2)))],
)
def test_every_subset_is_equally_likely(design: AuditDesign) -> None:
    subsets = design.draws(1000)
    seen = Counter(draw.tobytes() for number in range(600) for draw in reference_draws(design, seed(number), 10)[1:])
    expected = 6000 / subsets
    chi_square = sum((count - expected) ** 2 / expected for count in seen.values())
    assert len(seen) == subsets
    # Mean plus four standard deviations of a chi-square.
    assert chi_square < subsets - 1 + 4 * (2 * (subsets - 1)) ** 0.5


def test_few_ways_are_gone_through_once_each_the_true_one_first() -> None:
    draws = reference_draws(MIXED, seed(0), 89)
    assert enumerates(MIXED, 89)
    assert not enumerates(MIXED, 88)
    assert np.array_equal(draws[0], MIXED.true_draw)
    found = {tuple(np.flatnonzero(draw).tolist()) for draw in draws}
    wanted = {
        tuple(sorted((*one, *two, 5, 12)))
        for one in itertools.combinations((0, 1, 2, 3), 2)
        for two in itertools.combinations((4, 7, 8, 9, 10, 11), 2)
    }
    assert found == wanted
    assert len(draws) == len(wanted) == 90 == number_of_draws(MIXED, 89)
    rest = [tuple(np.flatnonzero(draw).tolist()) for draw in draws[1:]]
    assert len(reference_draws(MIXED, seed(0), 88)) == 89
    assert rest[0] == (0, 1, 4, 5, 7, 12)


def test_where_everything_was_published_there_is_one_draw() -> None:
    assert reference_draws(one_stratum(5, 5), seed(0)).tolist() == [[True] * 5]


def test_a_tie_at_the_border_leaves_a_draw_undecided_and_no_other_does() -> None:
    stream = np.array([[5, 1, 5, 9], [1, 1, 5, 9], [1, 5, 9, 9], [3, 2, 1, 0]], dtype=np.uint64)
    drawn, tied = smallest(stream, [(4, 2)])
    assert tied.tolist() == [True, False, False, False]
    assert drawn[1:].tolist() == [[True, True, False, False], [True, True, False, False], [False, False, True, True]]


def test_the_seed_depends_on_every_commitment_their_order_and_the_model() -> None:
    a, b, c = (hashlib.sha256(name).hexdigest() for name in (b"a", b"b", b"c"))
    assert len({seed_of([a, b], c), seed_of([b, a], c), seed_of([a], c), seed_of([a, c], b), seed_of([a], b)}) == 5
    assert seed_of([a], b) == hashlib.sha256(b"mtgui audit 1\x00" + bytes.fromhex(a + b)).digest()


@pytest.mark.parametrize("commitments", [[], ["zz" * 32], ["ab"]])
def test_what_is_no_hash_seeds_nothing(commitments: list[str]) -> None:
    with pytest.raises(UsageError):
        seed_of(commitments, "0" * 64)


@pytest.mark.parametrize(("columns", "group"), [(1, 1), (1, 4), (16, 4), (16, 5), (1000, 7), (3, 8)])
def test_every_key_has_one_slot_and_the_mark_key_is_in_the_first_group(columns: int, group: int) -> None:
    slots = key_slots(seed(0), columns, group)
    assert slots.shape == (-(-columns // group), group)
    assert sorted(slots.ravel().tolist()) == list(range(slots.size))
    assert 0 in slots[0]


def test_the_mark_key_has_every_place_and_company_equally_often() -> None:
    slots = np.stack([key_slots(seed(number), 7, 4)[0] for number in range(4000)])
    places = np.bincount(np.argmax(slots == 0, axis=1), minlength=4)
    assert np.abs(places - 1000).max() < 5 * 1000**0.5
    company = np.bincount(slots[slots > 0], minlength=8)[1:]
    assert np.abs(company - 4000 * 3 / 7).max() < 5 * (4000 * 3 / 7) ** 0.5


def test_rows_are_met_in_every_order_equally_often() -> None:
    orders = Counter(tuple(row_order(seed(number), 4).tolist()) for number in range(4800))
    assert len(orders) == 24
    assert max(abs(count - 200) for count in orders.values()) < 5 * 200**0.5
