"""The panel on the right: what decides, then the mark; it never offers what cannot be, and locks after the draw."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mtgui.desktop.mark.drawn_set import DrawnSet
from mtgui.desktop.mark.inspector import Inspector
from mtgui.desktop.mark.mark_choices import ChoiceHistory
from mtgui.desktop.mark.pattern_swatch import PatternSwatch
from mtgui.desktop.widgets.controls import LabelledSlider
from mtgui.marking.settings import PRESETS, MarkSettings
from mtgui.records.attainable_p import planned_size
from mtgui.records.chances import proposed_published
from tests.desktop.desktop_helpers import child

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def inspector(qtbot: QtBot, history: ChoiceHistory) -> Inspector:
    inspector = Inspector(history)
    qtbot.addWidget(inspector)
    inspector.resize(300, 900)
    inspector.show()
    return inspector


def button(inspector: Inspector, start: str) -> QPushButton:
    return next(b for b in inspector.findChildren(QPushButton) if b.text().replace("&", "").startswith(start))


def texts(inspector: Inspector) -> str:
    return "\n".join(label.text() for label in inspector.findChildren(QLabel) if label.isVisibleTo(inspector))


def pool(count: int) -> frozenset[Path]:
    return frozenset(Path(f"/{number}.png") for number in range(count))


def click_preset(inspector: Inspector, name: str) -> None:
    QTest.mouseClick(inspector.mark.preset_button(name), Qt.MouseButton.LeftButton)


def answer(inspector: Inspector, *, all_go_out: bool) -> None:
    inspector.decision.answer(all_go_out=all_go_out).click()


# What decides.


def test_the_question_comes_first_and_says_why(inspector: Inspector) -> None:
    inspector.set_pool(pool(12))
    shown = texts(inspector)
    assert "Can you keep some of these private?" in shown
    assert "An audit compares the pictures that went out with those that stayed home. A coin decides which." in shown
    assert inspector.decision.y() < inspector.mark.y()
    assert inspector.decision.answer(all_go_out=False).isChecked()


@pytest.mark.parametrize("count", [2, 9, 40, 200])
def test_the_proposal_is_the_programs_own_until_changed(
    inspector: Inspector, history: ChoiceHistory, count: int
) -> None:
    inspector.set_pool(pool(count))
    kept, proposal = inspector.decision.kept, proposed_published(count)
    assert (kept.value, inspector.published) == (count - proposal, proposal)
    assert button(inspector, "Use the proposal").isHidden()
    kept.spin_box.setValue(1)
    assert inspector.published == count - 1
    if count - 1 > proposal:
        QTest.mouseClick(button(inspector, "Use the proposal"), Qt.MouseButton.LeftButton)
    assert history.choices.publish is None or count == 2
    assert inspector.published == proposal


def test_the_mark_that_is_proposed_follows_the_answer(inspector: Inspector, history: ChoiceHistory) -> None:
    inspector.set_pool(pool(12))
    assert history.choices.settings.is_invisible
    answer(inspector, all_go_out=True)
    assert history.choices.preset is not None
    assert (history.choices.preset.name, inspector.published) == ("clear", 12)
    answer(inspector, all_go_out=False)
    assert history.choices.settings.is_invisible
    history.stack.undo()
    assert history.choices.preset.name == "clear"


def test_a_mark_that_the_person_chose_is_never_changed_silently(inspector: Inspector, history: ChoiceHistory) -> None:
    inspector.set_pool(pool(12))
    click_preset(inspector, "invisible")
    answer(inspector, all_go_out=True)
    assert history.choices.settings.is_invisible
    assert "only a mark can speak later." in texts(inspector)
    QTest.mouseClick(button(inspector, "Use the mark Clear"), Qt.MouseButton.LeftButton)
    assert history.choices.settings.has_tint
    assert "only a mark can speak later." not in texts(inspector)
    answer(inspector, all_go_out=False)
    assert history.choices.settings.has_tint
    assert "Some stay home, so no mark is needed" in texts(inspector)
    click_preset(inspector, "invisible")
    assert "no mark is needed" not in texts(inspector)


def test_one_picture_has_nothing_to_choose_from(inspector: Inspector) -> None:
    inspector.set_pool(pool(1))
    assert not inspector.decision.answer(all_go_out=False).isEnabled()
    assert "With one picture there is nothing to choose from." in texts(inspector)
    assert inspector.published == 1
    inspector.set_pool(pool(2))
    assert inspector.decision.answer(all_go_out=False).isChecked()
    assert inspector.published == 1


def test_fewer_pictures_bring_the_number_down_and_more_bring_it_back(inspector: Inspector) -> None:
    inspector.set_pool(pool(20))
    inspector.decision.kept.spin_box.setValue(5)
    inspector.set_pool(pool(8))
    assert inspector.published == 7
    inspector.set_pool(pool(20))
    assert inspector.published == 15


def test_own_choices_bound_the_number(inspector: Inspector, history: ChoiceHistory) -> None:
    paths = tuple(sorted(pool(10)))
    inspector.set_pool(frozenset(paths))
    choices = history.choices.with_pins(paths[:3], "always publish").with_pins(paths[3:7], "always withhold")
    history.change(choices, "who decides")
    kept = inspector.decision.kept.spin_box
    assert (kept.minimum(), kept.maximum()) == (4, 7)
    history.change(choices.with_pins(paths, "always withhold"), "who decides")
    assert inspector.published == 0
    assert "All of them stay home by your own choice" in texts(inspector)


def test_pinned_pictures_stay_home_though_the_rest_must_go_out(inspector: Inspector, history: ChoiceHistory) -> None:
    paths = tuple(sorted(pool(10)))
    inspector.set_pool(frozenset(paths))
    answer(inspector, all_go_out=True)
    history.change(history.choices.with_pins(paths[:2], "always withhold"), "who decides")
    assert inspector.published == 8
    assert "2 stay home, since you decided so yourself." in texts(inspector)


def test_choices_for_pictures_that_left_do_not_count(inspector: Inspector, history: ChoiceHistory) -> None:
    paths = tuple(sorted(pool(10)))
    history.change(history.choices.with_pins(paths[:9], "always withhold"), "who decides")
    inspector.set_pool(frozenset(paths[8:]))
    assert (inspector.numbers.pool, inspector.numbers.pinned_home, inspector.published) == (2, 1, 1)


def test_without_pictures_there_is_nothing_to_publish(inspector: Inspector) -> None:
    inspector.set_pool(frozenset())
    assert not inspector.decision.kept.isVisible()
    assert inspector.published == 0


# The mark.


def test_controls_follow_the_kind_of_mark_and_presets_can_be_undone(
    inspector: Inspector, history: ChoiceHistory
) -> None:
    seen = {}
    for preset in PRESETS:
        click_preset(inspector, preset.name)
        assert history.choices.preset == preset
        names = ("Strength", "Blend", "Noise")
        seen[preset.name] = tuple(child(inspector, LabelledSlider, name).isVisible() for name in names)
    assert seen == {
        "invisible": (False, False, False),
        "faint": (True, False, False),
        "clear": (True, False, False),
        "paper": (False, True, True),
    }
    history.stack.undo()
    assert inspector.mark.preset_button(PRESETS[-2].name).isChecked()


def test_leaving_a_preset_puts_no_preset_down(inspector: Inspector, history: ChoiceHistory) -> None:
    click_preset(inspector, "paper")
    QTest.keyClick(child(inspector, LabelledSlider, "Blend").slider, Qt.Key.Key_Right)
    assert history.choices.settings.blend_ratio == pytest.approx(0.71)
    assert not any(inspector.mark.preset_button(preset.name).isChecked() for preset in PRESETS)
    assert "Your own strength." in texts(inspector)


def test_the_strength_of_a_tint_moves_in_quarters(inspector: Inspector, history: ChoiceHistory) -> None:
    click_preset(inspector, "clear")
    before = history.choices.settings.tint_quarters
    strength = child(inspector, LabelledSlider, "Strength").slider
    for _ in range(3):
        QTest.keyClick(strength, Qt.Key.Key_Right)
    assert history.choices.settings.tint_quarters == before + 3
    history.stack.undo()
    assert history.choices.settings.tint_quarters == before + 2


def test_kind_of_noise_and_undo(inspector: Inspector, history: ChoiceHistory) -> None:
    click_preset(inspector, "paper")
    noise = child(inspector, QComboBox, "Kind of noise")
    noise.setFocus()
    QTest.keyClick(noise, Qt.Key.Key_Down)
    assert history.choices.settings.noise_kind == "uniform"
    history.stack.undo()
    assert noise.currentText() == "Clouds"


def test_a_pattern_picture_is_asked_for_first(qtbot: QtBot, inspector: Inspector, history: ChoiceHistory) -> None:
    click_preset(inspector, "paper")
    pattern = child(inspector, QComboBox, "Pattern")
    with qtbot.waitSignal(inspector.pattern_wanted):
        QTest.keyClick(pattern, Qt.Key.Key_Down)
    assert history.choices.settings.pattern_kind == "stripes"
    assert pattern.currentIndex() == 0
    inspector.take_pattern(Path("/p.png"))
    assert pattern.currentIndex() == 1
    assert not button(inspector, "Choose another").isHidden()
    history.stack.undo()
    assert button(inspector, "Choose another").isHidden()


def test_the_swatch_shows_stripes_or_the_picture(inspector: Inspector) -> None:
    click_preset(inspector, "paper")
    swatch = inspector.findChildren(PatternSwatch)[0]
    stripes = swatch.grab().toImage()
    red = QPixmap(8, 8)
    red.fill(Qt.GlobalColor.red)
    inspector.show_pattern(red, "red.png")
    assert swatch.grab().toImage() == stripes
    inspector.take_pattern(Path("/red.png"))
    inspector.show_pattern(red, "red.png")
    image = swatch.grab().toImage()
    assert image.pixelColor(image.rect().center()) == Qt.GlobalColor.red
    assert "red.png" in swatch.accessibleDescription()


# Locked.


def test_locked_means_all_of_it(inspector: Inspector) -> None:
    inspector.set_pool(pool(4))
    inspector.set_locked(True)
    assert not inspector.mark.preset_button("clear").isEnabled()
    assert not inspector.decision.kept.slider.isEnabled()
    inspector.set_locked(False)
    assert inspector.decision.kept.slider.isEnabled()


def test_after_the_draw_the_panel_says_what_was_drawn_and_changes_nothing(qtbot: QtBot, inspector: Inspector) -> None:
    inspector.set_pool(pool(14))
    inspector.show_drawn(DrawnSet(MarkSettings(1.0, 0), 7, 5, planned_size(MarkSettings(1.0, 0), 7, 12)), new=2)
    assert "The coin has decided: 7 go out, 5 stay home." in texts(inspector)
    assert "2 new pictures: 1 goes out." in texts(inspector)
    assert not inspector.decision.isVisible()
    assert not inspector.mark.preset_button("clear").isEnabled()
    with qtbot.waitSignal(inspector.new_set_wanted):
        QTest.mouseClick(button(inspector, "Begin a new set"), Qt.MouseButton.LeftButton)
    inspector.show_drawn(None)
    assert inspector.decision.isVisible()
    assert inspector.mark.preset_button("clear").isEnabled()
