"""Imports the modules for the first picture in advance: on a worker thread, after the window has appeared."""

import importlib
import threading

# Nothing from Qt: its classes must not be set up on another thread.
NEEDED = ("mtgui.pictures.decoding", "mtgui.desktop.mark.rendering", "mtgui.publishing.export_job")


class Preloading:
    """One worker thread that imports the modules and ends."""

    def __init__(self) -> None:
        """Prepare; nothing is imported yet."""
        self._thread = threading.Thread(target=_import_all, name="mtgui-warming", daemon=True)
        self.has_begun = False

    @property
    def is_done(self) -> bool:
        """True once everything is imported."""
        return self.has_begun and not self._thread.is_alive()

    def begin(self) -> None:
        """Start the thread; later calls do nothing."""
        if not self.has_begun:
            self.has_begun = True
            self._thread.start()

    def close(self) -> None:
        """Wait for the thread."""
        if self.has_begun:
            self._thread.join()


def _import_all() -> None:
    for name in NEEDED:
        importlib.import_module(name)
