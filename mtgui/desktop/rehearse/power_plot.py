"""The curve: the probability of being found for each number of published and withheld pictures."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

from mtgui.desktop.plots.plot_view import PlotView, cosmetic
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import chances_in_words
from mtgui.desktop.rehearse.training_plot import LEFT_WIDTH

TICK_PIXELS = 64
"""Room of a tick with its text; half of it is left to the right of the last one."""


class ChancePlot(PlotView):
    """A line with ▲ for the shares, and a vertical bar for each interval; the axis shows as many numbers as fit.

    Beyond the numbers of the artists the line is dotted and the signs are △: there it shows further artists.
    """

    is_drawn_by_size = True

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        self._state = RehearsalState()
        self._bars, self._line = pg.PlotCurveItem(), pg.PlotCurveItem()
        self._beyond = pg.PlotCurveItem()
        self._signs = pg.ScatterPlotItem(pxMode=True)
        super().__init__("Probability of being found", parent)
        for item in (self._bars, self._line, self._beyond, self._signs):
            self.plotItem.addItem(item, ignoreBounds=True)
        self.plotItem.getAxis("left").setWidth(LEFT_WIDTH)
        self.plotItem.getAxis("left").setTicks([[(float(share), f"{share}") for share in range(0, 101, 25)]])
        self.show_state(self._state)

    def show_state(self, rehearsal: RehearsalState) -> None:
        """Show the curve of ``rehearsal``."""
        self._state = rehearsal
        self.redraw(is_new=True)

    def restyle(self) -> None:
        """Colour line, bars and signs."""
        tokens = self.tokens
        self.label_axes("pictures published + private", "found, % of cases")
        self._line.setPen(cosmetic(tokens.accent, 2.2))
        self._beyond.setPen(cosmetic(tokens.accent, 2.2, Qt.PenStyle.DotLine))
        self._bars.setPen(cosmetic(tokens.muted, 1.4))
        self.draw()

    def draw(self) -> None:
        """Update all items."""
        points, tokens = self._state.chances, self.tokens
        self.setAccessibleDescription(chances_in_words(self._state))
        x = np.array([one.pictures for one in points], dtype=np.float64)
        y = np.array([100 * one.share for one in points], dtype=np.float64)
        most = float(x.max(initial=1.0))
        cap = most / 120
        sticks = [
            place
            for one in points
            for low, high in ((100 * one.low, 100 * one.high),)
            for place in (
                (one.pictures, low), (one.pictures, high), (one.pictures - cap, low), (one.pictures + cap, low),
                (one.pictures - cap, high), (one.pictures + cap, high),
            )
        ]  # fmt: skip
        self._bars.setData(
            x=np.array([a for a, _ in sticks], dtype=np.float64),
            y=np.array([b for _, b in sticks], dtype=np.float64),
            connect="pairs",
        )
        inner = sum(not one.is_beyond for one in points)
        self._line.setData(x=x[:inner], y=y[:inner])
        self._beyond.setData(x=x[max(0, inner - 1) :], y=y[max(0, inner - 1) :])
        filled, hollow = QBrush(QColor(tokens.accent)), QBrush(QColor(tokens.raised))
        self._signs.setData(
            x=x,
            y=y,
            symbol="t1",
            size=11,
            pen=cosmetic(tokens.accent, 1.4),
            brush=[hollow if one.is_beyond else filled for one in points],
        )
        self.plotItem.getAxis("bottom").setTicks([self._ticks(most)])
        room = max(1.0, self.viewport().width() - LEFT_WIDTH)
        self.set_range(0.0, most * (1 + TICK_PIXELS / 2 / room), 104.0, -3.0)

    def _ticks(self, most: float) -> list[tuple[float, str]]:
        """Return the ticks (position, text) that fit, starting with the last point."""
        room = max(1.0, self.viewport().width() - LEFT_WIDTH - TICK_PIXELS / 2)
        shown: list[tuple[float, str]] = []
        last = math.inf
        for one in reversed(self._state.chances):
            place = one.pictures / most * room
            if last - place >= TICK_PIXELS:
                shown.append((float(one.pictures), f"{one.published} + {one.withheld}"))
                last = place
        return shown
