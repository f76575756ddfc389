"""One command of the engine that works for a page: start, pause, cancel, the question at closing, and the end."""

import json
from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mtgui.common.codec import to_values
from mtgui.common.events import COMMON_EVENTS, Event
from mtgui.desktop.jobs.confirm_stop import Closing, StopWords
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd, EngineProcess


class EngineJob(QObject):
    """Runs one command at a time for a page; subclasses follow its events and say what its end means.

    Lives on the window's thread; the work is done by a child process, and every signal comes on this thread.
    """

    started = Signal()
    told = Signal()
    """An event has come, and the state has been updated."""
    ended = Signal(object)
    """An `EngineEnd`, once for each run."""

    kinds: Mapping[str, type[Event]] = COMMON_EVENTS
    """The types of the events that the command sends, by name."""

    def __init__(self, page: QWidget, engine: Engine, words: StopWords) -> None:
        """Start commands of ``engine`` for ``page``; ``words`` are the question before the window closes."""
        super().__init__(page)
        self._engine = engine
        self._closing = Closing(page, self, words)
        self._process: EngineProcess | None = None
        self._end = EngineEnd()

    @property
    def is_running(self) -> bool:
        """True from `started` to `ended`."""
        return self._process is not None

    @property
    def is_closing(self) -> bool:
        """True while the window waits for the end of the run before it closes."""
        return self._closing.is_closing

    @property
    def process(self) -> EngineProcess | None:
        """The child process; None while nothing runs."""
        return self._process

    def set_paused(self, is_paused: bool) -> None:
        """Pause or go on."""
        if self._process is not None:
            self._process.set_paused(is_paused)

    def cancel(self) -> None:
        """Ask the engine to stop; it keeps what it has finished."""
        if self._process is not None:
            self._process.cancel()

    def may_stop(self) -> bool:
        """Say whether the window may close, as `Closing.may_close` does."""
        return self._closing.may_close()

    def close(self) -> None:
        """Stop running work and wait for it."""
        if self._process is not None:
            self._process.close()
            self._process = None
            self.closed()

    def take(self, event: Event) -> None:
        """Take ``event`` into the state; subclasses override this."""

    def settled(self, end: EngineEnd) -> EngineEnd:
        """Return the end that the page is told, made from ``end``; subclasses override this."""
        return end

    def closed(self) -> None:
        """Note that the window closed during the run; subclasses override this."""

    def run(self, name: str, request: object, *options: str) -> None:
        """Start the command ``name`` of the engine with ``options``; ``request`` is the dataclass that it reads."""
        line = json.dumps(to_values(request)).encode("ascii")
        arguments = [name, *options, "--request", "-", "--events", "--control", "stdin"]
        self._process = self._engine.process(arguments, self, kinds=self.kinds, request=line)
        self._process.told.connect(self._tell)
        self._process.ended.connect(self._ended)
        self.started.emit()
        self._process.start()

    def _tell(self, event: Event) -> None:
        self.take(event)
        self.told.emit()

    def _ended(self, end: EngineEnd) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self._end = self.settled(end)
        self._closing.settle(self._tell_end)

    def _tell_end(self) -> None:
        self.ended.emit(self._end)
