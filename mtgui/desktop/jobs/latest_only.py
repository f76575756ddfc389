"""A worker thread that takes only the newest request; older requests that it has not begun are dropped."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """The answer to a request: a result, or the exception that was raised."""

    request: Any
    result: Any = None
    error: BaseException | None = None


class LatestOnly(QObject):
    """Calls ``work(request)`` for the newest request on its own worker thread; emits `done` on the window's thread.

    An answer is emitted even if a newer request has come meanwhile, so that the picture follows a moving slider.
    The `Reply` holds the request that it belongs to. All methods are called on the window's thread.
    """

    done = Signal(object)
    """A `Reply`."""
    _arrived = Signal(object)

    def __init__(self, work: Callable[[Any], Any], name: str, parent: QObject | None = None) -> None:
        """Name the worker thread ``mtgui-<name>``; it starts with the first request."""
        super().__init__(parent)
        self._work = work
        self._request: Any = None
        self._is_busy = self._is_closed = False
        self._condition = threading.Condition()
        self._arrived.connect(self.done, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=f"mtgui-{name}", daemon=True)

    @property
    def is_idle(self) -> bool:
        """True while no request waits and none is worked on."""
        with self._condition:
            return self._request is None and not self._is_busy

    @property
    def is_waiting(self) -> bool:
        """True while a request waits for the worker."""
        with self._condition:
            return self._request is not None

    def ask(self, request: Any) -> None:
        """Hand ``request`` (not None) to the worker; it replaces a request that still waits."""
        with self._condition:
            self._request = request
            self._condition.notify()
        if self._thread.ident is None and not self._is_closed:
            self._thread.start()

    def close(self, seconds: float = 10.0) -> bool:
        """Stop after the current request and drop the waiting one; False if that takes longer than ``seconds``."""
        with self._condition:
            self._is_closed = True
            self._request = None
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._is_busy = False
                while self._request is None and not self._is_closed:
                    self._condition.wait()
                if self._is_closed:
                    return
                request, self._request, self._is_busy = self._request, None, True
            try:
                answer = Reply(request, self._work(request))
            except Exception as error:
                _log.debug("a preview failed", exc_info=True)
                answer = Reply(request, error=error)
            if not self._closed():
                self._arrived.emit(answer)

    def _closed(self) -> bool:
        with self._condition:
            return self._is_closed
