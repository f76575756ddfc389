"""The command line of the small program in place of the engine of rehearsals, and a page that is waited for."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from tests.desktop.audit import audit_helpers
from tests.desktop.mark.mark_helpers import make_pictures


def fake_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line of the program that speaks like the engine."""
    if arguments[0] == "rehearse":
        return [sys.executable, "-m", "tests.desktop.fake_rehearsal", *arguments]
    return audit_helpers.fake_command(arguments)


def settle_rehearsal(qtbot: QtBot, page: RehearsePage) -> None:
    """Wait until the page has nothing left to look for or to train."""

    def is_quiet() -> bool:
        is_asking = page.engine.is_asking or page.timing.is_measuring
        return not (page.pictures.is_busy or page.rehearsing.is_running or is_asking)

    qtbot.waitUntil(is_quiet)
    qtbot.waitUntil(lambda: not page.panel.is_steering)
    # The end of a rehearsal may let something be measured that the start had put off.
    qtbot.waitUntil(is_quiet)
    for _ in range(5):
        QApplication.processEvents()


def take_places(qtbot: QtBot, page: RehearsePage, *places: Path) -> None:
    """Open ``places`` on the page, as if they had been dropped there, and wait until they are known."""
    page.open_paths(list(places))
    settle_rehearsal(qtbot, page)


def take_castles(qtbot: QtBot, page: RehearsePage, folder: Path, count: int) -> None:
    """Make ``count`` pictures in ``folder / "castles"`` and take them as the person's own."""
    make_pictures(folder / "castles", count)
    take_places(qtbot, page, folder / "castles")


def hold_rehearsal(qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press the primary button; return once the first model trains, which then waits for an order."""
    monkeypatch.setenv("FAKE_HOLD_AT", "2")
    page.panel.run.click()
    qtbot.waitUntil(lambda: len(page.rehearsing.state.models) > 0)


def stop_rehearsal(qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin a rehearsal and cancel it while its first model trains; later ones wait for no order."""
    hold_rehearsal(qtbot, page, monkeypatch)
    page.panel.cancel.click()
    settle_rehearsal(qtbot, page)
    monkeypatch.delenv("FAKE_HOLD_AT")


def run_rehearsal(qtbot: QtBot, page: RehearsePage) -> None:
    """Press the primary button and wait for the end."""
    page.panel.run.click()
    settle_rehearsal(qtbot, page)
