"""The outlook never promises more than the table of evidence, and never less for more pictures."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from mtgui.marking.settings import PRESETS, MarkSettings, preset_named
from mtgui.records.evidence_table import (
    FORMAT,
    Coins,
    Detection,
    EvidenceTable,
    FoundAt,
    Made,
    MeasuredMark,
    Rate,
    Regime,
    evidence_table,
)
from mtgui.records.outlook import LEVELS, nearest_mark, outlook_for, outlook_in

INVISIBLE = preset_named("invisible").mark
WEAK, STRONG = (MarkSettings(kind="tint", tint_strength=strength) for strength in (2.0, 6.0))
PAPER = preset_named("paper").mark


def row(
    mark: str, coins: Coins, published: int, withheld: int, share: float, low: float, *,
    regime: Regime = "augmented", data: str = "one",
) -> Detection:  # fmt: skip
    found = (FoundAt(Fraction(1, 100), Rate(share, low, 1.0)),)
    return Detection(data, regime, mark, coins, published, withheld, 5, 40, found, None)


def table(*rows: Detection) -> EvidenceTable:
    marks = [("none", INVISIBLE), ("weak", WEAK), ("strong", STRONG), ("paper", PAPER)]
    made = Made("a command", "2026-11-27T00:00:00Z", "0", "0", 199)
    measured = tuple(MeasuredMark(name, name, settings.values(), ()) for name, settings in marks)
    return EvidenceTable(FORMAT, False, made, measured, (), rows, (), (), ())


MEASURED = table(
    row("none", "withheld only", 10, 10, 0.4, 0.2),
    row("none", "withheld only", 20, 20, 0.9, 0.85),
    row("none", "withheld only", 20, 20, 1.0, 0.9, regime="memorises"),
    row("strong", "both", 10, 10, 0.4, 0.2),
    row("strong", "withheld only", 10, 10, 0.9, 0.8),
    row("strong", "keys only", 20, 0, 0.5, 0.3),
)


def test_measured_numbers_are_told_as_they_are() -> None:
    outlook = outlook_in(MEASURED, INVISIBLE, 10, 20)
    assert (outlook.level, outlook.share, outlook.low, outlook.high) == ("perhaps", 0.4, 0.2, 1.0)
    assert outlook_in(MEASURED, INVISIBLE, 20, 40).level == "very likely"


def test_between_measured_numbers_it_lies_between() -> None:
    assert outlook_in(MEASURED, INVISIBLE, 15, 30).share == pytest.approx(0.65)
    assert outlook_in(MEASURED, INVISIBLE, 5, 10).share == pytest.approx(0.2)


def test_nothing_is_extrapolated_upwards() -> None:
    most, more = outlook_in(MEASURED, INVISIBLE, 20, 40), outlook_in(MEASURED, INVISIBLE, 500, 1000)
    assert (more.share, more.low) == (most.share, most.low)
    assert more.shortfall is None


def test_few_private_pictures_count_as_few() -> None:
    """10 private of 30 tell as much as 13⅓ + 13⅓, the harmonic mean of 20 and 10."""
    assert outlook_in(MEASURED, INVISIBLE, 20, 30).share == pytest.approx(0.4 + 0.5 / 3)


def test_the_key_speaks_where_all_is_published() -> None:
    assert outlook_in(MEASURED, STRONG, 20, 20).share == 0.5
    assert outlook_in(MEASURED, STRONG, 10, 10).share == 0.25
    assert outlook_in(MEASURED, INVISIBLE, 20, 20).level == "not possible"


def test_both_coins_count_where_both_were_measured() -> None:
    assert outlook_in(MEASURED, STRONG, 10, 20).share == 0.4


def test_the_least_favourable_pictures_speak() -> None:
    worse = table(*MEASURED.detections, row("none", "withheld only", 10, 10, 0.1, 0.0, data="two"))
    assert outlook_in(worse, INVISIBLE, 10, 20).share == 0.1
    assert outlook_in(worse, INVISIBLE, 20, 40).share == 0.1


def test_models_that_memorise_are_told_apart() -> None:
    assert outlook_in(MEASURED, INVISIBLE, 20, 40).memorising == (1.0, 0.9, 1.0)
    assert outlook_in(MEASURED, STRONG, 20, 40).memorising is None


def test_a_smaller_share_of_more_pictures_lowers_that_of_fewer() -> None:
    odd = table(row("none", "withheld only", 10, 10, 0.5, 0.4), row("none", "withheld only", 20, 20, 0.4, 0.3))
    assert outlook_in(odd, INVISIBLE, 10, 20).share == 0.4


def test_few_audits_of_many_pictures_do_not_lower_the_bound_of_fewer() -> None:
    """100 pictures are found at least as often as 20, however few audits of 100 there were."""
    odd = table(row("none", "withheld only", 20, 20, 0.9, 0.85), row("none", "withheld only", 100, 100, 1.0, 0.3))
    assert outlook_in(odd, INVISIBLE, 20, 40).low == outlook_in(odd, INVISIBLE, 100, 200).low == 0.85


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (INVISIBLE, "none"),
        (WEAK, "weak"),
        (replace(WEAK, tint_strength=5.75), "weak"),
        (replace(STRONG, tint_strength=16.0), "strong"),
        (replace(WEAK, tint_strength=1.75), "none"),
        (replace(WEAK, tint_is_coloured=True), "weak"),
        (PAPER, "paper"),
        (MarkSettings(0.6, 16), "paper"),
        (MarkSettings(0.6, 4), "none"),
        (MarkSettings(0.85, 8), "none"),
        (MarkSettings(0.7, 8, "uniform"), "none"),
    ],
)
def test_marks_that_were_not_measured_take_the_numbers_of_weaker_ones(settings: MarkSettings, name: str) -> None:
    assert nearest_mark(MEASURED, settings).name == name


def test_what_no_audit_can_reach_is_not_possible() -> None:
    assert outlook_in(MEASURED, INVISIBLE, 4, 8).level == "not possible"  # 1 in 70
    assert outlook_in(MEASURED, INVISIBLE, 5, 10).level != "not possible"  # 1 in 252
    assert outlook_in(MEASURED, INVISIBLE, 0, 0).level == "not possible"
    assert outlook_in(MEASURED, STRONG, 0, 10).level == "not possible"


def test_the_persons_own_choices_take_no_part_in_the_draw() -> None:
    pinned = outlook_in(MEASURED, INVISIBLE, 15, 30, pinned_public=5, pinned_private=5)
    assert pinned.share == outlook_in(MEASURED, INVISIBLE, 10, 20).share


def test_the_shortfall_reaches_the_next_level_and_one_picture_less_does_not() -> None:
    for published, pool in ((2, 4), (5, 10), (10, 20), (7, 14)):
        outlook = outlook_in(MEASURED, INVISIBLE, published, pool)
        assert outlook.shortfall is not None
        reached, missed = (
            outlook_in(MEASURED, INVISIBLE, published + (more + 1) // 2, pool + more).level
            for more in (outlook.shortfall, outlook.shortfall - 1)
        )
        assert LEVELS.index(reached) > LEVELS.index(outlook.level) == LEVELS.index(missed)


def test_where_all_goes_out_more_pictures_go_out_too() -> None:
    """20 are found in half of the audits by the key alone, and no number of further ones reaches the next level."""
    assert outlook_in(MEASURED, STRONG, 20, 20).shortfall is None
    some = outlook_in(MEASURED, STRONG, 8, 8)
    assert some.shortfall == 4
    assert outlook_in(MEASURED, STRONG, 12, 12).level == "perhaps"
    assert outlook_in(MEASURED, STRONG, 11, 11).level == some.level == "hardly"
    assert outlook_in(MEASURED, INVISIBLE, 12, 12).shortfall is None, "without a mark, nothing can speak"


def test_a_tint_of_light_alone_is_not_taken_for_a_coloured_one() -> None:
    coloured = MeasuredMark("coloured", "coloured", replace(STRONG, tint_is_coloured=True).values(), ())
    marks = replace(MEASURED, marks=(*MEASURED.marks[:2], coloured))
    assert nearest_mark(marks, STRONG).name == "weak"
    assert nearest_mark(marks, replace(STRONG, tint_is_coloured=True)).name == "coloured"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: str(preset.name))
def test_the_shipped_table_never_promises_less_for_more_pictures(preset: object) -> None:
    settings = next(one.mark for one in PRESETS if one is preset)
    outlooks = [outlook_for(settings, half, 2 * half) for half in range(120)]
    for fewer, more in pairwise(outlooks):
        assert (fewer.share, fewer.low, LEVELS.index(fewer.level)) <= (more.share, more.low, LEVELS.index(more.level))
        assert more.low <= more.share <= more.high


def test_the_shipped_table_holds_the_presets() -> None:
    assert {mark.name: mark.mark for mark in evidence_table().marks} == {one.name: one.mark for one in PRESETS}


def test_the_basis_says_in_plain_words_where_the_numbers_come_from() -> None:
    basis = outlook_for(preset_named("invisible").mark, 25, 50).basis
    assert "small models that learned public pictures" in basis
    assert "Provisional" not in basis
