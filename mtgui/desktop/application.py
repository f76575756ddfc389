"""The window program: one QApplication, the theme, the pages, and what happens when something breaks."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from mtgui.desktop.guarding import ErrorGuard, start_log, stop_log
from mtgui.desktop.icons import application_icon
from mtgui.desktop.mark_page import MarkPage
from mtgui.desktop.shell import MainWindow, RailEntry
from mtgui.desktop.theme import ThemeFollower
from mtgui.version import __version__


def run_window(paths: Sequence[str]) -> int:
    """Open the window, with the pictures at ``paths`` on it; return the exit status when it is closed."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("mtgui")
    app.setApplicationDisplayName("mtgui")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("mtgui")
    app.setWindowIcon(application_icon())
    log = start_log()
    guard = ErrorGuard(log, app)
    guard.install()
    pulse = _listen_to_signals(app)
    ThemeFollower(app)
    window = build_window(QSettings("mtgui", "mtgui"))
    window.show()
    if paths:
        mark = window.page("mark")
        window.show_page("mark")
        if isinstance(mark, MarkPage):
            mark.open_paths([Path(path).absolute() for path in paths])
    try:
        return app.exec()
    finally:
        pulse.stop()
        guard.uninstall()
        stop_log(log)


def build_window(settings: QSettings) -> MainWindow:
    """Return the main window with all its pages, remembering in ``settings``."""

    def make_mark() -> QWidget:
        return MarkPage(settings)

    def make_guide() -> QWidget:
        from mtgui.desktop.guide_page import GuidePage

        return GuidePage()

    entries = [
        RailEntry("mark", "mark", "Mark", make_mark),
        RailEntry("guide", "guide", "Guide", make_guide, is_at_bottom=True),
    ]
    return MainWindow(entries, settings)


def _listen_to_signals(app: QApplication) -> QTimer:
    """Let Ctrl-C and termination requests close the window; Python hears them only when it gets a turn."""

    def close(*_: object) -> None:
        app.closeAllWindows()

    signal.signal(signal.SIGINT, close)
    signal.signal(signal.SIGTERM, close)
    pulse = QTimer(app)
    pulse.timeout.connect(_take_a_turn)
    pulse.start(250)
    return pulse


def _take_a_turn() -> None:
    """Do nothing: running any Python lets waiting signals through."""
