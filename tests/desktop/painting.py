"""A surface that paints nothing and notes which images it was told to paint."""

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPaintDevice, QPaintEngine, QPaintEngineState, QPainterPath, QPixmap

Area = QRectF | QRect


class Notes(QPaintDevice):
    """Takes down the size that each image has, and the size it is drawn at."""

    def __init__(self, size: QSize) -> None:
        super().__init__()
        self._size, self._engine = size, _Engine()

    @property
    def images(self) -> list[tuple[QSize, QSize]]:
        """Of each image, the size of the part that is drawn, and the size it is drawn at."""
        return self._engine.images

    def paintEngine(self) -> QPaintEngine:
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        wanted = QPaintDevice.PaintDeviceMetric
        known = {
            wanted.PdmWidth: self._size.width(),
            wanted.PdmHeight: self._size.height(),
            wanted.PdmDevicePixelRatio: 1,
            wanted.PdmDevicePixelRatioScaled: 1 << 16,
            wanted.PdmDepth: 32,
        }
        return known.get(metric, 96)


class _Engine(QPaintEngine):
    def __init__(self) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.images: list[tuple[QSize, QSize]] = []

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    def begin(self, _device: QPaintDevice) -> bool:
        return True

    def end(self) -> bool:
        return True

    def updateState(self, _state: QPaintEngineState) -> None:
        """Colours and pens are not noted."""

    def drawImage(self, target: Area, _image: QImage, source: Area, *_: object) -> None:
        self.images.append((QRectF(source).size().toSize(), QRectF(target).size().toSize()))

    def drawPixmap(self, _target: Area, _pixmap: QPixmap | QImage, _source: Area) -> None:
        """Signs are not noted."""

    def drawTextItem(self, *_: object) -> None:
        """Captions are not noted."""

    def drawPath(self, _path: QPainterPath) -> None:
        """Grounds and frames are not noted."""
