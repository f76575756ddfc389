"""In every state, at every size, in both schemes: nothing cut, nothing overlapping, all named, all by keyboard."""

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mtgui.desktop.application import build_window
from mtgui.desktop.drop_veil import DropVeil
from mtgui.desktop.export_dialog import ExportDialog
from mtgui.desktop.export_plan import ExportPlan
from mtgui.desktop.fact_dialog import FactDialog, Facts
from mtgui.desktop.mark_page import MarkPage
from mtgui.desktop.notices import MessageBar
from mtgui.desktop.questions import Question
from mtgui.desktop.shell import MainWindow
from mtgui.desktop.theme import apply_theme
from mtgui.desktop.tokens import Scheme
from mtgui.marking.settings import MarkSettings
from tests.desktop.mark_helpers import add, make_pictures, settle

SIZES = [(1000, 640), (1280, 800), (1920, 1080)]
SCHEMES: tuple[Scheme, ...] = ("dark", "light")
Prepare = Callable[[QtBot, MarkPage, Path], None]


def empty(_qtbot: QtBot, _page: MarkPage, _folder: Path) -> None:
    pass


def nothing_found(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    (folder / "nothing").mkdir()
    add(qtbot, page, folder / "nothing")


def one(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    make_pictures(folder / "f", 1)
    add(qtbot, page, folder / "f")


def pinned(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    paths = make_pictures(folder / "f", 12)
    add(qtbot, page, folder / "f")
    page.pictures.pins_wanted.emit((paths[0],), "always publish")
    page.pictures.pins_wanted.emit((paths[1],), "always withhold")
    page.toolbar.set_mode("split")


def pattern(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    pinned(qtbot, page, folder)
    page.inspector.take_pattern(folder / "f" / "00.png")
    page.messages.show_message("A caution of some length, that says what was found and what to do. " * 3, "caution")


def broken(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    (folder / "text.jpg").write_text("no picture")
    add(qtbot, page, folder / "text.jpg")


def running(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    pinned(qtbot, page, folder)
    page.exporting.started.emit()


STATES: dict[str, Prepare] = {f.__name__: f for f in (empty, nothing_found, one, pinned, pattern, broken, running)}


@pytest.fixture(params=STATES)
def window(
    request: pytest.FixtureRequest, qtbot: QtBot, themed: QApplication, settings: QSettings, tmp_path: Path
) -> Iterator[MainWindow]:
    """The main window with its Mark page in one state."""
    window = build_window(settings)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    page = window.page("mark")
    assert isinstance(page, MarkPage)
    STATES[request.param](qtbot, page, tmp_path)
    settle(qtbot, page)
    yield window
    window.close()
    themed.processEvents()


def make_dialogs(parent: QWidget, folder: Path) -> list[QDialog]:
    long = folder / ("a folder with a long name " * 4)
    facts = Facts(
        window_title="Export finished",
        headline="5 marked copies exported, 3 pictures could not be used",
        icon_name="warning",
        icon_role="caution",
        rows=[("Copies", str(long)), ("Private", "4 pictures"), ("Mark record", f"{long}\nIt holds your secret key.")],
        commitment="0123456789abcdef" * 4,
        list_title="What could not be used, and why",
        list_lines=["text.jpg: this is not a picture of a kind that mtgui reads, or its beginning is damaged"] * 12,
        folder=folder,
        action="Continue this record",
    )
    plan = ExportPlan(long, long.with_suffix(".mtrecord"))
    question = Question(parent, "Stop the export?", "An export is at work.", "Stop and close", "Keep exporting")
    return [FactDialog(facts, parent), ExportDialog(plan, 1, 1200, MarkSettings(), parent), question]


def visible(root: QWidget) -> list[QWidget]:
    return [widget for widget in root.findChildren(QWidget) if widget.isVisible()]


def named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
    return f"{type(widget).__name__} {widget.accessibleName() or text!r}"


def cut(widget: QWidget) -> str:
    """Say how ``widget`` is cut; empty where it is whole."""
    least, parent = widget.minimumSizeHint(), widget.parentWidget()
    if isinstance(widget, QAbstractButton) and not widget.text():
        least = widget.iconSize()
    elif isinstance(widget, QAbstractSpinBox):
        # All controls are of one height by the style sheet; the text within has to fit.
        least.setHeight(widget.fontMetrics().height() + 4)
    if isinstance(widget, QLabel) and widget.wordWrap():
        needed = widget.heightForWidth(widget.width())
        if widget.height() < needed:
            return f"{named(widget)} is {widget.height()} high, needs {needed}"
    elif widget.width() < least.width() or widget.height() < least.height():
        return f"{named(widget)} is {widget.size()}, needs {least}"
    if parent is not None and not parent.rect().contains(widget.geometry()):
        return f"{named(widget)} at {widget.geometry()} leaves {parent.rect()}"
    return ""


def overlapping(root: QWidget) -> list[str]:
    found = []
    for parent in [root, *visible(root)]:
        if isinstance(parent, QAbstractScrollArea | QComboBox | QAbstractSpinBox):
            continue
        children = [
            child
            for child in parent.children()
            if isinstance(child, QWidget)
            and child.isVisible()
            and not child.isWindow()
            and not isinstance(child, DropVeil)
        ]
        for left, right in combinations(children, 2):
            shared: QRect = left.geometry().intersected(right.geometry())
            if not shared.isEmpty():
                found.append(f"{named(left)} and {named(right)} share {shared}")
    return found


def judge(root: QWidget) -> list[str]:
    whole = QLabel | QAbstractButton | QAbstractSpinBox | QComboBox | QLineEdit
    inner = [w for w in visible(root) if isinstance(w, whole) and not isinstance(w.parentWidget(), QAbstractSpinBox)]
    return [text for widget in inner if (text := cut(widget))] + overlapping(root)


def stops(root: QWidget) -> set[QWidget]:
    """Return what the Tab key has to reach."""
    return {
        widget
        for widget in visible(root)
        if widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not isinstance(widget.parentWidget(), QAbstractSpinBox)
    }


def walk(root: QWidget) -> set[QWidget]:
    """Press Tab until it comes round; return what it reached."""
    reached: list[QWidget] = []
    for _ in range(120):
        QTest.keyClick(QApplication.focusWidget() or root, Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        assert here is not None
        if here in reached[:1]:
            break
        reached.append(here)
    return set(reached)


def unnamed(root: QWidget) -> list[str]:
    takers = [w for w in visible(root) if w.focusPolicy() != Qt.FocusPolicy.NoFocus and w.focusProxy() is None]
    skipped = (QScrollBar,)
    return [
        named(w)
        for w in takers
        if not w.accessibleName()
        and not (isinstance(w, QAbstractButton | QLabel) and w.text())
        and not isinstance(w, skipped)
        and not isinstance(w.parentWidget(), QAbstractSpinBox)
    ]


def test_nothing_is_cut_and_nothing_overlaps(window: MainWindow, themed: QApplication) -> None:
    for scheme in SCHEMES:
        apply_theme(themed, scheme)
        for width, height in SIZES:
            window.resize(width, height)
            for _ in range(3):
                themed.processEvents()
            assert (window.width(), window.height()) == (width, height)
            assert judge(window) == [], f"{scheme} {width} × {height}"
    apply_theme(themed, "dark")


def test_every_control_has_a_name(window: MainWindow) -> None:
    assert unnamed(window) == []


def test_the_tab_key_reaches_everything(window: MainWindow) -> None:
    window.activateWindow()
    wanted, reached = stops(window), walk(window)
    assert {named(w) for w in wanted - reached} == set()


def test_focus_can_be_seen(window: MainWindow) -> None:
    def drawn(widget: QWidget) -> bytes:
        corner = widget.mapTo(window, QPoint())
        area = QRect(corner, widget.size()).adjusted(-4, -4, 4, 4)
        image = window.grab(area).toImage()
        return bytes(image.constBits())

    unseen = []
    for widget in sorted(stops(window), key=named):
        if isinstance(widget, MessageBar):
            continue
        window.setFocus()
        QApplication.processEvents()
        before = drawn(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if drawn(widget) == before:
            unseen.append(named(widget))
    assert unseen == []


def test_dialogs_are_whole_named_and_by_keyboard(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(1000, 640)
    parent.show()
    for scheme in SCHEMES:
        apply_theme(themed, scheme)
        for dialog in make_dialogs(parent, tmp_path):
            with qtbot.waitActive(dialog):
                dialog.open()
            if not isinstance(dialog, Question):
                assert judge(dialog) == []
                assert dialog.height() <= 640
            assert unnamed(dialog) == []
            assert {named(w) for w in stops(dialog) - walk(dialog)} == set()
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
            assert dialog.isHidden()
            dialog.deleteLater()
    apply_theme(themed, "dark")
