"""The wheel over a field scrolls the column, and changes the field only while it has the focus."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QScrollArea, QSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from mtgui.desktop.widgets.controls import LabelledSlider
from mtgui.desktop.widgets.layouts import scrolling
from tests.desktop.judging import scrolling_around
from tests.desktop.open_windows import page_of


def turn_wheel(widget: QWidget) -> bool:
    """Turn the wheel one notch over the middle of ``widget``; return True if the widget keeps the event to itself.

    Qt offers an event of a real wheel to the widgets around the field otherwise.
    """
    middle = QPointF(widget.rect().center())
    place = QPointF(widget.mapToGlobal(middle))
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(middle, place, QPoint(), QPoint(0, -120), none, Qt.KeyboardModifier.NoModifier, phase, False)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def column(qtbot: QtBot) -> QScrollArea:
    """A column that is higher than its window."""
    inner = QWidget()
    layout = QVBoxLayout(inner)
    combo = QComboBox()
    combo.addItems(["one", "two", "three"])
    spin = QSpinBox()
    spin.setValue(50)
    slider = LabelledSlider("S&ize", 0, 10, 1)
    slider.set_value(5)
    for part in (combo, spin, slider, QSpinBox()):
        layout.addWidget(part)
        layout.addSpacing(200)
    area = scrolling(inner)
    qtbot.addWidget(area)
    area.resize(300, 200)
    with qtbot.waitActive(area):
        area.show()
    inner.setFocus()
    assert area.verticalScrollBar().maximum() > 0
    return area


def test_the_wheel_over_a_field_without_focus_is_for_the_column(column: QScrollArea) -> None:
    combo, spin = column.findChildren(QComboBox)[0], column.findChildren(QSpinBox)[0]
    (slider,) = column.findChildren(LabelledSlider)
    for field in (combo, spin, slider.slider, slider.spin_box):
        assert not turn_wheel(field)
        assert not field.hasFocus()
    assert (combo.currentIndex(), spin.value(), slider.value) == (0, 50, 5)


def test_the_wheel_over_the_field_with_the_focus_changes_it(column: QScrollArea) -> None:
    combo, spin = column.findChildren(QComboBox)[0], column.findChildren(QSpinBox)[0]
    (slider,) = column.findChildren(LabelledSlider)
    for field in (combo, spin, slider.slider):
        field.setFocus()
        assert turn_wheel(field)
    assert combo.currentIndex() == 1
    assert spin.value() < 50
    assert slider.value < 5


@pytest.mark.parametrize("name", ["rehearse", "audit"])
def test_no_field_in_the_steps_of_a_page_takes_the_wheel(opened: MainWindow, name: str) -> None:
    opened.show_page(name)
    page = opened.page(name)
    fields = [
        field
        for kind in (QComboBox, QSpinBox)
        for field in page.findChildren(kind)
        if field.isVisible() and scrolling_around(field)
    ]
    assert fields
    opened.setFocus()
    before = [_shown(field) for field in fields]
    for field in fields:
        turn_wheel(field)
        assert not field.hasFocus()
    assert [_shown(field) for field in fields] == before


def _shown(field: QWidget) -> int:
    assert isinstance(field, QComboBox | QSpinBox)
    return field.currentIndex() if isinstance(field, QComboBox) else field.value()


def test_the_source_of_the_pictures_stays(opened: MainWindow) -> None:
    opened.show_page("rehearse")
    page = page_of(opened, "rehearse", RehearsePage)
    before = page.choices
    for combo in page.findChildren(QComboBox):
        turn_wheel(combo)
    assert page.choices == before


def test_a_real_wheel_over_a_field_scrolls(qtbot: QtBot, column: QScrollArea) -> None:
    (combo,) = column.findChildren(QComboBox)
    place = combo.mapTo(column, combo.rect().center())
    QTest.wheelEvent(column.windowHandle(), QPointF(place), QPoint(0, -120))
    qtbot.waitUntil(lambda: column.verticalScrollBar().value() > 0)
    assert combo.currentIndex() == 0
    assert not combo.hasFocus()
