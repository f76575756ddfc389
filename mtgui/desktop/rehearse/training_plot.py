"""The training of the models: one line for each, which differ in sign, dash and colour."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

from mtgui.desktop.plots.plot_view import PlotView, cosmetic
from mtgui.desktop.rehearse.rehearsal_state import MARKED, EpochPoint, ModelState, RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import curves_in_words

LEFT_WIDTH = 56
MOST_SIGNS = 16
HEAD_ROOM = 1.06


@dataclass(frozen=True)
class _Items:
    own: pg.PlotCurveItem
    other: pg.PlotCurveItem
    signs: pg.ScatterPlotItem


class CurvesPlot(PlotView):
    """Accuracy or loss by round. Solid or dashed: pictures that a model learns from; dotted: pictures it never saw."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        self._state = RehearsalState()
        self._shows_loss = False
        self._items: dict[str, _Items] = {}
        super().__init__("Training", parent)
        self.plotItem.getAxis("left").setWidth(LEFT_WIDTH)
        self.show_state(self._state)

    def show_state(self, rehearsal: RehearsalState) -> None:
        """Show the current state of ``rehearsal``."""
        is_new = rehearsal is not self._state
        self._state = rehearsal
        self.redraw(is_new=is_new)

    def set_loss(self, shows_loss: bool) -> None:
        """Show losses, or shares of correct pictures."""
        self._shows_loss = shows_loss
        self.restyle()
        self.draw()

    def restyle(self) -> None:
        """Colour lines and signs."""
        self.label_axes("rounds of training", "loss, nats" if self._shows_loss else "pictures right, %")
        for name, items in self._items.items():
            colour, style = self._look(name)
            items.own.setPen(cosmetic(colour, 2.0, style))
            items.other.setPen(cosmetic(colour, 1.6, Qt.PenStyle.DotLine))
        if self._is_built:
            self.draw()

    def _look(self, name: str) -> tuple[str, Qt.PenStyle]:
        tokens = self.tokens
        return (tokens.accent, Qt.PenStyle.SolidLine) if name == MARKED else (tokens.text, Qt.PenStyle.DashLine)

    def _items_of(self, name: str) -> _Items:
        if name not in self._items:
            items = _Items(pg.PlotCurveItem(), pg.PlotCurveItem(), pg.ScatterPlotItem(pxMode=True))
            for item in (items.other, items.own, items.signs):
                self.plotItem.addItem(item, ignoreBounds=True)
            colour, style = self._look(name)
            items.own.setPen(cosmetic(colour, 2.0, style))
            items.other.setPen(cosmetic(colour, 1.6, Qt.PenStyle.DotLine))
            self._items[name] = items
        return self._items[name]

    def draw(self) -> None:
        """Update all items."""
        rehearsal = self._state
        self.setAccessibleDescription(curves_in_words(rehearsal))
        for name in self._items.keys() - rehearsal.models.keys():
            self._fill(name, ModelState(name))
        top, epochs = 0.0 if self._shows_loss else 100.0, 1
        for name, model in rehearsal.models.items():
            top = max(top, self._fill(name, model))
            epochs = max(epochs, model.epochs)
        has_points = any(model.points for model in rehearsal.models.values())
        for axis in ("bottom", "left"):
            self.plotItem.getAxis(axis).setTicks(None if has_points else [])
        self.set_range(0.0, epochs + 0.5, (top or 1.0) * HEAD_ROOM)

    def _fill(self, name: str, model: ModelState) -> float:
        """Draw the lines of ``model``; return the highest value."""
        items, points = self._items_of(name), model.points
        x = np.array([point.epoch for point in points], dtype=np.float64)
        own = np.array([self._own(point) for point in points], dtype=np.float64)
        other = np.array([self._other(point) for point in points], dtype=np.float64)
        items.own.setData(x=x, y=own)
        seen = np.isfinite(other)
        items.other.setData(x=x[seen], y=other[seen])
        step = max(1, math.ceil(len(points) / MOST_SIGNS))
        places = list(range(len(points) - 1, -1, -step))
        colour = self._look(name)[0]
        filled = name == MARKED
        items.signs.setData(
            x=x[places],
            y=own[places],
            symbol="t1" if filled else "o",
            size=9,
            pen=cosmetic(colour, 1.4),
            brush=QBrush(QColor(colour if filled else self.tokens.raised)),
        )
        values = [*own[np.isfinite(own)], *other[seen]]
        return float(max(values)) if values else 0.0

    def _own(self, point: EpochPoint) -> float:
        return point.loss if self._shows_loss else 100 * point.train_accuracy

    def _other(self, point: EpochPoint) -> float:
        return math.nan if self._shows_loss else 100 * point.test_accuracy


def legend_of(rehearsal: RehearsalState, titles: Sequence[tuple[str, str]]) -> str:
    """Return a legend in one line: the sign of each model in ``rehearsal`` and its title from ``titles``."""
    known = dict(titles)
    return " · ".join(f"{'▲' if name == MARKED else '○'} {known.get(name, name)}" for name in rehearsal.models)
