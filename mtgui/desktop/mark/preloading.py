"""Imports what the first picture will need while nobody waits: on a thread, once the window is on the screen."""

import importlib
import threading

# Nothing of Qt: its classes are not made for being set up on another thread.
NEEDED = ("mtgui.pictures.decoding", "mtgui.desktop.mark.rendering", "mtgui.publishing.export_job")


class Preloading:
    """One thread that imports and ends."""

    def __init__(self) -> None:
        """Prepare; nothing is imported yet."""
        self._thread = threading.Thread(target=_import_all, name="mtgui-warming", daemon=True)
        self.has_begun = False

    @property
    def is_done(self) -> bool:
        """True once everything is imported."""
        return self.has_begun and not self._thread.is_alive()

    def begin(self) -> None:
        """Begin, the first time this is called."""
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
