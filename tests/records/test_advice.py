"""What publishing so many buys: the numbers are those of the audit, and weak designs are told."""

import math
import re
from pathlib import Path

import pytest

from mtgui.marking.settings import PRESETS, MarkSettings, Preset
from mtgui.records.advice import advice_for, advice_on
from mtgui.records.chances import KEYS_ALONE, KEYS_BESIDE_WITHHELD
from mtgui.records.draw import PublishRule
from mtgui.records.outlook import outlook_for
from tests.publishing.publishing_helpers import album, finish, record_of, request_for

STRONG = MarkSettings()
INVISIBLE = MarkSettings(1.0, 0)


def test_nothing_is_promised_without_pictures() -> None:
    advice = advice_for(STRONG, 0, 0)
    assert not advice.is_caution
    assert "Add pictures" in advice.text


def test_all_private_is_told() -> None:
    assert advice_for(STRONG, 0, 3, pinned_private=3).is_caution


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_publishing_all_rests_on_the_key(preset: object) -> None:
    assert preset in PRESETS
    assert f"1 in {KEYS_ALONE + 1:,}" in advice_for(STRONG, 5, 5).text
    assert advice_for(INVISIBLE, 5, 5).is_caution
    assert "Nothing here depends on chance" in advice_for(INVISIBLE, 5, 5).text


def test_few_pictures_are_too_weak_to_convince() -> None:
    advice = advice_for(INVISIBLE, 2, 4)
    assert advice.is_caution
    assert f"1 in {math.comb(4, 2)}" in advice.text
    assert "Add pictures" in advice.text


def test_the_limit_is_that_of_draws_and_keys() -> None:
    ways = math.comb(10, 5) * (KEYS_BESIDE_WITHHELD + 1)
    advice = advice_for(STRONG, 5, 10)
    assert f"1 in {ways:,}" in advice.text
    assert "which 5 stay private" in advice.text
    assert not advice.is_caution


def test_one_private_picture_is_spoken_of_as_one() -> None:
    assert "which 1 stays private. Compared with it," in advice_for(STRONG, 199, 200).text


def test_pictures_of_the_persons_own_choice_take_no_part() -> None:
    free = advice_for(STRONG, 5, 10)
    pinned = advice_for(STRONG, 8, 16, pinned_public=3, pinned_private=3)
    assert free.text.split("In trial")[0] == pinned.text.split("In trial")[0]


def test_a_record_says_what_was_said_before_it_was_made(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 10), tmp_path, publish=PublishRule(count=5))
    finish(request)
    assert advice_on(record_of(request)) == advice_for(request.settings, 5, 10)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: str(preset.name))
@pytest.mark.parametrize(("published", "pool"), [(5, 10), (25, 50), (40, 60), (30, 30), (200, 400)])
def test_no_sentence_promises_more_than_the_table(preset: Preset, published: int, pool: int) -> None:
    advice, outlook = advice_for(preset.mark, published, pool), outlook_for(preset.mark, published, pool)
    if outlook.level == "not possible":
        assert advice.is_caution
        assert "%" not in advice.text
        return
    told = [int(share) for share in re.findall(r"(\d+) %", advice.text)]
    measured = [(outlook.share, outlook.low, outlook.high), *([outlook.memorising] if outlook.memorising else [])]
    expected = [
        number
        for share, low, high in measured
        for number in (math.floor(100 * share), 95, math.floor(100 * low), math.ceil(100 * high))
    ]
    assert told[: len(expected)] == expected
    if published == pool:
        assert "only the secret key" in advice.text
