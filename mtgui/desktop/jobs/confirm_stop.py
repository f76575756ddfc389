"""Whether work behind a page may be stopped because the window closes: asked once, and the window closes afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from mtgui.desktop.widgets.question_dialog import Question


@dataclass(frozen=True)
class StopWords:
    """What is asked before work is stopped: a title, a text, and the two answers."""

    title: str
    text: str
    stop: str
    go_on: str


class Stoppable(Protocol):
    """Work that can be stopped; it tells `Closing.settle` once it has."""

    @property
    def is_running(self) -> bool:
        """True while there is something to stop."""

    def cancel(self) -> None:
        """Stop as soon as that loses nothing."""


class Closing(QObject):
    """Asks for one piece of work of a page, and closes the window once it has stopped."""

    def __init__(self, page: QWidget, work: Stoppable, words: StopWords) -> None:
        """Ask with ``words`` over ``page`` about ``work``."""
        super().__init__(page)
        self._page, self._work, self._words = page, work, words
        self._question: Question | None = None
        self._tell: Callable[[], None] | None = None
        self.is_closing = False

    def may_close(self) -> bool:
        """Say whether the window may close; ask first whether running work may be stopped.

        After a yes the window closes by itself as soon as the work has stopped.
        """
        if not self._work.is_running:
            return True
        if self.is_closing or self._question is not None:
            return False
        words = self._words
        self._question = Question(self._page, words.title, words.text, words.stop, words.go_on)
        answer = self._question.ask()
        self._question.deleteLater()
        self._question = None
        if answer and self._work.is_running:
            self.is_closing = True
            self._work.cancel()
        return answer and not self._work.is_running

    def settle(self, tell: Callable[[], None]) -> None:
        """The work has stopped: take a question back, and call ``tell`` once its own loop has ended."""
        if self._question is not None:
            self._question.reject()
        self._tell = tell
        QTimer.singleShot(0, self._settled)

    def _settled(self) -> None:
        if self._tell is not None:
            tell, self._tell = self._tell, None
            tell()
        if self.is_closing:
            self.is_closing = False
            self._page.window().close()
