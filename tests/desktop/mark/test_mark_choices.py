"""Every setting can be taken back, a slider's whole way at once."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mtgui.desktop.mark.mark_choices import DEFAULT, ChoiceHistory, MarkChoices
from mtgui.marking.settings import PRESETS, MarkSettings, Preset

pytestmark = pytest.mark.usefixtures("qapp")


def with_ratio(choices: MarkChoices, ratio: float) -> MarkChoices:
    return replace(choices, settings=replace(choices.settings, blend_ratio=ratio))


def test_a_change_is_told_undone_and_redone(history: ChoiceHistory, qtbot: QtBot) -> None:
    wanted = with_ratio(DEFAULT, 0.5)
    with qtbot.waitSignal(history.changed) as told:
        history.change(wanted, "blend ratio")
    assert told.args == [wanted]
    assert history.stack.undoText() == "blend ratio"
    history.stack.undo()
    assert history.choices == DEFAULT
    history.stack.redo()
    assert history.choices == wanted


def test_what_changes_nothing_leaves_no_trace(history: ChoiceHistory) -> None:
    history.change(DEFAULT, "nothing")
    assert not history.stack.canUndo()


def test_one_stroke_is_one_step(history: ChoiceHistory) -> None:
    for ratio in (0.8, 0.7, 0.6):
        history.change(with_ratio(history.choices, ratio), "blend ratio", stroke="blend")
    history.end_stroke()
    history.change(with_ratio(history.choices, 0.5), "blend ratio", stroke="blend")
    history.stack.undo()
    assert history.choices.settings.blend_ratio == 0.6
    history.stack.undo()
    assert history.choices == DEFAULT


def test_different_strokes_never_merge(history: ChoiceHistory) -> None:
    history.change(with_ratio(history.choices, 0.8), "blend ratio", stroke="blend")
    history.change(replace(history.choices, publish=3), "number to publish", stroke="publish")
    history.change(replace(history.choices, publish=None), "proposal")
    assert history.stack.count() == 3


def test_a_record_brings_settings_without_a_way_back(history: ChoiceHistory) -> None:
    history.change(with_ratio(DEFAULT, 0.5), "blend ratio")
    history.replace_quietly(with_ratio(DEFAULT, 0.9))
    assert not history.stack.canUndo()
    assert history.choices.settings.blend_ratio == 0.9


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_are_recognised(preset: Preset) -> None:
    choices = DEFAULT.with_mark(preset.applied_to(replace(DEFAULT.settings, noise_kind="uniform")))
    assert choices.preset is preset
    assert choices.mark_is_chosen
    assert with_ratio(DEFAULT, 0.123).preset is None


def test_numbers_of_a_rehearsal_without_private_pictures_let_everything_go_out() -> None:
    mark = MarkSettings(kind="tint", tint_strength=6.0)
    rehearsed = DEFAULT.as_rehearsed(mark, 12, 0, 12)
    assert (rehearsed.all_go_out, rehearsed.settings.tint_strength, rehearsed.settings.kind) == (True, 6.0, "tint")
    assert not DEFAULT.as_rehearsed(mark, 6, 6, 12).all_go_out


def test_a_pin_replaces_the_one_before_and_goes_with_chance() -> None:
    one, two = Path("/one.png"), Path("/two.png")
    choices = DEFAULT.with_pins((one, two), "always publish").with_pins((two,), "always withhold")
    assert choices.pinned == {(one, "always publish"), (two, "always withhold")}
    assert choices.with_pins((one, two), "drawn") == DEFAULT
