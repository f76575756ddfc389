"""The pattern picture of the Mark page, read on a worker thread."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mtgui.common.errors import PictureError
from mtgui.desktop.jobs.latest_only import LatestOnly, Reply

if TYPE_CHECKING:
    from mtgui.marking.pattern import PicturePattern


class PatternSource(QObject):
    """Reads the file of the pattern picture on a worker thread and keeps the result; signals come on the window's.

    All methods are called on the window's thread.
    """

    ready = Signal()
    """`picture` holds the pattern now."""
    failed = Signal(str)
    """The file cannot be used, for this reason."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start without a picture."""
        super().__init__(parent)
        self._path: Path | None = None
        self.picture: PicturePattern | None = None
        self._reader = LatestOnly(_load, "pattern", self)
        self._reader.done.connect(self._loaded)

    @property
    def path(self) -> Path | None:
        """The file that was asked for last."""
        return self._path

    def want(self, path: Path) -> None:
        """Read the file at ``path``, unless it was asked for last."""
        if path != self._path:
            self._path, self.picture = path, None
            self._reader.ask(path)

    def take(self, picture: "PicturePattern") -> None:
        """Use ``picture``, which has no file, for example because it comes from a mark record."""
        self._path, self.picture = None, picture
        self.ready.emit()

    def close(self) -> None:
        """Stop the worker thread."""
        self._reader.close()

    def _loaded(self, answer: Reply) -> None:
        if answer.request != self._path or self._path is None:
            return
        if answer.error is None:
            self.picture = answer.result
            self.ready.emit()
        else:
            self._path = None
            reason = answer.error.reason if isinstance(answer.error, PictureError) else str(answer.error)
            self.failed.emit(reason)


def _load(path: Path) -> "PicturePattern":
    from mtgui.pictures.pattern_picture import load_pattern_picture

    return load_pattern_picture(path)
