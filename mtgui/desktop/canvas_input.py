"""Mouse, wheel, gestures and keys of the canvas, turned into camera moves."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from mtgui.desktop.canvas_geometry import Camera, Pane

PAN_PIXELS = 64
WHEEL_BASE = 1.25


class CanvasInput(QWidget):
    """The input half of the canvas; the other half says what a pane is and takes the new camera.

    Abstract: a subclass answers everything that raises NotImplementedError here. Widgets have a metaclass of Qt's
    own, which cannot be joined with that of `abc`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with no button down."""
        super().__init__(parent)
        self._dragged_from: QPointF | None = None
        self._is_divider_held = False

    @property
    def camera(self) -> Camera:
        """The camera in force."""
        raise NotImplementedError

    @property
    def divider(self) -> float:
        """The place of the divider, 0 to 1."""
        raise NotImplementedError

    def take_camera(self, camera: Camera) -> None:
        """Show what ``camera`` sees."""
        raise NotImplementedError

    def pane_at(self, position: QPointF) -> Pane | None:
        """Return the pane under ``position``."""
        raise NotImplementedError

    def divider_rect(self) -> QRect:
        """Return where the divider can be grasped, empty where there is none."""
        raise NotImplementedError

    def drag_divider_to(self, x: float) -> None:
        """Put the divider at the logical ``x``."""
        raise NotImplementedError

    def set_divider(self, position: float) -> None:
        """Put the divider at ``position``, 0 to 1."""
        raise NotImplementedError

    def fit(self) -> None:
        """Show the whole picture."""
        raise NotImplementedError

    def actual_size(self) -> None:
        """Show one picture pixel per screen pixel."""
        raise NotImplementedError

    def zoom_in(self) -> None:
        """Zoom in by one step."""
        raise NotImplementedError

    def zoom_out(self) -> None:
        """Zoom out by one step."""
        raise NotImplementedError

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the cursor."""
        steps = event.angleDelta().y() / 120
        if steps and not self.camera.full.isEmpty():
            factor = WHEEL_BASE**steps
            self.take_camera(self.camera.zoomed(self.camera.scale * factor, self._anchor(event.position())))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching on a trackpad."""
        if isinstance(event, QNativeGestureEvent) and (event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture):
            scale = self.camera.scale * (1 + event.value())
            self.take_camera(self.camera.zoomed(scale, self._anchor(event.position())))
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grasp the divider or the picture."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        if self.divider_rect().contains(event.position().toPoint()):
            self._is_divider_held = True
        else:
            self._dragged_from = event.position()
        self._choose_cursor(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what was grasped."""
        if self._is_divider_held:
            self.drag_divider_to(event.position().x())
        elif self._dragged_from is not None:
            moved = (event.position() - self._dragged_from) * self.devicePixelRatioF()
            self._dragged_from = event.position()
            self.take_camera(self.camera.panned(moved))
        self._choose_cursor(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._dragged_from = None
        self._is_divider_held = False
        self._choose_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Change between fit and one to one, around the cursor."""
        camera = self.camera
        if event.button() != Qt.MouseButton.LeftButton or camera.full.isEmpty():
            return
        if camera.is_fit and camera.scale != 1.0:
            self.take_camera(camera.zoomed(1.0, self._anchor(event.position())))
        else:
            self.take_camera(replace(camera, is_fit=True).settled())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, pan, or move the divider."""
        key = event.key()
        action = self._key_actions().get(key)
        if action is not None:
            action()
        elif not self._arrow(key, event.modifiers()):
            super().keyPressEvent(event)

    def _key_actions(self) -> dict[int, Callable[[], None]]:
        return {
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
            Qt.Key.Key_0: self.fit,
            Qt.Key.Key_1: self.actual_size,
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
        if not self.divider_rect().isEmpty() and way.x() and not pans:
            step = 0.1 if modifiers & Qt.KeyboardModifier.ShiftModifier else 0.02
            self.set_divider(self.divider - way.x() * step)
        else:
            self.take_camera(self.camera.panned(way * PAN_PIXELS * self.devicePixelRatioF()))
        return True

    def _anchor(self, position: QPointF) -> QPointF | None:
        pane = self.pane_at(position)
        if pane is None:
            return None
        return (position - QPointF(pane.view.topLeft())) * self.devicePixelRatioF()

    def _choose_cursor(self, position: QPointF) -> None:
        if self._is_divider_held or self.divider_rect().contains(position.toPoint()):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._dragged_from is not None and not self.camera.is_whole:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif not self.camera.full.isEmpty() and not self.camera.is_whole:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()
