"""The main window, shown, and closed in the end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.application import build_window
from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.jobs.engine_command import engine_command
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.rehearse.rehearse_page import RehearsePage

Kind = TypeVar("Kind", bound=QWidget)


def page_of(window: MainWindow, name: str, kind: type[Kind]) -> Kind:
    """Return the page of ``window`` called ``name``, which is of this ``kind``."""
    page = window.page(name)
    assert isinstance(page, kind)
    return page


def stop(window: QWidget) -> None:
    """End running audits and rehearsals, so that closing has nothing to ask."""
    for audit in window.findChildren(AuditPage):
        audit.auditing.close()
    for rehearse in window.findChildren(RehearsePage):
        rehearse.rehearsing.close()


@contextmanager
def open_window(
    qtbot: QtBot,
    app: QApplication,
    settings: QSettings,
    history: HistoryStore | None = None,
    command: Callable[[Sequence[str]], list[str]] = engine_command,
) -> Iterator[MainWindow]:
    """Show a main window, and close it in the end."""
    window = build_window(settings, history, command)
    qtbot.addWidget(window, before_close_func=stop)
    with qtbot.waitActive(window):
        window.show()
    yield window
    window.close()
    app.processEvents()
