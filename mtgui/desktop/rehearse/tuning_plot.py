"""p of each artist against exposures, both on logarithmic axes, and α."""

import itertools
import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

from mtgui.common.words import whole
from mtgui.desktop.plots.plot_view import PlotView, cosmetic
from mtgui.desktop.rehearse.audits_plot import log_p, p_ticks
from mtgui.desktop.rehearse.training_plot import LEFT_WIDTH
from mtgui.desktop.rehearse.tuning_state import Audited, TuningState
from mtgui.desktop.rehearse.tuning_words import tuning_in_words

LEAST_DECADES = 4
ROOM = 0.12
"""Room beside the first and the last exposures, in decades."""
ASIDE = 0.025
"""How far, in decades, hollow signs stand beside the others, which they would cover."""


class TuningPlot(PlotView):
    """A line with ● for each artist, with ▲ for the person's own pictures; ○ for pictures that were not in the model.

    The dashed line is α, a tick of the axis.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        self._state = TuningState()
        self._alpha, self._lines = pg.PlotCurveItem(), pg.PlotCurveItem(antialias=True)
        self._innocent, self._artists, self._own = (pg.ScatterPlotItem(pxMode=True) for _ in range(3))
        super().__init__("p after so many exposures", parent)
        for item in (self._alpha, self._lines, self._innocent, self._artists, self._own):
            self.plotItem.addItem(item, ignoreBounds=True)
        self.plotItem.getAxis("left").setWidth(LEFT_WIDTH)
        self.show_state(self._state)

    def show_state(self, state: TuningState) -> None:
        """Show the current ``state``."""
        is_new = state is not self._state
        self._state = state
        self.redraw(is_new=is_new)

    def restyle(self) -> None:
        """Colour lines and signs."""
        tokens = self.tokens
        self.label_axes("exposures: how often training showed each picture", "p")
        self._lines.setPen(cosmetic(tokens.accent, 1.4))
        self._alpha.setPen(cosmetic(tokens.text, 1.2, Qt.PenStyle.DashLine))
        self.draw()

    def draw(self) -> None:
        """Update all items."""
        state, tokens = self._state, self.tokens
        self.setAccessibleDescription(tuning_in_words(state))
        audited, exposures = list(state.audited.values()), state.exposures or (10, 100)
        filled, hollow = QBrush(QColor(tokens.accent)), QBrush(Qt.BrushStyle.NoBrush)
        for item, chosen, symbol, size, edge in (
            (self._artists, [one for one in audited if not one.is_own], "o", 8, tokens.accent),
            # An edge sets the person's own signs apart from those that they cover.
            (self._own, [one for one in audited if one.is_own], "t1", 13, tokens.raised),
        ):
            x, y = _places([(one.exposures, one.p_value) for one in chosen])
            item.setData(x=x, y=y, symbol=symbol, size=size, pen=cosmetic(edge, 1.4), brush=filled)
        x, y = _places([(one.exposures, one.innocent) for one in audited])
        self._innocent.setData(x=x + ASIDE, y=y, symbol="o", size=7, pen=cosmetic(tokens.muted, 1.3), brush=hollow)
        self._draw_lines(audited)
        low, high = math.log10(exposures[0]) - ROOM, math.log10(exposures[-1]) + ROOM
        alpha = math.log10(state.alpha)
        self._alpha.setData(x=[low, high], y=[alpha, alpha])
        lowest = min([alpha - 0.6, -LEAST_DECADES - 0.15, *(log_p(one.p_value) - 0.3 for one in audited)])
        self.plotItem.getAxis("left").setTicks([p_ticks(state.alpha, math.floor(lowest))])
        self.plotItem.getAxis("bottom").setTicks([[(math.log10(n), whole(n)) for n in state.exposures]])
        self.set_range(low, high, 0.25, lowest)

    def _draw_lines(self, audited: list[Audited]) -> None:
        """Connect the points of each artist."""
        ordered = sorted(audited, key=lambda one: (one.artist, one.exposures))
        x, y = _places([(one.exposures, one.p_value) for one in ordered])
        same = [one.artist == after.artist for one, after in itertools.pairwise(ordered)]
        joins = np.array([*same, False][: len(ordered)], dtype=np.bool_)
        self._lines.setData(x=x, y=y, connect=joins)


def _places(values: list[tuple[int, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x = np.array([math.log10(exposures) for exposures, _ in values], dtype=np.float64)
    return x, np.array([log_p(p) for _, p in values], dtype=np.float64)
