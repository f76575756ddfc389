"""Attacks on marks alone: a visible mark is caught, and an average of copies shows what a set shares."""

import numpy as np
import pytest

from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.evidence_table import Rate
from mtgui.rehearsal.evidence.mark_attacks import FALSE_ALARMS, Pile, average_correlation, detector, shuffled
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from tests.rehearsal.rehearsal_helpers import ended, processor

PILE = shuffled(make_pictures(3, 120, 1, side=16).pixels, 300)
STRIPES = MarkSettings(0.4, 0)


def caught_at_least(seed: int = 1) -> Rate:
    """Return the share of striped copies that a detector catches, on pictures drawn by ``seed``."""
    pile = shuffled(make_pictures(3, 120, seed, side=16).pixels, 300)
    caught: Rate = ended(detector(STRIPES, pile, processor(), 1, "float32"))[1]
    return caught


def test_a_visible_mark_of_other_keys_is_caught() -> None:
    caught = caught_at_least()
    assert caught.low > 10 * FALSE_ALARMS
    assert caught.low <= caught.share <= caught.high


def test_what_a_set_shares_is_seen_in_an_average_of_its_copies() -> None:
    stripes, noise = average_correlation(STRIPES, PILE), average_correlation(preset_named("subtle").mark, PILE)
    assert 0.5 < stripes <= 1.0
    assert noise < stripes


def test_pictures_to_test_with_are_not_among_those_learned() -> None:
    known, fresh = PILE.parts()
    assert (len(known), len(fresh)) == (200, 100)
    assert not {one.tobytes() for one in known} & {one.tobytes() for one in fresh}


def test_the_order_of_a_pile_depends_on_its_pictures_alone() -> None:
    pixels = make_pictures(2, 20, 1, side=16).pixels
    assert np.array_equal(shuffled(pixels, 30).pixels, shuffled(pixels[::-1], 30).pixels)
    assert not np.array_equal(shuffled(pixels, 30).pixels, pixels[:30])
    assert isinstance(PILE, Pile)


@pytest.mark.parametrize("most", [1, 40, 100])
def test_a_pile_has_at_most_so_many_pictures(most: int) -> None:
    assert len(shuffled(make_pictures(2, 20, 1, side=16).pixels, most).pixels) == min(most, 40)
