"""The preview: renders original, marked copy and difference whenever the picture, view or settings change."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QImage

from mtgui.common.errors import MtguiError, PictureError, readable_name
from mtgui.desktop.canvas.canvas_geometry import ViewRequest
from mtgui.desktop.canvas.canvas_view import ComparisonView
from mtgui.desktop.jobs.latest_only import LatestOnly, Reply

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from mtgui.desktop.mark.rendering import Look, PictureWindow, PreviewPicture
    from mtgui.desktop.mark.visibility import Visibility

RENDER_THREADS = 2
VISIBILITY_DELAY_MS = 150


@dataclass(frozen=True)
class FrameRequest:
    """A frame to be rendered: of which file, in which view, with which settings.

    Without a ``view``, only the picture's size is wanted.
    """

    path: Path
    look: "Look"
    view: ViewRequest | None
    wants_original: bool


@dataclass(frozen=True)
class PreviewFrame:
    """A finished frame: arrays of screen pixels (rows, columns, 4), BGRX, and the region that they cover.

    gain: by what a difference was multiplied; 0 if ``marked`` is the marked copy.
    """

    width: int
    height: int
    region: tuple[float, float, float, float] | None = None
    original: Any = None
    marked: Any = None
    gain: int = 0


class Preview(QObject):
    """Renders on worker threads what the canvas shows; older requests that have not begun are dropped.

    Its methods are called, and its signals come, on the window's thread.
    """

    measured = Signal(object)
    """The `Visibility` of the mark on the current picture with the current settings."""
    multiplied = Signal(int)
    """By what the difference on the canvas is multiplied."""
    loaded = Signal(object)
    """The `Path` of the picture whose size is known now, so that it can be shown."""
    failed = Signal(object)
    """A `PictureError`: the picture cannot be shown."""

    def __init__(self, canvas: ComparisonView, parent: QObject | None = None) -> None:
        """Render for ``canvas``."""
        super().__init__(parent)
        self._canvas = canvas
        self._path: Path | None = None
        self._shown: Path | None = None
        self._look: Look | None = None
        self._view_of_original: tuple[Path, ViewRequest] | None = None
        self._newest: FrameRequest | None = None
        self._frame_count = 0
        self._maker = _Maker()
        self._frames = LatestOnly(self._maker.frame, "preview", self)
        self._frames.done.connect(self._frame_done)
        self._qualities = LatestOnly(_Measurer().measure, "quality", self)
        self._qualities.done.connect(self._quality_done)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(VISIBILITY_DELAY_MS)
        self._patience.timeout.connect(self._ask_quality)
        canvas.view_changed.connect(self._view_changed)

    @property
    def is_idle(self) -> bool:
        """True while nothing is being rendered or measured."""
        return self._frames.is_idle and self._qualities.is_idle and not self._patience.isActive()

    @property
    def picture(self) -> "PreviewPicture | None":
        """The picture that is shown, decoded; None while there is none."""
        picture = self._maker.picture
        return picture if picture is not None and picture.path == self._path else None

    @property
    def frame_count(self) -> int:
        """How many frames the canvas has received so far."""
        return self._frame_count

    def show(self, path: Path, look: "Look") -> None:
        """Show the picture at ``path`` marked with ``look``."""
        self._look = look
        if path != self._path:
            self._turn_to(path)
        self._ask()

    def clear(self) -> None:
        """Clear the canvas."""
        if self._path is not None:
            self._turn_to(None)

    def _turn_to(self, path: Path | None) -> None:
        self._path, self._shown, self._view_of_original = path, None, None
        self._canvas.clear()

    def close(self) -> None:
        """Stop the worker threads."""
        self._patience.stop()
        self._frames.close()
        self._qualities.close()
        self._maker.close()

    def _view_changed(self, _request: object) -> None:
        self._ask()

    def _ask(self) -> None:
        if self._path is None or self._look is None:
            return
        view = self._canvas.request if self._shown == self._path else None
        needs_original = view is not None and self._view_of_original != (self._path, view)
        self._canvas.set_busy(True)
        self._newest = FrameRequest(self._path, self._look, view, needs_original)
        self._frames.ask(self._newest)

    def _frame_done(self, answer: Reply) -> None:
        request: FrameRequest = answer.request
        if request.path != self._path:
            return
        if isinstance(answer.error, PictureError):
            self._canvas.clear()
            self._canvas.set_message(f"{readable_name(request.path)} cannot be shown: {answer.error.reason}")
            self.failed.emit(answer.error)
        elif answer.error is not None:
            self._canvas.set_message("The preview failed. The picture itself is untouched; try another one.")
            if not isinstance(answer.error, MtguiError | MemoryError):
                raise answer.error
        else:
            self._take(request, answer.result)

    def _take(self, request: FrameRequest, frame: PreviewFrame) -> None:
        if frame.region is None:
            self._shown = request.path
            self._canvas.set_sizes(frame.width, frame.height)
            self.loaded.emit(request.path)
            self._ask()
            return
        region = QRectF(*frame.region)
        if frame.original is not None:
            self._canvas.set_original(_image(frame.original), region, owner=frame.original)
            self._view_of_original = (request.path, request.view) if request.view is not None else None
        if frame.gain:
            self.multiplied.emit(frame.gain)
        put = self._canvas.set_difference if frame.gain else self._canvas.set_marked
        put(_image(frame.marked), region, owner=frame.marked)
        self._frame_count += 1
        if request is self._newest:
            self._canvas.set_busy(False)
        self._patience.start()

    def _ask_quality(self) -> None:
        """Measure only once the frames have come to rest: frames come first."""
        picture = self.picture
        if picture is not None and self._look is not None:
            self._qualities.ask((picture, self._look))

    def _quality_done(self, answer: Reply) -> None:
        picture, look = answer.request
        if answer.error is None and picture.path == self._path and look == self._look:
            self.measured.emit(answer.result)


def _image(screen: Any) -> QImage:
    """Return (rows, columns, 4) bytes, BGRX, as an image that shares their memory."""
    rows, columns = screen.shape[:2]
    return QImage(screen.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)


class _Measurer:
    """Measures on one worker thread; it keeps the last picture in its small size."""

    def __init__(self) -> None:
        self._of: PreviewPicture | None = None
        self._small: PreviewPicture | None = None

    def measure(self, request: tuple["PreviewPicture", "Look"]) -> "Visibility":
        from mtgui.desktop.mark.visibility_measuring import visibility_of

        picture, look = request
        if self._small is None or self._of is not picture:
            self._of, self._small = picture, picture.shrunk()
        return visibility_of(self._small, look)


class _Maker:
    """Renders frames: holds the current picture, decoded once, and the threads that mark its tiles.

    `frame` runs on the preview's worker thread; only `picture` is read on the window's thread.
    """

    def __init__(self) -> None:
        self.picture: PreviewPicture | None = None
        self._threads: ThreadPoolExecutor | None = None

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()

    def frame(self, request: FrameRequest) -> PreviewFrame:
        """Return the frame for ``request``; without a view, only the picture's size."""
        picture = self._picture(request.path)
        if request.view is None:
            return PreviewFrame(picture.width, picture.height)
        window, region = window_of(request.view, picture.height, picture.width)
        original = picture.screen(window) if request.wants_original else None
        if request.view.mode == "difference":
            shown, gain = picture.difference(window, request.look, self._pool())
            return PreviewFrame(picture.width, picture.height, region, original, shown, gain)
        marked = picture.marked(window, request.look, self._pool())
        return PreviewFrame(picture.width, picture.height, region, original, marked)

    def _pool(self) -> "ThreadPoolExecutor":
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(RENDER_THREADS, thread_name_prefix="mtgui-render")
        return self._threads

    def _picture(self, path: Path) -> "PreviewPicture":
        if self.picture is None or self.picture.path != path:
            from mtgui.desktop.mark.rendering import PreviewPicture
            from mtgui.pictures.decoding import decode

            self.picture = None
            try:
                self.picture = PreviewPicture(path, decode(path).pixels)
            except PictureError:
                raise
            except MtguiError as error:
                raise PictureError(path, str(error)) from error
            except MemoryError as error:
                raise PictureError(path, "there is not enough memory to show it") from error
        return self.picture


def window_of(view: ViewRequest, height: int, width: int) -> tuple["PictureWindow", tuple[float, float, float, float]]:
    """Return the window to render for ``view``, and the region that it covers.

    The region is (left, top, width, height) in picture pixels. The window never has more pixels than the picture.
    """
    from mtgui.desktop.mark.rendering import PictureWindow

    scale = min(view.scale, 1.0)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    if view.is_whole:
        return PictureWindow(rows, columns, 0, rows, 0, columns), (0.0, 0.0, float(width), float(height))
    down, across = rows / height, columns / width
    top, left = max(0, math.floor(view.visible.top() * down)), max(0, math.floor(view.visible.left() * across))
    bottom = min(rows, math.ceil(view.visible.bottom() * down))
    right = min(columns, math.ceil(view.visible.right() * across))
    window = PictureWindow(rows, columns, top, max(top + 1, bottom), left, max(left + 1, right))
    region = (left / across, top / down, (window.right - left) / across, (window.bottom - top) / down)
    return window, region
