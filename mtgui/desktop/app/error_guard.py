"""Catches unexpected errors: each is logged and shown once, and the program goes on."""

import logging
import logging.handlers
import sys
import threading
import traceback
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

from mtgui.desktop.app.unexpected_error import UnexpectedError

if TYPE_CHECKING:
    from mtgui.desktop.app.error_dialog import ErrorDialog

LOG_NAME = "mtgui.log"
LOG_BYTES = 512 * 1024
LOG_FILES = 3
DIFFERENT_DIALOGS = 5
_log = logging.getLogger("mtgui.desktop")


def start_log(folder: Path | None = None) -> Path:
    """Write the program's log to a rotating file in ``folder`` (default: the user's log folder); return its path.

    If the folder cannot be written, there is no log file, and the program still runs.
    """
    if folder is None:
        import platformdirs

        folder = Path(platformdirs.user_log_dir("mtgui", appauthor=False))
    path = folder / LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8", delay=False
        )
    except OSError:
        return path
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    logging.getLogger("mtgui").addHandler(handler)
    return path


def stop_log(path: Path) -> None:
    """Close the log file that `start_log` returned."""
    logger = logging.getLogger("mtgui")
    for handler in list(logger.handlers):
        if isinstance(handler, logging.FileHandler) and Path(handler.baseFilename) == path.absolute():
            logger.removeHandler(handler)
            handler.close()


class ErrorGuard(QObject):
    """Takes errors that nobody caught, on any thread; shows each once, on the window's thread, one dialog at a time."""

    caught = Signal(object)
    """An `UnexpectedError`, on the window's thread, for every error that was not seen before."""
    _relayed = Signal(object)

    def __init__(self, log_path: Path, parent: QObject | None = None, *, shows_dialog: bool = True) -> None:
        """Create it on the window's thread; it catches nothing before `install`."""
        super().__init__(parent)
        self._log_path = log_path
        self._shows_dialog = shows_dialog
        self._told: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._dialog: ErrorDialog | None = None
        self._previous = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        self._relayed.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over Python's hooks for uncaught errors."""
        self._previous = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self.handle
        threading.excepthook = self._handle_thread
        sys.unraisablehook = self._handle_unraisable

    def uninstall(self) -> None:
        """Restore the earlier hooks."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._previous

    @property
    def dialog(self) -> "ErrorDialog | None":
        """The visible dialog; None if there is none."""
        return self._dialog

    def handle(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """Log an error and pass it to the window's thread; may be called on any thread. Ctrl+C ends the program."""
        if issubclass(kind, (KeyboardInterrupt, SystemExit)):
            QCoreApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        self._count_and_log(details)
        summary = "".join(traceback.format_exception_only(kind, error)).strip().splitlines()[-1]
        try:
            self._relayed.emit(UnexpectedError(summary, details, self._log_path))
        except RuntimeError:
            _log.error("The window had gone before the error could be shown")

    def _count_and_log(self, details: str) -> None:
        """Log the first of equal errors in full; of the later ones only the 2nd, 4th, 8th and so on, in one line."""
        with self._lock:
            self._counts[details] += 1
            count = self._counts[details]
        if count == 1:
            _log.error("Unexpected error\n%s", details)
        elif count.bit_count() == 1:
            _log.error("The same error, now %d times: %s", count, details.strip().splitlines()[-1])

    def _handle_thread(self, arguments: threading.ExceptHookArgs) -> None:
        self.handle(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _handle_unraisable(self, arguments: "sys.UnraisableHookArgs") -> None:
        if arguments.exc_type is not None:
            details = "".join(
                traceback.format_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
            )
            _log.error("Error that could not be raised: %s\n%s", arguments.err_msg or "", details)

    @Slot(object)
    def _tell(self, error: UnexpectedError) -> None:
        if error.details in self._told:
            return
        self._told.add(error.details)
        self.caught.emit(error)
        if self._shows_dialog and self._dialog is None and len(self._told) <= DIFFERENT_DIALOGS:
            from mtgui.desktop.app.error_dialog import ErrorDialog

            self._dialog = ErrorDialog(error)
            self._dialog.finished.connect(self._dialog_closed)
            self._dialog.open()

    @Slot()
    def _dialog_closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
