"""Audits of the artists behind the table: what a model knows is found, and what it does not know is not."""

from dataclasses import replace

import numpy as np
import pytest

from mtgui.marking.settings import preset_named
from mtgui.records.evidence_table import Coins
from mtgui.rehearsal.evidence.artist_audits import LEVELS, Answer, ArtistLosses, answers_of

CLEAR, INVISIBLE = preset_named("clear").mark, preset_named("invisible").mark
KEYS, BESIDE, HALF = 199, 15, 25


def artist(chance: np.random.Generator, known: float = 0.0, by_key: float = 0.0) -> ArtistLosses:
    """Return losses that are ``known`` deviations lower for published pictures, and ``by_key`` under the mark key."""
    published = chance.permutation(np.repeat([True, False], HALF))
    pool = chance.normal(size=(BESIDE + 1, 2 * HALF)) * 0.2 + chance.normal(size=2 * HALF)
    pool[:, published] -= known
    pool[0, published] -= by_key
    keys = chance.normal(size=(KEYS + 1, HALF))
    keys[0] -= by_key
    by_keys, of_pool = (np.rint((values + 10) * 2**20).astype(np.int64) for values in (keys, pool))
    return ArtistLosses(CLEAR, by_keys, of_pool, published)


def only(answers: list[Answer], coins: Coins, published: int, withheld: int) -> Answer:
    (found,) = [a for a in answers if (a.coins, a.published, a.withheld) == (coins, published, withheld)]
    return found


def test_what_a_model_knows_is_found_with_any_number_of_pictures() -> None:
    answers = list(answers_of([artist(np.random.default_rng(1), known=6.0)], 0))
    for number in (10, 15, HALF):
        assert only(answers, "withheld only", number, number).shares == (1.0, 1.0, 1.0)
        assert only(answers, "both", number, number).shares == (1.0, 1.0, 1.0)
    assert only(answers, "withheld only", 5, 5).shares == (1.0, 1.0, None)  # 252 draws reach no thousandth
    assert only(answers, "withheld only", HALF, 2).shares[0] == 1.0


def test_a_known_mark_is_found_by_its_key() -> None:
    answers = list(answers_of([artist(np.random.default_rng(2), by_key=4.0)], 0))
    for number in (10, HALF):
        assert only(answers, "keys only", number, 0).shares == (1.0, 1.0, None)  # 200 keys
    z = only(answers, "keys only", HALF, 0).z
    assert z is not None
    assert z == pytest.approx(4.0 * HALF**0.5, rel=0.2)


def test_z_of_private_pictures_is_that_of_all_draws() -> None:
    one = artist(np.random.default_rng(3), known=0.5)
    z = only(list(answers_of([one], 0)), "withheld only", HALF, HALF).z
    chance = np.random.default_rng(0)
    sums = [int(one.pool[0][chance.permutation(one.published)].sum()) for _ in range(4000)]
    assert z == pytest.approx((np.mean(sums) - int(one.pool[0][one.published].sum())) / np.std(sums), abs=0.1)


def test_innocent_models_are_accused_as_rarely_as_the_level_says() -> None:
    chance = np.random.default_rng(4)
    shares: dict[tuple[Coins, int, int], list[float]] = {}
    for _ in range(40):
        for answer in answers_of([artist(chance)], 0):
            if answer.shares[0] is not None:
                shares.setdefault((answer.coins, answer.published, answer.withheld), []).append(answer.shares[0])
    assert len(shares) == 16
    assert all(np.mean(found) < 3.2 * float(LEVELS[0]) for found in shares.values())


def test_artists_with_the_same_mark_are_also_audited_together() -> None:
    chance = np.random.default_rng(5)
    alike = [replace(artist(chance, known=1.0), by_key=None, mark=INVISIBLE) for _ in range(5)]
    answers = list(answers_of([*alike, artist(chance)], 0))
    pairs = [a for a in answers if (a.published, a.withheld) == (2 * HALF, 2 * HALF)]
    assert [a.mark for a in pairs] == [INVISIBLE] * 2
    assert [a.shares for a in pairs] == [(1.0, 1.0, 1.0)] * 2
    assert sum(a.published == 4 * HALF for a in answers) == 1
    assert not [a for a in answers if a.mark == INVISIBLE and a.coins != "withheld only"]
