"""The small controls: kept in step, reachable by keyboard, named."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from mtgui.desktop.widgets.controls import Caption, LabelledSlider, SectionHeader, SegmentedControl
from mtgui.desktop.widgets.fact_dialog import FactDialog, Facts
from mtgui.desktop.widgets.notices import EmptyState, MessageBar, icon_button
from mtgui.desktop.widgets.plain_text import plain_tip
from mtgui.desktop.widgets.question_dialog import Question
from mtgui.desktop.widgets.step_cards import Fact, FactGrid
from tests.desktop.desktop_helpers import focused

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def segments(qtbot: QtBot) -> SegmentedControl:
    control = SegmentedControl("Compare", [("side", "Side by side"), ("split", "Split"), ("diff", "Difference")])
    qtbot.addWidget(control)
    control.show()
    return control


@pytest.fixture
def slider(qtbot: QtBot) -> LabelledSlider:
    control = LabelledSlider("&Blend ratio", 0.5, 1.0, 0.01, decimals=2)
    qtbot.addWidget(control)
    control.show()
    return control


def test_a_click_chooses_once(segments: SegmentedControl) -> None:
    seen: list[str] = []
    segments.changed.connect(seen.append)
    for _ in range(2):
        QTest.mouseClick(segments.button("split"), Qt.MouseButton.LeftButton)
    assert (seen, segments.value) == (["split"], "split")


def test_arrow_keys_move_the_choice_around(segments: SegmentedControl) -> None:
    segments.button("side").setFocus()
    for key, expected in [("Right", "split"), ("End", "diff"), ("Right", "side"), ("Left", "diff"), ("Home", "side")]:
        QTest.keyClick(focused(), getattr(Qt.Key, f"Key_{key}"))
        assert segments.value == expected
        assert segments.button(expected).hasFocus()


def test_a_disabled_segment_is_stepped_over(segments: SegmentedControl) -> None:
    segments.button("split").setEnabled(False)
    segments.button("side").setFocus()
    QTest.keyClick(segments.button("side"), Qt.Key.Key_Right)
    assert segments.value == "diff"


def test_setting_a_segment_is_silent(segments: SegmentedControl) -> None:
    seen: list[str] = []
    segments.changed.connect(seen.append)
    segments.set_value("diff")
    assert segments.value == "diff"
    segments.clear_value()
    assert (segments.value, seen) == ("", [])
    with pytest.raises(ValueError, match="nothing"):
        segments.set_value("nothing")


def test_segments_are_named_and_one_tab_stop(segments: SegmentedControl) -> None:
    segments.set_value("split")
    stops = [b for b in segments.findChildren(QPushButton) if b.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [b.accessibleName() for b in stops] == ["Compare: Split"]


def test_compact_segments_keep_their_names(segments: SegmentedControl) -> None:
    wide = segments.sizeHint().width()
    segments.set_compact({"side": "side-by-side", "split": "split", "diff": "difference"})
    assert segments.sizeHint().width() < wide
    assert segments.button("diff").toolTip() == "Difference"
    segments.set_compact(None)
    assert segments.button("diff").text() == "Difference"


def test_slider_and_spin_box_keep_step(slider: LabelledSlider) -> None:
    seen: list[float] = []
    slider.value_changed.connect(seen.append)
    slider.slider.setValue(35)
    assert slider.spin_box.value() == pytest.approx(0.85)
    slider.spin_box.setValue(0.7)
    assert slider.slider.value() == 20
    assert seen == [0.85, 0.7]


def test_what_the_program_sets_is_silent(slider: LabelledSlider) -> None:
    seen: list[float] = []
    slider.value_changed.connect(seen.append)
    slider.set_value(0.8)
    slider.set_value(7)
    assert (slider.value, slider.spin_box.value(), seen) == (1.0, 1.0, [])
    slider.set_range(0.5, 0.9)
    assert (slider.value, seen) == (0.9, [])


def test_steps_and_their_end_are_told(slider: LabelledSlider) -> None:
    steps: list[float] = []
    ends: list[bool] = []
    slider.value_changed.connect(steps.append)
    slider.editing_finished.connect(lambda: ends.append(True))
    QTest.keyClick(slider.slider, Qt.Key.Key_Right)
    assert (steps, len(ends)) == ([0.51], 1)
    slider.slider.setSliderDown(True)
    slider.slider.setSliderPosition(30)
    slider.slider.setSliderPosition(31)
    assert (len(steps), len(ends)) == (3, 1)
    slider.slider.setSliderDown(False)
    assert len(ends) == 2


def test_slider_parts_are_named_and_the_label_is_a_shortcut(slider: LabelledSlider) -> None:
    assert slider.spin_box.accessibleName() == "Blend ratio"
    assert slider.slider.accessibleName() == "Blend ratio, slider"
    (label,) = slider.findChildren(QLabel)
    assert label.buddy() is slider.spin_box


def test_heads_read_naturally_and_captions_wrap(qtbot: QtBot) -> None:
    head, caption = SectionHeader("Publish and keep"), Caption("Small print")
    qtbot.addWidget(head)
    qtbot.addWidget(caption)
    assert (head.text(), head.accessibleName()) == ("PUBLISH AND KEEP", "Publish and keep")
    assert caption.wordWrap()


def test_a_message_has_sign_word_and_action(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    assert bar.text == ""
    bar.show_message("Two pictures were left out", "caution", "Show")
    assert bar.accessibleName() == "Caution: Two pictures were left out"
    assert (bar.text, bar.tone) == ("Two pictures were left out", "caution")
    with qtbot.waitSignal(bar.action_triggered):
        bar.findChildren(QPushButton)[0].click()
    with qtbot.waitSignal(bar.closed):
        QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert bar.isHidden()


def test_signs_differ_between_tones(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    signs = []
    for tone in ("info", "caution", "error"):
        bar.show_message("Text", tone)
        signs.append(bar.findChildren(QLabel)[0].pixmap().toImage().createAlphaMask())
    assert signs[0] != signs[1] != signs[2] != signs[0]


def test_the_empty_state_offers_the_one_button(qtbot: QtBot) -> None:
    empty = EmptyState("picture", "Nothing yet", "Add some. " * 20, "Add…", "or drop them")
    qtbot.addWidget(empty)
    empty.resize(900, 600)
    empty.show()
    with qtbot.waitSignal(empty.triggered):
        empty.button.click()
    text = next(label for label in empty.findChildren(QLabel) if label.text().startswith("Add some"))
    assert text.height() >= text.heightForWidth(text.width())


def test_icon_buttons_are_named(qtbot: QtBot) -> None:
    button = icon_button("undo", "Undo", "Ctrl+Z")
    qtbot.addWidget(button)
    assert isinstance(button, QToolButton)
    assert (button.accessibleName(), button.toolTip()) == ("Undo", "Undo (Ctrl+Z)")


def test_a_name_with_markup_is_shown_as_it_is_written(qtbot: QtBot) -> None:
    name = "<b>cat</b><img src='picture.png'>"
    bar, empty, grid = MessageBar(), EmptyState("shield", name, name, "Go", name), FactGrid()
    bar.show_message(name)
    grid.set_facts([Fact("File", name, f"{name}\nSHA-256 ab")])
    dialog = FactDialog(Facts("Details", name, "shield", "accent", [("File", name)], ""))
    question = Question(bar, "Sure?", name, "Yes", "No")
    for shown in (bar, empty, grid, dialog, question, Caption(name)):
        qtbot.addWidget(shown)
        labels = [shown] if isinstance(shown, QLabel) else shown.findChildren(QLabel)
        named = [label for label in labels if "cat" in label.text()]
        assert named
        for label in named:
            assert label.textFormat() == Qt.TextFormat.PlainText, label
    tip = QTextDocument()
    tip.setHtml(next(label.toolTip() for label in grid.findChildren(QLabel) if label.toolTip()))
    assert tip.toPlainText() == f"{name}\nSHA-256 ab"
    assert plain_tip("a & b") == "a & b"
