"""Asks the engine how fast this computer rehearses, so that the page can say the time before the start."""

import json
import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from mtgui.common.codec import FieldError, from_values, to_values
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd, EngineProcess
from mtgui.desktop.rehearse.asked_rehearsal import asked_rehearsal
from mtgui.desktop.rehearse.asked_tuning import OPTIONS, asked_tuning
from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.fine_tuning.tuning_work import expected_counts, work_of_tuning
from mtgui.rehearsal.rehearsal_settings import RehearsalSettings
from mtgui.rehearsal.work import Speed, work_of

CALM_MS = 400
"""How long the choices must stay as they are before something is measured."""
_log = logging.getLogger(__name__)
_Key = tuple[object, ...]


class TimeMeasuring(QObject):
    """Measures the speed of a rehearsal in a child process, one at a time, and remembers it; on the window's thread."""

    changed = Signal()
    """A measurement has begun or ended."""

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        """Measure with ``engine``."""
        super().__init__(parent)
        self._engine = engine
        self._found: dict[_Key, Speed | None] = {}
        self._wanted: RehearsalChoices | None = None
        self._measured: _Key = ()
        self._process: EngineProcess | None = None
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._start)

    @property
    def is_measuring(self) -> bool:
        """True while something is measured, or soon will be."""
        return self._process is not None or self._calm.isActive()

    def speed(self, choices: RehearsalChoices) -> Speed | None:
        """Return the speed that was measured for ``choices``; None if there is none yet, or the engine refused."""
        return self._found.get(_key(choices))

    def seconds(self, choices: RehearsalChoices, numbers: tuple[int, int]) -> float | None:
        """Return about how many seconds the rehearsal of ``choices`` takes; None if the speed is not known.

        numbers: of the person's published and private pictures.
        """
        speed = self.speed(choices)
        if speed is None:
            return None
        if choices.is_diffusion:
            asked = asked_tuning(choices, None)
            return work_of_tuning(asked, expected_counts(asked, numbers)).seconds(speed)
        return work_of(asked_rehearsal(choices, Path()), speed.pictures).seconds(speed)

    def want(self, choices: RehearsalChoices) -> None:
        """Measure the speed for ``choices`` once they stay as they are, unless it is known."""
        self._wanted = choices
        if _key(choices) in self._found:
            self._calm.stop()
        elif self._process is None:
            self._calm.start()

    def stop(self) -> None:
        """Measure nothing until `want` is called again: a rehearsal needs the processor."""
        self._calm.stop()
        self._wanted = None
        if self._process is not None:
            # It writes nothing, so it can be ended at once.
            self._process.close(0)
            self._process.deleteLater()
            self._process = None

    def _start(self) -> None:
        if self._wanted is None or self._process is not None:
            return
        if self._engine.is_asking:
            # Two processes at a time would make each other slow.
            self._calm.start()
            return
        self._measured = _key(self._wanted)
        request = json.dumps(to_values(_request(self._wanted))).encode("ascii")
        options = OPTIONS if self._wanted.is_diffusion else ()
        arguments = ["rehearse", *options, "--request", "-", "--measure", "--json"]
        self._process = self._engine.process(arguments, self, request=request)
        self._process.ended.connect(self._ended)
        self._process.start()
        self.changed.emit()

    def _ended(self, end: EngineEnd) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self._found[self._measured] = _speed_in(end)
        if self._wanted is not None:
            self.want(self._wanted)
        self.changed.emit()


def _request(choices: RehearsalChoices) -> RehearsalSettings | TuningSettings:
    """Return the settings whose speed is that of ``choices``; the person's own pictures have no say in it."""
    if choices.is_diffusion:
        return asked_tuning(replace(choices, source="made"), None)
    return replace(asked_rehearsal(replace(choices, source="made"), Path()), out=None)


def _key(choices: RehearsalChoices) -> _Key:
    """Return everything on which the speed depends; numbers of rounds, artists and pictures are not among it."""
    if choices.is_diffusion:
        return choices.model, choices.device
    mark = choices.mark
    steps = tuple(switch.key for switch, _ in choices.switches)
    return choices.extent.network, choices.device, choices.others, mark.has_blend, mark.has_noise, mark.has_tint, steps


def _speed_in(end: EngineEnd) -> Speed | None:
    try:
        return from_values(Speed, json.loads(end.output))
    except (ValueError, FieldError):
        _log.info("The time of a rehearsal could not be measured: %s", end.problem or end.output)
        return None
