"""The Audit page: four steps on the left, the results on the right."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.codec import FieldError
from mtgui.common.errors import MtguiError, printable, readable_name
from mtgui.common.words import moment
from mtgui.desktop.audit.audit_memory import AuditMemory
from mtgui.desktop.audit.audit_results import Results
from mtgui.desktop.audit.audit_run import Auditing
from mtgui.desktop.audit.audit_state import AuditState, audit_from_values
from mtgui.desktop.audit.audit_steps import AuditSteps
from mtgui.desktop.audit.audit_time import AuditTime
from mtgui.desktop.audit.caption_step import CaptionStep
from mtgui.desktop.audit.earlier_runs import EarlierRuns
from mtgui.desktop.audit.label_step import LabelStep
from mtgui.desktop.audit.model_step import ModelStep
from mtgui.desktop.audit.pictures_step import PicturesStep
from mtgui.desktop.audit.run_step import RunStep
from mtgui.desktop.audit.start_view import StartView, demo_paths
from mtgui.desktop.audit.suggestions import Suggestions
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd
from mtgui.desktop.jobs.run_page import RunPage
from mtgui.desktop.widgets.run_panel import RunWords
from mtgui.records.record_suffix import RECORD_SUFFIX

if TYPE_CHECKING:
    from mtgui.desktop.jobs.history_store import HistoryEntry, HistoryStore

ANOTHER_FILE = "It was replaced after it was read here, so no verdict is shown. Choose it again to see what it is now."
WORDS = RunWords("&Run the audit", "&Run again", "The audit is running.")


class AuditPage(RunPage):
    """Connects the parts of auditing; each part owns its controls. All of it runs on the window's thread."""

    finished = Signal()
    """An audit has ended, and the history has changed."""

    def __init__(
        self,
        settings: QSettings,
        engine: Engine,
        history: "HistoryStore | None" = None,
        parent: QWidget | None = None,
    ) -> None:
        """Build the page with the choices stored in ``settings``; audits are added to ``history``."""
        super().__init__(engine, WORDS, parent)
        self.memory = AuditMemory(settings)
        self.model = ModelStep(engine)
        self.pictures = PicturesStep(self._thumbnails)
        self.label, self.caption = LabelStep(), CaptionStep()
        self.run = RunStep()
        self.earlier = EarlierRuns(self)
        self.time = AuditTime(engine, self)
        self._steps = AuditSteps(self.model, self.pictures, self.label, self.caption, self.run, self.earlier)
        self.auditing = Auditing(self, engine, history)
        self._offers = Suggestions(self.messages, lambda: self.auditing.is_running, self)
        self.results = Results(self._thumbnails)
        self.empty = StartView()
        self._shown: tuple[object, ...] | None = None
        self._model_problem = ""
        self._is_awaited = False
        self._scroll_to_step = QTimer(self)
        self._scroll_to_step.setSingleShot(True)
        self._scroll_to_step.timeout.connect(self._show_step)
        keys = {
            "Ctrl+O": self.model.choose_file,
            "Ctrl+Shift+R": self.pictures.choose_record,
            "Ctrl+S": self._save_shortcut,
        }
        self.put_together(self.auditing, self._steps.cards, self.empty, self.results, keys)
        self._connect()
        self.run.set_choices(self.memory.choices())
        self.pictures.known_folders = self.memory.folders()
        self.model.base_folders = self.memory.recent("bases")
        self._changed()

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Take the models and records in ``paths``, as if they had been dropped here."""
        if self.auditing.is_running:
            self.messages.show_message("Models and records can be changed once the audit has ended.", "caution")
            return
        records = [path for path in paths if path.suffix == RECORD_SUFFIX]
        models = [path for path in paths if path.suffix != RECORD_SUFFIX]
        self.pictures.add(records)
        if models:
            self._offers.wait_with(models[1:])
            self.model.take_dropped(models[0])
        if len(models) > 1:
            self.messages.show_message(
                f"One model at a time: first “{readable_name(models[0])}”. History can compare the audits.", "info"
            )

    def run_when_ready(self) -> None:
        """Run the audit as soon as the model and the pictures have been read, if all steps are complete then."""
        self._is_awaited = True
        self._changed()

    def open_demo(self) -> None:
        """Take the mark record and the two models that ship with mtgui."""
        try:
            self.open_paths(demo_paths())
        except MtguiError as error:
            self.refuse(error)

    def take_request(self, request: AuditRequest) -> None:
        """Fill the steps with ``request``, so that it can be run again."""
        if self.auditing.is_running:
            self.messages.show_message("An audit is running; another one can be run once it has ended.", "caution")
            return
        self._steps.take(request, self.memory.folders())
        self._has_run = False
        self.show_empty()
        self._changed()

    def show_entry(self, entry: "HistoryEntry", audit: Sequence[object]) -> None:
        """Show an audit from the history."""
        if self.auditing.is_running:
            self.messages.show_message("An audit is running; the other one can be opened once it has ended.", "caution")
            return
        try:
            past = audit_from_values([one for one in audit if isinstance(one, dict)])
        except FieldError:
            past = AuditState()
        if entry.state == "finished" and not any(state.result for state in past.pairs.values()):
            self.messages.show_message(
                "What this audit showed cannot be read any more; its report is in its folder.", "caution"
            )
            return
        past.model = entry.model
        self.auditing.state, self.auditing.folder = past, entry.folder
        when = moment(entry.created)
        self._shown = self._steps.question
        self.show_results()
        self.results.show_past(
            past, f"{entry.model} · {entry.title} · {when}", has_report=(entry.folder / "report.json").is_file()
        )
        self._has_run = True
        self._changed()

    def shut_down(self) -> None:
        """Stop the engine, all searches and all workers."""
        self._scroll_to_step.stop()
        self.memory.keep_choices(self.run.choices)
        self.model.close_engine()
        self.pictures.close_searches()
        self.earlier.close()
        self.time.close()
        self.results.stop()
        super().shut_down()

    # The steps.

    def _refuse_model(self, problem: str) -> None:
        self._model_problem = problem
        self.refuse(problem)

    def _changed(self) -> None:
        """Tell every step about the others, and offer what can be done now."""
        if self.model.summary is not None and self.messages.text == self._model_problem:
            # Another model was read since.
            self.messages.dismiss()
        self._steps.inform()
        self._hide_stale_verdict()
        lacking = self._steps.lacking()
        self._show_time(can_ask=not lacking)
        self._scroll_to_step.start(0)
        self.panel.offer(lacking or self._offer_words(), can_run=not lacking, has_run=self._has_run)
        self._show_next_step(is_ready=not lacking)
        if self._is_awaited and not self._steps.is_busy:
            self._is_awaited = False
            self.start()

    def _show_time(self, *, can_ask: bool) -> None:
        """Show how long this audit takes, if the engine has said it of just these settings."""
        words = self.time.in_words(self.request()) if can_ask else ""
        self.run.set_time(words, is_measuring=self.time.is_measuring, can_ask=can_ask and not self.auditing.is_running)

    def _ask_time(self) -> None:
        if not self._steps.lacking():
            self.time.ask(self.request())

    def _log_read(self) -> None:
        if self.earlier.problem:
            self.messages.show_message(self.earlier.problem, "error")
        self._changed()

    def _hide_stale_verdict(self) -> None:
        """Hide the verdict when the steps no longer describe the audit that it belongs to."""
        if self._shown not in (None, self._steps.question) and not self.auditing.is_running:
            self._shown, self._has_run = None, False
            self.show_empty()

    def _offer_words(self) -> str:
        return f"Up to {self.run.cost_in_words}. Nothing is sent anywhere."

    def _show_next_step(self, *, is_ready: bool) -> None:
        step = self._steps.next_step()
        what = {"model": "models", "record": "records"}.get(step, "")
        self.empty.show_step(step, self.memory.recent(what) if what else [])
        if is_ready:
            self.empty.show_ready(self.run.outlooks, self.run.choices.alpha)

    def _show_step(self) -> None:
        """Scroll to the step that comes next."""
        card = self._steps.card_to_show()
        if card is not None:
            # A new row makes its card higher only after all layouts above it have been updated.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            self._scroll.ensureWidgetVisible(card, 0, 12)
            self._scroll.horizontalScrollBar().setValue(0)

    def _take_next_step(self) -> None:
        choose = self._steps.chooser()
        if choose is not None:
            choose()

    def _recent_chosen(self, path: Path) -> None:
        self.open_paths([path])

    def _remember_base(self, model: Path) -> None:
        """Keep the folder of ``model``, which can be the base of others: they are searched there."""
        self.model.base_folders = self.memory.remember("bases", model.absolute().parent)

    def _folder_chosen(self, folder: Path) -> None:
        self.memory.remember("folders", folder)

    # The run.

    def request(self) -> AuditRequest:
        """Return what the steps ask for. Raises UsageError."""
        return self._steps.request()

    def start(self) -> None:
        """Run the audit that the steps describe."""
        if self.auditing.is_running or self._steps.lacking():
            return
        self.messages.dismiss()
        self.memory.keep_choices(self.run.choices)
        try:
            request = self.request()
            self.memory.remember("models", request.models[0].path)
            if self.model.is_possible_base:
                self._remember_base(request.models[0].path)
            self.memory.remember("records", *request.records)
            self.time.stop()
            self.auditing.begin(request, self._steps.start())
        except MtguiError as error:
            self.refuse(error)

    def job_started(self) -> None:
        """Show that the audit starts."""
        self._steps.set_locked(True)
        self._shown = self._steps.question
        self.show_results()
        self.results.begin(self.auditing.state)
        self.panel.begin()

    def done_share(self) -> float:
        """Return the finished share of the audit that runs, 0 to 1."""
        audit = self.auditing.state
        return audit.done / audit.total if audit.total else 0.0

    def job_told(self) -> None:
        """Show the state of the audit after an event."""
        audit = self.auditing.state
        if self._is_another_file():
            self.auditing.cancel()
        elif audit.summary is not None:
            self.model.show_network(audit.summary)
        self.results.tell()
        self.panel.set_paused(audit.is_paused)
        for note in audit.notes:
            self.messages.show_message(note, "info")
        audit.notes.clear()

    def job_ended(self, end: EngineEnd) -> None:
        """Show how the audit ended."""
        self._steps.set_locked(False)
        self.run.set_device_name(self.auditing.state.device)
        self._has_run = end.result is not None and not self._is_another_file()
        if self._is_another_file():
            self.results.show_stop("The model is another file now.", ANOTHER_FILE, is_error=True)
        elif end.result is not None:
            self._show_end()
        elif end.was_cancelled:
            self.results.show_stop(
                "Stopped before a verdict.",
                "Results so far are kept: run again with the same settings to go on from there. "
                "A run that has started counts, whether it was finished or not.",
                is_error=False,
            )
        else:
            self.results.show_stop("The audit could not be finished.", end.problem, is_error=True)
        self.panel.end()
        self._changed()
        if self._has_run:
            self.results.save.setFocus()
            self._offers.next_model(self._take_model)
        self.finished.emit()

    def _show_end(self) -> None:
        """Show the verdict; it counts even if a report could not be written."""
        problems = self.auditing.report_problems
        self.results.end(has_report=not problems)
        for problem in problems:
            self.messages.show_message(printable(problem), "error")

    def offer_unfinished(self, request: AuditRequest) -> None:
        """Offer to continue an audit that was stopped before its verdict."""
        if self.auditing.is_running or self.model.choice is not None:
            return

        def go_on() -> None:
            self.take_request(request)
            self.run_when_ready()

        self._offers.unfinished(request, go_on)

    def _take_model(self, path: Path) -> None:
        self.model.take(ModelChoice(path))
        self.run_when_ready()

    def _is_another_file(self) -> bool:
        """True when the file that the engine audited differs from the one that the card describes."""
        shown, read = self.model.summary, self.auditing.state.summary
        if shown is None or read is None or not (shown.file_hash and read.file_hash):
            return False
        return read.file_hash != shown.file_hash

    def _save_report(self) -> None:
        from mtgui.desktop.audit.report_saving import ask_and_save

        if self.auditing.folder is None:
            return
        try:
            path = ask_and_save(self, self.auditing.folder, self.auditing.state, self.pictures.last_folder)
        except MtguiError as error:
            self.refuse(error)
            return
        if path is not None:
            self.messages.show_message(f"The report was saved as “{readable_name(path)}”.", "info")

    def _open_folder(self) -> None:
        if self.auditing.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.auditing.folder)))

    def show_results(self) -> None:
        """Show the right side with the results; its plot is built first."""
        self.results.prepare()
        super().show_results()

    def prepare(self) -> None:
        """Load the library of the plots and ask for the devices now, so that no run waits for them."""
        self.results.prepare()
        super().prepare()

    def drop_words(self) -> str:
        """Return what dropping files here does."""
        is_busy = self.auditing.is_running
        return "Wait until the audit has ended" if is_busy else "Drop a model file or a mark record"

    # Building.

    def _connect(self) -> None:
        for step in self._steps.cards:
            step.changed.connect(self._changed)
        self.earlier.changed.connect(self._log_read)
        self.time.changed.connect(self._changed)
        self.run.time_wanted.connect(self._ask_time)
        self.model.problem.connect(self._refuse_model)
        self.model.base_known.connect(self._remember_base)
        self.pictures.problem.connect(self.refuse)
        self.pictures.folder_chosen.connect(self._folder_chosen)
        self.empty.triggered.connect(self._take_next_step)
        self.empty.recent_chosen.connect(self._recent_chosen)
        self.empty.demo_wanted.connect(self.open_demo)
        self.run.set_devices(self.engine.devices)
        self.engine.devices_found.connect(self.run.set_devices)
        self.results.save_wanted.connect(self._save_report)
        self.results.folder_wanted.connect(self._open_folder)
        self.results.failed.connect(self.refuse)

    def _save_shortcut(self) -> None:
        if self.results.save.isVisible() and self.results.save.isEnabled():
            self._save_report()
