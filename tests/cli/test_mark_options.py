"""Options of a mark become its settings by one rule, whichever command they are given to."""

from dataclasses import replace
from typing import Any

import pytest

from mtgui.cli.mark_options import MarkOptions
from mtgui.common.errors import UsageError
from mtgui.marking.settings import MarkSettings, preset_named

COLOURED = MarkSettings(kind="tint", tint_strength=7, tint_is_coloured=True)
LIGHT = MarkSettings(kind="tint", tint_strength=3)
WITH_COLOUR = replace(LIGHT, tint_is_coloured=True)


@pytest.mark.parametrize(
    ("given", "start", "expected"),
    [
        ({}, COLOURED, COLOURED),
        ({"preset": "faint"}, COLOURED, preset_named("faint").mark),
        ({"tint": 3}, MarkSettings(), LIGHT),
        ({"tint": 3}, COLOURED, LIGHT),
        ({"tint": 3, "tint_colour": True}, MarkSettings(), WITH_COLOUR),
        ({"tint_colour": True}, LIGHT, WITH_COLOUR),
        ({"preset": "clear", "tint": 3}, MarkSettings(), WITH_COLOUR),
        ({"preset": "invisible", "tint": 3}, MarkSettings(), LIGHT),
        ({"paper": {"noise_budget": 2}}, COLOURED, MarkSettings(0.7, 2)),
        ({"preset": "subtle", "paper": {"blend_ratio": 0.8, "noise_kind": None}}, MarkSettings(), MarkSettings(0.8, 2)),
    ],
)  # fmt: skip
def test_options_change_the_settings_that_they_name(
    given: dict[str, Any], start: MarkSettings, expected: MarkSettings
) -> None:
    assert MarkOptions(**given).applied_to(start).values() == expected.values()
    assert MarkOptions(**given).are_given is bool(given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"tint": 3, "paper": {"blend_ratio": 0.9}}, "Leave one kind out"),
        ({"preset": "clear", "paper": {"noise_budget": 4}}, "Leave one kind out"),
        ({"tint_colour": True}, "give its strength with --tint"),
        ({"preset": "paper", "tint_colour": True}, "give its strength with --tint"),
    ],
)
def test_options_that_contradict_one_another_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        MarkOptions(**given).applied_to(MarkSettings())
