"""The model's side of an audit: read in a process of its own, recognised, and built when its turn comes."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torch import nn

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.labels import ClassNames
from mtgui.auditing.job.request import ModelChoice
from mtgui.auditing.model import AuditedModel, Precision
from mtgui.auditing.networks.loading import build_model
from mtgui.auditing.networks.own_file import build_from_file
from mtgui.auditing.recognition.hints import collect_hints
from mtgui.auditing.recognition.match import Recognition
from mtgui.auditing.recognition.recognise import recognise
from mtgui.auditing.recognition.summary import files_of, summarise_model
from mtgui.auditing.recognition.weights_hash import weights_hash
from mtgui.common.control import Control
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import read_model
from mtgui.reading.tensors import TensorFile


@dataclass(frozen=True)
class ReadModel:
    """A model that was read and recognised. ``summary`` is what ``mtgui inspect --json`` says of it.

    ``network`` is there only where a person's own file has built it; others are built when their turn comes.
    """

    path: Path
    facts: ModelFacts
    tensors: TensorFile
    recognition: Recognition
    weights_hash: str
    summary: Mapping[str, Any]
    network: nn.Module | None = None

    @property
    def architecture(self) -> str:
        """Its name, such as ``torchvision/resnet18``, and for a person's own file the hash of that."""
        own = self.recognition.best.options.get("file_sha256")
        return self.recognition.best.architecture + (f" {own}" if own else "")

    @property
    def class_names(self) -> ClassNames:
        """The classes and their names where they are known."""
        return ClassNames(self.recognition.best.classes, self.recognition.class_names or None)

    def build(self, device: Device, precision: Precision) -> AuditedModel:
        """Return the model on ``device``. Raises ModelError."""
        best, preprocessing = self.recognition.best, self.recognition.preprocessing
        network = self.network if self.network is not None else build_model(best, self.tensors, self.path)
        return TorchClassifier(network, best.classes, preprocessing, device, precision)


def read_for_audit(choice: ModelChoice, stack: ExitStack, control: Control) -> ReadModel:
    """Read the model of ``choice``; its tensors lie in a private folder until ``stack`` closes.

    Raises ModelError, RecognitionError, UsageError, StorageError, CancelledError.
    """
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="mtgui-model-")))
    facts, tensors = read_model(choice.path, folder, control=control)
    files = files_of(choice.path, facts)
    hints = collect_hints(choice.path, files[0]["sha256"] if len(files) == 1 else "", choice.input, facts.hints)
    network = None
    if choice.factory is None:
        found = recognise(facts, hints, choice.architecture)
    else:
        trust = choice.is_trusted
        found, network = build_from_file(choice.factory, facts, hints, tensors, choice.path, is_trusted=trust)
    summary = {**summarise_model(facts, files, found), "weights_hash": weights_hash(tensors)}
    return ReadModel(choice.path, facts, tensors, found, summary["weights_hash"], summary, network)
