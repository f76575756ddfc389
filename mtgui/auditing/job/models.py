"""The models of an audit: each is read in a process of its own, recognised, and built when it is needed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from mtgui.auditing.architectures.match import Candidate, ModelHints, Recognition
from mtgui.auditing.architectures.model_description import (
    FileDescription,
    ModelDescription,
    describe_model,
    describe_recognition,
    files_of,
    is_inside,
)
from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.network_loading import build_model
from mtgui.auditing.architectures.own_file import build_from_file
from mtgui.auditing.architectures.recognise import OtherModelError, recognise_for_audit
from mtgui.auditing.architectures.weights_hash import weights_hash
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.diffusion.description import describe_plan
from mtgui.auditing.diffusion.recognise import NOT_YET, recognise_diffusion
from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.auditing.job.labels import ClassNames
from mtgui.auditing.onnx.onnx_classifier import OnnxClassifier
from mtgui.auditing.precision import Precision
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name
from mtgui.common.private_folders import private_folder
from mtgui.reading.errors import ModelError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import inspect_model, read_model

_CHANGED = "it was changed while it was being read; try again"


@dataclass(frozen=True)
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
    def class_names(self) -> ClassNames:
        """The classes, and their names if known."""
        names = self.recognition.class_names
        return ClassNames(self.classes, names if len(names) == self.classes else None)


def read_for_audit(choice: ModelChoice, stack: ExitStack, control: Control) -> ReadModel:
    """Read the model of ``choice``; closing ``stack`` frees its temporary files and its memory.

    Raises ModelError, RecognitionError, UsageError, StorageError, CancelledError.
    """
    facts = inspect_model(choice.path, control=control)
    stamps = _stamps(choice.path, facts)
    files = files_of(choice.path, facts)
    sha256 = files[0].sha256 if len(files) == 1 else ""
    hints = collect_hints(choice.path, sha256, choice.input, facts.hints)
    if facts.onnx is not None:
        return _start_onnx(choice, facts, hints, files, stack)
    if choice.factory is None and choice.architecture is None and (plan := recognise_diffusion(facts)) is not None:
        raise OtherModelError(choice.path, f"it is {describe_plan(plan).title}; {NOT_YET}")
    folder = stack.enter_context(private_folder("model"))
    facts, tensors = read_model(choice.path, folder, control=control)
    if _stamps(choice.path, facts) != stamps:
        raise ModelError(choice.path, _CHANGED)
    network: nn.Module | None = None
    if choice.factory is None:
        found = recognise_for_audit(facts, hints, choice.architecture)
    else:
        trust = choice.is_trusted
        found, network = build_from_file(choice.factory, facts, hints, tensors, choice.path, is_trusted=trust)
    own_hash = weights_hash(tensors)
    summary = describe_model(facts, files, found, weights_hash=own_hash)

    def build(candidate: Candidate, device: Device, precision: Precision) -> AuditedModel:
        own = build_model(candidate.match, tensors, choice.path) if network is None else network
        return TorchClassifier(own, candidate.match.classes, candidate.preprocessing, device, precision)

    return ReadModel(choice.path, facts, found, found.best.classes, own_hash, summary, build)


def _start_onnx(
    choice: ModelChoice, facts: ModelFacts, hints: ModelHints, files: tuple[FileDescription, ...], stack: ExitStack
) -> ReadModel:
    """Start the ONNX graph of ``choice`` in its own process; its number of classes is known only from its answers."""
    if choice.factory is not None or choice.architecture is not None:
        raise UsageError(
            f"{readable_name(choice.path)} is an ONNX graph, which brings its own architecture; leave out "
            "--architecture and --architecture-file."
        )
    found = recognise_for_audit(facts, hints)
    file = choice.path / facts.files[0] if choice.path.is_dir() else choice.path
    model = stack.enter_context(OnnxClassifier(file, found.preprocessing))
    if [model.sha256] != [entry.sha256 for entry in files]:
        raise ModelError(choice.path, _CHANGED)
    summary = describe_model(facts, files, found, weights_hash=model.sha256)
    classes = model.classes
    return ReadModel(choice.path, facts, found, classes, model.sha256, summary, lambda *_: model, model.notes)


def _stamps(path: Path, facts: ModelFacts) -> list[tuple[int, ...]]:
    """Return numbers of each file of a model (size, times …) that change when the file is changed."""
    folder = path if path.is_dir() else path.parent
    found = [(folder / name).stat() for name in facts.files if is_inside(name)]
    return [(one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino) for one in found]
