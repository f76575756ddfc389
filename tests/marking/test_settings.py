"""Bounds of the settings and names of the presets."""

from typing import Any

import pytest

from mtgui.common.errors import UsageError
from mtgui.marking.settings import PRESETS, MarkSettings, design_resolution_for, preset_named, preset_of


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
        {"kind": "veil"},
        {"kind": "tint", "tint_strength": -0.25},
        {"kind": "tint", "tint_strength": 16.5},
        {"kind": "tint", "tint_strength": float("nan")},
    ],
)
def test_settings_out_of_bounds_are_refused_in_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"must|no noise|no pattern|no mark"):
        MarkSettings(**wrong)


def test_the_paper_preset_is_the_papers_and_its_former_name_still_works() -> None:
    paper = preset_named("Paper").mark
    assert (paper.kind, paper.blend_ratio, paper.noise_budget) == ("paper", 0.7, 8)
    assert preset_named("strong").mark == paper


def test_presets_grow_in_strength_from_no_mark_over_tints_to_the_papers() -> None:
    invisible, *tints, paper = PRESETS
    assert invisible.mark.is_invisible
    assert [preset.mark.kind for preset in tints] == ["tint", "tint"]
    assert [preset.mark.tint_is_coloured for preset in tints] == [False, True]
    assert 0 < tints[0].mark.tint_strength < tints[1].mark.tint_strength
    assert paper.mark.has_blend
    assert paper.mark.has_noise


def test_a_preset_changes_kind_and_strength_and_is_recognised() -> None:
    mine = MarkSettings(0.9, 3, "uniform", design_resolution=100)
    for preset in PRESETS:
        applied = preset.applied_to(mine)
        assert preset_of(applied) == preset
        assert (applied.noise_kind, applied.design_resolution) == ("uniform", 100)
    assert preset_of(mine) is None
    assert preset_of(MarkSettings(kind="tint", tint_strength=5)) is None


def test_former_presets_keep_their_strength() -> None:
    former = {name: preset_named(name).mark for name in ("subtle", "balanced")}
    assert (former["subtle"].blend_ratio, former["subtle"].noise_budget) == (0.92, 2)
    assert (former["balanced"].blend_ratio, former["balanced"].noise_budget) == (0.85, 4)


def test_an_unknown_preset_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match="invisible, faint, clear, paper"):
        preset_named("loud")


@pytest.mark.parametrize("settings", [MarkSettings(0.85, 4, "uniform"), MarkSettings(kind="tint", tint_strength=2.25)])
def test_plain_values_hold_all_that_counts(settings: MarkSettings) -> None:
    assert MarkSettings(**settings.values()) == settings


def test_plain_values_of_the_papers_mark_have_not_changed() -> None:
    assert MarkSettings().values() == {
        "blend_ratio": 0.7,
        "noise_budget": 8,
        "noise_kind": "perlin",
        "pattern_kind": "stripes",
        "design_resolution": None,
    }


def test_each_kind_of_mark_has_its_algorithm() -> None:
    assert MarkSettings().algorithm == "mtgui-mark-1"
    assert MarkSettings(kind="tint").algorithm == "mtgui-mark-2"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (MarkSettings(1.0, 0), "no mark at all"),
        (MarkSettings(kind="tint", tint_strength=0), "no mark at all"),
        (MarkSettings(kind="tint", tint_strength=3.75), "a tint of light, 3.75/255"),
        (
            MarkSettings(kind="tint", tint_strength=7, tint_is_coloured=True),
            "a tint of light and colour, 7/255",
        ),
        (MarkSettings(), "blend ratio 0.7 with colour stripes, perlin noise of 8/255"),
    ],
)
def test_settings_are_told_in_words(settings: MarkSettings, words: str) -> None:
    assert settings.in_words == words


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
        (MarkSettings(1.0, 0, kind="tint", tint_strength=0.5), True),
        (MarkSettings(0.7, 8, kind="tint", tint_strength=0.25), False),
        (MarkSettings(0.7, 8, kind="tint", tint_strength=0), False),
    ],
)
def test_decoy_keys_speak_only_when_the_mark_depends_on_the_key(settings: MarkSettings, has_key_coin: bool) -> None:
    assert settings.has_key_coin is has_key_coin


def test_tiny_pictures_are_laid_out_at_32_pixels() -> None:
    assert design_resolution_for(MarkSettings(), 32, 32) == 32
    assert design_resolution_for(MarkSettings(), 64, 900) == 224
    assert design_resolution_for(MarkSettings(design_resolution=100), 32, 32) == 100
