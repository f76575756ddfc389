"""The images of one side of the comparison: a base of the whole picture, and a sharper detail of the visible part."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from mtgui.desktop.canvas.canvas_geometry import Camera


@dataclass(frozen=True)
class Layer:
    """An image and the part of the picture that it covers, in full-resolution pixels; ``owner`` holds its bytes."""

    image: QImage
    region: QRectF
    owner: object = None

    @property
    def density(self) -> float:
        """The number of image pixels per picture pixel."""
        return self.image.width() / max(self.region.width(), 1.0)


class Layers:
    """Base and detail of one picture, in the screen's pixel format.

    An image that comes with an ``owner`` of its bytes is kept as it is, with its owner; any other is copied.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self._base: Layer | None = None
        self._detail: Layer | None = None

    @property
    def is_empty(self) -> bool:
        """True while there is nothing to draw."""
        return self._base is None and self._detail is None

    def clear(self) -> None:
        """Forget both images."""
        self._base = self._detail = None

    def put(self, image: QImage, region: QRectF, full: QSize, *, keeps_detail: bool, owner: object = None) -> None:
        """Keep ``image`` as the base if ``region`` is the whole picture, else as the detail.

        A new base drops the detail, which shows older settings, unless ``keeps_detail``.
        """
        is_kept = owner is not None and image.format() == QImage.Format.Format_RGB32
        layer = Layer(image, QRectF(region), owner) if is_kept else Layer(_screen_copy(image), QRectF(region))
        if region.contains(QRectF(0, 0, full.width(), full.height())):
            self._base = layer
            if not keeps_detail:
                self._detail = None
        else:
            self._detail = layer

    def paint(self, painter: QPainter, camera: Camera, corner: QPointF) -> None:
        """Draw what ``camera`` shows; ``corner`` is the corner of the pane. The painter uses device pixels."""
        if self._base is not None:
            _paint(painter, self._base, camera, corner)
        if self._detail is not None and _suits(self._detail, camera):
            _paint(painter, self._detail, camera, corner)


def _screen_copy(image: QImage) -> QImage:
    wanted = QImage.Format.Format_RGB32
    copied = image.copy() if image.format() == wanted else image.convertToFormat(wanted)
    copied.setDevicePixelRatio(1.0)
    return copied


def _suits(layer: Layer, camera: Camera) -> bool:
    """True when the detail improves the picture: it is sharp enough, and does not stand out as a sharper patch."""
    wanted = min(camera.scale, 1.0)
    if layer.density <= wanted * 1.02:
        return layer.density >= wanted * 0.5
    return layer.density <= wanted * 2 and layer.region.contains(camera.visible)


def _paint(painter: QPainter, layer: Layer, camera: Camera, corner: QPointF) -> None:
    place = corner + camera.origin + layer.region.topLeft() * camera.scale
    width, height = layer.region.width() * camera.scale, layer.region.height() * camera.scale
    if abs(width - layer.image.width()) < 1 and abs(height - layer.image.height()) < 1:
        painter.drawImage(QPoint(round(place.x()), round(place.y())), layer.image)
        return
    is_enlarged_pixels = camera.scale >= 2 and layer.density > 0.99
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_enlarged_pixels)
    painter.drawImage(QRectF(place.x(), place.y(), width, height), layer.image, QRectF(layer.image.rect()))
