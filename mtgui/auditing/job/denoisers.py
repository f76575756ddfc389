"""LoRAs and diffusion models of an audit: read, recognised, given a base and prompts, and built when needed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mtgui.auditing.architectures.match import Candidate, Match, Recognition
from mtgui.auditing.architectures.model_description import describe_model
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT
from mtgui.auditing.diffusion.denoiser import Denoiser, PredictionTrial
from mtgui.auditing.diffusion.networks import DiffusionNetworks, LoraFile, ModelFile, load_networks
from mtgui.auditing.diffusion.noise import NOISE
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan, LoraSays, Prediction
from mtgui.auditing.diffusion.recognition import recognise_diffusion
from mtgui.auditing.diffusion.schedule import THOROUGH, USUAL, TrialPlan
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.audit_request import PASSES, AuditRequest, ModelChoice
from mtgui.auditing.job.base_search import agrees, find_base
from mtgui.auditing.job.labels import ClassNames, PromptNames
from mtgui.auditing.job.read_models import ReadFile, ReadModel, read_file
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.loss_kinds import BaseFacts, LossFacts
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name

_PLANS = dict(zip(PASSES, (USUAL, THOROUGH), strict=True))
_HALF = (0.5, 0.5, 0.5)
_OTHER_BASE = (
    "The base is another file than the one that the LoRA names: its SHA-256 differs. Evidence may be harder to find; "
    "by chance it is found no more often than α says."
)
_WITHOUT_BASE = (
    "No base was given, so losses are plain denoising errors, which mostly say how hard a picture is: far fewer models "
    "are found than with the difference from the base from which this one was made (--base)."
)


@dataclass(frozen=True)
class Networks:
    """Loads the networks of an audit once, when they are first needed.

    prediction: what they predict, None as long as only pictures can tell; origin: how it is known, in words.
    """

    load: Callable[[], DiffusionNetworks]
    trials: TrialPlan
    prediction: Prediction | None
    origin: str
    facts: LossFacts

    def model(self, device: Device, precision: Precision) -> AuditedModel:
        """Return the model under audit. Without a known prediction, it is “epsilon”, the usual one."""
        networks, prediction = self.load(), self.prediction or "epsilon"
        trials = self.trials.trials(networks.plan.schedule)
        return Denoiser(networks, trials, device, precision, replace(self.facts, prediction=prediction))

    def question(self, device: Device, precision: Precision) -> AuditedModel:
        """Return the model whose classes are the two predictions."""
        networks = self.load()
        return PredictionTrial(networks, self.trials.trials(networks.plan.schedule), device, precision)


@dataclass(frozen=True)
class ReadDenoiser(ReadModel):
    """A LoRA or a diffusion model that was read; its classes are prompts."""

    networks: Networks | None = None
    prompts: tuple[str, ...] = ("",)

    @property
    def class_names(self) -> ClassNames:
        """The prompts."""
        return PromptNames(len(self.prompts), self.prompts)

    def label_rule(self, label: str | None, _subject: AuditSubject, /) -> str:
        """Return the rule that follows from the prompts. Raises UsageError for a ``label``."""
        if label is not None:
            raise UsageError(f"{readable_name(self.path)} makes pictures and has no classes; leave out --label.")
        return "0"

    @property
    def is_undecided(self) -> bool:
        """True while only pictures can tell what the networks predict."""
        return self.networks is not None and self.networks.prediction is None

    def predicting(self, prediction: Prediction, origin: str) -> "ReadDenoiser":
        """Return this model with a known ``prediction``."""
        if self.networks is None:
            return self
        networks = replace(self.networks, prediction=prediction, origin=origin)
        return replace(self, networks=networks, build=_builder(networks))


def read_denoiser(
    file: ReadFile,
    plan: DiffusionPlan | LoraPlan,
    choice: ModelChoice,
    request: AuditRequest,
    stack: ExitStack,
    control: Control,
) -> ReadDenoiser:
    """Return the model in ``file``, recognised as ``plan``, with its base; closing ``stack`` frees temporary files.

    Raises UsageError if a base is missing or does not belong to it; ModelError, RecognitionError, StorageError,
    CancelledError.
    """
    base, base_facts, notes = _base(file, plan, choice, stack, control)
    whole = plan if isinstance(plan, DiffusionPlan) else base.plan if base is not None else None
    if whole is None:
        raise UsageError(f"{readable_name(file.path)} is a LoRA; name its base with --base.")
    audited = LoraFile(plan, file.tensors, file.path) if isinstance(plan, LoraPlan) else _model_file(file, plan)
    side = choice.input.crop[0] if choice.input is not None and choice.input.crop is not None else whole.side
    said = plan.says.prediction if isinstance(plan, LoraPlan) else None
    prediction = said or whole.schedule.prediction
    origin = "" if prediction is None else "the header of the LoRA" if said else whole.schedule.origin
    trials = _PLANS[request.passes]
    timesteps = tuple(dict.fromkeys(trial.timestep for trial in trials.trials(whole.schedule)))
    facts = LossFacts(
        kind="denoising error" if base_facts is None else "denoising difference",
        passes=request.passes * (1 if base_facts is None else 2),
        base=base_facts,
        prompts=("",),
        timesteps=timesteps,
        noise=NOISE,
    )
    networks = Networks(
        cache(lambda: load_networks(audited, base, [EMPTY_PROMPT], side)), trials, prediction, origin, facts
    )
    recognition = _recognition(plan, whole, side, (*plan.notes, *notes))
    own_hash = file.weights_hash
    return ReadDenoiser(
        path=file.path,
        facts=file.facts,
        recognition=recognition,
        classes=1,
        weights_hash=own_hash,
        summary=describe_model(file.facts, file.files, recognition, weights_hash=own_hash),
        build=_builder(networks),
        networks=networks,
    )


def _base(
    file: ReadFile, plan: DiffusionPlan | LoraPlan, choice: ModelChoice, stack: ExitStack, control: Control
) -> tuple[ModelFile | None, BaseFacts | None, tuple[str, ...]]:
    """Return the base, the facts about it, and notes for the person."""
    if isinstance(plan, LoraPlan):
        path = find_base(file.path, plan.says, choice.base, control)
        notes = _agreement(path, plan.says)
    elif choice.base is None:
        return None, None, (_WITHOUT_BASE,)
    else:
        path, notes = choice.base, ()
    found = read_file(path, stack, control)
    own = recognise_diffusion(found.facts)
    if not isinstance(own, DiffusionPlan):
        raise UsageError(f"{readable_name(path)} is no whole diffusion model, so it cannot be the base of another.")
    base_hash = found.weights_hash
    if base_hash == file.weights_hash:
        raise UsageError(f"{readable_name(path)} is the audited model itself; choose the model from which it was made.")
    return _model_file(found, own), BaseFacts(path.name, base_hash), notes


def _agreement(path: Path, says: LoraSays) -> tuple[str, ...]:
    found = agrees(path, says)
    if found is None:
        return ("The LoRA does not name the SHA-256 of its base: whether this base is the right one is not known.",)
    if found:
        return ("The SHA-256 of the base is the one that the LoRA names.",)
    return (_OTHER_BASE,)


def _model_file(file: ReadFile, plan: DiffusionPlan) -> ModelFile:
    return ModelFile(plan, file.tensors, file.path)


def _builder(networks: Networks) -> Callable[[Candidate, Device, Precision], AuditedModel]:
    return lambda _, device, precision: networks.model(device, precision)


def _recognition(
    plan: DiffusionPlan | LoraPlan, whole: DiffusionPlan, side: int, notes: tuple[str, ...]
) -> Recognition:
    """Return ``plan`` as what reports and events know: an architecture with its preprocessing."""
    preprocessing = Preprocessing(side, (side, side), "lanczos", _HALF, _HALF)
    origin = f"default of {whole.title}"
    match = Match(
        architecture=plan.architecture,
        title=plan.title,
        options={"side": side, "schedule": [whole.schedule.kind, whole.schedule.steps]},
        classes=1,
        preprocessing=preprocessing,
        preprocessing_origin=origin,
        sureness="All names and shapes are those of this family.",
    )
    origins = Origins(origin, origin, origin, origin)
    return Recognition((Candidate(match, preprocessing, origins),), file_notes=notes)
