"""The model's side of an audit: read in a process of its own, recognised, and built when its turn comes."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.labels import ClassNames
from mtgui.auditing.job.request import ModelChoice
from mtgui.auditing.model import AuditedModel, Precision
from mtgui.auditing.networks.loading import build_model
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.auditing.recognition.hints import collect_hints
from mtgui.auditing.recognition.match import Match
from mtgui.auditing.recognition.recognise import recognise
from mtgui.auditing.recognition.weights_hash import weights_hash
from mtgui.common.control import Control
from mtgui.common.hashing import sha256_file
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import read_model
from mtgui.reading.tensors import TensorFile


@dataclass(frozen=True)
class ModelFile:
    """A file of the model as it was found."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ReadModel:
    """A model that was read and recognised, but not built yet. ``summary`` is what ``mtgui inspect --json`` says."""

    path: Path
    files: tuple[ModelFile, ...]
    facts: ModelFacts
    tensors: TensorFile
    match: Match
    preprocessing: Preprocessing
    origins: Origins
    class_names: ClassNames
    weights_hash: str
    notes: tuple[str, ...]
    summary: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        """Its name, such as ``torchvision/resnet18``."""
        return self.match.architecture

    def build(self, device: Device, precision: Precision) -> AuditedModel:
        """Return the model on ``device``. Raises ModelError."""
        network = build_model(self.match, self.tensors, self.path)
        return TorchClassifier(network, self.match.classes, self.preprocessing, device, precision)


def read_for_audit(choice: ModelChoice, stack: ExitStack, control: Control) -> ReadModel:
    """Read the model of ``choice``; its tensors lie in a private folder until ``stack`` closes.

    Raises ModelError, RecognitionError, UsageError, StorageError, CancelledError.
    """
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="mtgui-model-")))
    facts, tensors = read_model(choice.path, folder, control=control)
    files = _files_of(choice.path, facts)
    hints = collect_hints(choice.path, files[0].sha256 if len(files) == 1 else "", choice.input)
    found = recognise(facts, hints, choice.architecture)
    return ReadModel(
        path=choice.path,
        files=files,
        facts=facts,
        tensors=tensors,
        match=found.best,
        preprocessing=found.preprocessing,
        origins=found.origins,
        class_names=ClassNames(found.best.classes, found.class_names or None),
        weights_hash=weights_hash(tensors),
        notes=found.notes,
        summary={},
    )


def _files_of(path: Path, facts: ModelFacts) -> tuple[ModelFile, ...]:
    folder = path if path.is_dir() else path.parent
    names = [name for name in facts.files if name == Path(name).name]
    return tuple(ModelFile(name, (folder / name).stat().st_size, sha256_file(folder / name)) for name in names)
