"""Small things that several tests of the window do."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from PySide6.QtCore import QObject, Qt, SignalInstance
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.jobs.throttle import Throttle
from mtgui.desktop.rehearse.rehearse_page import RehearsePage

if TYPE_CHECKING:
    from mtgui.desktop.plots.plot_view import PlotView

Widget = TypeVar("Widget", bound=QWidget)


def focused() -> QWidget:
    """Return the widget that has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def show(
    qtbot: QtBot, widget: Widget, width: int, height: int, before_close: Callable[[QWidget], None] | None = None
) -> Widget:
    """Show ``widget`` at this size until the test is over."""
    qtbot.addWidget(widget, before_close_func=before_close)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def text_of(widget: QWidget) -> str:
    """Return what is written on ``widget`` for all to see."""
    return "\n".join(label.text().replace("\u200b", "") for label in widget.findChildren(QLabel) if label.isVisible())


def child(parent: QWidget, kind: type[Widget], name: str) -> Widget:
    """Return the one widget of this ``kind`` in ``parent`` that a screen reader calls ``name``."""
    (found,) = [widget for widget in parent.findChildren(kind) if widget.accessibleName() == name]
    return found


def save_as(monkeypatch: pytest.MonkeyPatch, path: Path, kind: str = "") -> None:
    """Let a person who is asked for a name to save under answer ``path``, with the filter ``kind`` chosen."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), kind))


def save_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let a person who is asked for a folder answer ``folder``."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def shown_range(plot: "PlotView") -> list[float]:
    """Return where the horizontal axis of ``plot`` begins and ends."""
    return plot.getPlotItem().getViewBox().viewRange()[0]


def headline(page: AuditPage | RehearsePage) -> str:
    """Return the verdict of ``page`` in short."""
    verdict = page.results.card.verdict
    assert verdict is not None
    return verdict.headline


class Count(QObject):
    """Counts how often a signal is emitted."""

    def __init__(self, signal: SignalInstance) -> None:
        super().__init__()
        self.number = 0
        signal.connect(self._count)

    def _count(self) -> None:
        self.number += 1


def throttle_of(widget: QWidget) -> Throttle:
    """Return what keeps ``widget`` from repainting too often."""
    (found,) = widget.findChildren(Throttle, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return found


def repaints_for(qtbot: QtBot, throttle: Throttle, change: Callable[[], None]) -> tuple[int, int]:
    """Call ``change`` a thousand times within one interval of ``throttle``; return how many repaints that makes at
    once, and how many in all.
    """
    qtbot.waitUntil(lambda: not throttle.is_active)
    due = Count(throttle.due)
    for _ in range(1000):
        # No event is handled meanwhile, so that the interval cannot end, however slow the computer is.
        change()
    at_once = due.number
    qtbot.waitUntil(lambda: not throttle.is_active)
    return at_once, due.number
