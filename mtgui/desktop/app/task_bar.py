"""The progress of running work on the program's entry in the task bar, where the desktop shows it."""

import sys

from PySide6.QtGui import QGuiApplication

PLATFORMS = ("xcb", "wayland")
ENTRY = "application://org.mtgui.mtgui.desktop"
"""The file of the program's entry, as it is packaged."""
_PATH, _INTERFACE = "/org/mtgui/mtgui", "com.canonical.Unity.LauncherEntry"


class TaskBar:
    """Tells the desktop the progress: the launcher entry of Unity, which docks of GNOME and Plasma show as well.

    Other systems have no such way in Qt; there, and without a session bus, nothing happens.
    """

    def __init__(self) -> None:
        """Connect to the session bus if there is one; on the window's thread."""
        self._send = _sender()
        self._percent: int | None = None

    def show(self, share: float | None) -> None:
        """Show ``share``, 0 to 1; None shows no progress. Repeating a percentage sends nothing."""
        percent = None if share is None else round(100 * share)
        if percent != self._percent:
            self._percent = percent
            self._send(launcher_values(share))


def launcher_values(share: float | None) -> dict[str, object]:
    """Return the properties of the launcher entry for ``share``, 0 to 1, or None for no progress."""
    return {"progress": share or 0.0, "progress-visible": share is not None}


class _Sender:
    def __init__(self, *, is_there: bool) -> None:
        self._is_there = is_there

    def __call__(self, values: dict[str, object]) -> None:
        if not self._is_there:
            return
        from PySide6.QtDBus import QDBusConnection, QDBusMessage

        message = QDBusMessage.createSignal(_PATH, _INTERFACE, "Update")
        message.setArguments([ENTRY, values])
        QDBusConnection.sessionBus().send(message)


def _sender() -> _Sender:
    if sys.platform != "linux" or QGuiApplication.platformName() not in PLATFORMS:
        return _Sender(is_there=False)
    try:
        from PySide6.QtDBus import QDBusConnection
    except ImportError:
        return _Sender(is_there=False)
    return _Sender(is_there=QDBusConnection.sessionBus().isConnected())
