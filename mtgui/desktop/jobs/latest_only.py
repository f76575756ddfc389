"""A thread that always works on the newest wish and forgets the ones it never got to."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What came of a wish: a result, or the exception it ended with."""

    wish: Any
    result: Any = None
    error: BaseException | None = None


class Newest(QObject):
    """Calls ``work(wish)`` on a thread of its own for the newest wish; tells on the window's thread.

    An answer that has been overtaken by a later wish is told all the same, so that a moving slider shows
    movement; `done` says for which wish it is.
    """

    done = Signal(object)
    """An `Answer`."""
    _arrived = Signal(object)

    def __init__(self, work: Callable[[Any], Any], name: str, parent: QObject | None = None) -> None:
        """Work on a thread called ``name``, which starts when it is first asked for something."""
        super().__init__(parent)
        self._work = work
        self._wish: Any = None
        self._is_busy = self._is_closed = False
        self._condition = threading.Condition()
        self._arrived.connect(self.done, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=f"mtgui-{name}", daemon=True)

    @property
    def is_idle(self) -> bool:
        """True while there is neither a wish nor work on one."""
        with self._condition:
            return self._wish is None and not self._is_busy

    @property
    def is_waiting(self) -> bool:
        """True while a wish waits for its turn."""
        with self._condition:
            return self._wish is not None

    def ask(self, wish: Any) -> None:
        """Wish for ``wish``, not None, in place of any that waits."""
        with self._condition:
            self._wish = wish
            self._condition.notify()
        if self._thread.ident is None and not self._is_closed:
            self._thread.start()

    def close(self, seconds: float = 10.0) -> bool:
        """Stop after what is being done; False if that takes longer than ``seconds``."""
        with self._condition:
            self._is_closed = True
            self._wish = None
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._is_busy = False
                while self._wish is None and not self._is_closed:
                    self._condition.wait()
                if self._is_closed:
                    return
                wish, self._wish, self._is_busy = self._wish, None, True
            try:
                answer = Answer(wish, self._work(wish))
            except Exception as error:
                _log.debug("a preview failed", exc_info=True)
                answer = Answer(wish, error=error)
            if not self._closed():
                self._arrived.emit(answer)

    def _closed(self) -> bool:
        with self._condition:
            return self._is_closed
