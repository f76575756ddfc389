"""LoRAs and diffusion models of an audit: read, recognised, given a base and prompts, and built when needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from mtgui.auditing.architectures.generator_description import Agreement
from mtgui.auditing.architectures.match import Candidate, Match, Recognition
from mtgui.auditing.architectures.model_description import describe_model
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.diffusion.base_search import agreement
from mtgui.auditing.diffusion.computation import computation_of, in_words
from mtgui.auditing.diffusion.denoiser import Denoiser, PredictionTrial
from mtgui.auditing.diffusion.description import describe_plan
from mtgui.auditing.diffusion.networks import DiffusionNetworks, LoraFile, ModelFile, load_networks
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan, LoraSays, Prediction
from mtgui.auditing.diffusion.schedule import THOROUGH, USUAL, StepPlan
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.audit_request import PASSES, AuditRequest, ModelChoice
from mtgui.auditing.job.known_generators import KnownGenerator
from mtgui.auditing.job.labels import ClassNames
from mtgui.auditing.job.prompts import Asked, PromptPlan, plan_prompts
from mtgui.auditing.job.read_models import ReadFile, ReadModel
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name

_Asked = tuple[ModelChoice, AuditRequest, tuple[AuditSubject, ...]]
_PLANS = dict(zip(PASSES, (USUAL, THOROUGH), strict=True))
_HALF = (0.5, 0.5, 0.5)
_BASES: Mapping[Agreement, str] = {
    "same": "The SHA-256 of the base is the one that the LoRA names.",
    "other": "The base is another file than the one that the LoRA names: its SHA-256 differs. Evidence may be harder "
    "to find; by chance it is found no more often than α says.",
    "not named": "The LoRA does not name the SHA-256 of its base: whether this base is the right one is not known.",
    "folder": "The base is a folder, and the LoRA names the SHA-256 of a file: whether this base is the right one is "
    "not known.",
}
_WITHOUT_BASE = (
    "No base was given, so losses are plain denoising errors, which mostly say how hard a picture is: far fewer models "
    "are found than with the difference from the base from which this one was made."
)


@dataclass(frozen=True)
class Networks:
    """Loads the networks of an audit once, when they are first needed.

    steps: of each loss. prediction: what they predict, None as long as only pictures can tell; origin: how it is known,
    in words.
    """

    load: Callable[[], DiffusionNetworks]
    steps: StepPlan
    prediction: Prediction | None
    origin: str

    def model(self, device: Device, precision: Precision) -> AuditedModel:
        """Return the model under audit. Without a known prediction, it is “epsilon”, the usual one."""
        networks, prediction = self.load(), self.prediction or "epsilon"
        steps = self.steps.steps_of(networks.plan.schedule)
        return Denoiser(networks, steps, device, precision, prediction, self.origin)

    def question(self, device: Device, precision: Precision) -> AuditedModel:
        """Return the model whose classes are the two predictions."""
        networks = self.load()
        return PredictionTrial(networks, self.steps.steps_of(networks.plan.schedule)[-1:], device, precision)


@dataclass(frozen=True, kw_only=True)
class ReadDenoiser(ReadModel):
    """A LoRA or a diffusion model that was read; its classes are prompts."""

    networks: Networks
    prompts: PromptPlan

    @property
    def class_names(self) -> ClassNames:
        """The prompts."""
        return self.prompts.names

    @property
    def are_keys_dear(self) -> bool:
        """True: each key takes many passes for each picture."""
        return True

    def label_rule(self, label: str | None, _subject: AuditSubject, /) -> str:
        """Return the rule that follows from the prompts. Raises UsageError for a ``label``."""
        if label is not None:
            raise UsageError(f"{readable_name(self.path)} makes pictures and has no classes; leave out --label.")
        return self.prompts.rule

    @property
    def is_undecided(self) -> bool:
        """True while only pictures can tell what the networks predict."""
        return self.networks.prediction is None

    @property
    def trial_passes(self) -> int:
        """One, while only pictures can tell what the networks predict."""
        return int(self.is_undecided)

    def predicting(self, prediction: Prediction, origin: str) -> "ReadDenoiser":
        """Return this model with a known ``prediction``."""
        networks = replace(self.networks, prediction=prediction, origin=origin)
        return replace(self, networks=networks, build=_builder(networks))


def read_denoiser(file: ReadFile, known: KnownGenerator, asked: _Asked, control: Control) -> ReadDenoiser:
    """Return the model in ``file``, which is ``known``, compared with its base.

    asked: the choice of the model, the request and the records. Raises UsageError if a base is missing or does not
    belong to it, or if prompts do not fit; ModelError, RecognitionError, StorageError, CancelledError.
    """
    plan, base = known.plan, known.base
    if isinstance(plan, LoraPlan) and base is not None:
        notes = (_BASES[agreement(base.path, plan.says, control)],)
        return _denoiser(file, (LoraFile(plan, file.tensors, file.path), base), base.plan, asked, notes)
    if isinstance(plan, LoraPlan):
        raise UsageError(f"{readable_name(file.path)} is a LoRA, and its base is missing.")
    own = ModelFile(plan, file.tensors, file.path)
    if base is None:
        return _denoiser(file, (own, None), plan, asked, (_WITHOUT_BASE,))
    if base.facts.weights_hash == file.weights_hash:
        raise UsageError(
            f"{readable_name(base.path)} is the audited model itself; choose the model from which it was made."
        )
    return _denoiser(file, (own, base), plan, asked, ())


def _denoiser(
    file: ReadFile,
    pair: tuple[LoraFile | ModelFile, ModelFile | None],
    whole: DiffusionPlan,
    asked: _Asked,
    notes: tuple[str, ...],
) -> ReadDenoiser:
    """Return the audited model of ``pair``, whose second part is its base. whole: the plan of the whole model."""
    (audited, base), (choice, request, subjects) = pair, asked
    plan = audited.plan
    says = plan.says if isinstance(plan, LoraPlan) else LoraSays()
    wholes = tuple((one.plan, one.path) for one in (audited, base) if isinstance(one, ModelFile))
    prompts = plan_prompts(Asked(request.prompt, says.trigger, file.path, wholes, subjects))
    said = says.prediction
    side = whole.side if choice.input is None or choice.input.crop is None else choice.input.crop[0]
    prediction = said or whole.schedule.prediction
    origin = "the header of the LoRA" if said else whole.schedule.origin
    networks = Networks(
        cache(lambda: load_networks(audited, base, prompts.prompts, side)),
        _PLANS[request.passes],
        prediction,
        "" if prediction is None else origin,
    )
    beside = tuple(filter(None, (in_words(plan), "" if plan is whole else in_words(whole))))
    facts = {"side": side, "model": computation_of(plan), "base": None if base is None else computation_of(base.plan)}
    recognition = replace(
        _recognition(plan, whole, facts, prompts.names.classes),
        file_notes=(*plan.notes, *notes, *beside, *prompts.notes),
    )
    own_hash = file.weights_hash
    return ReadDenoiser(
        path=file.path,
        facts=file.facts,
        recognition=recognition,
        classes=prompts.names.classes,
        weights_hash=own_hash,
        summary=describe_model(
            file.facts, file.files, recognition, weights_hash=own_hash, generator=describe_plan(plan)
        ),
        build=_builder(networks),
        networks=networks,
        prompts=prompts,
    )


def _builder(networks: Networks) -> Callable[[Candidate, Device, Precision], AuditedModel]:
    return lambda _, device, precision: networks.model(device, precision)


def _recognition(
    plan: DiffusionPlan | LoraPlan, whole: DiffusionPlan, facts: Mapping[str, Any], prompts: int
) -> Recognition:
    """Return ``plan`` as what reports and events know: an architecture with its preprocessing.

    facts: everything beside tensors that changes a loss, with the side of pictures in pixels.
    """
    side = int(facts["side"])
    preprocessing = Preprocessing(side, (side, side), "lanczos", _HALF, _HALF)
    origin = f"default of {whole.title}"
    match = Match(
        architecture=plan.architecture,
        title=plan.title,
        options=dict(facts),
        classes=prompts,
        preprocessing=preprocessing,
        preprocessing_origin=origin,
        sureness="All names and shapes are those of this family.",
    )
    origins = Origins(origin, origin, origin, origin)
    return Recognition((Candidate(match, preprocessing, origins),))
