"""One command of the engine at work behind a page: begun, steered, asked about before the window closes, ended once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from mtgui.desktop.engine_process import EngineEnd, EngineProcess
from mtgui.desktop.questions import Question


@dataclass(frozen=True)
class StopWords:
    """What is asked before work is stopped: a title, a text, and the two answers."""

    title: str
    text: str
    stop: str
    go_on: str


class EngineJob(QObject):
    """Runs one command at a time for a page. Subclasses follow its events and say what its end means."""

    started = Signal()
    told = Signal()
    """The story has gone on."""
    ended = Signal(object)
    """An `EngineEnd`."""

    def __init__(self, page: QWidget, command: Callable[[Sequence[str]], list[str]], words: StopWords) -> None:
        """Serve ``page``; ``command`` makes the engine's command line; ``words`` ask whether to stop."""
        super().__init__(page)
        self._page, self._command, self._words = page, command, words
        self._process: EngineProcess | None = None
        self._question: Question | None = None
        self._end = EngineEnd()
        self.is_closing = False
        self.threads: int | None = None

    @property
    def is_running(self) -> bool:
        """True from `started` to `ended`."""
        return self._process is not None

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
        """Say whether the window may close; ask first whether running work may be stopped.

        After a yes the window closes by itself as soon as the engine has stopped.
        """
        if self._process is None:
            return True
        if self.is_closing or self._question is not None:
            return False
        words = self._words
        self._question = Question(self._page, words.title, words.text, words.stop, words.go_on)
        answer = self._question.ask()
        self._question.deleteLater()
        self._question = None
        if answer and self._process is not None:
            self.is_closing = True
            self.cancel()
        return answer and self._process is None

    def close(self) -> None:
        """Stop running work and wait for it."""
        if self._process is not None:
            self._process.close()
            self._process = None
            self.closed()

    def take(self, event: Mapping[str, Any]) -> None:
        """Follow ``event``; for subclasses."""

    def settled(self, end: EngineEnd) -> EngineEnd:
        """Return what ``end`` means to the page; for subclasses."""
        return end

    def closed(self) -> None:
        """Note that the work was stopped with the window; for subclasses."""

    def run(self, arguments: Sequence[str]) -> None:
        """Start the engine with ``arguments``."""
        self._process = EngineProcess(self._command(arguments), self, threads=self.threads)
        self._process.told.connect(self._tell)
        self._process.ended.connect(self._ended)
        self.started.emit()
        self._process.start()

    def _tell(self, event: Mapping[str, Any]) -> None:
        self.take(event)
        self.told.emit()

    def _ended(self, end: EngineEnd) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self._end = self.settled(end)
        if self._question is not None:
            self._question.reject()
        # The question's own loop has to end first.
        QTimer.singleShot(0, self._tell_end)

    def _tell_end(self) -> None:
        self.ended.emit(self._end)
        if self.is_closing:
            self.is_closing = False
            self._page.window().close()
