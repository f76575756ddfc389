"""The loss distribution: reference draws as a growing histogram, the published set as a line."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen
from PySide6.QtWidgets import QWidget

from mtgui.common.words import nats, percent
from mtgui.desktop.audit.audit_state import PairState
from mtgui.desktop.audit.audit_words import plot_in_words
from mtgui.desktop.audit.growing_histogram import SHOWN
from mtgui.desktop.plots.plot_view import PlotView, cosmetic
from mtgui.desktop.theme.appearance import text_font
from mtgui.desktop.theme.tokens import CAPTION_PIXELS

HEAD_ROOM = 1.28
BAR_WIDTH = 0.86
LINE_LABEL_HEIGHT, QUANTILE_HEIGHT = 0.985, 0.885
"""The heights of the two labels, as shares of the plot's height; the line of the quantile ends at its label."""


class LossPlot(PlotView):
    """Shows one `PairState`; call `show_state` after new draws have come."""

    is_drawn_by_size = True

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        self._state = PairState()
        self._written = ("", "", "")
        self._bars = pg.BarGraphItem(x=np.zeros(1), height=np.zeros(1), width=1.0)
        self._quantile = pg.PlotCurveItem()
        self._line = pg.InfiniteLine(angle=90)
        self._quantile_label = pg.TextItem(anchor=(0, 0))
        self._line_label = pg.TextItem(anchor=(0, 0))
        self._quantile_label.setZValue(1)
        super().__init__("Loss distribution", parent)
        for item in (self._bars, self._quantile, self._line, self._quantile_label, self._line_label):
            self.plotItem.addItem(item, ignoreBounds=True)
        self.plotItem.hideAxis("left")
        self.show_state(self._state)

    def show_state(self, state: PairState) -> None:
        """Show the current values of ``state``."""
        is_new = state is not self._state
        self._state = state
        self.has_logarithm = not state.scale.has_negatives
        self._label()
        self.redraw(is_new=is_new)

    def _label(self) -> None:
        self.label_axes(self._state.scale.set_axis if self._state.has_scale else "")

    def restyle(self) -> None:
        """Colour bars, lines and labels."""
        tokens = self.tokens
        colour = self._line_colour()
        self._bars.setOpts(brush=QBrush(QColor(tokens.bars)), pen=QPen(Qt.PenStyle.NoPen))
        self._line.setPen(cosmetic(colour, 2.4))
        self._quantile.setPen(cosmetic(tokens.text, 1.2, Qt.PenStyle.DashLine))
        self._line_label.setColor(colour)
        self._quantile_label.setColor(tokens.text)
        self._line_label.setFont(text_font(CAPTION_PIXELS, bold=True))
        # The line of the published set passes behind the words.
        self._quantile_label.fill = QBrush(QColor(tokens.raised))
        self._quantile_label.setFont(text_font(CAPTION_PIXELS))
        self._label()

    def _write(self, line: str, quantile: str) -> None:
        """Write the labels only if their text or colours have changed, because it costs a layout."""
        colour = self._line_colour()
        if (line, quantile, colour) != self._written:
            self._written = line, quantile, colour
            self._line_label.setText(line)
            self._quantile_label.setText(quantile)
            self._line_label.setColor(colour)
            self._line.setPen(cosmetic(colour, 2.4))

    def _line_colour(self) -> str:
        tokens = self.tokens
        if self._state.result is None:
            return tokens.accent
        return tokens.evidence if self._state.is_evidence else tokens.text

    def draw(self) -> None:
        """Update all items."""
        state = self._state
        self.setAccessibleDescription(plot_in_words(state))
        histogram = state.draws.logarithmic if self.is_logarithmic else state.draws.plain
        has_draws = histogram.total > 0
        for item in (self._bars, self._quantile, self._quantile_label):
            item.setVisible(has_draws)
        has_line = has_draws and not math.isnan(state.set_loss)
        self._line.setVisible(has_line)
        self._line_label.setVisible(has_line)
        if not has_draws:
            self.plotItem.getAxis("bottom").setTicks([])
            return
        line = self.scaled(state.set_loss) if has_line else histogram.least
        low, high = min(histogram.least, line), max(histogram.most, line)
        margin = (high - low or 1.0) * 0.03
        bars = histogram.bars(low, high, SHOWN)
        top = max(float(bars.counts.max(initial=1)), 1.0) * HEAD_ROOM
        middles = (bars.edges[1:] + bars.edges[:-1]) / 2
        self._bars.setOpts(x=middles, height=bars.counts, width=BAR_WIDTH * float(bars.edges[1] - bars.edges[0]))
        self.set_range(low - margin, high + margin, top)
        self.label_losses()
        quantile = histogram.quantile(state.alpha)
        self._line.setPos(line)
        self._quantile.setData([quantile, quantile], [0.0, top * QUANTILE_HEIGHT])
        middle = (low + high) / 2
        labels = (self._line_label, line, LINE_LABEL_HEIGHT), (self._quantile_label, quantile, QUANTILE_HEIGHT)
        for label, x, height in labels:
            label.setAnchor((0.0 if x < middle else 1.0, 0.0))
            label.setPos(x, top * height)
        self._write(f"your published set: {nats(state.set_loss)}", f"{percent(state.alpha)} of draws lie left of here")
