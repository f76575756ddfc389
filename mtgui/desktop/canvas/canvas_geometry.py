"""The geometry of the canvas: where the panes are, and which part of the picture they show. Only numbers.

Device pixels are those of the screen; logical pixels are those of widgets; picture pixels are those of the
picture at full resolution.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from PySide6.QtCore import QPointF, QRect, QRectF, QSize

Mode = Literal["side", "split", "flip", "difference"]
MODES: tuple[Mode, ...] = get_args(Mode)
Side = Literal["original", "marked", "split", "flip", "difference"]

MARGIN = 16
GAP = 12
CAPTION_HEIGHT = 26
LARGEST_SCALE = 16.0
MOST_ENLARGED, ENLARGED_SIDE = 8, 480
"""Fitting enlarges a small picture by a whole number of screen pixels, at most this often, and until its longer side
has this many logical pixels."""
_LADDER = (
    0.05,
    1 / 15,
    0.1,
    0.125,
    1 / 6,
    0.25,
    1 / 3,
    0.5,
    2 / 3,
    1.0,
    1.5,
    2.0,
    3.0,
    4.0,
    6.0,
    8.0,
    12.0,
    16.0,
)


@dataclass(frozen=True)
class Pane:
    """One pane, in logical pixels: ``view`` is for the picture, ``caption`` above it for the caption."""

    side: Side
    view: QRect
    caption: QRect


@dataclass(frozen=True)
class ViewRequest:
    """What the canvas shows, for the code that renders it.

    ``scale`` is device pixels per picture pixel; ``visible`` the part in view, in whole picture pixels;
    ``pane`` the size of one pane in device pixels; ``full`` the size of the picture. While ``is_whole``,
    the picture fits into the pane: an image of ``round(full * scale)`` pixels is drawn without scaling.
    """

    mode: Mode
    scale: float
    visible: QRectF
    pane: QSize
    full: QSize
    is_whole: bool


def arrange(mode: Mode, size: QSize, full: QSize) -> tuple[Pane, ...]:
    """Lay out the panes of ``mode`` in a canvas of ``size`` for a picture of ``full`` pixels.

    Two panes lie side by side or one above the other, whichever shows the picture larger; side by side if
    there is no difference.
    """
    inner = QRect(MARGIN, MARGIN // 2, size.width() - 2 * MARGIN, size.height() - MARGIN // 2 - MARGIN)
    if mode != "side":
        return (_pane(mode, inner),)
    beside, above = _beside(inner), _above(inner)
    return beside if full.isEmpty() or _room(beside[0], full) >= _room(above[0], full) else above


def _beside(inner: QRect) -> tuple[Pane, Pane]:
    width = max((inner.width() - GAP) // 2, 1)
    left = QRect(inner.left(), inner.top(), width, inner.height())
    return _pane("original", left), _pane("marked", left.translated(width + GAP, 0))


def _above(inner: QRect) -> tuple[Pane, Pane]:
    height = max((inner.height() - GAP) // 2, 1)
    top = QRect(inner.left(), inner.top(), inner.width(), height)
    return _pane("original", top), _pane("marked", top.translated(0, height + GAP))


def _pane(side: Side, whole: QRect) -> Pane:
    caption = QRect(whole.left(), whole.top(), max(whole.width(), 1), CAPTION_HEIGHT)
    view = whole.adjusted(0, CAPTION_HEIGHT, 0, 0)
    return Pane(side, QRect(view.topLeft(), view.size().expandedTo(QSize(1, 1))), caption)


def _room(pane: Pane, full: QSize) -> float:
    return min(1.0, pane.view.width() / full.width(), pane.view.height() / full.height())


@dataclass(frozen=True)
class Camera:
    """The part of a picture (``full`` pixels) that a pane (``pane`` device pixels) shows; immutable.

    ``centre`` is the point of the picture in the middle of the pane. While ``is_fit``, the scale follows the size
    of the pane. ``ratio`` is the device pixel ratio.
    """

    full: QSize
    pane: QSize
    ratio: float = 1.0
    is_fit: bool = True
    scale: float = 1.0
    centre: QPointF = field(default_factory=QPointF)

    @property
    def fit_scale(self) -> float:
        """The scale at which the whole picture is in view; small pictures are enlarged by whole screen pixels."""
        if self.full.isEmpty():
            return 1.0
        room = min(self.pane.width() / self.full.width(), self.pane.height() / self.full.height())
        usual = max(self.ratio, 1.0)
        longer = max(self.full.width(), self.full.height())
        enlarged = math.floor(min(room, MOST_ENLARGED * usual, ENLARGED_SIDE * usual / longer, LARGEST_SCALE))
        return min(room, max(usual, enlarged))

    @property
    def smallest(self) -> float:
        """The smallest scale allowed."""
        return min(self.fit_scale, 1.0)

    @property
    def origin(self) -> QPointF:
        """The top left corner of the picture within the pane, in whole device pixels."""
        return QPointF(
            round(self.pane.width() / 2 - self.centre.x() * self.scale),
            round(self.pane.height() / 2 - self.centre.y() * self.scale),
        )

    @property
    def picture_rect(self) -> QRectF:
        """The whole picture within the pane, in device pixels."""
        origin = self.origin
        return QRectF(origin.x(), origin.y(), self.full.width() * self.scale, self.full.height() * self.scale)

    @property
    def visible(self) -> QRectF:
        """The part of the picture in view, in whole picture pixels, rounded outwards."""
        pane = QRectF(0, 0, self.pane.width(), self.pane.height()).intersected(self.picture_rect)
        origin = self.origin
        left = max(math.floor((pane.left() - origin.x()) / self.scale + 1e-6), 0)
        top = max(math.floor((pane.top() - origin.y()) / self.scale + 1e-6), 0)
        right = min(math.ceil((pane.right() - origin.x()) / self.scale - 1e-6), self.full.width())
        bottom = min(math.ceil((pane.bottom() - origin.y()) / self.scale - 1e-6), self.full.height())
        return QRectF(left, top, max(right - left, 0), max(bottom - top, 0))

    @property
    def is_whole(self) -> bool:
        """True while the whole picture is in view."""
        whole = self.picture_rect
        return whole.width() <= self.pane.width() + 1 and whole.height() <= self.pane.height() + 1

    def settled(self) -> "Camera":
        """Return this camera with scale and centre within their limits."""
        scale = self.fit_scale if self.is_fit else min(max(self.scale, self.smallest), LARGEST_SCALE)
        return replace(
            self,
            scale=scale,
            centre=QPointF(
                _within(self.centre.x(), self.full.width(), self.pane.width() / scale),
                _within(self.centre.y(), self.full.height(), self.pane.height() / scale),
            ),
        )

    def zoomed(self, scale: float, anchor: QPointF | None = None) -> "Camera":
        """Return the camera at ``scale``; the point of the picture under ``anchor`` (pane, device pixels) stays."""
        anchor = anchor or QPointF(self.pane.width() / 2, self.pane.height() / 2)
        scale = min(max(scale, self.smallest), LARGEST_SCALE)
        arm = anchor - QPointF(self.pane.width() / 2, self.pane.height() / 2)
        held = self.centre + arm / self.scale
        is_fit = math.isclose(scale, self.fit_scale, rel_tol=1e-6)
        return replace(self, is_fit=is_fit, scale=scale, centre=held - arm / scale).settled()

    def panned(self, by: QPointF) -> "Camera":
        """Return the camera after the picture has been dragged ``by`` device pixels."""
        return replace(self, centre=self.centre - by / self.scale).settled()

    def step(self, up: bool) -> float:
        """Return the next larger or smaller of the usual scales."""
        rungs = sorted({*_LADDER, self.fit_scale})
        if up:
            return next((rung for rung in rungs if rung > self.scale * 1.001), LARGEST_SCALE)
        return next((rung for rung in reversed(rungs) if rung < self.scale * 0.999), self.smallest)


def _within(centre: float, full: float, seen: float) -> float:
    if full <= seen:
        return full / 2
    return min(max(centre, seen / 2), full - seen / 2)
