"""Square thumbnails, decoded on worker threads only for what is visible; the newest request comes first."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, QRunnable, Qt, QThread, QThreadPool, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from mtgui.common.errors import MtguiError, PictureError
from mtgui.desktop.pictures.array_images import image_from_planes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    type_of_planes = NDArray[np.uint8]
    LoadSmall = Callable[[Path, int], type_of_planes]

TILE = 96
RADIUS = 4
CACHED = 300
PENDING = 128
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Thumbnail:
    """A finished thumbnail, or the reason why there is none."""

    path: Path
    image: QImage | None
    reason: str = ""


class Thumbnails(QObject):
    """Decodes thumbnails on worker threads and keeps them; `ready` is emitted on the window's thread.

    All methods are called on the window's thread.
    """

    ready = Signal(object)
    """The `Path` of a picture whose thumbnail, or the reason why it has none, is known now."""
    _decoded = Signal(object)

    def __init__(
        self, load: "LoadSmall", ratio: float = 1.0, parent: QObject | None = None, *, cached: int = CACHED
    ) -> None:
        """Decode with ``load(path, longest)`` → uint8 (channel, height, width), which is called on worker threads.

        ``ratio`` is the device pixel ratio of the screen; ``cached`` is how many thumbnails are kept.
        """
        super().__init__(parent)
        self._load = load
        self._ratio = ratio
        self._capacity = cached
        self._pixmaps: OrderedDict[Path, QPixmap] = OrderedDict()
        self._failures: dict[Path, str] = {}
        self._waiting: OrderedDict[Path, None] = OrderedDict()
        self._running: set[Path] = set()
        self._is_closed = False
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(min(max(QThread.idealThreadCount() - 1, 1), 4))
        self._pool.setThreadPriority(QThread.Priority.LowPriority)
        self._decoded.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._next_turn = QTimer(self)
        self._next_turn.setSingleShot(True)
        self._next_turn.timeout.connect(self._start_some)

    def get(self, path: Path) -> QPixmap | None:
        """Return the thumbnail of ``path``; if there is none yet, return None and request it before all others."""
        pixmap = self._pixmaps.get(path)
        if pixmap is not None:
            self._pixmaps.move_to_end(path)
            return pixmap
        if path not in self._failures and path not in self._running and not self._is_closed:
            self._waiting[path] = None
            self._waiting.move_to_end(path)
            if len(self._waiting) > PENDING:
                self._waiting.popitem(last=False)
            if not self._next_turn.isActive():
                self._start_some()
        return None

    def failure(self, path: Path) -> str:
        """Return why ``path`` has no thumbnail; empty if it has not failed."""
        return self._failures.get(path, "")

    def forget(self, path: Path) -> None:
        """Drop everything known about ``path``, for example because it left the list."""
        self._pixmaps.pop(path, None)
        self._failures.pop(path, None)
        self._waiting.pop(path, None)

    @property
    def count(self) -> int:
        """How many thumbnails are kept now."""
        return len(self._pixmaps)

    @property
    def at_once(self) -> int:
        """How many are decoded at the same time; one turn of the event loop takes no more than that either."""
        return self._pool.maxThreadCount()

    @property
    def is_idle(self) -> bool:
        """True while none is requested or being decoded."""
        return not self._waiting and not self._running

    def close(self, wait_ms: int = 5000) -> bool:
        """Start no more and wait for the running ones; False if that takes longer than ``wait_ms``."""
        self._is_closed = True
        self._next_turn.stop()
        self._waiting.clear()
        return self._pool.waitForDone(wait_ms)

    def _start_some(self) -> None:
        while self._waiting and len(self._running) < self._pool.maxThreadCount():
            path, _ = self._waiting.popitem(last=True)
            self._running.add(path)
            self._pool.start(_Job(path, self._load, self._ratio, self._decoded.emit))

    @Slot(object)
    def _take(self, thumbnail: Thumbnail) -> None:
        self._running.discard(thumbnail.path)
        if thumbnail.image is None:
            self._failures[thumbnail.path] = thumbnail.reason
        else:
            self._pixmaps[thumbnail.path] = QPixmap.fromImage(thumbnail.image)
            while len(self._pixmaps) > self._capacity:
                self._pixmaps.popitem(last=False)
        if self._waiting:
            self._next_turn.start(0)
        self.ready.emit(thumbnail.path)


class _Job(QRunnable):
    def __init__(self, path: Path, load: "LoadSmall", ratio: float, send: Callable[[Thumbnail], None]) -> None:
        super().__init__()
        self._path, self._load, self._ratio, self._send = path, load, ratio, send

    def run(self) -> None:
        thumbnail = _make(self._path, self._load, self._ratio)
        try:
            self._send(thumbnail)
        except RuntimeError:
            _log.debug("A thumbnail came after the window had gone")


def _make(path: Path, load: "LoadSmall", ratio: float) -> Thumbnail:
    side = round(TILE * ratio)
    try:
        picture = image_from_planes(load(path, side * 2))
    except PictureError as error:
        return Thumbnail(path, None, error.reason)
    except MtguiError as error:
        return Thumbnail(path, None, str(error))
    except MemoryError:
        return Thumbnail(path, None, "there is not enough memory to open it")
    except Exception:
        _log.exception("No thumbnail of %s", path)
        return Thumbnail(path, None, "mtgui could not open it; the log says more")
    tile = _rounded_tile(picture, side, RADIUS * ratio)
    tile.setDevicePixelRatio(ratio)
    return Thumbnail(path, tile)


def _rounded_tile(picture: QImage, side: int, radius: float) -> QImage:
    """Return the middle square of ``picture``, ``side`` pixels wide, with rounded corners."""
    least = min(picture.width(), picture.height())
    cut = picture.copy(QRect((picture.width() - least) // 2, (picture.height() - least) // 2, least, least)).scaled(
        side, side, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    tile = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(0, 0, side, side), radius, radius)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(shape, Qt.GlobalColor.white)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.drawImage(0, 0, cut)
    painter.end()
    return tile
