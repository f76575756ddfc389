"""What the engine can compute on here, asked of the engine itself: the window never loads PyTorch."""

import json
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox

from mtgui.common.errors import printable
from mtgui.desktop.jobs.engine_process import EngineEnd, EngineProcess
from mtgui.desktop.settings import AUTOMATIC


class DeviceFinder(QObject):
    """Asks once, in the background. Until it has `found` something, all kinds of devices are offered.

    It also brings the engine's libraries into the system's memory, so that the first audit starts sooner.
    """

    found = Signal(object)
    """A tuple of pairs, as the choices of the setting are, of devices that are there."""

    def __init__(self, command: Callable[[Sequence[str]], list[str]], parent: QObject | None = None) -> None:
        """``command`` makes the engine's command line."""
        super().__init__(parent)
        self._command = command
        self._process: EngineProcess | None = None
        self._has_begun = False

    @property
    def is_asking(self) -> bool:
        """True while the engine has not answered."""
        return self._process is not None

    def begin(self) -> None:
        """Ask, unless that was done before."""
        if self._has_begun:
            return
        self._has_begun = True
        self._process = EngineProcess(self._command(["devices", "--json"]), self)
        self._process.ended.connect(self._ended)
        self._process.start()

    def close(self) -> None:
        """Stop asking."""
        if self._process is not None:
            self._process.close(500)
            self._process.deleteLater()
            self._process = None

    def _ended(self, end: EngineEnd) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        devices = devices_from_output(end.output)
        if devices:
            self.found.emit((AUTOMATIC, *devices))


def devices_from_output(output: str) -> tuple[tuple[str, str], ...]:
    """Return names and texts of what ``mtgui devices --json`` printed; nothing where that makes no sense."""
    try:
        listed = json.loads(output)["devices"]
        return tuple(
            (str(one["name"]), f"{printable(str(one['title']))} · {one['memory'] / 1e9:,.0f} GB") for one in listed
        )
    except (ValueError, KeyError, TypeError):
        return ()


def offer_devices(combo: QComboBox, devices: Sequence[tuple[str, str]]) -> None:
    """Put ``devices`` in place of what ``combo`` offers; the choice stays where it is still there, else “auto”.

    A kind, such as “cuda”, stands for its first device.
    """
    chosen = str(combo.currentData())
    names = [name for name, _ in devices]
    near = next((name for name in names if name == chosen or name.partition(":")[0] == chosen), AUTOMATIC[0])
    with QSignalBlocker(combo):
        combo.clear()
        for name, text in devices:
            combo.addItem(text, name)
        combo.setCurrentIndex(max(0, names.index(near) if near in names else 0))
