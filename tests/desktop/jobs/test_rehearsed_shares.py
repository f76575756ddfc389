"""What a rehearsal in the history says about other numbers of pictures, and when it says nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mtgui.desktop.jobs.history_store import HistoryEntry
from mtgui.desktop.jobs.rehearsed_shares import mark_values, rehearsed_share
from mtgui.marking.settings import MarkSettings

TINT = MarkSettings(kind="tint", tint_strength=5.0)
CURVE = [[5, 5, 0.2, 0.1, 0.5], [15, 15, 0.6, 0.3, 0.8], [25, 25, 1.0, 0.6, 1.0]]


def entry(number: int = 1, **facts: Any) -> HistoryEntry:
    usual = {"mark": mark_values(TINT), "artists": 10, "curve": CURVE, "measures": {}, "source": "made"}
    place = Path("/nowhere")
    return HistoryEntry(
        number, "rehearsal", "2026-01-01T00:00:00Z", "finished", "", "", "", place, place, "", {}, facts=usual | facts
    )


def test_rehearsed_numbers_have_their_share() -> None:
    found = rehearsed_share([entry()], TINT, 15, 15)
    assert found is not None
    assert (found.share, found.low, found.high, found.is_between) == (0.6, 0.3, 0.8, False)


def test_numbers_between_are_interpolated_and_said_to_be() -> None:
    found = rehearsed_share([entry()], TINT, 20, 20)
    assert found is not None
    assert found.is_between
    assert (found.share, found.low, found.high) == pytest.approx((0.8, 0.45, 0.9))


@pytest.mark.parametrize("numbers", [(4, 4), (30, 30), (25, 5), (30, 0), (0, 0)])
def test_other_numbers_have_no_answer(numbers: tuple[int, int]) -> None:
    assert rehearsed_share([entry()], TINT, *numbers) is None


@pytest.mark.parametrize(
    "one",
    [
        entry(measures={"jpeg": 50}), entry(mark={}), entry(curve=[]), entry(curve=None), entry(curve=[[1, "x"]]),
        replace(entry(), state="cancelled"), replace(entry(), kind="audit"), entry(artists=None),
    ],
)  # fmt: skip
def test_other_entries_have_no_answer(one: HistoryEntry) -> None:
    assert rehearsed_share([one], TINT, 15, 15) is None


def test_the_newest_rehearsal_answers() -> None:
    newer = entry(2, curve=[[15, 15, 0.9, 0.5, 1.0]])
    found = rehearsed_share([entry(3, measures={"jpeg": 50}), newer, entry()], TINT, 15, 15)
    assert found is not None
    assert (found.number, found.share) == (2, 0.9)


def test_marks_of_the_same_strength_are_the_same() -> None:
    nothing = [MarkSettings(1.0, 0), MarkSettings(kind="tint", tint_strength=0.0)]
    assert [mark_values(mark) for mark in nothing] == [{}, {}]
    assert mark_values(TINT) == mark_values(replace(TINT, noise_budget=3))
    assert mark_values(MarkSettings()) == mark_values(MarkSettings(design_resolution=64))
    assert mark_values(MarkSettings()) != mark_values(MarkSettings(noise_budget=3))
