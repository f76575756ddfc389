"""A thread that always works on the newest request and forgets the ones it never got to."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """What came of a request: a result, or the exception it ended with."""

    request: Any
    result: Any = None
    error: BaseException | None = None


class LatestOnly(QObject):
    """Calls ``work(request)`` on a thread of its own for the newest request; tells on the window's thread.

    An answer that has been overtaken by a later request is told all the same, so that a moving slider shows
    movement; `done` says for which request it is.
    """

    done = Signal(object)
    """An `Reply`."""
    _arrived = Signal(object)

    def __init__(self, work: Callable[[Any], Any], name: str, parent: QObject | None = None) -> None:
        """Work on a thread called ``name``, which starts when it is first asked for something."""
        super().__init__(parent)
        self._work = work
        self._request: Any = None
        self._is_busy = self._is_closed = False
        self._condition = threading.Condition()
        self._arrived.connect(self.done, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=f"mtgui-{name}", daemon=True)

    @property
    def is_idle(self) -> bool:
        """True while there is neither a request nor work on one."""
        with self._condition:
            return self._request is None and not self._is_busy

    @property
    def is_waiting(self) -> bool:
        """True while a request waits for its turn."""
        with self._condition:
            return self._request is not None

    def ask(self, request: Any) -> None:
        """Wish for ``request``, not None, in place of any that waits."""
        with self._condition:
            self._request = request
            self._condition.notify()
        if self._thread.ident is None and not self._is_closed:
            self._thread.start()

    def close(self, seconds: float = 10.0) -> bool:
        """Stop after what is being done; False if that takes longer than ``seconds``."""
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
