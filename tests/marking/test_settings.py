"""Bounds of the settings and names of the presets."""

from typing import Any

import pytest

from mtgui.common.errors import UsageError
from mtgui.marking.settings import PRESETS, MarkSettings, design_resolution_for, preset_named


@pytest.mark.parametrize(
    "wrong",
    [
        {"blend_ratio": -0.1},
        {"blend_ratio": 1.1},
        {"blend_ratio": float("nan")},
        {"noise_budget": -1},
        {"noise_budget": 65},
        {"noise_budget": 3.5},
        {"noise_kind": "simplex"},
        {"pattern_kind": "dots"},
        {"design_resolution": 5},
    ],
)
def test_settings_out_of_bounds_are_refused_in_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"must|no noise|no pattern"):
        MarkSettings(**wrong)


def test_the_strong_preset_is_the_papers() -> None:
    strong = preset_named("Strong")
    assert (strong.blend_ratio, strong.noise_budget) == (0.7, 8)


def test_presets_grow_in_strength() -> None:
    assert [p.blend_ratio for p in PRESETS] == sorted((p.blend_ratio for p in PRESETS), reverse=True)
    assert [p.noise_budget for p in PRESETS] == sorted(p.noise_budget for p in PRESETS)


def test_an_unknown_preset_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match="invisible, subtle, balanced, strong"):
        preset_named("loud")


@pytest.mark.parametrize(
    ("settings", "has_key_coin"),
    [
        (MarkSettings(), True),
        (MarkSettings(1.0, 8), True),
        (MarkSettings(0.7, 0), True),
        (MarkSettings(1.0, 0), False),
        (MarkSettings(0.7, 0, pattern_kind="picture"), False),
        (MarkSettings(0.7, 8, "none", "picture"), False),
        (MarkSettings(0.7, 8, pattern_kind="picture"), True),
    ],
)
def test_decoy_keys_speak_only_when_the_mark_depends_on_the_key(settings: MarkSettings, has_key_coin: bool) -> None:
    assert settings.has_key_coin is has_key_coin


def test_tiny_pictures_are_laid_out_at_32_pixels() -> None:
    assert design_resolution_for(MarkSettings(), 32, 32) == 32
    assert design_resolution_for(MarkSettings(), 64, 900) == 224
    assert design_resolution_for(MarkSettings(design_resolution=100), 32, 32) == 100
