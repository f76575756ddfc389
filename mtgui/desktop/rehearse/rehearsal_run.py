"""The running rehearsal behind the page: its process, its state, and the folder with its files."""

import contextlib
import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mtgui.common.errors import StorageError, printable, readable_name, storage_errors, storage_reason
from mtgui.common.events import Event
from mtgui.common.files import is_folder
from mtgui.desktop.jobs.confirm_stop import StopWords
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_job import EngineJob
from mtgui.desktop.jobs.engine_process import EngineEnd
from mtgui.desktop.jobs.processes import is_alive
from mtgui.desktop.rehearse.asked_rehearsal import asked_rehearsal, digest_of
from mtgui.desktop.rehearse.asked_tuning import OPTIONS, asked_tuning, tuning_digest
from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.desktop.rehearse.rehearsal_memory import choices_to_values
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.stored_rehearsal import (
    facts_after,
    facts_before,
    is_kept,
    new_state,
    story_of,
    title_in_words,
)
from mtgui.records.data_folder import data_folder
from mtgui.rehearsal.rehearsal_events import REHEARSAL_EVENTS
from mtgui.rehearsal.training.file_names import CHECKPOINT_SUFFIX

if TYPE_CHECKING:
    from mtgui.desktop.jobs.history_store import HistoryStore, State

_log = logging.getLogger(__name__)
FOLDER = "rehearsals"
RESULTS = "results.json"
KEPT = (RESULTS, "results.svg")
"""The files of earlier rehearsals that stay, so that the history leads to them."""
UNFINISHED = f"*{CHECKPOINT_SUFFIX}"
OWNER = "window.pid"
"""The file that names the process that uses a folder, so that no other window deletes the folder."""
STOP = StopWords(
    "Stop the rehearsal?",
    "A rehearsal is running. Results so far are kept; rehearse again with the same settings to go on.",
    "Stop and close",
    "Keep rehearsing",
)


