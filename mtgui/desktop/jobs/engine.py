"""The engine as the window sees it: how it is started, its devices, and how many cores it uses."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QSettings, Signal

from mtgui.common.events import COMMON_EVENTS, Event
from mtgui.desktop.jobs.device_list import devices_from_output
from mtgui.desktop.jobs.engine_command import engine_command
from mtgui.desktop.jobs.engine_process import EngineEnd, EngineProcess
from mtgui.desktop.settings import AUTOMATIC, DEVICE, engine_threads


class Engine(QObject):
    """Starts commands of the engine for all pages. The window has one such object; it lives on the window's thread."""

    devices_found = Signal(object)
    """A tuple of pairs (name, text), one for each device of this computer; emitted when the engine has listed them."""

    def __init__(
        self,
        settings: QSettings,
        command: Callable[[Sequence[str]], list[str]] = engine_command,
        parent: QObject | None = None,
    ) -> None:
        """``command`` turns arguments into a whole command line; ``settings`` hold the number of cores."""
        super().__init__(parent)
        self._settings, self._command = settings, command
        self._finder: EngineProcess | None = None
        self._has_asked = False
        self.devices: tuple[tuple[str, str], ...] = DEVICE.choices

    def process(
        self,
        arguments: Sequence[str],
        parent: QObject,
        *,
        kinds: Mapping[str, type[Event]] = COMMON_EVENTS,
        request: bytes = b"",
    ) -> EngineProcess:
        """Return a process for ``arguments`` that is not yet started. kinds, request: see `EngineProcess`."""
        threads = engine_threads(self._settings)
        return EngineProcess(self._command(arguments), parent, kinds=kinds, request=request, threads=threads)

    @property
    def is_asking(self) -> bool:
        """True while the engine is listing its devices."""
        return self._finder is not None

    def find_devices(self) -> None:
        """Ask a child process for the list of devices; only the first call does so. Until then all kinds are offered.

        This also loads the engine's libraries into the file cache of the system, so that the first run starts sooner.
        """
        if not self._has_asked:
            self._has_asked = True
            self._finder = self.process(["devices", "--json"], self)
            self._finder.ended.connect(self._answered)
            self._finder.start()

    def close(self) -> None:
        """Stop the process that lists the devices."""
        if self._finder is not None:
            self._finder.close(500)
            self._forget()

    def _answered(self, end: EngineEnd) -> None:
        self._forget()
        found = devices_from_output(end.output)
        if found:
            self.devices = (AUTOMATIC, *found)
            self.devices_found.emit(self.devices)

    def _forget(self) -> None:
        if self._finder is not None:
            self._finder.deleteLater()
            self._finder = None
