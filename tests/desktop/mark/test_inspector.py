"""The column of settings: it changes the choices, shows them, and never offers what cannot be."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mtgui.desktop.mark.inspector import Inspector
from mtgui.desktop.mark.mark_choices import ChoiceHistory
from mtgui.desktop.mark.pattern_swatch import PatternSwatch
from mtgui.desktop.widgets.controls import LabelledSlider, SegmentedControl
from mtgui.marking.settings import PRESETS
from mtgui.records.chances import proposed_published
from tests.desktop.desktop_helpers import child

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def inspector(qtbot: QtBot, history: ChoiceHistory) -> Inspector:
    inspector = Inspector(history)
    qtbot.addWidget(inspector)
    inspector.show()
    return inspector


def button(inspector: Inspector, start: str) -> QPushButton:
    return next(b for b in inspector.findChildren(QPushButton) if b.text().replace("&", "").startswith(start))


def texts(inspector: Inspector) -> str:
    return "\n".join(label.text() for label in inspector.findChildren(QLabel) if label.isVisibleTo(inspector))


def pool(count: int) -> frozenset[Path]:
    return frozenset(Path(f"/{number}.png") for number in range(count))


def test_a_preset_sets_both_sliders_and_can_be_undone(inspector: Inspector, history: ChoiceHistory) -> None:
    presets = inspector.findChildren(SegmentedControl)[0]
    for preset in PRESETS:
        QTest.mouseClick(presets.button(preset.name), Qt.MouseButton.LeftButton)
        assert child(inspector, LabelledSlider, "Blend ratio").value == preset.blend_ratio
        assert child(inspector, LabelledSlider, "Noise budget").value == preset.noise_budget
    history.stack.undo()
    assert presets.value == PRESETS[-2].name


def test_leaving_a_preset_puts_no_preset_down(inspector: Inspector, history: ChoiceHistory) -> None:
    QTest.keyClick(child(inspector, LabelledSlider, "Blend ratio").slider, Qt.Key.Key_Right)
    assert history.choices.settings.blend_ratio == pytest.approx(0.86)
    assert inspector.findChildren(SegmentedControl)[0].value == ""


def test_a_stroke_with_the_keys_is_undone_step_by_step(inspector: Inspector, history: ChoiceHistory) -> None:
    noise = child(inspector, LabelledSlider, "Noise budget").slider
    for _ in range(3):
        QTest.keyClick(noise, Qt.Key.Key_Right)
    assert history.choices.settings.noise_budget == 7
    history.stack.undo()
    assert child(inspector, LabelledSlider, "Noise budget").value == 6


def test_kind_of_noise_and_undo(inspector: Inspector, history: ChoiceHistory) -> None:
    noise = child(inspector, QComboBox, "Noise")
    noise.setFocus()
    QTest.keyClick(noise, Qt.Key.Key_Down)
    assert history.choices.settings.noise_kind == "uniform"
    history.stack.undo()
    assert noise.currentText() == "Perlin"


def test_a_pattern_picture_is_asked_for_first(qtbot: QtBot, inspector: Inspector, history: ChoiceHistory) -> None:
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


@pytest.mark.parametrize("count", [1, 2, 9, 40, 200])
def test_the_proposal_is_the_programs_own_until_changed(
    inspector: Inspector, history: ChoiceHistory, count: int
) -> None:
    inspector.set_pool(pool(count))
    publish, proposal = child(inspector, LabelledSlider, "Publish"), proposed_published(count)
    assert (publish.value, inspector.published) == (proposal, proposal)
    assert button(inspector, "Use the proposal").isHidden()
    publish.spin_box.setValue(count)
    assert inspector.published == count
    if count > proposal:
        QTest.mouseClick(button(inspector, "Use the proposal"), Qt.MouseButton.LeftButton)
    assert history.choices.publish is None or count == 1
    assert inspector.published == proposal


def test_fewer_pictures_bring_the_number_down_and_more_bring_it_back(inspector: Inspector) -> None:
    inspector.set_pool(pool(20))
    child(inspector, LabelledSlider, "Publish").spin_box.setValue(15)
    inspector.set_pool(pool(8))
    assert inspector.published == 8
    inspector.set_pool(pool(20))
    assert inspector.published == 15


def test_own_choices_bound_the_number(inspector: Inspector, history: ChoiceHistory) -> None:
    paths = tuple(sorted(pool(10)))
    inspector.set_pool(frozenset(paths))
    choices = history.choices.with_pins(paths[:3], "always publish").with_pins(paths[3:7], "always withhold")
    history.change(choices, "who decides")
    publish = child(inspector, LabelledSlider, "Publish").spin_box
    assert (publish.minimum(), publish.maximum()) == (3, 6)
    history.change(choices.with_pins(paths, "always withhold"), "who decides")
    assert inspector.published == 0
    assert "keep every picture private" in texts(inspector)


def test_choices_for_pictures_that_left_do_not_count(inspector: Inspector, history: ChoiceHistory) -> None:
    paths = tuple(sorted(pool(10)))
    history.change(history.choices.with_pins(paths[:9], "always withhold"), "who decides")
    inspector.set_pool(frozenset(paths[8:]))
    assert child(inspector, LabelledSlider, "Publish").spin_box.maximum() == 1


def test_a_weak_design_is_marked_by_sign_and_tone(inspector: Inspector) -> None:
    inspector.set_pool(pool(3))
    QTest.mouseClick(inspector.findChildren(SegmentedControl)[0].button("invisible"), Qt.MouseButton.LeftButton)
    (advice,) = [label for label in inspector.findChildren(QLabel) if label.property("tone") == "caution"]
    assert advice.text().startswith("! ")


def test_without_pictures_there_is_nothing_to_publish(inspector: Inspector) -> None:
    inspector.set_pool(frozenset())
    assert not child(inspector, LabelledSlider, "Publish").isEnabled()
    assert inspector.published == 0


def test_locked_means_all_of_it(inspector: Inspector) -> None:
    inspector.set_pool(pool(4))
    inspector.set_locked(True)
    assert not child(inspector, LabelledSlider, "Blend ratio").slider.isEnabled()
    inspector.set_locked(False)
    assert child(inspector, LabelledSlider, "Publish").slider.isEnabled()