class Rehearsing(EngineJob):
    """Runs one rehearsal at a time for a page and stores it in the history; on the window's thread.

    Only the last one keeps its models; the results of earlier ones stay.
    """

    kinds = REHEARSAL_EVENTS

    def __init__(self, page: QWidget, engine: Engine, history: "HistoryStore | None" = None) -> None:
        """Serve ``page`` with ``engine``."""
        super().__init__(page, engine, STOP)
        self._history = history
        self._row = 0
        self._told: list[Event] = []
        self.numbers = (0, 0)
        self.state = RehearsalState()
        self.choices = RehearsalChoices()
        self.folder: Path | None = None
        self._is_new_folder = False

    def begin(self, choices: RehearsalChoices, numbers: tuple[int, int]) -> None:
        """Start the rehearsal of ``choices``. Raises StorageError if its folder cannot be made.

        numbers: pictures that the person publishes and withholds.
        """
        self._is_new_folder = not (data_folder() / FOLDER / _digest(choices)).exists()
        self.choices, self.folder = choices, _folder_for(choices)
        self.state, self.numbers, self._told = new_state(choices), numbers, []
        self._row = self._remember()
        if choices.is_diffusion:
            self.run("rehearse", asked_tuning(choices, self.folder), *OPTIONS)
        else:
            self.run("rehearse", asked_rehearsal(choices, self.folder))

    def take(self, event: Event) -> None:
        """Take ``event`` into the state of the rehearsal."""
        self.state.tell(event)
        if is_kept(event):
            self._told.append(event)

    def show_past(
        self, state: RehearsalState, choices: RehearsalChoices, numbers: tuple[int, int], folder: Path
    ) -> None:
        """Take over a rehearsal from the history; nothing is run."""
        self.state, self.choices, self.numbers, self.folder = state, choices, numbers, folder

    def closed(self) -> None:
        """Store in the history that closing the window stopped the rehearsal."""
        self._keep("cancelled")

    def settled(self, end: EngineEnd) -> EngineEnd:
        """Stop the clock of the rehearsal; an end without a result counts as a failure."""
        self.state.pause(True)
        if end.problem and self.folder is not None and self._is_new_folder and not self.state.has_learned:
            # The run made nothing. A folder that existed before stays: it holds models of an earlier run.
            shutil.rmtree(self.folder, ignore_errors=True)
        if not self.state.is_finished and not (end.was_cancelled or end.problem):
            end = replace(end, result=None, problem="The engine ended without a result.")
        if self.state.is_finished:
            self._keep("finished")
        else:
            self._keep("cancelled" if end.was_cancelled else "failed", end.problem)
        return end

    def _remember(self) -> int:
        if self._history is None or self.folder is None:
            return 0
        title = title_in_words(self.choices, self.numbers)
        path, facts = self.folder / RESULTS, facts_before(self.choices, self.numbers)
        try:
            return self._history.begin_rehearsal(title, path, choices_to_values(self.choices), facts)
        except StorageError:
            _log.exception("a rehearsal could not be added to the history")
            return 0

    def _keep(self, state: "State", reason: str = "") -> None:
        if self._history is None or not self._row:
            return
        facts = facts_before(self.choices, self.numbers)
        story = story_of(self._told) if state == "finished" else []
        facts |= facts_after(self.state) if state == "finished" else {}
        try:
            self._history.end_rehearsal(self._row, state, facts, reason=printable(reason), story=story)
            if state == "finished":
                self._remove_stopped(self._history)
        except StorageError:
            _log.exception("a rehearsal could not be kept in the history")

    def _remove_stopped(self, history: "HistoryStore") -> None:
        """Remove the rows of this rehearsal that stopped before its end: this one went on from there."""
        if self.folder is None:
            return
        for entry in history.entries():
            is_same = (entry.kind, entry.path) == ("rehearsal", self.folder / RESULTS)
            if is_same and entry.state in ("cancelled", "abandoned"):
                history.remove(entry.number)

    def save(self, target: Path) -> Path:
        """Copy the files of the last rehearsal into a new folder in ``target``; return it. Raises StorageError."""
        if self.folder is None:
            raise StorageError("There is no rehearsal to save.")
        if not self.folder.is_dir():
            raise StorageError("The files of this rehearsal are not there any more. Rehearse again to make them.")
        place = _free(target / "mtgui rehearsal")
        try:
            shutil.copytree(self.folder, place, ignore=shutil.ignore_patterns(UNFINISHED, OWNER))
        except (OSError, shutil.Error) as error:
            shutil.rmtree(place, ignore_errors=True)
            reason = storage_reason(error) if not isinstance(error, shutil.Error) else "files could not be copied"
            raise StorageError(f"{readable_name(place)} could not be written: {reason}.") from error
        return place


def _digest(choices: RehearsalChoices) -> str:
    return tuning_digest(choices) if choices.is_diffusion else digest_of(choices)


def _folder_for(choices: RehearsalChoices) -> Path:
    """Return the folder of exactly this rehearsal, where a stopped one goes on; of all others only results stay."""
    home = data_folder() / FOLDER
    folder = home / _digest(choices)
    with storage_errors(f"The folder “{folder}” for the models cannot be made"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / OWNER).write_text(str(os.getpid()), "utf-8")
        for other in home.iterdir():
            if other != folder and not _is_of_another_window(other):
                _keep_results_only(other)
    return folder


def _keep_results_only(folder: Path) -> None:
    """Delete the models in ``folder``, which are large; delete all of it if there are no results."""
    if not (folder / RESULTS).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.iterdir():
        if path.name not in KEPT:
            with contextlib.suppress(OSError):
                if is_folder(path):
                    shutil.rmtree(path)
                else:
                    path.unlink()


def _is_of_another_window(folder: Path) -> bool:
    try:
        owner = int((folder / OWNER).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return owner != os.getpid() and is_alive(owner)


def _free(path: Path) -> Path:
    """Return ``path``; if it exists, with the first free number added to its name."""
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.name} {number}")
        number += 1
    return free
