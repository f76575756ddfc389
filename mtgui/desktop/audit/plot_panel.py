"""The card of the plots: a switch between sets and single pictures, the record, the axis, and saving."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mtgui.desktop.audit.audit_state import AuditState, Pair, PairState
from mtgui.desktop.audit.audit_words import pictures_in_words, plot_caption
from mtgui.desktop.audit.loss_list import LossList, LossListModel
from mtgui.desktop.audit.loss_plot import LossPlot
from mtgui.desktop.audit.pair_table import pair_table
from mtgui.desktop.audit.pictures_plot import PicturesPlot, by_loss
from mtgui.desktop.jobs.throttle import Throttle
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.plots.plot_view import PlotView
from mtgui.desktop.plots.save_plot_button import KeepPlot
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, SegmentedControl

CPU_INTERVAL_MS = 400
GPU_INTERVAL_MS = 50
SHORTEST = 5
NO_LOGARITHM = "Differences may lie below 0, and numbers below 0 have no logarithm."
LEAST_HEIGHT = 200
"""Of a plot, in logical pixels: below this the card scrolls."""


class PlotPanel(QFrame):
    """Shows an `AuditState`; `changed` may be called at any rate, and it repaints at most 4 times a second.

    If the audit runs on a graphics card, so that the processor is free, it repaints up to 20 times a second. It lives
    on the window's thread.
    """

    pair_chosen = Signal(object)
    """The `Pair` that a person picked."""
    failed = Signal(str)
    """A sentence: something could not be saved."""
    refreshed = Signal()
    """The plot shows the current state."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Build the panel, empty."""
        super().__init__(parent)
        self.setProperty("kind", "paper")
        self._state, self._pair = AuditState(), (0, 0)
        self._has_picked = False
        self._listed: tuple[object, ...] = ()
        self.sets, self.pictures = LossPlot(), PicturesPlot()
        self.list_model = LossListModel(thumbnails, self)
        self.list = LossList(self.list_model)
        self.views = SegmentedControl("View", [("sets", "Sets"), ("pictures", "Pictures")])
        self.log_switch = QCheckBox("&Log axis")
        self.picker = QComboBox()
        self.picker.setAccessibleName("Record shown")
        self.picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.picker.setMinimumContentsLength(SHORTEST)
        self.save = KeepPlot(self._shown_plot, self._table, "loss distribution")
        self._title = QLabel("Loss distribution")
        self._caption = Caption()
        self._throttle = Throttle(self._interval, self)
        self._lay_out()
        self._connect()
        self.show_audit(self._state)

    @property
    def state(self) -> PairState:
        """The shown pair."""
        return self._state.pairs.get(self._pair, PairState())

    @property
    def plot(self) -> PlotView:
        """The shown plot."""
        return self.sets if self.views.value == "sets" else self.pictures

    def show_audit(self, audit: AuditState) -> None:
        """Show ``audit`` from now on."""
        self._state, self._pair, self._has_picked = audit, audit.current, False
        self._listed = ()
        self.sets.is_zoomed = self.pictures.is_zoomed = False
        self.refresh()

    def show_pair(self, pair: Pair) -> None:
        """Show ``pair`` until another one is picked."""
        self._pair, self._has_picked = pair, True
        self.refresh()

    def changed(self) -> None:
        """Repaint soon, because the state has changed."""
        self._throttle.request()

    def refresh(self) -> None:
        """Repaint now."""
        if not self._has_picked:
            self._pair = self._state.current
        self._show_picker()
        state = self.state
        self._offer_logarithm(is_there=not state.scale.has_negatives)
        if self.views.value == "sets":
            self.sets.show_state(state)
            self._caption.setText(plot_caption(state))
        else:
            self._show_pictures(state)
        self.refreshed.emit()

    def stop(self) -> None:
        """Stop repainting."""
        self._throttle.stop()

    def _shown_plot(self) -> PlotView:
        return self.plot

    def _table(self) -> str:
        return pair_table(self.state)

    def _interval(self) -> int:
        return GPU_INTERVAL_MS if _is_gpu(self._state.device) else CPU_INTERVAL_MS

    def _offer_logarithm(self, *, is_there: bool) -> None:
        self.log_switch.setEnabled(is_there)
        self.log_switch.setToolTip("" if is_there else NO_LOGARITHM)

    def _show_pictures(self, state: PairState) -> None:
        listed = (id(state), state.losses, self.width() > 0)
        if listed != self._listed:
            self._listed = listed
            self.list_model.set_pictures(by_loss(state.shown()), state.scale)
            self.pictures.show_state(state)
        self._caption.setText(pictures_in_words(state))

    def _show_picker(self) -> None:
        pairs = list(self._state.pairs)
        self.picker.setVisible(len(pairs) > 1)
        self._title.setVisible(len(pairs) <= 1)
        titles = [self._state.pairs[pair].title for pair in pairs]
        if titles != [self.picker.itemText(i) for i in range(self.picker.count())]:
            self.picker.clear()
            self.picker.addItems(titles)
        if self._pair in pairs:
            self.picker.setCurrentIndex(pairs.index(self._pair))

    def _picked(self, row: int) -> None:
        pair = list(self._state.pairs)[row]
        self.show_pair(pair)
        self.pair_chosen.emit(pair)

    def _view_changed(self, view: str) -> None:
        self._faces.setCurrentIndex(0 if view == "sets" else 1)
        self.refresh()

    def _place_chosen(self, place: int) -> None:
        self.pictures.set_current(place)

    def _connect(self) -> None:
        self._throttle.due.connect(self.refresh)
        self.save.failed.connect(self.failed)
        self.views.changed.connect(self._view_changed)
        self.log_switch.toggled.connect(self.sets.set_logarithmic)
        self.log_switch.toggled.connect(self.pictures.set_logarithmic)
        self.picker.activated.connect(self._picked)
        self.pictures.chosen.connect(self.list.show_row)
        self.list.chosen.connect(self._place_chosen)

    def _lay_out(self) -> None:
        self._title.setProperty("kind", "strong")
        head = QHBoxLayout()
        head.setSpacing(2 * GRID)
        head.addWidget(self._title)
        head.addWidget(self.picker, 1)
        head.addStretch(0)
        for part in (self.log_switch, self.views, self.save):
            head.addWidget(part)
        side = QWidget()
        row = QHBoxLayout(side)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        row.addWidget(self.pictures, 1)
        row.addWidget(self.list)
        self._faces = QStackedWidget()
        self._faces.setMinimumHeight(LEAST_HEIGHT)
        # Otherwise the card would scroll as soon as the plot is lower than what Qt proposes.
        self._faces.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._faces.addWidget(self.sets)
        self._faces.addWidget(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * GRID - 2, 3 * GRID, 4 * GRID - 2, 3 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(head)
        layout.addWidget(self._faces, 1)
        layout.addWidget(self._caption)


def _is_gpu(device: str) -> bool:
    return bool(device) and not device.lower().startswith("cpu")
