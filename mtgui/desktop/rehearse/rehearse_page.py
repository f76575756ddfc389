"""The Rehearse page: would an audit find these pictures? Four steps on the left, the results on the right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from mtgui.common.errors import MtguiError, printable, readable_name
from mtgui.common.texts import text
from mtgui.common.words import moment
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd
from mtgui.desktop.jobs.rehearsed_numbers import numbers_in_words
from mtgui.desktop.jobs.run_page import RunPage
from mtgui.desktop.rehearse.countermeasures_card import MeasuresCard
from mtgui.desktop.rehearse.effort_card import EffortCard
from mtgui.desktop.rehearse.model_card import FineTuneCard, ModelCard
from mtgui.desktop.rehearse.others_card import OthersCard
from mtgui.desktop.rehearse.pictures_card import PicturesCard
from mtgui.desktop.rehearse.rehearsal_choices import MOST_SEED, RehearsalChoices, time_in_words
from mtgui.desktop.rehearse.rehearsal_memory import RehearseMemory, choices_from_values
from mtgui.desktop.rehearse.rehearsal_results import RehearsalResults
from mtgui.desktop.rehearse.rehearsal_run import Rehearsing
from mtgui.desktop.rehearse.stored_rehearsal import rehearsal_from_story
from mtgui.desktop.rehearse.time_measuring import TimeMeasuring
from mtgui.desktop.widgets.notices import EmptyState, Tone
from mtgui.desktop.widgets.run_panel import RunWords
from mtgui.marking.settings import MarkSettings

if TYPE_CHECKING:
    from mtgui.desktop.jobs.history_store import HistoryEntry, HistoryStore

WORDS = RunWords("Re&hearse", "Rehearse a&gain", "The rehearsal is running.")
NOTES_SHOWN = 3
TONES: tuple[Tone, ...] = ("info", "caution", "error")
TITLE = "Would your pictures be found?"
TEXT = (
    "mtgui trains two small models on this computer: one with marked copies among its pictures, one without. Then it "
    "audits both, as you would audit a model you downloaded, and says how many pictures are enough."
)
TUNING_TITLE = "Would a LoRA or fine-tune be found?"
TUNING_TEXT = (
    "mtgui trains a small model that makes pictures, the base, on other people’s. Then it makes a LoRA or a fine-tune "
    "of each artist’s published pictures, and audits it after several numbers of exposures: how often training showed "
    "each picture. They are compared with those that stayed private, so no mark is needed."
)
HINT = "Press Rehearse to try it with drawn pictures, or drop your own here"


@dataclass(frozen=True)
class Rehearsed:
    """Rehearsed settings for the Mark page: the mark, the numbers published and withheld, and the pictures."""

    mark: MarkSettings
    published: int
    withheld: int
    pictures: tuple[Path, ...] = ()


class RehearsePage(RunPage):
    """Connects the parts of rehearsing; each part owns its controls. All of it runs on the window's thread."""

    use_wanted = Signal(object)
    """A `Rehearsed`: the person wants to mark with these settings."""

    def __init__(
        self,
        settings: QSettings,
        engine: Engine,
        proposed: Callable[[], MarkSettings] = MarkSettings,
        loaded: Callable[[], int] = int,
        history: "HistoryStore | None" = None,
        parent: QWidget | None = None,
        *,
        is_drawn: Callable[[], bool] = bool,
    ) -> None:
        """Build the page with the choices stored in ``settings``; ``proposed`` returns the mark of the Mark page.

        loaded: returns how many pictures the Mark page has. is_drawn: returns True when the coin has decided about
        them. Rehearsals are stored in ``history``, if there is one.
        """
        super().__init__(engine, WORDS, parent)
        self._memory = RehearseMemory(settings)
        self._proposed, self._loaded, self._is_drawn = proposed, loaded, is_drawn
        self.model = ModelCard()
        self.pictures = PicturesCard(self._thumbnails)
        self.others = OthersCard()
        self.measures, self.fine_tune = MeasuresCard(), FineTuneCard()
        self.effort = EffortCard()
        self.timing = TimeMeasuring(engine, self)
        self.rehearsing = Rehearsing(self, engine, history)
        self.results = RehearsalResults()
        self.empty = EmptyState("rehearse", TITLE, TEXT, "", HINT)
        self.empty.button.hide()
        self._said = ""
        keys = {"Ctrl+O": self.pictures.choose_files, "Ctrl+S": self._save}
        self.put_together(self.rehearsing, self._cards, self.empty, self.results, keys)
        self.pictures.known_folders = self._memory.folders()
        self._show_choices(self._memory.choices(proposed()))
        self._connect()
        self._changed()

    @property
    def _cards(self) -> tuple[ModelCard, PicturesCard, OthersCard, MeasuresCard, FineTuneCard, EffortCard]:
        return self.model, self.pictures, self.others, self.measures, self.fine_tune, self.effort

    @property
    def choices(self) -> RehearsalChoices:
        """The current choices."""
        choices = RehearsalChoices()
        for card in self._cards:
            choices = card.put_into(choices)
        return choices

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Take the person's own pictures or a mark record, as if they had been dropped here."""
        if self.rehearsing.is_running:
            self.messages.show_message("Pictures can be changed once the rehearsal has ended.", "caution")
        else:
            self.messages.dismiss()
            self.pictures.add(paths)

    def shut_down(self) -> None:
        """Stop the engine, all searches and all workers, and store the choices."""
        self._memory.keep_choices(self.choices)
        self.timing.stop()
        self.pictures.close_searches()
        self.results.stop()
        super().shut_down()

    # The steps.

    def _show_choices(self, choices: RehearsalChoices) -> None:
        for card in self._cards:
            card.show_choices(choices)

    def _changed(self) -> None:
        """Measure the time if need be, show it, and offer to run, or say what is still missing."""
        choices = self.choices
        self.measures.setVisible(not choices.is_diffusion)
        self.fine_tune.setVisible(choices.is_diffusion)
        self.empty.say(*((TUNING_TITLE, TUNING_TEXT) if choices.is_diffusion else (TITLE, TEXT)), HINT)
        self.pictures.set_unmarked(choices.is_diffusion)
        if self.isVisible() and not self.rehearsing.is_running:
            self.timing.want(choices)
        self._show_cost(choices)
        if self._has_run:
            self._say_numbers()

    def _show_cost(self, choices: RehearsalChoices) -> None:
        seconds = self.timing.seconds(choices, self.pictures.numbers)
        self.effort.show_cost(choices, seconds, is_measuring=self.timing.is_measuring)
        lacking = self.pictures.lacking or self.others.lacking
        self.panel.offer(lacking or self._offer_words(choices, seconds), can_run=not lacking, has_run=self._has_run)

    def _measured(self) -> None:
        self._show_cost(self.choices)

    def _offer_words(self, choices: RehearsalChoices, seconds: float | None) -> str:
        if self._is_rerun(choices):
            return f"Chance decides again, with seed {self._next_seed(choices)}."
        return "Nothing is sent anywhere." if seconds is None else time_in_words(seconds)

    def _is_rerun(self, choices: RehearsalChoices) -> bool:
        return self._has_run and choices == self.rehearsing.choices

    @staticmethod
    def _next_seed(choices: RehearsalChoices) -> int:
        return (choices.seed + 1) % (MOST_SEED + 1)

    # The run.

    def start(self) -> None:
        """Rehearse what the steps describe; if exactly this was rehearsed last, take the next seed."""
        if self.rehearsing.is_running or self.pictures.lacking or self.others.lacking:
            return
        self.messages.dismiss()
        self._said = ""
        if self._is_rerun(self.choices):
            self.effort.seed.setValue(self._next_seed(self.choices))
        choices = self.choices
        self._memory.keep_choices(choices)
        try:
            self.rehearsing.begin(choices, self.pictures.numbers)
        except MtguiError as error:
            self.refuse(error)

    def take_entry(self, entry: "HistoryEntry") -> None:
        """Set the steps to those of a rehearsal from the history, without starting it."""
        if self.rehearsing.is_running:
            self.messages.show_message("A rehearsal is running; another can be set up once it has ended.", "caution")
            return
        self.messages.dismiss()
        self.pictures.clear()
        self._show_choices(choices_from_values(entry.request, RehearsalChoices()))
        self._changed()

    def show_entry(self, entry: "HistoryEntry", story: Sequence[object]) -> None:
        """Show a finished rehearsal from the history, with its settings in the steps."""
        if self.rehearsing.is_running:
            self.messages.show_message("A rehearsal is running; another can be opened once it has ended.", "caution")
            return
        facts = entry.facts
        choices = choices_from_values(entry.request, RehearsalChoices())
        past = rehearsal_from_story(story, float(facts.get("seconds") or 0.0), choices)
        if not past.is_finished:
            self.messages.show_message("What this rehearsal found cannot be read any more.", "caution")
            return
        self.take_entry(entry)
        numbers = int(facts.get("published") or 0), int(facts.get("private") or 0)
        self.rehearsing.show_past(past, choices, numbers, entry.folder)
        self.show_results()
        self.results.show_past(past, f"{entry.title} · {moment(entry.created)}")
        self._has_run = True
        self._changed()

    def job_started(self) -> None:
        """Show that the rehearsal starts."""
        self.timing.stop()
        self._show_cost(self.choices)
        self._lock(True)
        self.show_results()
        self.results.begin(self.rehearsing.state)
        self.panel.begin()

    def done_share(self) -> float:
        """Return the finished share of the rehearsal that runs, 0 to 1."""
        return self.rehearsing.state.done

    def job_told(self) -> None:
        """Show the state of the rehearsal after an event."""
        rehearsal = self.rehearsing.state
        self.results.tell()
        self.panel.set_paused(rehearsal.is_paused)
        self._remark(rehearsal.remarks, rehearsal.notes)

    def _remark(self, remarks: Sequence[str], notes: Sequence[str]) -> None:
        """Show all remarks and notes, each set once; a more serious message that is shown is not replaced."""
        said = list(dict.fromkeys(remarks))
        if notes:
            more = f" And {len(notes) - NOTES_SHOWN} more." if len(notes) > NOTES_SHOWN else ""
            said.append(f"Left out: {' '.join(notes[:NOTES_SHOWN])}{more}")
        words, tone = " ".join(said), TONES[bool(notes)]
        if words == self._said or (self.messages.text and TONES.index(self.messages.tone) > TONES.index(tone)):
            return
        self._said = words
        if words:
            self.messages.show_message(words, tone)

    def job_ended(self, end: EngineEnd) -> None:
        """Show how the rehearsal ended."""
        self._lock(False)
        self._has_run = end.result is not None
        if end.result is not None:
            self.results.end()
        elif end.was_cancelled:
            self.results.show_stop(
                "Stopped before the end.",
                "Results so far are kept: rehearse again with the same settings to go on from there.",
                is_error=False,
            )
        else:
            self._failed(end.problem)
        self.panel.end()
        self._changed()
        if self._has_run:
            (self.results.save if self.rehearsing.choices.is_diffusion else self.results.use).setFocus()

    def _failed(self, problem: str) -> None:
        """Say above the page what went wrong; the plots stay visible if a model has learned something."""
        self.refuse(problem)
        if self.rehearsing.state.has_learned:
            self.results.show_stop(
                "The rehearsal could not be finished.",
                "Results so far are kept: rehearse again with the same settings to go on from there.",
                is_error=True,
            )
        else:
            self.show_empty()

    def _lock(self, is_locked: bool) -> None:
        for card in self._cards:
            card.set_locked(is_locked)

    def _say_numbers(self) -> None:
        """Say what *Use these settings* would do with the pictures of the Mark page, or with those rehearsed."""
        if self._is_drawn():
            self.results.say_use(
                text("The coin has decided about the set on the Mark page. Begin a new set there first.")
            )
            return
        there = self._loaded() or (self.pictures.count if self.rehearsing.choices.source == "pictures" else 0)
        published, withheld = self.rehearsing.numbers
        self.results.say_use(numbers_in_words(published, withheld, there) if published else "")

    def _use(self) -> None:
        choices = self.rehearsing.choices
        pictures = choices.pictures if choices.source == "pictures" else ()
        self.use_wanted.emit(Rehearsed(choices.mark, *self.rehearsing.numbers, pictures))

    def _save(self) -> None:
        if not self.results.save.isVisible():
            return
        chosen = QFileDialog.getExistingDirectory(self, "Save the results in a folder", str(self.pictures.last_folder))
        if not chosen:
            return
        try:
            place = self.rehearsing.save(Path(chosen))
        except MtguiError as error:
            self.refuse(error)
            return
        where = f"“{readable_name(place)}” in {printable(place.parent)}"
        self.messages.show_message(f"Models, marks and all numbers were saved as {where}.", "info")

    def prepare(self) -> None:
        """Load the library of the plots and ask for the devices now, so that no run waits for them."""
        self.results.prepare()
        super().prepare()
        self._changed()

    def showEvent(self, event: QShowEvent) -> None:
        """Propose the current mark of the Mark page."""
        super().showEvent(event)
        self._say_numbers()
        self.pictures.propose(replace(self._proposed(), pattern_kind="stripes"))

    def drop_words(self) -> str:
        """Return what dropping files here does."""
        is_busy = self.rehearsing.is_running
        return "Wait until the rehearsal has ended" if is_busy else "Drop your pictures or a mark record"

    # Building.

    def _connect(self) -> None:
        for card in self._cards:
            card.changed.connect(self._changed)
        self.timing.changed.connect(self._measured)
        self.pictures.problem.connect(self.refuse)
        self.others.problem.connect(self.refuse)
        self.effort.set_devices(self.engine.devices)
        self.engine.devices_found.connect(self.effort.set_devices)
        self.results.use_wanted.connect(self._use)
        self.results.save_wanted.connect(self._save)
        self.results.failed.connect(self.refuse)
