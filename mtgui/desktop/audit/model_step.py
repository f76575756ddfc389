"""Step 1 of an audit: the model file, what the engine reads in it, and what a person corrects."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QPushButton, QWidget

from mtgui.auditing.architectures.generator_description import NOT_PROVED
from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.architectures.model_description import ModelDescription
from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.codec import FieldError, from_values
from mtgui.common.errors import UsageError, readable_name
from mtgui.common.words import size
from mtgui.desktop.audit.model_summary import SHORT_HASH, InputFacts, ModelSummary, describe
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd, EngineProcess
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.fact_dialog import FactDialog, Facts
from mtgui.desktop.widgets.file_filters import MODELS
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.step_cards import Fact, FactGrid, StepCard

ISOLATED = "Read in isolation. Nothing in this file was run."
TRUSTED = "Its architecture comes from your Python file, which mtgui runs."


class ModelStep(StepCard):
    """The card of the model: asks the engine what a file holds, and keeps the person's corrections.

    The engine reads the file in a child process; the answer comes on the window's thread.
    """

    changed = Signal()
    """The model, or what is known about it, has changed."""
    problem = Signal(str)
    """A sentence: the file cannot be used."""

    def __init__(self, engine: Engine, parent: QWidget | None = None) -> None:
        """``engine`` reads the files."""
        super().__init__(1, "Model", "&Choose…", parent)
        self._engine = engine
        self._process: EngineProcess | None = None
        self.choice: ModelChoice | None = None
        self.summary: ModelSummary | None = None
        self.last_folder = Path.home()
        self._facts = FactGrid()
        self._note = Caption("A downloaded model file, or the folder of one.")
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setAccessibleName("Reading the model")
        self._folder = QPushButton("&Folder…")
        self._architecture = QPushButton("A&rchitecture…")
        self._input = QPushButton("&Input…")
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
    def is_ready(self) -> bool:
        """True when an audit can be run on the model."""
        return self.summary is not None and (self.summary.is_recognised or self._has_factory())

    @property
    def is_generator(self) -> bool:
        """True for a diffusion model or a LoRA, for which no architecture can be chosen."""
        return self.summary is not None and self.summary.is_generator

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
        self.last_folder = choice.path.parent
        self._process = self._engine.process(inspect_command(choice), self)
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
        """Stop the process that reads the file."""
        if self._process is not None:
            self._process.close(500)
            self._process.deleteLater()
            self._process = None

    def _more(self) -> tuple[QPushButton, ...]:
        return self._folder, self._architecture, self._input, self._details

    def _has_factory(self) -> bool:
        return self.choice is not None and self.choice.factory is not None and self.choice.is_trusted

    def _read(self, end: EngineEnd) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        if end.problem:
            self._refuse(end.problem)
            return
        try:
            self.summary = _read_description(end.output)
        except UsageError as error:
            self._refuse(str(error))
            return
        self._show()
        self.changed.emit()

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
        self._facts.set_facts(_facts(choice, summary))
        self._facts.setVisible(choice is not None)
        self._folder.setVisible(choice is None)
        for button in (self._architecture, self._input, self._details):
            button.setVisible(summary is not None)
        self._architecture.setVisible(summary is not None and not summary.is_graph and not self.is_generator)
        self._input.setVisible(summary is not None and summary.input is not None)
        self.button.setText("&Choose…" if choice is None else "&Change…")
        set_tone(self._note, "")
        if choice is None:
            self._note.setText("A downloaded model file, or the folder of one.")
        elif summary is None:
            self._note.setText("Reading it in a process of its own…")
        elif self.is_ready:
            self._note.setText(TRUSTED if self._has_factory() else ISOLATED)
        elif self.is_generator:
            self._note.setText(summary.problem)
            set_tone(self._note, "caution")
        else:
            self._note.setText(f"{summary.problem or 'Its architecture was not recognised.'} Choose it by hand.")
            set_tone(self._note, "caution")

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
            dialog = FactDialog(_details(self.choice, self.summary), self.window())
            dialog.exec()
            dialog.deleteLater()

    def _connect(self) -> None:
        self.button.clicked.connect(self.choose_file)
        self._folder.clicked.connect(self.choose_folder)
        self._architecture.clicked.connect(self.change_architecture)
        self._input.clicked.connect(self.change_input)
        self._details.clicked.connect(self.show_details)


def _facts(choice: ModelChoice | None, summary: ModelSummary | None) -> list[Fact]:
    if choice is None:
        return []
    name = readable_name(choice.path)
    if summary is None:
        return [Fact("File", name)]
    facts = [Fact("File", f"{name} · {size(summary.size)}", f"{choice.path}\nSHA-256 {summary.file_hash}")]
    if choice.factory is not None:
        facts.append(Fact("Architecture", f"from {choice.factory}", "", "caution"))
    elif summary.title:
        certain = summary.sureness.partition(". ")[0].rstrip(".")
        tip = f"{summary.architecture}\n{summary.sureness}"
        facts.append(Fact("Architecture", f"{summary.title} · {certain}" if certain else summary.title, tip))
    else:
        facts.append(Fact("Architecture", "not recognised", "", "caution"))
    for about, told in summary.says:
        if about in ("base", "training"):
            facts.append(Fact(about.capitalize(), f"says {told}", NOT_PROVED))
    if summary.is_graph and not summary.classes:
        facts.append(Fact("Classes", "known once it runs"))
    if summary.classes:
        names = f", names from {summary.class_names_origin or 'the file'}" if summary.class_names else ", names unknown"
        facts.append(Fact("Classes", f"{summary.classes:,}{names}"))
    if summary.input is not None:
        if choice.input is None:
            facts.append(Fact("Input", f"{summary.input.sentence} ({summary.input.origin or 'default'})"))
        else:
            facts.append(Fact("Input", f"{_chosen(choice.input, summary)} (yours)", summary.input.sentence))
    if summary.renamed or summary.ignored:
        facts.append(Fact("Rescued", _rescued(summary)))
    if summary.weights_hash:
        facts.append(Fact("Weights", f"SHA-256 {summary.weights_hash[:SHORT_HASH]}…", summary.weights_hash))
    return facts


def inspect_command(model: ModelChoice) -> list[str]:
    """Return the arguments of ``mtgui`` that describe ``model`` as one JSON object."""
    options = ["--architecture", model.architecture] if model.architecture is not None else []
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


def _origins(summary: ModelSummary) -> Mapping[str, str]:
    return {} if summary.input is None else vars(summary.input.origins)


def _rescued(summary: ModelSummary) -> str:
    parts = []
    if summary.renamed:
        parts.append(f"{summary.renamed:,} renamed")
    if summary.ignored:
        parts.append(f"{len(summary.ignored):,} left out")
    return f"{', '.join(parts)}: see Details"


def _chosen(choice: PreprocessingHint, summary: ModelSummary) -> str:
    found = Preprocessing() if summary.input is None else summary.input.values
    given = {name: value for name, value in vars(choice).items() if name != "origin" and value is not None}
    if choice.resize == "none":
        given["resize"] = None
    return InputFacts(replace(found, **given), Origins("", "", "", "")).sentence


def _details(choice: ModelChoice, summary: ModelSummary) -> Facts:
    rows = [
        ("File", str(choice.path)),
        ("Format", summary.format),
        ("Parameters", f"{summary.parameters:,}"),
        ("How sure", summary.sureness),
        *summary.rows,
        *((f"Says {about}", text) for about, text in summary.says),
        ("Also fits", ", ".join(summary.alternatives[:8])),
        ("Input", summary.input.sentence if summary.input else ""),
        *((f"{name.capitalize()} from", text) for name, text in _origins(summary).items()),
        ("SHA-256", summary.file_hash),
        ("Weights", summary.weights_hash),
        ("Limits", "; ".join(summary.limits)),
    ]
    left_out = tuple(f"Left out: {name}" for name in summary.ignored)
    return Facts(
        window_title="Details of the model",
        headline=summary.title or readable_name(choice.path),
        icon_name="shield",
        icon_role="accent",
        rows=[(name, value) for name, value in rows if value],
        commitment="",
        list_title="Worth knowing",
        list_lines=(*summary.notes, *left_out),
        folder=choice.path.parent,
    )
