"""Looks at the pictures of the list one after the other, and tells how visible the mark is on them."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mtgui.desktop.jobs.latest_only import LatestOnly, Reply
from mtgui.desktop.mark.visibility import Survey, Visibility, evenly

if TYPE_CHECKING:
    from mtgui.desktop.mark.rendering import Look, PreviewPicture

MOST_PICTURES = 24
"""How many pictures are looked at, at even distances in the list."""
SIDE = 256
REST_MS = 600


@dataclass(frozen=True)
class _Request:
    path: Path
    look: "Look"


class VisibilitySurvey(QObject):
    """Measures small versions of the pictures on a worker thread, once the settings rest; lives on the window's thread.

    While it measures, `told` is emitted after each picture.
    """

    told = Signal(object)
    """The `Survey` so far."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start with no pictures."""
        super().__init__(parent)
        self._paths: tuple[Path, ...] = ()
        self._pictures = 0
        self._look: Look | None = None
        self._found: dict[Path, Visibility | None] = {}
        self._worker = LatestOnly(_Eye().look_at, "survey", self)
        self._worker.done.connect(self._seen)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._go_on)

    @property
    def is_idle(self) -> bool:
        """True while nothing is to be measured."""
        return self._worker.is_idle and not self._rest.isActive()

    @property
    def survey(self) -> Survey:
        """What is known so far."""
        found = tuple((path, one) for path in self._paths if (one := self._found.get(path)) is not None)
        return Survey(found, self._pictures)

    def show(self, paths: Sequence[Path], look: "Look") -> None:
        """Look at ``paths`` with the mark of ``look``; what is known of both stays."""
        some = evenly(paths, MOST_PICTURES)
        if (some, len(paths), look) == (self._paths, self._pictures, self._look):
            return
        if look != self._look:
            self._found = {}
        self._paths, self._pictures, self._look = some, len(paths), look
        self._rest.start()
        self.told.emit(self.survey)

    def close(self) -> None:
        """Stop the worker thread."""
        self._rest.stop()
        self._worker.close()

    def _go_on(self) -> None:
        path = next((path for path in self._paths if path not in self._found), None)
        if path is not None and self._look is not None and not self._rest.isActive():
            self._worker.ask(_Request(path, self._look))

    def _seen(self, answer: Reply) -> None:
        request: _Request = answer.request
        if request.look == self._look:
            self._found[request.path] = answer.result if answer.error is None else None
            self.told.emit(self.survey)
        self._go_on()


class _Eye:
    """Measures on the worker thread, and keeps the last small pictures."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Path, PreviewPicture] = OrderedDict()

    def look_at(self, request: _Request) -> Visibility:
        from mtgui.desktop.mark.visibility_measuring import visibility_of

        return visibility_of(self._small(request.path), request.look)

    def _small(self, path: Path) -> "PreviewPicture":
        if path not in self._kept:
            from mtgui.desktop.mark.rendering import PreviewPicture
            from mtgui.desktop.pictures.picture_access import load_small

            self._kept[path] = PreviewPicture(path, load_small(path, SIDE)).shrunk(SIDE)
            if len(self._kept) > MOST_PICTURES:
                self._kept.popitem(last=False)
        return self._kept[path]
