"""A plot in the colours of the window: axes, zoom by mouse and keys, and rendering as a picture or vectors.

This module imports pyqtgraph, which loads slowly: import it only when a plot is first shown.
"""

import math
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from mtgui.common.words import nats
from mtgui.desktop.theme.appearance import current_tokens, text_font
from mtgui.desktop.theme.tokens import CAPTION_PIXELS, Tokens
from mtgui.desktop.widgets.wording import SMALLEST_LOSS

ZOOM_STEP = 1.25
PAN_STEP = 0.1
AXIS_HEIGHT = 46
BELOW = 6


class PlotView(pg.PlotWidget):
    """One plot. The mouse wheel and + and − zoom along the loss axis, arrow keys move, 0 shows everything again."""

    _is_built = False
    has_logarithm = True
    """False while losses may lie below 0: then the axis shows them as they are, whatever was chosen."""
    _wants_logarithm = False
    is_drawn_by_size = False
    """True when the positions of labels depend on the plot's size, so that a new size draws it again."""
    _tokens: Tokens | None = None

    @property
    def is_logarithmic(self) -> bool:
        """True while the axis shows logarithms."""
        return self._wants_logarithm and self.has_logarithm

    @property
    def public_description(self) -> str:
        """The description for saved files: what a screen reader says, without anything private."""
        return self.accessibleDescription()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Build an empty plot; ``name`` is what a screen reader calls it."""
        super().__init__(parent, background=None, enableMenu=False)
        self.setProperty("kind", "plot")
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self.setToolTip("Wheel or + and −: zoom · drag or arrows: move · 0: everything")
        self._view = self.plotItem.getViewBox()
        self._view.setMenuEnabled(False)
        self._view.setMouseEnabled(x=True, y=False)
        self._view.setDefaultPadding(0.0)
        self.plotItem.hideButtons()
        self.plotItem.setMenuEnabled(False)
        self.plotItem.getAxis("bottom").setHeight(AXIS_HEIGHT)
        self.plotItem.setContentsMargins(0, 0, 0, BELOW)
        self.is_zoomed = False
        self._is_moving = False
        # This menu is never shown; without a parent it would outlive the plot.
        menu = self.plotItem.ctrlMenu
        menu.setParent(self, menu.windowFlags())
        self._view.sigRangeChanged.connect(self._range_changed)
        self._is_built = True
        self._dress()

    @property
    def tokens(self) -> Tokens:
        """The colours of the plot."""
        return self._tokens or current_tokens()

    def dress_for(self, tokens: Tokens | None) -> None:
        """Use the colours ``tokens`` from now on, for example those for paper; None follows the window."""
        self._tokens = tokens
        self._dress()

    def show_everything(self) -> None:
        """Undo all zooming."""
        self.is_zoomed = False
        self.fit()

    def draw(self) -> None:
        """Update the items; subclasses override this."""

    def fit(self) -> None:
        """Show all of the data."""
        self.draw()

    def redraw(self, *, is_new: bool) -> None:
        """Draw the current data with a single repaint; if the data ``is_new``, undo the zoom."""
        if is_new:
            self.is_zoomed = False
        self.setUpdatesEnabled(False)
        self.draw()
        self.setUpdatesEnabled(True)

    def label_axes(self, bottom: str, left: str = "") -> None:
        """Write the titles of the axes."""
        style = {"color": self.tokens.muted, "font-size": f"{CAPTION_PIXELS}px"}
        axis = self.plotItem.getAxis("bottom")
        axis.setLabel(bottom, **style)
        # Else a longer title stays where the shorter one began.
        axis.resizeEvent()
        if left:
            self.plotItem.getAxis("left").setLabel(left, **style)

    def restyle(self) -> None:
        """Colour the items; subclasses override this."""

    def set_range(self, low: float, high: float, top: float, bottom: float = 0.0) -> None:
        """Show losses from ``low`` to ``high``, unless a person has zoomed, and heights from ``bottom`` to ``top``."""
        self._is_moving = True
        if not self.is_zoomed:
            self._view.setRange(xRange=(low, high), padding=0.0)
        self._view.setRange(yRange=(bottom, top), padding=0.0)
        self._is_moving = False

    def render_to(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot as vectors into ``target``."""
        self.scene().render(painter, target, QRectF(self.viewport().rect()))

    def as_pixmap(self, ratio: float = 2.0) -> QPixmap:
        """Return the plot as a picture with background, ``ratio`` pixels for each pixel of the screen."""
        size = self.viewport().size()
        pixmap = QPixmap(size * ratio)
        pixmap.fill(QColor(self.tokens.raised))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.render_to(painter, QRectF(pixmap.rect()))
        painter.end()
        return pixmap

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw again if the positions depend on the size."""
        super().resizeEvent(event)
        if self._is_built and self.is_drawn_by_size:
            self.draw()

    def close(self) -> bool:
        """Close without drawing again: pyqtgraph deletes the items while Qt still resizes the view."""
        self._is_built = False
        super().close()
        return True

    def set_logarithmic(self, is_logarithmic: bool) -> None:
        """Choose the axis: losses, or their logarithm."""
        if is_logarithmic != self._wants_logarithm:
            self._wants_logarithm, self.is_zoomed = is_logarithmic, False
            self.fit()

    def scaled(self, loss: float) -> float:
        """Return the position of ``loss`` on the axis."""
        return math.log10(max(loss, SMALLEST_LOSS)) if self.is_logarithmic else loss

    def label_losses(self) -> None:
        """Write the numbers of the loss axis for the visible range."""
        low, high = self._view.viewRange()[0]
        self.plotItem.getAxis("bottom").setTicks([_log_ticks(low, high)] if self.is_logarithmic else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom and move."""
        actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Plus: lambda: self._zoom(1 / ZOOM_STEP),
            Qt.Key.Key_Equal: lambda: self._zoom(1 / ZOOM_STEP),
            Qt.Key.Key_Minus: lambda: self._zoom(ZOOM_STEP),
            Qt.Key.Key_0: self.show_everything,
            Qt.Key.Key_Left: lambda: self._pan(-PAN_STEP),
            Qt.Key.Key_Right: lambda: self._pan(PAN_STEP),
        }
        action = actions.get(event.key())
        if action is None:
            event.ignore()
        else:
            action()
            event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Apply new colours."""
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _zoom(self, factor: float) -> None:
        self._view.scaleBy((factor, 1.0))

    def _pan(self, share: float) -> None:
        low, high = self._view.viewRange()[0]
        self._view.translateBy(x=(high - low) * share)

    def _range_changed(self, *_: object) -> None:
        if not self._is_moving:
            self.is_zoomed = True
        if self.is_logarithmic:
            self.label_losses()

    def _dress(self) -> None:
        tokens = self.tokens
        self.setBackground(None)
        for name in ("bottom", "left"):
            axis = self.plotItem.getAxis(name)
            axis.setPen(cosmetic(tokens.edge))
            axis.setTextPen(QPen(QColor(tokens.muted)))
            axis.setTickFont(text_font(CAPTION_PIXELS))
            axis.setStyle(tickLength=-4, tickTextOffset=6)
            axis.enableAutoSIPrefix(False)
        self.restyle()


def cosmetic(colour: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen whose width does not change with the zoom."""
    pen = QPen(QColor(colour), width, style)
    pen.setCosmetic(True)
    return pen


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return ticks at 1, 2 and 5 times powers of ten: fewer for a wide range, more for a narrow one."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    factors: tuple[float, ...] = (1, 2, 5) if high - low < 2.5 else (1,)
    ticks = [(d + math.log10(f), f"{f * 10.0**d:.6g}") for d in decades for f in factors]
    shown = [tick for tick in ticks if low <= tick[0] <= high]
    if len(shown) >= 3:
        return shown
    places = np.linspace(low, high, 7)[1:-1]
    return [(float(place), nats(10.0 ** float(place))) for place in places]
