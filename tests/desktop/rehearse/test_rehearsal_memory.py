"""What the page remembers: all that was set, and nothing that makes no sense."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.desktop.rehearse.rehearsal_memory import RehearseMemory
from mtgui.desktop.settings import REHEARSAL
from mtgui.marking.settings import MarkSettings

MARK = MarkSettings(0.92, 2)


def test_everything_comes_back(settings: QSettings, tmp_path: Path) -> None:
    choices = RehearsalChoices(
        source="pictures", pictures=(tmp_path / "a", tmp_path / "b"), published=7, withheld=3,
        mark=MarkSettings(0.8, 5, "uniform"), others=tmp_path, measures=(("jpeg", 40.0), ("blur", 1.5)),
        effort="thorough", network="resnet18", epochs=12, users=3, device="cpu", seed=9,
    )  # fmt: skip
    RehearseMemory(settings).keep_choices(choices)
    settings.sync()
    again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    assert RehearseMemory(again).choices(MARK) == choices


@pytest.mark.parametrize("is_coloured", [False, True])
def test_a_tint_comes_back(settings: QSettings, is_coloured: bool) -> None:
    choices = RehearsalChoices(mark=MarkSettings(kind="tint", tint_strength=5.25, tint_is_coloured=is_coloured))
    RehearseMemory(settings).keep_choices(choices)
    assert RehearseMemory(settings).choices(MARK) == choices


def test_a_mark_that_an_earlier_version_stored_is_the_paper_s(settings: QSettings) -> None:
    settings.setValue(REHEARSAL.key, '{"blend_ratio": 0.85, "noise_budget": 4, "noise_kind": "perlin"}')
    found = RehearseMemory(settings).choices(MarkSettings(kind="tint", tint_strength=5.25)).mark
    assert (found.kind, found.blend_ratio, found.noise_budget) == ("paper", 0.85, 4)


@pytest.mark.parametrize("mark", [MARK, MarkSettings(kind="tint", tint_strength=7.25, tint_is_coloured=True)])
def test_the_mark_of_the_mark_page_is_proposed_at_first(settings: QSettings, mark: MarkSettings) -> None:
    assert RehearseMemory(settings).choices(mark) == RehearsalChoices(mark=mark)


@pytest.mark.parametrize(
    "text",
    [
        "nothing", "[1]", "{", '{"published": -4, "withheld": "x", "measures": [1], "effort": 3}',
        '{"measures": {"jpeg": "x", "unknown": 3}, "network": "vgg", "epochs": true, "seed": 1e99}',
        '{"blend_ratio": 7, "noise_budget": 9999, "noise_kind": "pink", "pictures": "a", "record": 4}',
        '{"kind": "veil", "tint_strength": "much"}', '{"kind": "tint", "tint_strength": -4}',
        '{"pictures": ["relative/path", 3], "others": "also/relative", "device": "toaster"}',
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_passed_over(settings: QSettings, text: str) -> None:
    settings.setValue(REHEARSAL.key, text)
    assert RehearseMemory(settings).choices(MARK) == RehearsalChoices(mark=MARK)


def test_values_out_of_bounds_are_brought_within(settings: QSettings) -> None:
    settings.setValue(REHEARSAL.key, '{"measures": {"jpeg": 4000}}')
    assert RehearseMemory(settings).choices(MARK).measures == (("jpeg", 100.0),)
