"""A card with one plot: title, an extra control, the button that saves it, and small print below."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mtgui.desktop.plots.plot_view import PlotView
from mtgui.desktop.plots.save_plot_button import KeepPlot
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption


class PlotCard(QFrame):
    """The card of one plot."""

    failed = Signal(str)
    """A sentence: the plot could not be saved."""

    def __init__(
        self,
        title: str,
        plot: PlotView,
        table: Callable[[], str],
        *beside: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        """Show ``plot`` below ``title``, with the widget ``beside`` the title; ``table`` returns its numbers as CSV."""
        super().__init__(parent)
        self.setProperty("kind", "paper")
        self.plot = plot
        self.keep = KeepPlot(self._shown, table, title.lower())
        self.keep.setAccessibleName(f"Keep the plot: {title}")
        self.keep.failed.connect(self.failed)
        self.caption = Caption()
        head = QLabel(title)
        head.setProperty("kind", "strong")
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(head, 1)
        for part in beside:
            row.addWidget(part)
        row.addWidget(self.keep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * GRID - 2, 2 * GRID, 4 * GRID - 2, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(plot, 1)
        layout.addWidget(self.caption)

    def _shown(self) -> PlotView:
        return self.plot
