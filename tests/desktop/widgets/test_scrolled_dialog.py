"""Dialogs fit the screen: what they ask scrolls, and their buttons stay in sight."""

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from mtgui.desktop.widgets.layouts import answers
from mtgui.desktop.widgets.scrolled_dialog import ScrolledDialog
from tests.desktop.judging import scrolling_around

pytestmark = pytest.mark.usefixtures("themed")
WORDS = "A sentence that is long enough for two lines of a dialog that is not wide. "


@pytest.fixture
def dialog(qtbot: QtBot) -> ScrolledDialog:
    dialog = ScrolledDialog()
    qtbot.addWidget(dialog)
    column = QVBoxLayout()
    for _ in range(6):
        label = QLabel(WORDS * 2)
        label.setWordWrap(True)
        column.addWidget(label)
    dialog.put_together(column, answers(dialog, QPushButton("&Keep")), 500)
    with qtbot.waitActive(dialog):
        dialog.open()
    return dialog


def parts(dialog: ScrolledDialog) -> tuple[QLabel, list[QPushButton]]:
    """Return the first label, and the buttons."""
    return dialog.findChildren(QLabel)[0], dialog.findChildren(QPushButton)


def test_where_there_is_room_nothing_scrolls(dialog: ScrolledDialog) -> None:
    label, _ = parts(dialog)
    (area,) = scrolling_around(label)
    assert dialog.width() == 500
    assert area.verticalScrollBar().maximum() == 0


def test_on_a_small_screen_the_content_scrolls_and_the_buttons_stay(dialog: ScrolledDialog) -> None:
    label, buttons = parts(dialog)
    dialog.fit(QSize(400, 240))
    for _ in range(3):
        QApplication.processEvents()
    assert (dialog.width(), dialog.height()) == (400, 240)
    (area,) = scrolling_around(label)
    assert area.verticalScrollBar().maximum() > 0
    for button in buttons:
        assert scrolling_around(button) == []
        assert dialog.rect().contains(QRect(button.mapTo(dialog, QPoint()), button.size()))


def test_the_dialog_grows_with_its_content(dialog: ScrolledDialog, qtbot: QtBot) -> None:
    label, _ = parts(dialog)
    before = dialog.height()
    label.setText(WORDS * 6)
    qtbot.waitUntil(lambda: dialog.height() > before)


def test_the_return_key_answers_the_dialog_and_presses_no_button_in_it(qtbot: QtBot) -> None:
    dialog, keep = ScrolledDialog(), QPushButton("&Keep")
    qtbot.addWidget(dialog)
    column, field, other = QVBoxLayout(), QLineEdit(), QPushButton("Choose…")
    pressed: list[str] = []
    other.clicked.connect(lambda: pressed.append("Choose…"))
    keep.clicked.connect(lambda: pressed.append("Keep"))
    column.addWidget(field)
    column.addWidget(other)
    dialog.put_together(column, answers(dialog, keep), 300)
    with qtbot.waitActive(dialog):
        dialog.open()
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert pressed == ["Keep"]
