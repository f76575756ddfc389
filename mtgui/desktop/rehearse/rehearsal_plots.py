"""The plots and the table of a rehearsal; they are repainted only a few times a second.

This module imports pyqtgraph, which loads slowly: import it only when a plot is first shown.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from mtgui.common.texts import text
from mtgui.common.words import alpha_text
from mtgui.desktop.jobs.throttle import Throttle
from mtgui.desktop.rehearse.audits_plot import AuditsPlot
from mtgui.desktop.rehearse.plot_card import PlotCard
from mtgui.desktop.rehearse.plot_tables import audits_table, chances_table, curves_table
from mtgui.desktop.rehearse.power_plot import ChancePlot
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import chances_caption, detected_in_words, measures_in_words, title_of
from mtgui.desktop.rehearse.training_plot import CurvesPlot, legend_of
from mtgui.desktop.rehearse.users_table import UsersTable
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption, SegmentedControl

INTERVAL_MS = 400
LEAST_HEIGHT = 440
"""Height in pixels in which two plots fit, one above the other, each with a caption of two lines."""
CHANCE, TRAINING, USERS = "chance", "training", "users"
USERS_CAPTION = (
    "Artists are people like you in this rehearsal. p comes from which pictures were kept private, from the key, or "
    "from both; an artist is found where the strongest is at most {alpha}. “Without”: the model that never saw these "
    "pictures. An audit stops early once it can find nothing any more."
)


class RehearsalPlots(QWidget):
    """Shows a `RehearsalState`: training and audits while it runs, the curve and the users after its end."""

    failed = Signal(str)
    refreshed = Signal()
    """The plots show the current state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build everything, empty."""
        super().__init__(parent)
        self._state = RehearsalState()
        self.views = SegmentedControl(
            "Result", [(CHANCE, "How many pictures?"), (TRAINING, "Training"), (USERS, "Artists")]
        )
        self.measure = SegmentedControl("Training curves", [("accuracy", "Accuracy"), ("loss", "Loss")])
        self.curves, self.audits, self.chance = CurvesPlot(), AuditsPlot(), ChancePlot()
        self.users = UsersTable()
        for part, least in ((self.curves, 110), (self.audits, 110), (self.chance, 180), (self.users, 160)):
            # Their usual height does not count, so that the results scroll only where the least one has no room.
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
            part.setMinimumHeight(least)
        self.curves_card = PlotCard("Training", self.curves, self._curves_table, self.measure)
        self.audits_card = PlotCard("Audits on the way", self.audits, self._audits_table)
        self.chance_card = PlotCard("Probability of being found", self.chance, self._chances_table)
        self._users_caption = Caption()
        self._faces = QStackedWidget()
        self._faces.setMinimumHeight(LEAST_HEIGHT)
        self._throttle = Throttle(self._interval, self)
        self._lay_out()
        self._throttle.due.connect(self.refresh)
        self.views.changed.connect(self._view_changed)
        self.measure.changed.connect(self._measure_changed)
        for card in (self.curves_card, self.audits_card, self.chance_card):
            card.failed.connect(self.failed)
        self.show_state(self._state)

    def show_state(self, rehearsal: RehearsalState) -> None:
        """Show ``rehearsal``, which is starting, from now on."""
        self._state = rehearsal
        self.views.hide()
        self.show_view(TRAINING)
        self.refresh()

    def show_end(self) -> None:
        """Show the results."""
        self.views.show()
        self.chance.show_state(self._state)
        self.users.show_state(self._state)
        self.chance_card.caption.setText(chances_caption(self._state))
        caption = text(USERS_CAPTION, alpha=alpha_text(self._state.alpha))
        self._users_caption.setText(
            " ".join(filter(None, (caption, detected_in_words(self._state), measures_in_words(self._state))))
        )
        self.show_view(CHANCE if self._state.chances else USERS)
        self.refresh()

    def show_view(self, view: str) -> None:
        """Show one of the views."""
        self.views.set_value(view)
        self._view_changed(view)

    def changed(self) -> None:
        """Repaint soon, because the state has changed."""
        self._throttle.request()

    def refresh(self) -> None:
        """Repaint now."""
        rehearsal = self._state
        if self.views.value == TRAINING:
            self.curves.show_state(rehearsal)
            self.audits.show_state(rehearsal)
            self.curves_card.caption.setText(self._curves_caption())
            self.audits_card.caption.setText(self._audits_caption())
        self.refreshed.emit()

    def stop(self) -> None:
        """Stop repainting."""
        self._throttle.stop()

    def _curves_caption(self) -> str:
        titles = [(name, title_of(name)) for name in self._state.models]
        signs = legend_of(self._state, titles)
        if not signs:
            return "Each model will be a line that grows with every round."
        if self.measure.value == "loss":
            return f"{signs}. Lower: better learned."
        return f"{signs}. Dotted: pictures that a model never saw."

    def _audits_caption(self) -> str:
        audits = self._state.audits
        if not audits:
            return "After every few rounds, the model with the marks is audited for every artist."
        lead = "your pictures" if audits[-1].own is not None else "median of all artists"
        found = alpha_text(self._state.alpha)
        return f"▲ {lead} · ○ each artist. At the dashed line ({found}) or below: found."

    def _view_changed(self, view: str) -> None:
        self._faces.setCurrentIndex((CHANCE, TRAINING, USERS).index(view))
        self.refresh()

    def _measure_changed(self, measure: str) -> None:
        self.curves.set_loss(measure == "loss")
        self.refresh()

    def _interval(self) -> int:
        return INTERVAL_MS

    def _curves_table(self) -> str:
        return curves_table(self._state)

    def _audits_table(self) -> str:
        return audits_table(self._state)

    def _chances_table(self) -> str:
        return chances_table(self._state)

    def _lay_out(self) -> None:
        training = QWidget()
        column = QVBoxLayout(training)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3 * GRID)
        column.addWidget(self.curves_card, 1)
        column.addWidget(self.audits_card, 1)
        users = QFrame()
        users.setProperty("kind", "paper")
        inner = QVBoxLayout(users)
        inner.setContentsMargins(4 * GRID - 2, 3 * GRID, 4 * GRID - 2, 3 * GRID)
        inner.setSpacing(2 * GRID)
        inner.addWidget(self.users, 1)
        inner.addWidget(self._users_caption)
        for face in (self.chance_card, training, users):
            self._faces.addWidget(face)
        head = QHBoxLayout()
        head.addWidget(self.views)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * GRID)
        layout.addLayout(head)
        layout.addWidget(self._faces, 1)
