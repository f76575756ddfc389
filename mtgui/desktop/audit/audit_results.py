"""The right side of the Audit page during and after an audit: verdict, plot, and buttons for the report."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mtgui.common.words import counted, time_span, time_taken
from mtgui.desktop.audit.audit_state import AuditState, Pair, PairState
from mtgui.desktop.audit.audit_words import no_verdict, pairs_in_words, running_verdict, verdict_of
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.layouts import scrolling
from mtgui.desktop.widgets.verdict_card import VerdictCard
from mtgui.desktop.widgets.wording import CardWords

if TYPE_CHECKING:
    from mtgui.desktop.audit.plot_panel import PlotPanel


class Results(QWidget):
    """Shows an `AuditState`, live from its first event to its verdict or from the history; on the window's thread."""

    save_wanted = Signal()
    folder_wanted = Signal()
    failed = Signal(str)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Build everything except the plot, whose library loads slowly: see `prepare`."""
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._plot: PlotPanel | None = None
        self._state, self._is_running = AuditState(), False
        self.card = VerdictCard("Progress of the audit")
        self._foot = Caption()
        self.folder = QPushButton("&Open folder")
        self.save = QPushButton("&Save report…")
        self.save.setProperty("kind", "primary")
        self.folder.clicked.connect(self.folder_wanted)
        self.save.clicked.connect(self.save_wanted)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(self._foot, 1)
        row.addWidget(self.folder)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * GRID, 4 * GRID, 5 * GRID, 3 * GRID)
        column.setSpacing(4 * GRID)
        # On a small screen, the card and the plot scroll, and the buttons below stay in sight.
        inner = QWidget()
        self._shown = QVBoxLayout(inner)
        self._shown.setContentsMargins(0, 0, 0, 0)
        self._shown.setSpacing(4 * GRID)
        self._shown.addWidget(self.card)
        column.addWidget(scrolling(inner), 1)
        column.addLayout(row)

    @property
    def plot(self) -> "PlotPanel":
        """The card of the plots."""
        return self.prepare()

    def prepare(self) -> "PlotPanel":
        """Build the plot if it has not been built yet."""
        if self._plot is None:
            from mtgui.desktop.audit.plot_panel import PlotPanel

            self._plot = PlotPanel(self._thumbnails)
            self._plot.failed.connect(self.failed)
            self._plot.pair_chosen.connect(self._pair_chosen)
            self._plot.refreshed.connect(self._refreshed)
            self._shown.addWidget(self._plot, 1)
        return self._plot

    def begin(self, audit: AuditState) -> None:
        """Show ``audit``, which is starting."""
        self._state, self._is_running = audit, True
        self.plot.show_audit(audit)
        self._offer(is_over=False)
        self._foot.setText("")

    def tell(self) -> None:
        """Show the current state at the next repaint of the plot; repaints are rare: the engine needs the cores."""
        self.plot.changed()

    def _refreshed(self) -> None:
        if self._is_running:
            audit, state = self._state, self.plot.state
            self.card.show_verdict(self._verdict(state) if state.result else running_verdict(audit, state))
            self.card.show_progress(audit.done, max(audit.total, 0), progress_in_words(audit))

    def end(self, text: str = "", *, has_report: bool = True) -> None:
        """Show the verdict and the buttons for the report; ``text`` replaces the line on what was done."""
        self._is_running = False
        self.plot.refresh()
        state = self.plot.state
        self.card.show_progress(None)
        self.card.show_verdict(self._verdict(state) if state.result else no_verdict())
        self._foot.setText(text or ended_in_words(self._state, has_report=has_report))
        self._offer(is_over=True)
        for button in (self.save, self.folder):
            button.setEnabled(has_report)

    def show_stop(self, headline: str, sentence: str, *, is_error: bool) -> None:
        """Show that the audit ended without a verdict."""
        self._is_running = False
        role, sign = ("error", "!") if is_error else ("caution", "!")
        kind = "error" if is_error else "caution"
        self.card.show_progress(None)
        self.card.show_verdict(CardWords(kind, sign, "error" if role == "error" else "caution", headline, sentence))
        self.plot.refresh()
        self._foot.setText("")
        self._offer(is_over=False)

    def show_past(self, audit: AuditState, text: str, *, has_report: bool) -> None:
        """Show an audit from the history."""
        self._state = audit
        self.plot.show_audit(audit)
        self.end(text, has_report=has_report)

    def stop(self) -> None:
        """Stop repainting."""
        if self._plot is not None:
            self._plot.stop()

    def _offer(self, *, is_over: bool) -> None:
        self.save.setVisible(is_over)
        self.folder.setVisible(is_over)
        self.save.setEnabled(is_over)
        self.folder.setEnabled(is_over)

    def _pair_chosen(self, _pair: Pair) -> None:
        state = self.plot.state
        if state.result:
            self.card.show_verdict(self._verdict(state))

    def _verdict(self, state: PairState) -> CardWords:
        """Return the verdict on the shown pair, with the names of its model and record."""
        names = " on ".join(name for name in (state.title, self._state.model) if name)
        return verdict_of(
            state, " ".join(part for part in (pairs_in_words(self._state), names and f"{names}:") if part)
        )


def progress_in_words(audit: AuditState) -> str:
    """Return the progress, the speed and the time left, in one line."""
    if not audit.total:
        return ""
    what = audit.what or "work"
    parts = [f"{what.capitalize()}: {audit.done:,} of {audit.total:,}"]
    if audit.rate and audit.seconds > 0.5:
        parts.append(f"{audit.rate:,.{0 if audit.rate >= 10 else 1}f} a second")
    if audit.is_paused:
        parts.append("paused")
    elif audit.remaining is not None and audit.seconds > 1:
        parts.append(f"about {time_span(audit.remaining)} left")
    return " · ".join(parts)


def ended_in_words(audit: AuditState, *, has_report: bool = True) -> str:
    """Return what was done, in one line."""
    state = audit.pairs.get(audit.current)
    if state is None:
        return ""
    result = state.result
    parts = ["Finished" if result is None else f"Finished in {time_taken(result.seconds)}"]
    if state.plan is not None and state.keys_done:
        parts.append(f"{counted(state.keys_done, 'key')} × {counted(state.plan.pictures, 'picture')}")
    if result is not None and result.stopped_early:
        parts.append("stopped early: more keys could not change the verdict")
    elif has_report:
        parts.append("the report holds every number")
    return " · ".join(parts)
