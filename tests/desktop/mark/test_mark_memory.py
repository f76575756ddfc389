"""Settings come back as they were left; nonsense is passed over."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from mtgui.desktop.mark.export_plan import ExportPlan
from mtgui.desktop.mark.mark_choices import DEFAULT, MarkChoices
from mtgui.desktop.mark.mark_memory import MarkMemory
from mtgui.desktop.settings import MOST_RECENT
from mtgui.marking.settings import MarkSettings

OUT, RECORD = Path("/out"), Path("/out.mtrecord")
NONSENSE = ["", "nonsense", "nan", "inf", "-1", "1e400", ["a", "b"], None, b"\x00", "9" * 40, True, {"a": 1}]
KEYS = [
    "mark/blend_ratio",
    "mark/noise_budget",
    "mark/noise_kind",
    "mark/kind",
    "mark/tint_strength",
    "mark/tint_is_coloured",
    "mark/all_go_out",
    "mark/mode",
    "mark/recent_folders",
    "export/format",
    "export/quality",
    "export/remove_gps",
    "export/forbid_training",
    "export/embed_commitment",
    "export/on_conflict",
]


def again(settings: QSettings) -> MarkMemory:
    """Return a memory that reads ``settings`` from the disk."""
    settings.sync()
    return MarkMemory(QSettings(settings.fileName(), QSettings.Format.IniFormat))


def test_everything_comes_back(settings: QSettings, tmp_path: Path) -> None:
    memory = MarkMemory(settings)
    choices = MarkChoices(MarkSettings(0.63, 11, noise_kind="uniform"), publish=3, all_go_out=True)
    plan = ExportPlan(OUT, RECORD, "webp", 98, remove_gps=False, forbid_training=False, embed_commitment=True)
    memory.keep_choices(choices)
    memory.keep_mode("split")
    memory.keep_plan(replace(plan, on_conflict="skip"))
    memory.remember_folders([tmp_path])
    later = again(settings)
    assert later.choices() == replace(choices, publish=None, mark_is_chosen=True)
    assert later.mode() == "split"
    assert later.plan(OUT, RECORD) == replace(plan, on_conflict="skip")
    assert later.recent_folders() == [tmp_path]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_nonsense_is_passed_over(settings: QSettings, key: str, value: object) -> None:
    settings.setValue(key, value)
    for memory in (MarkMemory(settings), again(settings)):
        choices = memory.choices()
        assert 0 <= choices.settings.blend_ratio <= 1
        assert choices.settings.noise_kind == DEFAULT.settings.noise_kind
        assert memory.mode() == "side"
        assert all(folder.is_absolute() for folder in memory.recent_folders())
        plan = memory.plan(OUT, RECORD)
        assert 95 <= plan.quality <= 100
        assert (plan.format, plan.on_conflict) == ("keep", "rename")


def test_overwriting_is_never_the_habit(settings: QSettings) -> None:
    memory = MarkMemory(settings)
    memory.keep_plan(ExportPlan(OUT, RECORD, on_conflict="overwrite"))
    assert again(settings).plan(OUT, RECORD).on_conflict == "rename"


def test_recent_folders_are_few_and_each_once(settings: QSettings, tmp_path: Path) -> None:
    memory = MarkMemory(settings)
    folders = [tmp_path / str(number) for number in range(MOST_RECENT + 3)]
    for folder in folders:
        memory.remember_folders([folder])
    memory.remember_folders([folders[-2]])
    kept = again(settings).recent_folders()
    assert kept[:2] == [folders[-2], folders[-1]]
    assert len(kept) == len(set(kept)) == MOST_RECENT


def test_a_mark_that_was_only_proposed_is_no_choice_of_the_person_later(settings: QSettings) -> None:
    memory = MarkMemory(settings)
    for all_go_out in (True, False):
        proposed = DEFAULT.with_all_out(all_go_out)
        memory.keep_choices(proposed)
        assert again(settings).choices() == proposed
        assert not again(settings).choices().mark_is_chosen


def test_settings_of_a_time_without_tints_are_read(settings: QSettings) -> None:
    settings.setValue("mark/blend_ratio", "0.85")
    settings.setValue("mark/noise_budget", "4")
    settings.setValue("mark/noise_kind", "perlin")
    choices = again(settings).choices()
    assert choices.settings == MarkSettings(0.85, 4)
    assert choices.mark_is_chosen
    assert not choices.all_go_out
