"""What rehearsals in the history say for other pages, and what becomes of their numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mtgui.desktop.jobs.history_store import HistoryEntry
from mtgui.desktop.jobs.rehearsed_numbers import numbers_in_words, published_of
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare, rehearsed_shares
from mtgui.marking.settings import MarkSettings

TINT = MarkSettings(kind="tint", tint_strength=5.0)
WHEN = "2026-01-01T00:00:00Z"
CURVE = [[5, 5, 0.2, 0.1, 0.5], [25, 25, 1, 0.6, 1.0]]


def entry(**facts: Any) -> HistoryEntry:
    usual = {"mark": TINT.strength_values(), "artists": 10, "curve": CURVE, "measures": {}}
    place = Path("/nowhere")
    return HistoryEntry(1, "rehearsal", WHEN, "finished", "", "", "", place, place, "", {}, facts=usual | facts)


def test_every_point_is_a_share_of_its_mark() -> None:
    assert rehearsed_shares([entry()]) == (
        RehearsedShare(TINT, 5, 5, 0.2, 0.1, 0.5, WHEN, 10, is_drawn=True),
        RehearsedShare(TINT, 25, 25, 1.0, 0.6, 1.0, WHEN, 10, is_drawn=True),
    )
    invisible = rehearsed_shares([entry(mark={})])
    assert all(one.mark.is_invisible for one in invisible)
    assert len(invisible) == 2


def test_real_pictures_of_enough_artists_are_evidence() -> None:
    real = {"others": "/o"}
    assert all(one.is_evidence for one in rehearsed_shares([replace(entry(artists=20), request=real)]))
    for one in (
        replace(entry(artists=19), request=real),
        replace(entry(artists=None), request=real),
        entry(artists=20),
    ):
        assert not any(share.is_evidence for share in rehearsed_shares([one]))


@pytest.mark.parametrize(
    "one",
    [
        entry(measures={"jpeg": 50}), entry(mark=None), entry(mark={"tint_strength": -1}), entry(mark={"veil": 1}),
        entry(curve=[]), entry(curve=None), entry(curve=[[1, "x"]]), replace(entry(), state="cancelled"),
        replace(entry(), kind="audit"),
    ],
)  # fmt: skip
def test_other_entries_say_nothing(one: HistoryEntry) -> None:
    assert rehearsed_shares([one]) == ()


def test_marks_of_the_same_strength_are_the_same() -> None:
    nothing = [MarkSettings(1.0, 0), MarkSettings(kind="tint", tint_strength=0.0)]
    assert [mark.strength_values() for mark in nothing] == [{}, {}]
    assert TINT.strength_values() == replace(TINT, noise_budget=3).strength_values()
    assert MarkSettings().strength_values() == MarkSettings(design_resolution=64).strength_values()
    assert MarkSettings().strength_values() != MarkSettings(noise_budget=3).strength_values()


@pytest.mark.parametrize(
    ("numbers", "pool", "out"),
    [((25, 25), 12, 6), ((25, 25), 0, 25), ((20, 10), 12, 8), ((9, 1), 2, 2), ((1, 9), 3, 1)],
)
def test_the_same_share_of_other_pictures_is_published(numbers: tuple[int, int], pool: int, out: int) -> None:
    assert published_of(*numbers, pool) == out


def test_numbers_are_those_of_the_pictures_loaded() -> None:
    assert numbers_in_words(25, 25, 12) == "12 pictures are loaded: 6 would go out and 6 stay home."
    assert numbers_in_words(25, 25, 1) == "1 picture is loaded: 1 would go out and 0 stay home."
    assert numbers_in_words(20, 10, 0) == "No pictures are loaded: of 30 pictures, 20 would go out and 10 stay home."
