"""A model of an audit after it was read: its facts, what it was recognised as, and how it is built when needed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from mtgui.auditing.architectures.match import Candidate, Recognition
from mtgui.auditing.architectures.model_description import (
    FileDescription,
    ModelDescription,
    describe_recognition,
    files_of,
    is_inside,
)
from mtgui.auditing.architectures.weights_hash import weights_hash
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.labels import ClassNames
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.precision import Precision
from mtgui.common.control import Control
from mtgui.common.private_folders import private_folder
from mtgui.reading.errors import ModelError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import inspect_model, read_model
from mtgui.reading.tensors import TensorFile

CHANGED = "it was changed while it was being read; try again"


@dataclass(frozen=True, kw_only=True)
class ReadModel:
    """A model that was read and recognised. ``summary`` is the output of ``mtgui inspect --json`` for it.

    ``build`` makes the model of a candidate on a device when it is needed; an ONNX graph always runs in its own process
    on the processor. ``notes`` say how its answers are interpreted.
    """

    path: Path
    facts: ModelFacts
    recognition: Recognition
    classes: int
    weights_hash: str
    summary: ModelDescription
    build: Callable[[Candidate, Device, Precision], AuditedModel]
    notes: tuple[str, ...] = ()

    def recognised_as(self, recognition: Recognition) -> "ReadModel":
        """Return this model with ``recognition``, in which another candidate may be the first."""
        summary = replace(self.summary, recognised=describe_recognition(recognition))
        return replace(self, recognition=recognition, summary=summary)

    @property
    def architecture(self) -> str:
        """Its name, such as ``torchvision/resnet18``; for a person's own Python file also the hash of the file."""
        own = self.recognition.best.options.get("file_sha256")
        return self.recognition.best.architecture + (f" {own}" if own else "")

    @property
    def are_keys_dear(self) -> bool:
        """True if each decoy key costs so much that there are none by default where the draw carries the test."""
        return False

    @property
    def trial_passes(self) -> int:
        """How many passes of each original decide before the audit what the model predicts."""
        return 0

    def label_rule(self, label: str | None, subject: AuditSubject, /) -> str:
        """Return the rule for the labels of ``subject``: ``label``, or the proposal if that is None."""
        return subject.label_rule(label, self.class_names)

    @property
    def class_names(self) -> ClassNames:
        """The classes, and their names if known."""
        names = self.recognition.class_names
        return ClassNames(self.classes, names if len(names) == self.classes else None)


@dataclass(frozen=True)
class ReadFile:
    """The tensors of a model file, and the facts about it."""

    path: Path
    facts: ModelFacts
    files: tuple[FileDescription, ...]
    tensors: TensorFile

    @property
    def weights_hash(self) -> str:
        """The hash of the tensors, independent of the file that holds them."""
        return weights_hash(self.tensors)


def read_file(path: Path, stack: ExitStack, control: Control, facts: ModelFacts | None = None) -> ReadFile:
    """Read the tensors of the model at ``path``; closing ``stack`` frees its temporary files.

    facts: from an earlier look at the file; a file that changed since is refused. Raises ModelError, StorageError,
    CancelledError.
    """
    first = inspect_model(path, control=control) if facts is None else facts
    stamps, files = stamps_of(path, first), files_of(path, first)
    folder = stack.enter_context(private_folder("model"))
    found, tensors = read_model(path, folder, control=control)
    if stamps_of(path, found) != stamps:
        raise ModelError(path, CHANGED)
    return ReadFile(path, found, files, tensors)


def stamps_of(path: Path, facts: ModelFacts) -> list[tuple[int, ...]]:
    """Return numbers of each file of a model (size, times …) that change when the file is changed."""
    folder = path if path.is_dir() else path.parent
    found = [(folder / name).stat() for name in facts.files if is_inside(name)]
    return [(one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino) for one in found]
