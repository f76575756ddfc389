"""The comparison canvas: original and marked under one zoom and one pan.

The view paints images that worker threads have rendered; `ComparisonView.view_changed` says what it needs next.
"""

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QImage, QPainter, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from mtgui.common.words import percent
from mtgui.desktop.canvas.canvas_geometry import Camera, Mode, Pane, Side, ViewRequest, arrange
from mtgui.desktop.canvas.canvas_input import CanvasInput
from mtgui.desktop.canvas.canvas_layers import Layers
from mtgui.desktop.canvas.canvas_painter import (
    JOINT,
    Scene,
    divider_position,
    logical_picture,
    paint_divider,
    paint_message,
    paint_pane,
    paint_spot,
)
from mtgui.desktop.theme.appearance import current_tokens

BUSY_DELAY_MS = 200
_FLIP_HINTS: dict[Side, str] = {"original": "F: the copy", "marked": "F: the original"}
_MODE_WORDS: dict[Mode, str] = {
    "side": "Side by side",
    "split": "Split",
    "flip": "One in place of the other",
    "difference": "Difference",
}


class ComparisonView(QWidget):
    """Shows two pictures of equal size side by side, split, in place of each other, or as their difference.

    Keys: + and - zoom, 0 fits, 1 shows one picture pixel per screen pixel, arrows pan; in the split view
    Left and Right move the divider (with Ctrl they pan). F and Space flip original and marked in place.
    """

    view_changed = Signal(object)
    zoom_text_changed = Signal(str)
    flip_wanted = Signal()
    """The person wants to see the other picture in the same place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build an empty canvas."""
        super().__init__(parent)
        self._mode: Mode = "side"
        self._layers: dict[Side, Layers] = {side: Layers() for side in ("original", "marked", "difference")}
        self._details: dict[Side, str] = {}
        self._message = self._tip = ""
        self._difference_title = ""
        self._spot: QPointF | None = None
        self._divider = 0.5
        self._shows_original = False
        self._camera = Camera(QSize(), QSize(1, 1))
        self._panes: tuple[Pane, ...] = ()
        self._last_request: ViewRequest | None = None
        self._last_text = ""
        self._has_ring = False
        self._pill = QLabel("Marking…", self)
        self._pill.setProperty("kind", "pill")
        self._pill.hide()
        self._busy_timer = QTimer(self)
        self._busy_timer.setSingleShot(True)
        self._busy_timer.setInterval(BUSY_DELAY_MS)
        self._busy_timer.timeout.connect(self._show_pill)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(150, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Comparison of the original and the marked picture")
        self.installEventFilter(CanvasInput(self, self))
        self._rearrange()

    # The pictures.

    def set_sizes(self, full_width: int, full_height: int) -> None:
        """Begin a new picture of this full-resolution size: fitted, no images yet."""
        self._forget_images()
        self._message, self._spot = "", None
        self._camera = Camera(QSize(full_width, full_height), self._camera.pane)
        self._last_request = None
        self._rearrange()

    def set_original(self, image: QImage, region: QRectF, *, keeps_detail: bool = False, owner: object = None) -> None:
        """Show ``image`` as the original of ``region`` (full-resolution pixels); see `Layers.put`."""
        self._put("original", image, region, keeps_detail, owner)

    def set_marked(self, image: QImage, region: QRectF, *, keeps_detail: bool = False, owner: object = None) -> None:
        """Show ``image`` as the marked copy of ``region``; this removes a message."""
        self._message = ""
        self._put("marked", image, region, keeps_detail, owner)

    def set_difference(
        self, image: QImage, region: QRectF, *, keeps_detail: bool = False, owner: object = None
    ) -> None:
        """Show ``image`` as the difference over ``region``; the view only paints it."""
        self._put("difference", image, region, keeps_detail, owner)

    def set_captions(self, original: str, marked: str, difference: str = "", *, tip: str = "") -> None:
        """Show these details beside the titles above the panes, and ``tip`` where the mouse rests on a caption."""
        self._details = {"original": original, "marked": marked, "difference": difference}
        self._tip = tip
        self._describe()
        self.update()

    def set_difference_title(self, title: str) -> None:
        """Call the difference ``title``, which says by what it is multiplied."""
        self._difference_title = title
        self._describe()
        self.update()

    def set_message(self, text: str) -> None:
        """Show ``text`` where the missing picture would be; an empty text removes it."""
        self._message = text
        self.set_busy(False)
        self._describe()
        self.update()

    @property
    def is_busy(self) -> bool:
        """True after ``set_busy(True)`` until ``set_busy(False)``."""
        return self._busy_timer.isActive() or not self._pill.isHidden()

    def set_busy(self, is_busy: bool) -> None:
        """Show after 200 ms that the marked picture is being made, or hide that again."""
        if not is_busy:
            self._busy_timer.stop()
            self._pill.hide()
        elif not self._busy_timer.isActive() and self._pill.isHidden():
            self._busy_timer.start()

    def clear(self) -> None:
        """Remove pictures and captions."""
        self.set_busy(False)
        self._details = {}
        self.set_sizes(0, 0)

    # The way they are compared.

    @property
    def mode(self) -> Mode:
        """How the two pictures are compared."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Compare the pictures in another way; the visible part stays the same."""
        self._mode = mode
        self._rearrange()

    @property
    def is_fit(self) -> bool:
        """True while the zoom follows the size of the canvas."""
        return self._camera.is_fit

    @property
    def request(self) -> ViewRequest | None:
        """What the canvas shows now; None while there is no picture."""
        if self._camera.full.isEmpty():
            return None
        camera = self._camera
        return ViewRequest(self._mode, camera.scale, camera.visible, camera.pane, camera.full, camera.is_whole)

    @property
    def divider(self) -> float:
        """The position of the divider in the split view: 0 (left) to 1 (right) of the visible picture."""
        return self._divider

    def set_divider(self, position: float) -> None:
        """Move the divider."""
        self._divider = min(max(position, 0.0), 1.0)
        self._describe()
        self.update()

    @property
    def shows_original(self) -> bool:
        """True while the pane for flipping shows the original."""
        return self._shows_original

    def show_original(self, is_shown: bool) -> None:
        """Show the original or the marked picture in the pane for flipping."""
        self._shows_original = is_shown
        self._describe()
        self.update()

    def flip(self) -> None:
        """Emit that the other picture is wanted."""
        self.flip_wanted.emit()

    def fit(self) -> None:
        """Show the whole picture."""
        self.take_camera(replace(self._camera, is_fit=True).settled())

    def actual_size(self) -> None:
        """Show one picture pixel per screen pixel."""
        self.take_camera(self._camera.zoomed(1.0))

    def zoom_in(self) -> None:
        """Zoom in to the next usual scale."""
        self.take_camera(self._camera.zoomed(self._camera.step(True)))

    def zoom_out(self) -> None:
        """Zoom out to the next usual scale."""
        self.take_camera(self._camera.zoomed(self._camera.step(False)))

    def show_spot(self, spot: QPointF) -> None:
        """Show ``spot``, shares (across, down) of the picture, in a ring: twice as large as fitted, or at full size.

        The larger of both counts. The ring stays until `forget_spot`, until the picture is fitted, or until another
        picture comes.
        """
        self._spot, full = spot, self._camera.full
        centre = QPointF(spot.x() * full.width(), spot.y() * full.height())
        scale = max(1.0, 2 * self._camera.fit_scale)
        self.take_camera(replace(self._camera, is_fit=False, scale=scale, centre=centre).settled())

    def forget_spot(self) -> None:
        """Remove the ring of `show_spot`; the view stays."""
        self._spot = None
        self.update()

    @property
    def spot(self) -> QPointF | None:
        """The spot in the ring, as shares (across, down) of the picture; None while there is no ring."""
        return self._spot

    # Called by `CanvasInput`.

    @property
    def camera(self) -> Camera:
        """The current camera."""
        return self._camera

    def take_camera(self, camera: Camera) -> None:
        """Show the part that ``camera`` describes, and emit the signals for what has changed."""
        self._camera = camera
        if camera.is_fit:
            self._spot = None
        self.update()
        request = self.request
        if request is not None and request != self._last_request:
            self._last_request = request
            self.view_changed.emit(request)
        percent = camera.scale * 100
        text = "" if request is None else f"{percent:.0f}\u00a0%" if percent >= 10 else f"{percent:.1f}\u00a0%"
        if text != self._last_text:
            self._last_text = text
            self.zoom_text_changed.emit(text)
        self._describe()

    def pane_at(self, position: QPointF) -> Pane | None:
        """Return the pane under ``position`` (logical pixels); None if there is none."""
        point = position.toPoint()
        return next((pane for pane in self._panes if pane.view.contains(point)), None)

    def divider_rect(self) -> QRect:
        """Return the area where the divider can be dragged; empty if there is no divider."""
        if self._mode != "split" or self._camera.full.isEmpty():
            return QRect()
        shown = logical_picture(self.scene(), self._panes[0])
        return QRect(divider_position(shown, self._divider) - 10, shown.top(), 20, shown.height())

    def drag_divider_to(self, x: float) -> None:
        """Move the divider to ``x`` (logical pixels)."""
        shown = logical_picture(self.scene(), self._panes[0])
        self.set_divider((x - shown.left()) / max(shown.width(), 1))

    # Events of Qt.

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the images that are ready; nothing is rendered here."""
        scene = self.scene()
        painter = QPainter(self)
        shows_picture = not self._camera.full.isEmpty() and not (self._message and self._layers["original"].is_empty)
        ground = QRegion(self.rect())
        for pane in self._panes if shows_picture else ():
            ground -= QRegion(logical_picture(scene, pane).adjusted(1, 1, -1, -1))
        painter.setClipRegion(ground)
        painter.fillRect(self.rect(), QColor(scene.tokens.surround))
        painter.setClipping(False)
        if shows_picture:
            for pane in self._panes:
                paint_pane(painter, scene, pane)
                if self._spot is not None:
                    paint_spot(painter, scene, pane, self._spot)
            if self._mode == "split":
                paint_divider(painter, scene, self._panes[0])
            if self._message:
                area = logical_picture(scene, self._panes[-1])
                painter.fillRect(area, QColor(scene.tokens.window))
                paint_message(painter, scene, area, self._message)
        elif self._message:
            paint_message(painter, scene, self.rect(), self._message)
        if self._has_ring:
            painter.setPen(QPen(QColor(scene.tokens.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the panes out again."""
        super().resizeEvent(event)
        self._rearrange()

    def changeEvent(self, event: QEvent) -> None:
        """Repaint in new colours."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.update()

    def event(self, event: QEvent) -> bool:
        """Lay the panes out again when the window moves to a screen with another pixel ratio; show tool tips."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            is_on_caption = any(pane.caption.contains(event.pos()) for pane in self._panes)
            QToolTip.showText(event.globalPos(), self._tip if is_on_caption else "", self)
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._rearrange()
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring if the focus came by keyboard."""
        self._has_ring = event.reason() not in (
            Qt.FocusReason.MouseFocusReason,
            Qt.FocusReason.PopupFocusReason,
        )
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus ring."""
        self._has_ring = False
        self.update()
        super().focusOutEvent(event)

    # Internal.

    def _put(self, side: Side, image: QImage, region: QRectF, keeps_detail: bool, owner: object) -> None:
        self._layers[side].put(image, region, self._camera.full, keeps_detail=keeps_detail, owner=owner)
        self.update()

    def _forget_images(self) -> None:
        for layers in self._layers.values():
            layers.clear()

    def scene(self) -> Scene:
        """Return everything that one painting needs."""
        details = dict(self._details)
        for side, hint in _FLIP_HINTS.items() if self._mode == "flip" else ():
            details[side] = JOINT.join(filter(None, (details.get(side, ""), hint)))
        return Scene(
            current_tokens(),
            self.devicePixelRatioF(),
            self._camera,
            self._layers,
            details,
            self._divider,
            self._shows_original,
            self._difference_title,
        )

    def _rearrange(self) -> None:
        ratio = self.devicePixelRatioF()
        self._panes = arrange(self._mode, self.size(), self._camera.full)
        view = self._panes[0].view
        pane = QSize(round(view.width() * ratio), round(view.height() * ratio))
        self._place_pill()
        self.take_camera(replace(self._camera, pane=pane, ratio=ratio).settled())

    def _show_pill(self) -> None:
        self._pill.show()
        self._place_pill()

    def _place_pill(self) -> None:
        self._pill.adjustSize()
        view = self._panes[-1].view
        self._pill.move(view.center().x() - self._pill.width() // 2, view.bottom() - self._pill.height() - 12)

    def _describe(self) -> None:
        parts = [_MODE_WORDS[self._mode], self._last_text]
        if self._mode == "flip":
            parts.append("the original is shown" if self._shows_original else "the marked copy is shown")
        if self._mode == "split":
            parts.append(f"divider at {percent(self._divider, 0)}")
        if self._mode == "difference" and self._difference_title:
            parts.append(self._difference_title)
        parts += [f"{side.capitalize()}: {text}" for side, text in self._details.items() if text]
        if self._message:
            parts.append(self._message)
        self.setAccessibleDescription(". ".join(part for part in parts if part))
