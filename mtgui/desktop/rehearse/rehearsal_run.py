"""The running rehearsal behind the page: its process, its state, and the folder with its files."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mtgui.common.errors import StorageError, readable_name, storage_errors, storage_reason
from mtgui.common.events import Event
from mtgui.desktop.jobs.confirm_stop import StopWords
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_job import EngineJob
from mtgui.desktop.jobs.engine_process import EngineEnd
from mtgui.desktop.jobs.processes import is_alive
from mtgui.desktop.rehearse.asked_rehearsal import asked_rehearsal, digest_of
from mtgui.desktop.rehearse.rehearsal_choices import ALPHA, RehearsalChoices
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.records.data_folder import data_folder
from mtgui.rehearsal.rehearsal_events import REHEARSAL_EVENTS
from mtgui.rehearsal.training.file_names import CHECKPOINT_SUFFIX

FOLDER = "rehearsals"
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
    """Runs one rehearsal at a time for a page; on the window's thread. Only the folder of the last one is kept."""

    kinds = REHEARSAL_EVENTS

    def __init__(self, page: QWidget, engine: Engine) -> None:
        """Serve ``page`` with ``engine``."""
        super().__init__(page, engine, STOP)
        self.state = RehearsalState(alpha=ALPHA)
        self.choices = RehearsalChoices()
        self.folder: Path | None = None
        self._is_new_folder = False

    def begin(self, choices: RehearsalChoices) -> None:
        """Start the rehearsal of ``choices``. Raises StorageError if its folder cannot be made."""
        self._is_new_folder = not (data_folder() / FOLDER / digest_of(choices)).exists()
        self.choices, self.folder = choices, _folder_for(choices)
        self.state = RehearsalState(alpha=ALPHA)
        self.run("rehearse", asked_rehearsal(choices, self.folder))

    def take(self, event: Event) -> None:
        """Take ``event`` into the state of the rehearsal."""
        self.state.tell(event)

    def settled(self, end: EngineEnd) -> EngineEnd:
        """Stop the clock of the rehearsal; an end without a result counts as a failure."""
        self.state.pause(True)
        has_learned = any(one.points for one in self.state.models.values())
        if end.problem and self.folder is not None and self._is_new_folder and not has_learned:
            # The run made nothing. A folder that existed before stays: it holds models of an earlier run.
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.state.result is not None:
            return end
        if end.was_cancelled or end.problem:
            return end
        return replace(end, result=None, problem="The engine ended without a result.")

    def save(self, target: Path) -> Path:
        """Copy the files of the last rehearsal into a new folder in ``target``; return it. Raises StorageError."""
        if self.folder is None:
            raise StorageError("There is no rehearsal to save.")
        place = _free(target / "mtgui rehearsal")
        try:
            shutil.copytree(self.folder, place, ignore=shutil.ignore_patterns(UNFINISHED, OWNER))
        except (OSError, shutil.Error) as error:
            shutil.rmtree(place, ignore_errors=True)
            reason = storage_reason(error) if not isinstance(error, shutil.Error) else "files could not be copied"
            raise StorageError(f"{readable_name(place)} could not be written: {reason}.") from error
        return place


def _folder_for(choices: RehearsalChoices) -> Path:
    """Return the folder of exactly this rehearsal, where a stopped one goes on; delete those of all others."""
    home = data_folder() / FOLDER
    folder = home / digest_of(choices)
    with storage_errors(f"The folder “{folder}” for the models cannot be made"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / OWNER).write_text(str(os.getpid()), "utf-8")
        for other in home.iterdir():
            if other != folder and not _is_of_another_window(other):
                shutil.rmtree(other, ignore_errors=True)
    return folder


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
