"""A running export: the job runs on a worker thread, and its events reach the window's thread."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, MtguiError
from mtgui.common.events import Finished

if TYPE_CHECKING:
    from mtgui.publishing.export_request import MarkRequest
    from mtgui.publishing.other_records import AlreadyRecordedError

OUT_OF_MEMORY = (
    "The system gave mtgui no more memory. Copies written so far are whole. Close other programs, then export again to "
    "go on."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExportEnd:
    """How an export ended: with a ``result``, cancelled, or with a ``problem`` (one sentence).

    known: the pictures that another record knows, so that nothing was drawn and the person has to be asked.
    """

    result: Mapping[str, Any] | None = None
    was_cancelled: bool = False
    problem: str = ""
    known: "AlreadyRecordedError | None" = None


class ExportRun(QObject):
    """One export on a worker thread. On the window's thread it emits every event and then `ended`, once."""

    told = Signal(object)
    """An event of `mtgui.common.events`."""
    ended = Signal(object)
    """An `ExportEnd`."""
    _event_arrived = Signal(object)
    _end_arrived = Signal(object)

    def __init__(self, request: "MarkRequest", parent: QObject | None = None) -> None:
        """Prepare ``request`` without starting it."""
        super().__init__(parent)
        self._request = request
        self._control = Control()
        self._event_arrived.connect(self.told, Qt.ConnectionType.QueuedConnection)
        self._end_arrived.connect(self.ended, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="mtgui-export")

    def start(self) -> None:
        """Start the worker thread."""
        self._thread.start()

    @property
    def is_paused(self) -> bool:
        """True while the export is paused."""
        return self._control.is_paused

    def set_paused(self, is_paused: bool) -> None:
        """Pause before the next picture, or go on."""
        if is_paused:
            self._control.pause()
        else:
            self._control.resume()

    def cancel(self) -> None:
        """Stop before the next picture; copies written so far stay."""
        self._control.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the worker thread; False if it takes longer than ``seconds``."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            end = self._follow()
        except CancelledError:
            end = ExportEnd(was_cancelled=True)
        except MtguiError as error:
            end = ExportEnd(problem=str(error))
        except MemoryError:
            end = ExportEnd(problem=OUT_OF_MEMORY)
        except Exception as error:
            _log.exception("an export failed")
            end = ExportEnd(problem=f"Something went wrong in mtgui itself ({error}). Copies written so far are whole.")
        self._end_arrived.emit(end)

    def _follow(self) -> ExportEnd:
        from mtgui.publishing.export_job import mark_and_export
        from mtgui.publishing.other_records import AlreadyRecordedError

        result: Mapping[str, Any] = {}
        try:
            for event in mark_and_export(self._request, self._control):
                if isinstance(event, Finished):
                    result = event.result
                self._event_arrived.emit(event)
        except AlreadyRecordedError as error:
            return ExportEnd(known=error)
        return ExportEnd(result)
