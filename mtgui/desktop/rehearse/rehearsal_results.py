"""The right side of the Rehearse page during and after a rehearsal: the verdict, the plots, and the buttons."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import ended_in_words, final_verdict, progress_in_words, running_verdict
from mtgui.desktop.rehearse.tuning_state import TuningState
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.layouts import scrolling
from mtgui.desktop.widgets.restyling import restyle
from mtgui.desktop.widgets.verdict_card import VerdictCard
from mtgui.desktop.widgets.wording import CardWords

if TYPE_CHECKING:
    from mtgui.desktop.rehearse.rehearsal_plots import RehearsalPlots
    from mtgui.desktop.rehearse.tuning_views import TuningViews

BAR_STEPS = 1000


class RehearsalResults(QWidget):
    """Shows a `RehearsalState` from its first event to its verdict; on the window's thread."""

    use_wanted = Signal()
    save_wanted = Signal()
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build everything except the plots, whose library loads slowly: see `prepare`."""
        super().__init__(parent)
        self._plots: RehearsalPlots | None = None
        self._views: TuningViews | None = None
        self._state, self._is_running = RehearsalState(), False
        self.card = VerdictCard("Progress of the rehearsal")
        self._foot = Caption()
        self.save = QPushButton("&Save…")
        self.save.setAccessibleName("Save the results in a folder")
        self.use = QPushButton("&Use these settings")
        self.use.setProperty("kind", "primary")
        self._use_means = Caption()
        self._use_means.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.save.clicked.connect(self.save_wanted)
        self.use.clicked.connect(self.use_wanted)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(self._foot, 1)
        row.addWidget(self.save)
        row.addWidget(self.use)
        self._over = QWidget()
        over = QVBoxLayout(self._over)
        over.setContentsMargins(0, 0, 0, 0)
        over.setSpacing(GRID)
        over.addLayout(row)
        over.addWidget(self._use_means)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(5 * GRID, 4 * GRID, 5 * GRID, 3 * GRID)
        self._column.setSpacing(3 * GRID)
        # On a small screen, the card and the plots scroll, and the buttons below stay in sight.
        inner = QWidget()
        self._shown = QVBoxLayout(inner)
        self._shown.setContentsMargins(0, 0, 0, 0)
        self._shown.setSpacing(3 * GRID)
        self._shown.addWidget(self.card)
        self._column.addWidget(scrolling(inner), 1)
        self._column.addWidget(self._over)
        self._offer(is_over=False)

    @property
    def plots(self) -> "RehearsalPlots":
        """The plots and the table."""
        return self.prepare()

    @property
    def views(self) -> "TuningViews":
        """The plot and the table of a rehearsal of LoRAs."""
        if self._views is None:
            from mtgui.desktop.rehearse.tuning_views import TuningViews

            self._views = TuningViews()
            self._views.failed.connect(self.failed)
            self._views.refreshed.connect(self._refreshed)
            self._shown.addWidget(self._views, 1)
        return self._views

    def prepare(self) -> "RehearsalPlots":
        """Build the plots if they have not been built yet."""
        if self._plots is None:
            from mtgui.desktop.rehearse.rehearsal_plots import RehearsalPlots

            self._plots = RehearsalPlots()
            self._plots.failed.connect(self.failed)
            self._plots.refreshed.connect(self._refreshed)
            self._shown.addWidget(self._plots, 1)
        return self._plots

    def begin(self, rehearsal: RehearsalState) -> None:
        """Show ``rehearsal``, which is starting."""
        self._state, self._is_running = rehearsal, True
        self._foot.setText("")
        self._offer(is_over=False)
        self._show_state(rehearsal)

    def tell(self) -> None:
        """Show the current state at the next repaint of the plots; repaints are rare: the engine needs the cores."""
        if isinstance(self._state, TuningState):
            self.views.changed()
        else:
            self.plots.changed()

    def end(self) -> None:
        """Show the results and the buttons for them."""
        self._is_running = False
        self.card.show_progress(None)
        verdict = final_verdict(self._state)
        self.card.show_verdict(verdict)
        # Settings that failed are not what the page offers first.
        restyle(self.use, "kind", "primary" if verdict.kind == "found" else "")
        if isinstance(self._state, TuningState):
            self.views.refresh()
        else:
            self.plots.show_end()
        self._foot.setText(ended_in_words(self._state))
        self._offer(is_over=True)

    def show_past(self, rehearsal: RehearsalState, title: str) -> None:
        """Show a finished ``rehearsal`` from the history; ``title`` says which, and when it was."""
        self._state = rehearsal
        self._show_state(rehearsal)
        self.end()
        self._foot.setText(f"{title} · {ended_in_words(rehearsal)}")

    def say_use(self, means: str) -> None:
        """Say below *Use these settings* what the button would do; nothing if ``means`` is empty."""
        self._use_means.setText(means)
        self.use.setAccessibleDescription(f"Sets the Mark page to this mark. {means}".strip())
        self._use_means.setVisible(bool(means) and self.use.isVisibleTo(self))

    def show_stop(self, headline: str, sentence: str, *, is_error: bool) -> None:
        """Show that the rehearsal ended without results."""
        self._is_running = False
        kind = "error" if is_error else "caution"
        self.card.show_progress(None)
        self.card.show_verdict(CardWords(kind, "!", "error" if is_error else "caution", headline, sentence))
        if isinstance(self._state, TuningState):
            self.views.refresh()
        else:
            self.plots.refresh()
        self._offer(is_over=False)

    def stop(self) -> None:
        """Stop repainting."""
        for part in (self._plots, self._views):
            if part is not None:
                part.stop()

    def _show_state(self, rehearsal: RehearsalState) -> None:
        """Show the plots that belong to ``rehearsal``, and hide the others."""
        is_tuning = isinstance(rehearsal, TuningState)
        if isinstance(rehearsal, TuningState):
            self.views.show_state(rehearsal)
        else:
            self.plots.show_state(rehearsal)
        for part, is_shown in ((self._plots, not is_tuning), (self._views, is_tuning)):
            if part is not None:
                part.setVisible(is_shown)

    def _refreshed(self) -> None:
        if self._is_running:
            self.card.show_verdict(running_verdict(self._state))
            self.card.show_progress(round(BAR_STEPS * self._state.done), BAR_STEPS, progress_in_words(self._state))

    def _offer(self, *, is_over: bool) -> None:
        is_tuning = isinstance(self._state, TuningState)
        self.save.setVisible(is_over)
        for part in (self.use, self._use_means):
            part.setVisible(is_over and not is_tuning)
