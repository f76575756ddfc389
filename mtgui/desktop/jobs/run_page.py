"""A page with steps on the left and results on the right, and one job of the engine behind it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from mtgui.common.errors import MtguiError
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_job import EngineJob
from mtgui.desktop.jobs.engine_process import EngineEnd
from mtgui.desktop.pictures.drop_overlay import DropOverlay
from mtgui.desktop.pictures.picture_access import load_small
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SegmentedControl
from mtgui.desktop.widgets.layouts import side_by_side
from mtgui.desktop.widgets.notices import MessageBar
from mtgui.desktop.widgets.page import Page
from mtgui.desktop.widgets.run_panel import RunPanel, RunWords
from mtgui.desktop.widgets.step_layout import column_width, left_column

EMPTY, RESULTS = 0, 1
UNLIMITED = (1 << 24) - 1
"""The largest width that Qt knows."""
TIGHT_BELOW = 840
"""Width of a page, in logical pixels, below which steps and results take turns."""


class RunPage(Page):
    """What the Audit page and the Rehearse page share; each has its own steps, job and results.

    A subclass makes its parts, then calls `put_together` once. Everything here runs on the window's thread.
    """

    def __init__(self, engine: Engine, words: RunWords, parent: QWidget | None = None) -> None:
        """``engine`` runs the jobs; ``words`` are those of the panel that starts them."""
        super().__init__(parent)
        self.engine = engine
        self.messages = MessageBar()
        self.panel = RunPanel(words)
        self._thumbnails = Thumbnails(load_small, self.devicePixelRatioF(), self)
        self._faces = QStackedWidget()
        self._turns = SegmentedControl("Show", [("steps", "Steps"), ("results", "Results")])
        self._has_run = False
        self._job: EngineJob | None = None
        self._preparing = QTimer(self)
        self._preparing.setSingleShot(True)
        self._preparing.timeout.connect(self.prepare)

    def put_together(
        self,
        job: EngineJob,
        cards: Sequence[QWidget],
        empty: QWidget,
        results: QWidget,
        keys: Mapping[str, Callable[[], object]],
    ) -> None:
        """Lay the page out and connect it.

        cards: the steps, from top to bottom. empty, results: the right side before and after the first run begins.
        keys: shortcuts that work in the whole window while this page is visible; Ctrl+Return starts the job.
        """
        self._job = job
        self._faces.addWidget(empty)
        self._faces.addWidget(results)
        self._left, self._scroll = left_column(cards, self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.messages)
        self._turns_bar = QWidget()
        turns = QHBoxLayout(self._turns_bar)
        turns.setContentsMargins(4 * GRID, 2 * GRID, 4 * GRID, 0)
        turns.addWidget(self._turns)
        turns.addStretch(1)
        layout.addWidget(self._turns_bar)
        layout.addWidget(side_by_side(self._left, self._faces, wide=self._faces), 1)
        self._overlay = DropOverlay(self.drop_words, self)
        self._overlay.dropped.connect(self.open_paths)
        self._turns.set_value("steps")
        self._turns.changed.connect(self._arrange)
        self._arrange()
        self.panel.run_wanted.connect(self.start)
        self.panel.pause_wanted.connect(job.set_paused)
        self.panel.cancel_wanted.connect(job.cancel)
        job.started.connect(self.job_started)
        job.told.connect(self.job_told)
        job.ended.connect(self.job_ended)
        for signal in (job.started, job.told, job.ended):
            signal.connect(self._report_progress)
        for sequence, slot in {"Ctrl+Return": self.start, **keys}.items():
            QShortcut(QKeySequence(sequence), self).activated.connect(slot)

    @property
    def is_running(self) -> bool:
        """True while the job runs."""
        return self._job is not None and self._job.is_running

    def shows_results(self) -> bool:
        """Return whether the right side shows a run and its results."""
        return self._faces.currentIndex() == RESULTS

    def may_close(self) -> bool:
        """Say whether the window may close; ask first if a job runs."""
        if self._job is None:
            return True
        may = self._job.may_stop()
        if self._job.is_closing:
            self.panel.stopping()
        return may

    def shut_down(self) -> None:
        """Stop the job, then every worker of the page."""
        self._preparing.stop()
        if self._job is not None:
            self._job.close()
        self._thumbnails.close()

    def refuse(self, reason: str | MtguiError) -> None:
        """Show in the message bar why something cannot be done."""
        self.messages.show_message(str(reason), "error")

    def show_empty(self) -> None:
        """Show the right side as it is before the first run."""
        self._faces.setCurrentIndex(EMPTY)
        self._turns.set_value("steps")
        self._arrange()

    def show_results(self) -> None:
        """Show a run and its results."""
        self._faces.setCurrentIndex(RESULTS)
        self._turns.set_value("results")
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Call `prepare` after the page has been painted."""
        super().showEvent(event)
        self._preparing.start(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show steps and results side by side, or in turns where the page is narrow."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self, _turn: str = "") -> None:
        is_tight = self.width() < TIGHT_BELOW
        results_turn = self._turns.value == "results"
        self._turns_bar.setVisible(is_tight)
        self._left.setVisible(not (is_tight and results_turn))
        self._faces.setVisible(not is_tight or results_turn)
        if is_tight:
            self._left.setMinimumWidth(0)
            self._left.setMaximumWidth(UNLIMITED)
        else:
            self._left.setFixedWidth(column_width(self.width()))

    def _report_progress(self, _end: object = None) -> None:
        self.progressed.emit(self.done_share() if self.is_running else None)

    # What each page does in its own way.

    def done_share(self) -> float:
        """Return the finished share of the job that runs, 0 to 1."""
        return 0.0

    def prepare(self) -> None:
        """Ask for the devices now, so that no run waits for them; subclasses also load the library of their plots."""
        self.engine.find_devices()

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Take ``paths`` that were dropped here."""

    def drop_words(self) -> str:
        """Return what dropping files here does."""
        return ""

    def start(self) -> None:
        """Run what the steps describe."""

    def job_started(self) -> None:
        """Show that the job starts."""

    def job_told(self) -> None:
        """Show the state after an event of the job."""

    def job_ended(self, end: EngineEnd) -> None:
        """Show how the job ended."""
