"""Icons that are drawn in ``currentColor`` and get the theme's current colour whenever they are painted."""

import functools

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from mtgui.common.resources import resource_path
from mtgui.desktop.theme.appearance import current_tokens
from mtgui.desktop.theme.tokens import Role

APPLICATION_ICON = "mtgui"
THIN_FROM = 48


def icon(name: str, role: Role = "text", checked_role: Role | None = None) -> QIcon:
    """Return the icon ``resources/icons/<name>.svg`` in the colour of ``role``; it follows the theme.

    ``checked_role`` colours it while its button is checked. Raises StorageError if there is no such icon.
    """
    _source(name)
    return QIcon(TintedIconEngine(name, role, checked_role or role))


def application_icon() -> QIcon:
    """Return the program's own icon, in its own colours, at the sizes that window systems need."""
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_draw(APPLICATION_ICON, "", QSize(side, side)))
    return result


def icon_pixmap(name: str, side: int, ratio: float, role: Role = "text") -> QPixmap:
    """Return an icon as a pixmap, ``side`` logical pixels wide, for a screen with the device pixel ratio ``ratio``.

    Large icons have thinner lines, so that they do not look heavier than the text beside them.
    """
    pixels = round(side * ratio)
    pixmap = QPixmap(_draw(name, current_tokens().role(role), QSize(pixels, pixels), thin=side >= THIN_FROM))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class TintedIconEngine(QIconEngine):
    """Draws one SVG in the current colour of its role; disabled icons get the colour for disabled text."""

    def __init__(self, name: str, role: Role, checked_role: Role) -> None:
        """Store the file and the colours; nothing is drawn yet."""
        super().__init__()
        self._name = name
        self._role: Role = role
        self._checked_role: Role = checked_role

    def clone(self) -> QIconEngine:
        """Return an equal engine."""
        return TintedIconEngine(self._name, self._role, self._checked_role)

    def key(self) -> str:
        """Return the name of this kind of engine."""
        return "mtgui-tinted"

    def isNull(self) -> bool:
        """Return False: there is always something to draw."""
        return False

    def actualSize(self, size: QSize, _mode: QIcon.Mode, _state: QIcon.State) -> QSize:
        """Return ``size``, since vectors fit every size."""
        return size

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the icon at ``size`` device pixels."""
        return _draw(self._name, self._colour(mode, state), size)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """Return the icon at ``size`` logical pixels for a screen of device pixel ratio ``scale``."""
        pixmap = QPixmap(self.pixmap(size * scale, mode, state))
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon into ``rect`` at the resolution of the painter."""
        pixmap = self.pixmap((QRectF(rect).size() * painter.device().devicePixelRatio()).toSize(), mode, state)
        painter.drawPixmap(rect, pixmap, QRect(QPoint(), pixmap.size()))

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        tokens = current_tokens()
        if mode == QIcon.Mode.Disabled:
            return tokens.disabled
        return tokens.role(self._checked_role if state == QIcon.State.On else self._role)


@functools.lru_cache(maxsize=128)
def _source(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text("utf-8")


@functools.lru_cache(maxsize=512)
def _render(name: str, colour: str, width: int, height: int, thin: bool) -> QImage:
    image = QImage(max(width, 1), max(height, 1), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    text = _source(name).replace("currentColor", colour) if colour else _source(name)
    if thin:
        text = text.replace('stroke-width="1.6"', 'stroke-width="1"')
    painter = QPainter(image)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(image.rect()))
    painter.end()
    return image


def _draw(name: str, colour: str, size: QSize, *, thin: bool = False) -> QPixmap:
    return QPixmap.fromImage(_render(name, colour, size.width(), size.height(), thin))
