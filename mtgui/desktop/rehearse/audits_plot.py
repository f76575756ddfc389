"""The results of audits during the training of the marked model: p by round, on a logarithmic axis, and α."""

import math
from statistics import median

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

from mtgui.common.words import alpha_text
from mtgui.desktop.plots.plot_view import PlotView, cosmetic
from mtgui.desktop.rehearse.rehearsal_state import MARKED, AuditPoint, RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import audits_in_words
from mtgui.desktop.rehearse.training_plot import LEFT_WIDTH

SMALLEST_P = 1e-9
LEAST_DECADES = 3


class AuditsPlot(PlotView):
    """The person's own p as a line with ▲ (the median of all users if the person is not one of them); ○ every user.

    The dashed line is α. No text lies over the signs: α is a tick of the axis, and the caption tells what it means.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        self._state = RehearsalState()
        self._users = pg.ScatterPlotItem(pxMode=True)
        self._line = pg.PlotCurveItem()
        self._signs = pg.ScatterPlotItem(pxMode=True)
        self._alpha = pg.PlotCurveItem()
        super().__init__("p-values during training", parent)
        for item in (self._alpha, self._users, self._line, self._signs):
            self.plotItem.addItem(item, ignoreBounds=True)
        self.plotItem.getAxis("left").setWidth(LEFT_WIDTH)
        self.show_state(self._state)

    def show_state(self, rehearsal: RehearsalState) -> None:
        """Show the current state of ``rehearsal``."""
        is_new = rehearsal is not self._state
        self._state = rehearsal
        self.redraw(is_new=is_new)

    def restyle(self) -> None:
        """Colour lines and signs."""
        tokens = self.tokens
        self.label_axes("rounds of training", "p")
        self._line.setPen(cosmetic(tokens.accent, 2.0))
        self._alpha.setPen(cosmetic(tokens.text, 1.2, Qt.PenStyle.DashLine))
        self.draw()

    def draw(self) -> None:
        """Update all items."""
        rehearsal, tokens = self._state, self.tokens
        self.setAccessibleDescription(audits_in_words(rehearsal))
        marked = rehearsal.models.get(MARKED)
        epochs = max(1, marked.epochs if marked is not None else 1)
        places = [(point.epoch, log_p(value)) for point in rehearsal.audits for value in point.p_values]
        self._users.setData(
            x=[x for x, _ in places],
            y=[y for _, y in places],
            symbol="o",
            size=6,
            pen=cosmetic(tokens.muted, 1.2),
            brush=QBrush(Qt.BrushStyle.NoBrush),
        )
        lead = [(point.epoch, log_p(shown)) for point in rehearsal.audits if (shown := _leading(point)) is not None]
        x, y = np.array([a for a, _ in lead], dtype=np.float64), np.array([b for _, b in lead], dtype=np.float64)
        self._line.setData(x=x, y=y)
        self._signs.setData(
            x=x, y=y, symbol="t1", size=10, pen=cosmetic(tokens.accent), brush=QBrush(QColor(tokens.accent))
        )
        alpha = math.log10(rehearsal.alpha)
        self._alpha.setData(x=[0.0, epochs + 0.5], y=[alpha, alpha])
        lowest = min([alpha - 0.6, -LEAST_DECADES, *(value - 0.3 for _, value in places)])
        self.plotItem.getAxis("left").setTicks([p_ticks(rehearsal.alpha, math.floor(lowest))])
        self.plotItem.getAxis("bottom").setTicks(None if rehearsal.audits else [])
        self.set_range(0.0, epochs + 0.5, 0.25, lowest)


def p_ticks(alpha: float, bottom: int) -> list[tuple[float, str]]:
    """Return the ticks (log10 p, text) down to ``bottom``; one is ``alpha``, where none of the others is near."""
    step = max(1, math.ceil(-bottom / 4))
    decades = [decade for decade in range(0, bottom - 1, -step) if abs(decade - math.log10(alpha)) >= step / 2]
    return [*((float(decade), f"{10.0**decade:g}") for decade in decades), (math.log10(alpha), alpha_text(alpha))]


def _leading(point: AuditPoint) -> float | None:
    if point.own is not None:
        return point.own
    return median(point.p_values) if point.p_values else None


def log_p(p_value: float) -> float:
    """Return the place of ``p_value`` on a logarithmic axis."""
    return math.log10(min(1.0, max(p_value, SMALLEST_P)))
