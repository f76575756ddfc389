"""Step 1 of an audit: the model file, what the engine reads in it, and what a person corrects."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QPushButton, QWidget

from mtgui.auditing.architectures.model_description import ModelDescription
from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.common.codec import FieldError, from_values
from mtgui.common.errors import UsageError, readable_name
from mtgui.common.texts import plural, text
from mtgui.desktop.audit.base_button import BaseButton
from mtgui.desktop.audit.model_facts import model_details, model_facts
from mtgui.desktop.audit.model_summary import ModelSummary, describe
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd, EngineProcess
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.fact_dialog import FactDialog
from mtgui.desktop.widgets.file_filters import MODELS
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.step_cards import FactGrid, StepCard

ISOLATED = "Read in isolation. Nothing in this file was run."
TRUSTED = "Its architecture comes from your Python file, which mtgui runs."
NEEDS_BASE = "A LoRA changes another model, its base, and the audit compares it with that."
_log = logging.getLogger(__name__)


class ModelStep(StepCard):
    """The card of the model: asks the engine what a file holds, and keeps the person's corrections.

    The engine reads the file in a child process; the answer comes on the window's thread. Where a LoRA names its base,
    a second child process searches it in the LoRA's folder and in `base_folders`; choosing another model or base stops
    the search.
    """

    changed = Signal()
    """The model, or what is known about it, has changed."""
    problem = Signal(str)
    """A sentence: the file cannot be used."""
    base_known = Signal(object)
    """The `Path` of a base that was found or chosen, and fits."""

    def __init__(self, engine: Engine, parent: QWidget | None = None) -> None:
        """``engine`` reads the files."""
        super().__init__(1, "Model", "&Choose…", parent)
        self._engine = engine
        self._process: EngineProcess | None = None
        self.choice: ModelChoice | None = None
        self.summary: ModelSummary | None = None
        self.last_folder = Path.home()
        self.base_folders: list[Path] = []
        """Folders in which bases are searched, beside that of the model."""
        self._asked: Path | None = None
        self._searched: tuple[Path, ...] = ()
        self._dropped: Path | None = None
        self._base_problem = ""
        self._facts = FactGrid()
        self._note = Caption("A downloaded model file, or the folder of one.")
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName("Reading the model")
        self._folder = QPushButton("&Folder…")
        self._architecture = QPushButton("A&rchitecture…")
        self._input = QPushButton("&Input…")
        self.base = BaseButton()
        self._details = QPushButton("&Details…")
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for button in self._more():
            button.setProperty("kind", "quiet")
            row.addWidget(button)
        row.addStretch(1)
        for part in (self._facts, self._note, self._busy):
            self.body.addWidget(part)
        self.body.addLayout(row)
        self.button.setAccessibleName("Choose a model file")
        self._folder.setAccessibleName("Choose the folder of a model")
        self._architecture.setAccessibleName("Choose the architecture")
        self._input.setAccessibleName("Change how pictures become the model's input")
        self._details.setAccessibleName("Details of the model")
        self._connect()
        self._show()

    @property
    def is_busy(self) -> bool:
        """True while the engine reads the file."""
        return self._process is not None

    @property
    def is_searching(self) -> bool:
        """True while the engine searches the base that a LoRA names."""
        return self._process is not None and bool(self._searched)

    @property
    def is_ready(self) -> bool:
        """True when an audit can be run on the model: also a base is known where it needs one."""
        return self.summary is not None and (self.summary.is_recognised or self._has_factory())

    @property
    def is_generator(self) -> bool:
        """True for a diffusion model or a LoRA, for which no architecture can be chosen."""
        return self.summary is not None and self.summary.is_generator

    @property
    def is_possible_base(self) -> bool:
        """True for a whole diffusion model, which can be the base of others."""
        return self.is_generator and not self._is_lora()

    @property
    def lacks_base(self) -> bool:
        """True for a LoRA whose base is not known."""
        return self.summary is not None and self.summary.lacks_base

    def choose_file(self) -> None:
        """Ask for a model file."""
        chosen, _ = QFileDialog.getOpenFileName(self.window(), "Choose a model file", str(self.last_folder), MODELS)
        if chosen:
            self.take(ModelChoice(Path(chosen)))

    def choose_folder(self) -> None:
        """Ask for a folder that holds a model."""
        chosen = QFileDialog.getExistingDirectory(self.window(), "Choose the folder of a model", str(self.last_folder))
        if chosen:
            self.take(ModelChoice(Path(chosen)))

    def take(self, choice: ModelChoice) -> None:
        """Ask the engine to describe ``choice``."""
        self.close_engine()
        self.choice, self.summary = choice, None
        self.last_folder = self.base.folder = choice.path.parent
        self._ask(choice.base)

    def take_dropped(self, path: Path) -> None:
        """Take ``path`` as the base of a LoRA that lacks it, if it is a whole diffusion model; else as the model."""
        if self.lacks_base:
            self.take_base(path)
            self._dropped = path
        else:
            self.take(ModelChoice(path))

    def take_base(self, base: Path | None) -> None:
        """Ask the engine whether ``base`` (file, or folder) can be the base of the model; None: go on without one."""
        if self.choice is None or self.summary is None or self.summary.generator is None:
            return
        self.close_engine()
        self.choice = replace(self.choice, base=None)
        self.summary = replace(self.summary, generator=replace(self.summary.generator, base=None))
        if base is None:
            self._show()
            self.changed.emit()
            return
        self.base.folder = base.parent
        self._ask(base)

    def _ask(self, base: Path | None, folders: Sequence[Path] = ()) -> None:
        """Start a process that describes the model with ``base``, or searches its base in ``folders``."""
        if self.choice is None:
            return
        self._asked, self._searched, self._base_problem = base, tuple(folders), ""
        self._dropped = None
        self._process = self._engine.process(inspect_command(self.choice, base, folders), self)
        self._process.ended.connect(self._read)
        self._process.start()
        self._show()
        self.changed.emit()

    def show_network(self, read: ModelSummary) -> None:
        """Show which network the audit took the model for, and why; ``read``: as it read the same file."""
        if self.summary is not None and read.sureness and read.sureness != self.summary.sureness:
            self.summary = read
            self._show()

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while an audit runs."""
        for button in (self.button, *self._more()):
            button.setEnabled(not is_locked)

    def close_engine(self) -> None:
        """Stop the process that reads the file, or searches its base."""
        if self._process is not None:
            # The search writes nothing, so it can be ended at once.
            self._process.close(0 if self._searched else 500)
            self._process.deleteLater()
            self._process = None

    def _more(self) -> tuple[QPushButton, ...]:
        return self._folder, self._architecture, self._input, self.base, self._details

    def _has_factory(self) -> bool:
        return self.choice is not None and self.choice.factory is not None and self.choice.is_trusted

    def _read(self, end: EngineEnd) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        try:
            if end.problem:
                raise UsageError(end.problem)
            summary = _read_description(end.output)
            if self._dropped is not None and not summary.has_diffusion_base:
                self.take(ModelChoice(self._dropped))
                return
            self.summary = summary
        except UsageError as error:
            if self.summary is None:
                self._refuse(str(error))
                return
            _log.warning("the base of a model could not be read: %s", error)
            self._base_problem = "" if self._searched else str(error)
        else:
            self._take_base_of(self.summary)
        folders = self._places() if self._wants_search() else ()
        if folders:
            self._ask(None, folders)
            return
        self._show()
        self.changed.emit()

    def _take_base_of(self, summary: ModelSummary) -> None:
        """Keep the base that the engine found to fit."""
        if self.choice is None or summary.generator is None:
            return
        base = summary.generator.base
        self.choice = replace(self.choice, base=Path(base.path) if base is not None and not base.problem else None)
        if self.choice.base is not None:
            self.base_known.emit(self.choice.base)
        elif base is None and self._asked is not None:
            folder = readable_name(self._asked)
            self._base_problem = text("No file in {folder} is the base that it names.", folder=folder)

    def _wants_search(self) -> bool:
        """True for a LoRA that was just read, names its base, and was not asked about a place."""
        summary = self.summary
        is_asked = self._asked is not None or bool(self._searched)
        return not is_asked and summary is not None and summary.lacks_base and summary.names_base

    def _places(self) -> tuple[Path, ...]:
        """Return the folders in which bases are searched, each once."""
        own = [] if self.choice is None else [self.choice.path.absolute().parent]
        return tuple(dict.fromkeys(path for path in (*own, *self.base_folders) if path.is_dir()))

    def _refuse(self, reason: str) -> None:
        name = readable_name(self.choice.path) if self.choice is not None else "The file"
        self.choice = self.summary = None
        self._show()
        why = reason.removeprefix(f"{name}: ")
        self._note.setText(f"{name} cannot be used. {why[:1].upper()}{why[1:]}")
        set_tone(self._note, "error")
        self.problem.emit(reason)
        self.changed.emit()

    def _show(self) -> None:
        summary, choice = self.summary, self.choice
        self._busy.setVisible(self.is_busy)
        self._facts.set_facts(model_facts(choice, summary))
        self._facts.setVisible(choice is not None)
        self._folder.setVisible(choice is None)
        for button in (self._architecture, self._input, self._details):
            button.setVisible(summary is not None)
        self._architecture.setVisible(summary is not None and not summary.is_graph and not self.is_generator)
        self._input.setVisible(summary is not None and summary.input is not None)
        self.base.setVisible(self.is_generator)
        self.base.offer_without(can_be_left_out=choice is not None and choice.base is not None and not self._is_lora())
        self.button.setText("&Choose…" if choice is None else "&Change…")
        sentence, tone = self._note_words()
        self._note.setText(sentence)
        set_tone(self._note, tone)

    def _note_words(self) -> tuple[str, str]:
        """Return the sentence below the facts, and its tone."""
        summary = self.summary
        if self.choice is None:
            return "A downloaded model file, or the folder of one.", ""
        if summary is None:
            return "Reading it in a process of its own…", ""
        if self.is_searching:
            said = plural(
                len(self._searched),
                "Looking for the base in {count} folder. You can choose it now.",
                "Looking for the base in {count} folders. You can choose it now.",
            )
            return said, ""
        if self.is_busy:
            return "Reading the base in a process of its own…", ""
        if self._base_problem:
            return self._base_problem, "caution"
        if self.is_ready:
            return TRUSTED if self._has_factory() else ISOLATED, ""
        if self.is_generator:
            return NEEDS_BASE, ""
        return f"{summary.problem or 'Its architecture was not recognised.'} Choose it by hand.", "caution"

    def _is_lora(self) -> bool:
        generator = None if self.summary is None else self.summary.generator
        return generator is not None and generator.kind == "LoRA"

    # Corrections by a person.

    def change_architecture(self) -> None:
        """Ask for the architecture, or for a Python file that builds it."""
        from mtgui.desktop.audit.architecture_dialog import ArchitectureDialog

        if self.choice is None or self.summary is None:
            return
        closest = self._closest(self.summary)
        dialog = ArchitectureDialog(closest, self.summary.architecture, self.window())
        if dialog.exec() and self.choice is not None:
            if dialog.factory:
                self.choice = replace(self.choice, architecture=None, factory=dialog.factory, is_trusted=True)
                self._show()
                self.changed.emit()
            elif dialog.architecture:
                self.take(replace(self.choice, architecture=dialog.architecture, factory=None, is_trusted=False))
        dialog.deleteLater()

    def _closest(self, summary: ModelSummary) -> tuple[str, ...]:
        """Return other architectures that fit, then those named in the refusal or in the file's name."""
        from mtgui.desktop.audit.architecture_list import known_architectures, named_in

        name = self.choice.path.stem if self.choice is not None else ""
        return (*summary.alternatives, *named_in(f"{summary.problem} {name}", known_architectures()))

    def change_input(self) -> None:
        """Ask how pictures become the model's input."""
        from mtgui.desktop.audit.input_dialog import InputDialog

        if self.choice is None or self.summary is None or self.summary.input is None:
            return
        dialog = InputDialog(self.summary.input, self.choice.input, self.window())
        if dialog.exec() and self.choice is not None:
            self.choice = replace(self.choice, input=dialog.choice)
            self._show()
            self.changed.emit()
        dialog.deleteLater()

    def show_details(self) -> None:
        """Show everything that the engine said about the file."""
        if self.choice is not None and self.summary is not None:
            dialog = FactDialog(model_details(self.choice, self.summary), self.window())
            dialog.exec()
            dialog.deleteLater()

    def _connect(self) -> None:
        self.button.clicked.connect(self.choose_file)
        self._folder.clicked.connect(self.choose_folder)
        self._architecture.clicked.connect(self.change_architecture)
        self._input.clicked.connect(self.change_input)
        self._details.clicked.connect(self.show_details)
        self.base.chosen.connect(self.take_base)


def inspect_command(model: ModelChoice, base: Path | None = None, folders: Sequence[Path] = ()) -> list[str]:
    """Return the arguments of ``mtgui`` that describe ``model`` as one JSON object.

    base: file or folder of its base. folders: where the base that a LoRA names is searched.
    """
    options = ["--architecture", model.architecture] if model.architecture is not None else []
    options += [] if base is None else ["--base", str(base)]
    options += ["--look-in", *map(str, folders)] if folders else []
    return ["inspect", str(model.path), *options, "--json"]


def _read_description(output: str) -> ModelSummary:
    """Return the description of a model in the last line of ``output``. Raises UsageError."""
    try:
        values = json.loads(output.splitlines()[-1]) if output.strip() else {}
        if isinstance(values, dict) and values.get("kind") == "mark record":
            raise UsageError("That is a mark record, not a model. It belongs in step 2.")
        return describe(from_values(ModelDescription, values))
    except (ValueError, FieldError) as error:
        raise UsageError("The engine did not say what it holds. Choose it again.") from error
