"""Draws the canvas: pictures, captions, divider, messages. It has no state and decodes nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from mtgui.desktop.canvas.canvas_geometry import CAPTION_HEIGHT, Camera, Pane, Side
from mtgui.desktop.canvas.canvas_layers import Layers
from mtgui.desktop.theme.appearance import text_font
from mtgui.desktop.theme.icons import icon_pixmap
from mtgui.desktop.theme.tokens import CAPTION_PIXELS, TEXT_PIXELS, Tokens

BETWEEN = 12
"""Space between the title of a caption and its details, in logical pixels."""
HANDLE_RADIUS = 12
LEAST_RING, SHARE_OF_RING = 18, 0.05
"""Radius of the ring around a spot: in logical pixels, and as a share of the picture's longer side."""
RING_PEN = 5
"""Width of the ring's dark rim, in logical pixels."""
JOINT = " · "
SHORTEST_NAME = 12
_FILE_ENDING = re.compile(r"\.\w{2,5}$")
TITLES: Mapping[Side, str] = {"original": "Original", "marked": "Copy", "difference": "Difference"}


@dataclass(frozen=True)
class Scene:
    """Everything that one painting needs."""

    tokens: Tokens
    ratio: float
    camera: Camera
    layers: Mapping[Side, Layers]
    details: Mapping[Side, str]
    divider: float
    shows_original: bool = False
    """Which of the two pictures the pane for flipping shows."""
    difference_title: str = ""
    """What the difference is called in place of its usual title."""


def logical_picture(scene: Scene, pane: Pane) -> QRect:
    """Return the part of ``pane`` that the picture covers, in logical pixels."""
    placed = scene.camera.picture_rect.intersected(QRectF(0, 0, scene.camera.pane.width(), scene.camera.pane.height()))
    ratio = scene.ratio
    shown = QRectF(
        pane.view.left() + placed.left() / ratio,
        pane.view.top() + placed.top() / ratio,
        placed.width() / ratio,
        placed.height() / ratio,
    )
    return shown.toAlignedRect().intersected(pane.view)


def paint_pane(painter: QPainter, scene: Scene, pane: Pane) -> None:
    """Draw the picture of ``pane`` (or both, in the split view) and its caption."""
    shown = logical_picture(scene, pane)
    if pane.side == "split":
        edge = divider_position(shown, scene.divider)
        _paint_side(
            painter, scene, "original", pane, QRect(shown.left(), shown.top(), edge - shown.left(), shown.height())
        )
        right = QRect(edge, shown.top(), shown.right() + 1 - edge, shown.height())
        _paint_side(painter, scene, "marked", pane, right)
    else:
        _paint_side(painter, scene, _shown_side(scene, pane), pane, shown)
    _paint_caption(painter, scene, pane, shown)


def divider_position(shown: QRect, divider: float) -> int:
    """Return the logical x of the divider within the picture ``shown``."""
    return shown.left() + round(divider * shown.width())


def _paint_side(painter: QPainter, scene: Scene, side: Side, pane: Pane, clip: QRect) -> None:
    layers = scene.layers[side]
    if layers.is_empty:
        painter.fillRect(clip, QColor(scene.tokens.window))
        return
    painter.save()
    painter.setClipRect(clip)
    painter.scale(1 / scene.ratio, 1 / scene.ratio)
    corner = QPointF(round(pane.view.left() * scene.ratio), round(pane.view.top() * scene.ratio))
    layers.paint(painter, scene.camera, corner)
    painter.restore()


def _paint_caption(painter: QPainter, scene: Scene, pane: Pane, shown: QRect) -> None:
    sides: tuple[Side, ...] = ("original", "marked") if pane.side == "split" else (_shown_side(scene, pane),)
    wanted = len(sides) * max(_pair_width(scene, side) for side in sides) + (len(sides) - 1) * 16
    width = min(max(shown.width(), wanted), pane.view.width())
    left = shown.center().x() - width // 2 if width > shown.width() else shown.left()
    left = min(max(left, pane.view.left()), pane.view.right() + 1 - width)
    band = QRect(left, shown.top() - CAPTION_HEIGHT, width, CAPTION_HEIGHT - 6)
    if pane.side == "split":
        half = (width - 16) // 2
        _text_pair(painter, scene, QRect(band.left(), band.top(), half, band.height()), "original")
        right = QRect(band.right() + 1 - half, band.top(), half, band.height())
        _text_pair(painter, scene, right, "marked", mirrored=True)
    else:
        _text_pair(painter, scene, band, _shown_side(scene, pane))


def _shown_side(scene: Scene, pane: Pane) -> Side:
    """Return which picture a single pane shows."""
    if pane.side == "flip":
        return "original" if scene.shows_original else "marked"
    return pane.side


def _title_of(scene: Scene, side: Side) -> str:
    is_named = side == "difference" and scene.difference_title
    return scene.difference_title if is_named else TITLES[side]


def _pair_width(scene: Scene, side: Side) -> int:
    """Return the width at which title and details of ``side`` are whole, in logical pixels."""
    title = QFontMetrics(text_font(TEXT_PIXELS, bold=True)).horizontalAdvance(_title_of(scene, side))
    return title + BETWEEN + QFontMetrics(text_font(CAPTION_PIXELS)).horizontalAdvance(scene.details.get(side, "")) + 2


