"""Suggestions in the message bar of the Audit page: continue a stopped audit, or audit the next model."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.common.errors import readable_name
from mtgui.desktop.widgets.notices import MessageBar


class Suggestions(QObject):
    """Makes one suggestion at a time; the button of the message bar accepts it."""

    def __init__(self, messages: MessageBar, is_busy: Callable[[], bool], parent: QObject | None = None) -> None:
        """Show suggestions in ``messages``; none can be accepted while ``is_busy()`` is true."""
        super().__init__(parent)
        self._messages, self._is_busy = messages, is_busy
        self._do: Callable[[], None] | None = None
        self.waiting: list[Path] = []
        messages.action_triggered.connect(self._take)

    def wait_with(self, models: Sequence[Path]) -> None:
        """Remember ``models`` for later; they were dropped together with the one that is audited first."""
        self.waiting = list(models)

    def unfinished(self, request: AuditRequest, do: Callable[[], None]) -> None:
        """Suggest to continue ``request``, which was stopped before its verdict."""
        model, record = readable_name(request.models[0].path), readable_name(request.records[0])
        self._make(f"The audit of “{model}” with “{record}” was stopped before its verdict.", "Go on", do)

    def next_model(self, take: Callable[[Path], None]) -> None:
        """Suggest the next waiting model, if there is one and the message bar is free."""
        if not self.waiting or self._messages.text:
            return

        def do() -> None:
            model, *self.waiting = self.waiting
            take(model)

        self._make(
            f"“{readable_name(self.waiting[0])}” has not been audited yet. Each verdict is about one model; History "
            "adjusts for several.",
            "Audit it now",
            do,
        )

    def _make(self, text: str, action: str, do: Callable[[], None]) -> None:
        self._do = do
        self._messages.show_message(text, "info", action)

    def _take(self) -> None:
        if self._do is not None and not self._is_busy():
            do, self._do = self._do, None
            self._messages.dismiss()
            do()
