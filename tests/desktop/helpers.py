"""Small things that several tests of the window do."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.rehearse.rehearse_page import RehearsePage

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


def headline(page: AuditPage | RehearsePage) -> str:
    """Return the verdict of ``page`` in short."""
    verdict = page.results.card.verdict
    assert verdict is not None
    return verdict.headline


def count_repaints(monkeypatch: pytest.MonkeyPatch, plot: QWidget, painter: str, change: Callable[[], None]) -> int:
    """Call ``change`` for a second; return how often ``painter`` of ``plot`` was called."""
    shown: list[float] = []
    monkeypatch.setattr(plot, painter, lambda _: shown.append(time.monotonic()))
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        change()
        QApplication.processEvents()
    return len(shown)
