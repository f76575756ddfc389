"""Mouse, wheel, gestures and keys of the canvas, turned into camera moves."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent

from mtgui.desktop.canvas.canvas_geometry import Camera, Pane

PAN_PIXELS = 64
WHEEL_BASE = 1.25


class Steered(Protocol):
    """The canvas as the input sees it: it tells its panes and takes the new camera. Positions are logical pixels."""

    @property
    def camera(self) -> Camera:
        """The current camera."""

    @property
    def divider(self) -> float:
        """The position of the divider, 0 to 1."""

    def take_camera(self, camera: Camera) -> None:
        """Show the part of the picture that ``camera`` describes."""

    def pane_at(self, position: QPointF) -> Pane | None:
        """Return the pane under ``position``."""

    def divider_rect(self) -> QRect:
        """Return the area where the divider can be dragged; empty if there is no divider."""

    def drag_divider_to(self, x: float) -> None:
        """Move the divider to ``x``."""

    def set_divider(self, position: float) -> None:
        """Move the divider to ``position``, 0 to 1."""

    def fit(self) -> None:
        """Show the whole picture."""

    def actual_size(self) -> None:
        """Show one picture pixel per screen pixel."""

    def flip(self) -> None:
        """Show the other picture in the same place."""

    def zoom_in(self) -> None:
        """Zoom in by one step."""

    def zoom_out(self) -> None:
        """Zoom out by one step."""

    def devicePixelRatioF(self) -> float:
        """Return the number of screen pixels per logical pixel, as Qt's widgets do."""

    def setCursor(self, cursor: QCursor | Qt.CursorShape, /) -> None:
        """Show ``cursor``, as Qt's widgets do."""

    def unsetCursor(self) -> None:
        """Show the usual cursor, as Qt's widgets do."""


class CanvasInput(QObject):
    """An event filter that controls a canvas by mouse, wheel, trackpad and keys."""

    def __init__(self, canvas: Steered, parent: QObject) -> None:
        """Start with no button pressed. ``parent`` is the same canvas as a QObject; it must install this filter."""
        super().__init__(parent)
        self._canvas = canvas
        self._dragged_from: QPointF | None = None
        self._is_divider_held = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Handle ``event`` if it moves the camera or divider; True if the canvas shall not receive it."""
        match event:
            case QNativeGestureEvent() if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom(1 + event.value(), event.position())
            case QWheelEvent():
                self._wheel(event)
            case QMouseEvent():
                return self._mouse(event)
            case QKeyEvent() if event.type() == QEvent.Type.KeyPress:
                return self._key(event)
            case _:
                return False
        return True

    def _wheel(self, event: QWheelEvent) -> None:
        """Zoom around the cursor."""
        steps = event.angleDelta().y() / 120
        if steps:
            self._zoom(WHEEL_BASE**steps, event.position())
        event.accept()

    def _zoom(self, factor: float, position: QPointF) -> None:
        camera = self._canvas.camera
        if not camera.full.isEmpty():
            self._canvas.take_camera(camera.zoomed(camera.scale * factor, self._anchor(position)))

    def _mouse(self, event: QMouseEvent) -> bool:
        is_left = event.button() == Qt.MouseButton.LeftButton
        match event.type():
            case QEvent.Type.MouseButtonPress if is_left:
                self._press(event)
            case QEvent.Type.MouseMove:
                self._move(event)
            case QEvent.Type.MouseButtonRelease:
                self._dragged_from, self._is_divider_held = None, False
            case QEvent.Type.MouseButtonDblClick:
                if is_left:
                    self._double_click(event)
                return True
            case _:
                return False
        self._choose_cursor(event.position())
        return True

    def _press(self, event: QMouseEvent) -> None:
        """Start to drag the divider or the picture."""
        if self._canvas.divider_rect().contains(event.position().toPoint()):
            self._is_divider_held = True
        else:
            self._dragged_from = event.position()

    def _move(self, event: QMouseEvent) -> None:
        """Move what is being dragged."""
        if self._is_divider_held:
            self._canvas.drag_divider_to(event.position().x())
        elif self._dragged_from is not None:
            moved = (event.position() - self._dragged_from) * self._canvas.devicePixelRatioF()
            self._dragged_from = event.position()
            self._canvas.take_camera(self._canvas.camera.panned(moved))

    def _double_click(self, event: QMouseEvent) -> None:
        """Switch between the whole picture and one to one, around the cursor."""
        camera = self._canvas.camera
        if camera.full.isEmpty():
            return
        if camera.is_fit and camera.scale != 1.0:
            self._canvas.take_camera(camera.zoomed(1.0, self._anchor(event.position())))
        else:
            self._canvas.take_camera(replace(camera, is_fit=True).settled())

    def _key(self, event: QKeyEvent) -> bool:
        """Zoom, pan, or move the divider."""
        action = self._key_actions().get(event.key())
        if action is None:
            return self._arrow(event.key(), event.modifiers())
        action()
        return True

    def _key_actions(self) -> dict[int, Callable[[], None]]:
        return {
            Qt.Key.Key_Plus: self._canvas.zoom_in,
            Qt.Key.Key_Equal: self._canvas.zoom_in,
            Qt.Key.Key_Minus: self._canvas.zoom_out,
            Qt.Key.Key_0: self._canvas.fit,
            Qt.Key.Key_1: self._canvas.actual_size,
            Qt.Key.Key_F: self._canvas.flip,
            Qt.Key.Key_Space: self._canvas.flip,
        }

    def _arrow(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        ways: dict[int, QPointF] = {
            Qt.Key.Key_Left: QPointF(1, 0),
            Qt.Key.Key_Right: QPointF(-1, 0),
            Qt.Key.Key_Up: QPointF(0, 1),
            Qt.Key.Key_Down: QPointF(0, -1),
        }
        way = ways.get(key)
        if way is None:
            return False
        pans = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if not self._canvas.divider_rect().isEmpty() and way.x() and not pans:
            step = 0.1 if modifiers & Qt.KeyboardModifier.ShiftModifier else 0.02
            self._canvas.set_divider(self._canvas.divider - way.x() * step)
        else:
            self._canvas.take_camera(self._canvas.camera.panned(way * PAN_PIXELS * self._canvas.devicePixelRatioF()))
        return True

    def _anchor(self, position: QPointF) -> QPointF | None:
        pane = self._canvas.pane_at(position)
        if pane is None:
            return None
        return (position - QPointF(pane.view.topLeft())) * self._canvas.devicePixelRatioF()

    def _choose_cursor(self, position: QPointF) -> None:
        if self._is_divider_held or self._canvas.divider_rect().contains(position.toPoint()):
            self._canvas.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._dragged_from is not None and not self._canvas.camera.is_whole:
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif not self._canvas.camera.full.isEmpty() and not self._canvas.camera.is_whole:
            self._canvas.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self._canvas.unsetCursor()
