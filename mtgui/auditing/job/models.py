"""The models of an audit: each is read in a process of its own and recognised, and built when it is needed."""

from collections.abc import Sequence
from contextlib import ExitStack

from torch import nn

from mtgui.auditing.architectures.match import Candidate, ModelHints
from mtgui.auditing.architectures.model_description import FileDescription, describe_model, files_of
from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.network_loading import build_model
from mtgui.auditing.architectures.own_file import build_from_file
from mtgui.auditing.architectures.recognise import recognise_for_audit
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.job.denoisers import read_denoiser
from mtgui.auditing.job.known_generators import recognise_with_base
from mtgui.auditing.job.read_models import CHANGED, ReadFile, ReadModel, read_file
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.onnx.onnx_classifier import OnnxClassifier
from mtgui.auditing.precision import Precision
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name
from mtgui.reading.errors import ModelError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import inspect_model


def read_for_audit(
    choice: ModelChoice, request: AuditRequest, subjects: Sequence[AuditSubject], stack: ExitStack, control: Control
) -> ReadModel:
    """Read the model of ``choice``; closing ``stack`` frees its temporary files and its memory.

    subjects: the records, whose labels may be prompts. Raises ModelError, RecognitionError, UsageError, StorageError,
    CancelledError.
    """
    facts = inspect_model(choice.path, control=control)
    if facts.onnx is None and choice.factory is None and choice.architecture is None:
        known = recognise_with_base(choice, facts, stack, control)
        if known is not None:
            file = read_file(choice.path, stack, control, facts)
            return read_denoiser(file, known, (choice, request, tuple(subjects)), control)
    if request.prompt is not None:
        raise UsageError(
            f"{readable_name(choice.path)} is no diffusion model and no LoRA; audit it by itself, without --prompt."
        )
    if facts.onnx is not None:
        return _start_onnx(choice, facts, stack)
    if choice.base is not None:
        raise UsageError(
            f"{readable_name(choice.path)} is no diffusion model and no LoRA; audit it by itself, without --base."
        )
    return _classifier(choice, read_file(choice.path, stack, control, facts))


def _classifier(choice: ModelChoice, file: ReadFile) -> ReadModel:
    hints = _hints(choice, file.files, file.facts)
    network: nn.Module | None = None
    if choice.factory is None:
        found = recognise_for_audit(file.facts, hints, choice.architecture)
    else:
        trust = choice.is_trusted
        found, network = build_from_file(choice.factory, file.facts, hints, file.tensors, choice.path, is_trusted=trust)
    own_hash = file.weights_hash
    summary = describe_model(file.facts, file.files, found, weights_hash=own_hash)

    def build(candidate: Candidate, device: Device, precision: Precision) -> AuditedModel:
        own = build_model(candidate.match, file.tensors, choice.path) if network is None else network
        return TorchClassifier(own, candidate.match.classes, candidate.preprocessing, device, precision)

    return ReadModel(
        path=choice.path,
        facts=file.facts,
        recognition=found,
        classes=found.best.classes,
        weights_hash=own_hash,
        summary=summary,
        build=build,
    )


def _hints(choice: ModelChoice, files: tuple[FileDescription, ...], facts: ModelFacts) -> ModelHints:
    sha256 = files[0].sha256 if len(files) == 1 else ""
    return collect_hints(choice.path, sha256, choice.input, facts.hints)


def _start_onnx(choice: ModelChoice, facts: ModelFacts, stack: ExitStack) -> ReadModel:
    """Start the ONNX graph of ``choice`` in its own process; its number of classes is known only from its answers."""
    if choice.factory is not None or choice.architecture is not None or choice.base is not None:
        raise UsageError(
            f"{readable_name(choice.path)} is an ONNX graph, which brings its own architecture; leave out "
            "--architecture, --architecture-file and --base."
        )
    files = files_of(choice.path, facts)
    found = recognise_for_audit(facts, _hints(choice, files, facts))
    file = choice.path / facts.files[0] if choice.path.is_dir() else choice.path
    model = stack.enter_context(OnnxClassifier(file, found.preprocessing))
    if [model.sha256] != [entry.sha256 for entry in files]:
        raise ModelError(choice.path, CHANGED)
    summary = describe_model(facts, files, found, weights_hash=model.sha256)
    return ReadModel(
        path=choice.path,
        facts=facts,
        recognition=found,
        classes=model.classes,
        weights_hash=model.sha256,
        summary=summary,
        build=lambda *_: model,
        notes=model.notes,
    )
