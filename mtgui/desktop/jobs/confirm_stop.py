"""The question before the window closes during work: after a yes the work stops, and then the window closes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from mtgui.desktop.widgets.question_dialog import Question


@dataclass(frozen=True)
class StopWords:
    """The question before work is stopped: a title, a text, and the two answers."""

    title: str
    text: str
    stop: str
    go_on: str


class Stoppable(Protocol):
    """Work that can be stopped; it calls `Closing.settle` when it has stopped."""

    @property
    def is_running(self) -> bool:
        """True while there is something to stop."""

    def cancel(self) -> None:
        """Stop at the next point where nothing is lost."""


class Closing(QObject):
    """Asks whether the work of one page may be stopped, and closes the window after it has stopped.

    Lives on the window's thread.
    """

    def __init__(self, page: QWidget, work: Stoppable, words: StopWords) -> None:
        """Ask about ``work`` with ``words``, in a dialog over ``page``."""
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
        """Called when the work has stopped: close an open question, then call ``tell`` in the next turn of the loop."""
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
