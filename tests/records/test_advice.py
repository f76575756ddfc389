"""What publishing so many buys: the numbers are those of the audit, and weak designs are told."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mtgui.marking.settings import PRESETS, MarkSettings, Preset
from mtgui.records.advice import advice_on
from mtgui.records.chances import KEYS_ALONE, KEYS_BESIDE_WITHHELD
from mtgui.records.coin_choice import Choice
from mtgui.records.draw import PublishRule
from mtgui.records.outlook import outlook_for
from mtgui.records.record import Record
from tests.publishing.publishing_helpers import album, finish, record_of, request_for
from tests.records.records_helpers import make_block, picture

STRONG = MarkSettings()
INVISIBLE = MarkSettings(1.0, 0)


def advice_for(
    settings: MarkSettings, published: int, pool: int, pinned_public: int = 0, pinned_private: int = 0
) -> str:
    """Return the advice on a record of one draw; pinned pictures are among the published ones and the others."""
    counts: dict[Choice, int] = {
        "always publish": pinned_public,
        "drawn": pool - pinned_public - pinned_private,
        "always withhold": pinned_private,
    }
    choices = [choice for choice, count in counts.items() for _ in range(count)]
    block = make_block(published=tuple(range(published)), settings=settings)
    block = replace(block, pool=tuple(picture(number, choice=choice) for number, choice in enumerate(choices)))
    return advice_on(Record((block,), ("",), ()))


def test_all_private_is_told() -> None:
    assert "You keep every picture private" in advice_for(STRONG, 0, 3, pinned_private=3)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_publishing_all_rests_on_the_key(preset: object) -> None:
    assert preset in PRESETS
    assert f"1 in {KEYS_ALONE + 1:,}" in advice_for(STRONG, 5, 5)
    assert "Nothing here depends on chance" in advice_for(INVISIBLE, 5, 5)


def test_few_pictures_are_too_weak_to_convince() -> None:
    advice = advice_for(INVISIBLE, 2, 4)
    assert f"1 in {math.comb(4, 2)}" in advice
    assert "Add pictures" in advice


def test_the_limit_is_that_of_draws_and_keys() -> None:
    ways = math.comb(10, 5) * (KEYS_BESIDE_WITHHELD + 1)
    advice = advice_for(STRONG, 5, 10)
    assert f"1 in {ways:,}" in advice
    assert "which 5 stay private" in advice


def test_one_private_picture_is_spoken_of_as_one() -> None:
    assert "which 1 stays private. Compared with it," in advice_for(STRONG, 199, 200)


def test_pictures_of_the_persons_own_choice_take_no_part() -> None:
    free = advice_for(STRONG, 5, 10)
    pinned = advice_for(STRONG, 8, 16, pinned_public=3, pinned_private=3)
    assert free.split("In trial")[0] == pinned.split("In trial")[0]


def test_an_export_ends_with_the_advice_on_its_record(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 10), tmp_path, publish=PublishRule(count=5))
    result = finish(request)
    assert result["advice"] == advice_on(record_of(request)) == advice_for(request.settings, 5, 10)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: str(preset.name))
@pytest.mark.parametrize(("published", "pool"), [(5, 10), (25, 50), (40, 60), (30, 30), (200, 400)])
def test_no_sentence_promises_more_than_the_table(preset: Preset, published: int, pool: int) -> None:
    advice, outlook = advice_for(preset.mark, published, pool), outlook_for(preset.mark, published, pool)
    if outlook.level == "not possible":
        assert "nothing could be proved later" in advice
        assert "%" not in advice
        return
    told = [int(share) for share in re.findall(r"(\d+) %", advice)]
    measured = [(outlook.share, outlook.low, outlook.high), *([outlook.memorising] if outlook.memorising else [])]
    expected = [
        number
        for share, low, high in measured
        for number in (math.floor(100 * share), 95, math.floor(100 * low), math.ceil(100 * high))
    ]
    assert told[: len(expected)] == expected
    if published == pool:
        assert "only the secret key" in advice
