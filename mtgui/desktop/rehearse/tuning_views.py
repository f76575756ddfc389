"""The plot and the table of a rehearsal of LoRAs; they are repainted only a few times a second.

This module imports pyqtgraph, which loads slowly: import it only when a plot is first shown.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.words import counted, p_text
from mtgui.desktop.jobs.throttle import Throttle
from mtgui.desktop.rehearse.plot_card import PlotCard
from mtgui.desktop.rehearse.plot_tables import tuning_table
from mtgui.desktop.rehearse.tuning_plot import TuningPlot
from mtgui.desktop.rehearse.tuning_state import TuningState
from mtgui.desktop.rehearse.tuning_words import artist_name, tuning_caption
from mtgui.desktop.theme.tokens import GRID

INTERVAL_MS = 400
LEAST_PLOT, LEAST_TABLE = 200, 130


class TuningViews(QWidget):
    """Shows a `TuningState` from its first event to its result; on the window's thread."""

    failed = Signal(str)
    refreshed = Signal()
    """Plot and table show the current state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build everything, empty."""
        super().__init__(parent)
        self._state = TuningState()
        self.plot = TuningPlot()
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.plot.setMinimumHeight(LEAST_PLOT)
        self.card = PlotCard("p after so many exposures", self.plot, self._numbers)
        self.table = QTableWidget()
        self.table.setAccessibleName("Artists, and p after so many exposures")
        self.table.verticalHeader().setVisible(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setMinimumHeight(LEAST_TABLE)
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._paper = QFrame()
        self._paper.setProperty("kind", "paper")
        inner = QVBoxLayout(self._paper)
        inner.setContentsMargins(4 * GRID - 2, 2 * GRID, 4 * GRID - 2, 2 * GRID)
        inner.addWidget(self.table)
        self._throttle = Throttle(self._interval, self)
        self._throttle.due.connect(self.refresh)
        self.card.failed.connect(self.failed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * GRID)
        layout.addWidget(self.card, 3)
        layout.addWidget(self._paper, 2)
        self.refresh()

    def show_state(self, state: TuningState) -> None:
        """Show ``state`` from now on."""
        self._state = state
        self.refresh()

    def changed(self) -> None:
        """Repaint soon, because the state has changed."""
        self._throttle.request()

    def refresh(self) -> None:
        """Repaint now."""
        self.plot.show_state(self._state)
        self.card.caption.setText(tuning_caption(self._state))
        self._fill()
        self.refreshed.emit()

    def stop(self) -> None:
        """Stop repainting."""
        self._throttle.stop()

    def _fill(self) -> None:
        """Fill the table: a row for each artist, and one for the pictures that were not in the artist's model."""
        state = self._state
        heads = ["Pictures of", *(counted(number, "exposure") for number in state.exposures)]
        artists = {one.artist: one for _, one in sorted(state.audited.items())}
        self._paper.setVisible(bool(artists))
        self.table.setColumnCount(len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setRowCount(2 * len(artists))
        for place, (number, one) in enumerate(artists.items()):
            found = [state.audited.get((number, exposures)) for exposures in state.exposures]
            own = ["" if audit is None else _cell(audit.p_value, state.alpha) for audit in found]
            others = ["" if audit is None else _cell(audit.innocent, state.alpha) for audit in found]
            for row, cells in (
                (2 * place, [artist_name(one), *own]),
                (2 * place + 1, ["    not in it", *others]),
            ):
                for column, words in enumerate(cells):
                    self.table.setItem(row, column, QTableWidgetItem(words))

    def _interval(self) -> int:
        return INTERVAL_MS

    def _numbers(self) -> str:
        return tuning_table(self._state)


def _cell(p_value: float, alpha: float) -> str:
    return f"▲ {p_text(p_value)}" if p_value <= alpha else p_text(p_value)
