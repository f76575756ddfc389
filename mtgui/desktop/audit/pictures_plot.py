"""The sorted losses of single pictures; published and private ones have different signs. A list goes with it."""

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QWidget

from mtgui.desktop.audit.audit_state import PairState
from mtgui.desktop.audit.audit_words import pictures_in_words
from mtgui.desktop.pictures.picture_entries import ShownPicture
from mtgui.desktop.plots.plot_view import PlotView, cosmetic
from mtgui.desktop.theme.appearance import text_font
from mtgui.desktop.theme.tokens import CAPTION_PIXELS

LEFT_WIDTH = 52
_SIGNS = {True: "t1", False: "o"}


def by_loss(pictures: Sequence[ShownPicture]) -> tuple[ShownPicture, ...]:
    """Return ``pictures`` by loss, the lowest (best remembered) first."""
    return tuple(sorted(pictures, key=lambda one: (one.loss, one.name)))


class PicturesPlot(PlotView):
    """One sign for each picture: ▲ published, ○ kept private. A click chooses a picture."""

    chosen = Signal(int)
    """The position, by loss, of the picture that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        self._pictures: tuple[ShownPicture, ...] = ()
        self._scale = PairState().scale
        self._words = self._public_words = ""
        self._current = -1
        self._signs = {is_published: pg.ScatterPlotItem(pxMode=True) for is_published in (False, True)}
        self._places: dict[bool, list[int]] = {False: [], True: []}
        self._mark = pg.InfiniteLine(angle=90)
        super().__init__("Losses of single pictures", parent)
        self.plotItem.addItem(self._mark, ignoreBounds=True)
        for sign in self._signs.values():
            self.plotItem.addItem(sign, ignoreBounds=True)
        self._signs[True].sigClicked.connect(self._published_clicked)
        self._signs[False].sigClicked.connect(self._private_clicked)
        self.plotItem.getAxis("left").setWidth(LEFT_WIDTH)
        self._mark.setVisible(False)

    @property
    def public_description(self) -> str:
        """A description of the plot that does not name private pictures."""
        return self._public_words

    def show_state(self, state: PairState) -> None:
        """Show the pictures of ``state``."""
        self._pictures, self._words = by_loss(state.shown()), pictures_in_words(state)
        self._public_words = pictures_in_words(state, names_private=False)
        self._scale, self.has_logarithm = state.scale, not state.scale.has_negatives
        self._label()
        self.draw()

    def set_current(self, place: int) -> None:
        """Highlight the picture at ``place``; -1 for none."""
        self._current = place
        is_there = 0 <= place < len(self._pictures)
        self._mark.setVisible(is_there)
        if is_there:
            self._mark.setPos(self.scaled(self._pictures[place].loss))
            one = self._pictures[place]
            self.setAccessibleDescription(f"{self._words} Now: {one.name}, {self._scale.in_words(one.loss)}.")

    def _label(self) -> None:
        self.label_axes(self._scale.picture_axis, "pictures, sorted")

    def restyle(self) -> None:
        """Colour the signs."""
        tokens = self.tokens
        self._mark.setPen(cosmetic(tokens.accent, 1.5))
        self._label()
        self.plotItem.getAxis("left").setTickFont(text_font(CAPTION_PIXELS))
        self.draw()

    def draw(self) -> None:
        """Update all items."""
        self.setAccessibleDescription(self._words)
        tokens, count = self.tokens, len(self._pictures)
        for name in ("bottom", "left"):
            self.plotItem.getAxis(name).setTicks(None if count else [])
        for is_published, sign in self._signs.items():
            places = [i for i, one in enumerate(self._pictures) if one.is_published == is_published]
            self._places[is_published] = places
            colour = tokens.accent if is_published else tokens.muted
            sign.setData(
                x=[self.scaled(self._pictures[place].loss) for place in places],
                y=[place + 1 for place in places],
                symbol=_SIGNS[is_published],
                size=11 if count <= 200 else 8,
                pen=cosmetic(colour, 1.4),
                brush=QBrush(QColor(colour)) if is_published else QBrush(Qt.BrushStyle.NoBrush),
            )
        if count:
            losses = [self.scaled(one.loss) for one in self._pictures if math.isfinite(one.loss)] or [0.0]
            low, high = min(losses), max(losses)
            margin = (high - low or 1.0) * 0.04
            self.set_range(low - margin, high + margin, count + 0.06 * count + 1, -0.06 * count)
            self.label_losses()
        self.set_current(self._current)

    def _published_clicked(self, _item: object, spots: Sequence[pg.SpotItem]) -> None:
        self._clicked(True, spots)

    def _private_clicked(self, _item: object, spots: Sequence[pg.SpotItem]) -> None:
        self._clicked(False, spots)

    def _clicked(self, is_published: bool, spots: Sequence[pg.SpotItem]) -> None:
        if len(spots):
            self.chosen.emit(self._places[is_published][spots[0].index()])
