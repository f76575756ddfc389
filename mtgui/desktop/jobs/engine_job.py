"""One command of the engine at work behind a page: begun, steered, asked about before the window closes, ended once."""

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
    """Runs one command at a time for a page. Subclasses follow its events and say what its end means."""

    started = Signal()
    told = Signal()
    """The story has gone on."""
    ended = Signal(object)
    """An `EngineEnd`."""

    kinds: Mapping[str, type[Event]] = COMMON_EVENTS
    """The events that the command tells, by name."""

    def __init__(self, page: QWidget, engine: Engine, words: StopWords) -> None:
        """Serve ``page`` with ``engine``; ``words`` ask whether to stop."""
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
        """True while the window waits for the end."""
        return self._closing.is_closing

    @property
    def process(self) -> EngineProcess | None:
        """The child at work."""
        return self._process

    def set_paused(self, is_paused: bool) -> None:
        """Pause or go on."""
        if self._process is not None:
            self._process.set_paused(is_paused)

    def cancel(self) -> None:
        """Stop; what was finished so far is kept by the engine."""
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
        """Follow ``event``; for subclasses."""

    def settled(self, end: EngineEnd) -> EngineEnd:
        """Return what ``end`` means to the page; for subclasses."""
        return end

    def closed(self) -> None:
        """Note that the work was stopped with the window; for subclasses."""

    def run(self, name: str, request: object) -> None:
        """Start the engine's command called ``name`` with ``request``, a dataclass that the command knows."""
        line = json.dumps(to_values(request)).encode("ascii")
        arguments = [name, "--request", "-", "--events", "--control", "stdin"]
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
