"""The window program: one QApplication, the theme, the pages, and the handling of unexpected errors."""

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from mtgui.common.errors import StorageError
from mtgui.desktop.app.crash_log import CrashLog
from mtgui.desktop.app.error_guard import ErrorGuard, start_log, stop_log
from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.app.pages import Pages
from mtgui.desktop.jobs.engine_command import engine_command
from mtgui.desktop.jobs.history_store import FILE_NAME, HistoryStore
from mtgui.desktop.jobs.processes import is_alive
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.settings import TEXT_SIZE, THEME
from mtgui.desktop.theme.appearance import ThemeFollower
from mtgui.desktop.theme.icons import application_icon
from mtgui.desktop.theme.text_size import scale_for, set_text_scale, system_pixels
from mtgui.reading.model_suffixes import MODEL_SUFFIXES
from mtgui.records.record_suffix import RECORD_SUFFIX
from mtgui.version import __version__

AUDITED_SUFFIXES = (RECORD_SUFFIX, *MODEL_SUFFIXES)
"""The endings of the files that belong on the Audit page."""
_log = logging.getLogger(__name__)


def run_window(paths: Sequence[str], *, runs_audit: bool = False) -> int:
    """Open the window on ``paths``; return the exit status when it is closed.

    Models and mark records go to the Audit page, which starts the audit at once if ``runs_audit``; all other files go
    to the Mark page.
    """
    app = QApplication(sys.argv[:1])
    app.setApplicationName("mtgui")
    app.setApplicationDisplayName("mtgui")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("mtgui")
    app.setWindowIcon(application_icon())
    log = start_log()
    watch = CrashLog(log.parent)
    watch.begin()
    guard = ErrorGuard(log, app)
    guard.install()
    pulse = _listen_to_signals(app)
    settings = QSettings("mtgui", "mtgui")
    set_text_scale(app, scale_for(TEXT_SIZE.of(settings), system_pixels()))
    theme = ThemeFollower(app, THEME.of(settings))
    history, problem = open_history()
    window = build_window(settings, history, theme=theme)
    window.show()
    if problem:
        window.messages.show_message(problem, "error")
    if watch.has_crashed:
        window.offer_log(log)
    if paths:
        open_on(window, [Path(path).absolute() for path in paths], runs_audit=runs_audit)
    try:
        return app.exec()
    finally:
        pulse.stop()
        guard.uninstall()
        if history is not None:
            history.close()
        watch.end()
        stop_log(log)


def open_history() -> tuple[HistoryStore | None, str]:
    """Return the user's history, in which audits without a process are marked as abandoned; and an empty text.

    If it cannot be used, return None and a sentence that says why.
    """
    from mtgui.records.data_folder import data_folder

    try:
        history = HistoryStore(data_folder() / FILE_NAME)
        history.mark_abandoned(is_alive)
    except StorageError as error:
        _log.error("%s", error)
        return None, str(error)
    return history, ""


def build_window(
    settings: QSettings,
    history: HistoryStore | None = None,
    command: Callable[[Sequence[str]], list[str]] = engine_command,
    *,
    theme: ThemeFollower | None = None,
) -> MainWindow:
    """Return the main window with all its pages; it stores what it remembers in ``settings`` and ``history``."""
    return Pages(settings, history, command, theme).window


def open_on(window: MainWindow, paths: list[Path], *, runs_audit: bool = False) -> None:
    """Hand ``paths`` to the pages they belong on; if models or records are among them, show the Audit page."""
    audited = [path for path in paths if path.suffix.lower() in AUDITED_SUFFIXES]
    marked = [path for path in paths if path not in audited]
    mark = window.page("mark")
    window.show_page("audit" if audited else "mark")
    if marked and isinstance(mark, MarkPage):
        mark.open_paths(marked)
    if audited:
        from mtgui.desktop.audit.audit_page import AuditPage

        audit = window.page("audit")
        if isinstance(audit, AuditPage):
            audit.open_paths(audited)
            if runs_audit:
                audit.run_when_ready()


def _listen_to_signals(app: QApplication) -> QTimer:
    """Let Ctrl-C and SIGTERM close the window. Python handles signals only while it runs, so a timer calls it often."""

    def close(*_: object) -> None:
        app.closeAllWindows()

    signal.signal(signal.SIGINT, close)
    signal.signal(signal.SIGTERM, close)
    pulse = QTimer(app)
    pulse.timeout.connect(_take_a_turn)
    pulse.start(250)
    return pulse


def _take_a_turn() -> None:
    """Do nothing: Python handles pending signals whenever it runs."""