def _text_pair(painter: QPainter, scene: Scene, band: QRect, side: Side, *, mirrored: bool = False) -> None:
    title, detail = _title_of(scene, side), scene.details.get(side, "")
    bold, plain = text_font(TEXT_PIXELS, bold=True), text_font(CAPTION_PIXELS)
    baseline = Qt.AlignmentFlag.AlignVCenter
    near, far = (
        (Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft)
        if mirrored
        else (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
    )
    painter.setFont(bold)
    painter.setPen(QColor(scene.tokens.text))
    painter.drawText(band, int(near | baseline), title)
    taken = QFontMetrics(bold).horizontalAdvance(title) + BETWEEN
    rest = band.adjusted(0, 0, -taken, 0) if mirrored else band.adjusted(taken, 0, 0, 0)
    if rest.width() > 24:
        painter.setFont(plain)
        painter.setPen(QColor(scene.tokens.muted))
        painter.drawText(rest, int(far | baseline), fitted(detail, QFontMetrics(plain), rest.width()))


def fitted(detail: str, metrics: QFontMetrics, width: int) -> str:
    """Return as many parts of ``detail`` as fit, joined by dots; a long file name is shortened in its middle, words at
    their end."""
    parts = detail.split(JOINT)
    while len(parts) > 1 and metrics.horizontalAdvance(JOINT.join(parts)) > width:
        shorter = metrics.elidedText(parts[0], Qt.TextElideMode.ElideMiddle, width - _rest_width(parts, metrics))
        if len(shorter) >= SHORTEST_NAME and _FILE_ENDING.search(parts[0]):
            return JOINT.join([shorter, *parts[1:]])
        parts.pop()
    is_name = _FILE_ENDING.search(parts[0]) is not None
    where = Qt.TextElideMode.ElideMiddle if is_name else Qt.TextElideMode.ElideRight
    return metrics.elidedText(JOINT.join(parts), where, width)


def _rest_width(parts: list[str], metrics: QFontMetrics) -> int:
    return metrics.horizontalAdvance(JOINT + JOINT.join(parts[1:]))


def paint_divider(painter: QPainter, scene: Scene, pane: Pane) -> None:
    """Draw the divider of the split view and its handle, visible on any picture."""
    shown = logical_picture(scene, pane)
    x = divider_position(shown, scene.divider)
    painter.fillRect(QRect(x - 2, shown.top(), 4, shown.height()), QColor(0, 0, 0, 110))
    painter.fillRect(QRect(x - 1, shown.top(), 2, shown.height()), QColor("#ffffff"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(x, shown.center().y() + 0.5)
    painter.setPen(QPen(QColor(0, 0, 0, 140), 1))
    painter.setBrush(QColor("#ffffff"))
    painter.drawEllipse(middle, HANDLE_RADIUS, HANDLE_RADIUS)
    pen = QPen(QColor("#222222"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for sign in (-1, 1):
        tip = middle + QPointF(sign * 7, 0)
        arm = QPointF(-sign * 3.5, -3.5), QPointF(-sign * 3.5, 3.5)
        painter.drawPolyline([tip + arm[0], tip, tip + arm[1]])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_spot(painter: QPainter, scene: Scene, pane: Pane, spot: QPointF) -> None:
    """Draw a ring around ``spot``, shares (across, down) of the picture, visible on any picture.

    At an edge of the picture the ring moves inwards, so that it is whole.
    """
    placed, ratio = scene.camera.picture_rect, scene.ratio
    width, height = placed.width() / ratio, placed.height() / ratio
    radius = max(LEAST_RING, SHARE_OF_RING * max(width, height))
    radius = min(radius, min(width, height) / 2 - RING_PEN)
    corner = QPointF(pane.view.topLeft()) + placed.topLeft() / ratio
    room = radius + RING_PEN
    centre = corner + QPointF(_inside(spot.x() * width, room, width), _inside(spot.y() * height, room, height))
    painter.save()
    painter.setClipRect(logical_picture(scene, pane))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, pen in ((QColor(0, 0, 0, 150), RING_PEN), (QColor("#ffffff"), 2)):
        painter.setPen(QPen(colour, pen))
        painter.drawEllipse(centre, radius, radius)
    painter.restore()


def _inside(place: float, room: float, length: float) -> float:
    """Return ``place`` moved to at least ``room`` from both ends of ``length``."""
    return min(max(place, room), length - room)


def paint_message(painter: QPainter, scene: Scene, area: QRect, text: str) -> None:
    """Draw the error ``text`` with its sign in the middle of ``area``."""
    painter.setFont(text_font())
    width = min(area.width() - 32, 420)
    flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | Qt.TextFlag.TextWordWrap.value
    box = painter.boundingRect(QRect(0, 0, width, 1000), flags, text)
    side, gap = 32, 12
    top = area.center().y() - (side + gap + box.height()) // 2
    sign = icon_pixmap("warning", side, scene.ratio, "caution")
    painter.drawPixmap(area.center().x() - side // 2, top, sign)
    painter.setPen(QColor(scene.tokens.text))
    painter.drawText(QRect(area.center().x() - width // 2, top + side + gap, width, box.height()), flags, text)
