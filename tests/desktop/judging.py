"""What every page and dialog is judged by: nothing cut, nothing overlapping, all named, all by keyboard."""

from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QScrollBar,
    QWidget,
)

from mtgui.desktop.pictures.drop_overlay import DropOverlay
from mtgui.desktop.widgets.notices import FloatingMessages, MessageBar


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
            and not isinstance(child, DropOverlay | FloatingMessages)
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
        and not is_by_arrows(widget)
    }


def is_by_arrows(widget: QWidget) -> bool:
    """Say whether arrow keys lead to ``widget``, from the chosen one of the same group of radio buttons."""
    if not isinstance(widget, QRadioButton) or widget.isChecked():
        return False
    others = widget.window().findChildren(QRadioButton)
    return any(one.group() is widget.group() and one.isChecked() and one.isVisible() for one in others)


def walk(root: QWidget) -> set[QWidget]:
    """Press Tab until it comes round; return what it reached."""
    reached: list[QWidget] = []
    for _ in range(120):
        QTest.keyClick(QApplication.focusWidget() or root, Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        assert here is not None
        # A text takes the key for its own links before it passes it on.
        if here in reached[:1] and here is not reached[-1]:
            break
        reached.append(here)
    return set(reached)


def unreached(root: QWidget) -> set[str]:
    """Return what the Tab key has to reach and does not."""
    return {named(widget) for widget in stops(root) - walk(root)}


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


def scrolling_around(widget: QWidget) -> list[QScrollArea]:
    """Return what has to be scrolled for ``widget`` to be seen."""
    areas, parent = list[QScrollArea](), widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            areas.append(parent)
        parent = parent.parentWidget()
    return areas


def unseen_focus(root: QWidget) -> list[str]:
    """Return what looks the same with the keyboard and without."""

    def drawn(widget: QWidget) -> bytes:
        corner = widget.mapTo(root, QPoint())
        area = QRect(corner, widget.size()).adjusted(-4, -4, 4, 4)
        image = root.grab(area).toImage()
        return bytes(image.constBits())

    unseen = []
    for widget in sorted(stops(root), key=named):
        if isinstance(widget, MessageBar):
            continue
        for area in scrolling_around(widget):
            area.ensureWidgetVisible(widget)
        root.setFocus()
        QApplication.processEvents()
        before = drawn(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if drawn(widget) == before:
            unseen.append(named(widget))
    return unseen
