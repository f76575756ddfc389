"""Pilots Qt for tests that wait for events, on busy computers too."""

from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

HANG_MS = 600_000
"""Milliseconds after which a test hangs. No test states a shorter wait, since a busy computer may take long."""


class PatientBot(QtBot):
    """pytest-qt's pilot, which waits until a test hangs where nothing else is stated."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = HANG_MS) -> None:
        """Wait until ``callback`` returns True, or returns None without an AssertionError."""
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = HANG_MS, **options: Any) -> Any:
        """Return a context manager that waits for ``signal``; ``options`` are pytest-qt's."""
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitActive(self, widget: Any, *, timeout: int = HANG_MS) -> Any:
        """Return a context manager that waits until the window of ``widget`` is active."""
        return super().waitActive(widget, timeout=timeout)

    def waitExposed(self, widget: Any, *, timeout: int = HANG_MS) -> Any:
        """Return a context manager that waits until the window of ``widget`` is on the screen."""
        return super().waitExposed(widget, timeout=timeout)
