"""Asks the engine how long an audit would take on the chosen device, before anything is shown to the model."""

import json
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from mtgui.auditing.job.audit_events import AUDIT_EVENTS, TimeStated
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.common.codec import to_values
from mtgui.common.events import Event
from mtgui.common.texts import text
from mtgui.common.words import time_span
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd, EngineProcess


class AuditTime(QObject):
    """Measures one audit at a time in a child process, and keeps the answer to the last question.

    It lives on the window's thread. The engine shows the model black pictures only; no run is counted.
    """

    changed = Signal()
    """A measurement has begun or ended."""

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        """Measure with ``engine``."""
        super().__init__(parent)
        self._engine = engine
        self._process: EngineProcess | None = None
        self._asked: AuditRequest | None = None
        self._stated: list[TimeStated] = []
        self._problem = ""

    @property
    def is_measuring(self) -> bool:
        """True while the engine measures."""
        return self._process is not None

    def in_words(self, request: AuditRequest) -> str:
        """Return how long ``request`` takes, or why that is not known; empty if it was not asked about."""
        if self._process is not None or request != self._asked:
            return ""
        if self._problem:
            return self._problem
        seconds, device = sum(one.seconds for one in self._stated), self._stated[0].device
        return text("about {time} on {device}", time=time_span(seconds), device=device)

    def ask(self, request: AuditRequest) -> None:
        """Measure how long ``request`` takes."""
        self.stop()
        self._asked, self._stated, self._problem = request, [], ""
        sent = json.dumps(to_values(replace(request, states_time_only=True))).encode("ascii")
        arguments = ["audit", "--request", "-", "--events", "--control", "stdin"]
        self._process = self._engine.process(arguments, self, kinds=AUDIT_EVENTS, request=sent)
        self._process.told.connect(self._told)
        self._process.ended.connect(self._ended)
        self._process.start()
        self.changed.emit()

    def stop(self) -> None:
        """Measure nothing any more. The engine is asked to stop, and deletes its copies of the models on its own."""
        if self._process is not None:
            leaving, self._process = self._process, None
            leaving.told.disconnect(self._told)
            leaving.ended.disconnect(self._ended)
            leaving.ended.connect(leaving.deleteLater)
            leaving.cancel()

    def close(self) -> None:
        """Measure nothing any more, and wait until the engine has deleted its copies: the window goes away."""
        self.stop()
        for process in self.findChildren(EngineProcess):
            process.close()

    def _told(self, event: Event) -> None:
        if isinstance(event, TimeStated):
            self._stated.append(event)

    def _ended(self, end: EngineEnd) -> None:
        asked, has_all = self._asked, False
        if asked is not None:
            has_all = len(self._stated) == len(asked.models) * len(asked.records)
        # The time of some of the records would pass for the whole.
        self._problem = end.problem or ("" if has_all else text("The engine did not say it."))
        self._forget()
        self.changed.emit()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
