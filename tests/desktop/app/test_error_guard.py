"""Errors that nobody expected: logged, told once, survived."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.error_dialog import ErrorDialog
from mtgui.desktop.app.error_guard import ErrorGuard, start_log, stop_log
from mtgui.desktop.app.unexpected_error import UnexpectedError

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = start_log(tmp_path / "logs")
    yield path
    stop_log(path)
    assert not logging.getLogger("mtgui").handlers


def fail(guard: ErrorGuard, text: str = "oops") -> None:
    try:
        raise ValueError(text)
    except ValueError as error:
        guard.handle(type(error), error, error.__traceback__)


def is_telling(guard: ErrorGuard) -> bool:
    return guard.dialog is not None


def test_an_error_is_logged_and_relayed(qtbot: QtBot, log: Path) -> None:
    guard = ErrorGuard(log, shows_dialog=False)
    with qtbot.waitSignal(guard.caught) as caught:
        fail(guard)
    (error,) = caught.args
    assert isinstance(error, UnexpectedError)
    assert error.summary == "ValueError: oops"
    assert "ValueError: oops" in log.read_text()


def test_an_error_of_a_thread_reaches_the_window(qtbot: QtBot, log: Path) -> None:
    guard = ErrorGuard(log, shows_dialog=False)
    guard.install()
    try:
        with qtbot.waitSignal(guard.caught):
            thread = threading.Thread(target=lambda: 1 // 0)
            thread.start()
            thread.join()
    finally:
        guard.uninstall()
    assert "ZeroDivisionError" in log.read_text()


def test_hooks_are_given_back(log: Path) -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    guard = ErrorGuard(log, shows_dialog=False)
    guard.install()
    assert sys.excepthook != before[0]
    guard.uninstall()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_one_dialog_at_a_time_and_each_error_once(qtbot: QtBot, log: Path) -> None:
    guard = ErrorGuard(log)
    for _ in range(50):
        fail(guard)
    qtbot.waitUntil(lambda: is_telling(guard))
    dialog = guard.dialog
    assert dialog is not None
    fail(guard, "another")
    QCoreApplication.sendPostedEvents()
    assert guard.dialog is dialog
    dialog.accept()
    fail(guard)
    QCoreApplication.sendPostedEvents()
    assert not is_telling(guard)


def test_details_open_and_can_be_copied(qtbot: QtBot, log: Path) -> None:
    dialog = ErrorDialog(UnexpectedError("ValueError: oops", "Traceback…", log))
    qtbot.addWidget(dialog)
    shown = [dialog.details_are_shown]
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    buttons["Show &details"].click()
    assert [*shown, dialog.details_are_shown] == [False, True]
    buttons["&Copy details"].click()
    assert QGuiApplication.clipboard().text() == "ValueError: oops\n\nTraceback…"


def test_a_log_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert start_log(tmp_path / "file").name == "mtgui.log"
    assert not logging.getLogger("mtgui").handlers
