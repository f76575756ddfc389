"""LoRAs and diffusion models of an audit: read, recognised, given a base and prompts, and built when needed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mtgui.auditing.architectures.match import Candidate, Match, Recognition
from mtgui.auditing.architectures.model_description import describe_model
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.diffusion.base_search import agrees, find_base, is_place_of_bases
from mtgui.auditing.diffusion.denoiser import Denoiser, PredictionTrial
from mtgui.auditing.diffusion.description import describe_plan
from mtgui.auditing.diffusion.networks import DiffusionNetworks, LoraFile, ModelFile, load_networks
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan, LoraSays, Prediction
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.auditing.diffusion.schedule import THOROUGH, USUAL, StepPlan
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.job.audit_request import PASSES, AuditRequest, ModelChoice
from mtgui.auditing.job.labels import ClassNames
from mtgui.auditing.job.prompts import Asked, PromptPlan, plan_prompts
from mtgui.auditing.job.read_models import ReadFile, ReadModel, read_file
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name

_Asked = tuple[ModelChoice, AuditRequest, tuple[AuditSubject, ...]]
_PLANS = dict(zip(PASSES, (USUAL, THOROUGH), strict=True))
_HALF = (0.5, 0.5, 0.5)
_OTHER_BASE = (
    "The base is another file than the one that the LoRA names: its SHA-256 differs. Evidence may be harder to find; "
    "by chance it is found no more often than α says."
)
_NAMED_BASE = "The SHA-256 of the base is the one that the LoRA names."
_UNNAMED_BASE = "The LoRA does not name the SHA-256 of its base: whether this base is the right one is not known."
_WITHOUT_BASE = (
    "No base was given, so losses are plain denoising errors, which mostly say how hard a picture is: far fewer models "
    "are found than with the difference from the base from which this one was made (--base)."
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


def given_base(choice: ModelChoice, stack: ExitStack, control: Control) -> ModelFile | None:
    """Return the base that ``choice`` names; None if it names none, or a folder in which a base is searched.

    Raises UsageError if it is no whole diffusion model; ModelError, RecognitionError, StorageError, CancelledError.
    """
    if choice.base is None or is_place_of_bases(choice.base):
        return None
    return _read_base(choice.base, stack, control)


def read_denoiser(
    file: ReadFile,
    plan: DiffusionPlan | LoraPlan,
    base: ModelFile | None,
    asked: _Asked,
    stack: ExitStack,
    control: Control,
) -> ReadDenoiser:
    """Return the model in ``file``, recognised as ``plan``, compared with ``base``; the base of a LoRA may be searched.

    Closing ``stack`` frees temporary files. asked: the choice of the model, the request and the records. Raises
    UsageError if a base is missing or does not belong to it, or if prompts do not fit; ModelError, RecognitionError,
    StorageError, CancelledError.
    """
    choice = asked[0]
    if isinstance(plan, LoraPlan):
        if base is None:
            base = _read_base(find_base(file.path, plan.says, choice.base, control), stack, control)
            found = recognise_diffusion(file.facts, base.plan)
            plan = found if isinstance(found, LoraPlan) else plan
        agreed = agrees(base.path, plan.says)
        notes = (_UNNAMED_BASE if agreed is None else _NAMED_BASE if agreed else _OTHER_BASE,)
        return _denoiser(file, (LoraFile(plan, file.tensors, file.path), base), base.plan, asked, notes)
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
    recognition = _recognition(plan, whole, side, (*plan.notes, *notes, *prompts.notes), prompts.names.classes)
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


def _read_base(path: Path, stack: ExitStack, control: Control) -> ModelFile:
    found = read_file(path, stack, control)
    plan = recognise_diffusion(found.facts)
    if not isinstance(plan, DiffusionPlan):
        raise UsageError(f"{readable_name(path)} is no whole diffusion model, so it cannot be the base of another.")
    return ModelFile(plan, found.tensors, path)


def _builder(networks: Networks) -> Callable[[Candidate, Device, Precision], AuditedModel]:
    return lambda _, device, precision: networks.model(device, precision)


def _recognition(
    plan: DiffusionPlan | LoraPlan, whole: DiffusionPlan, side: int, notes: tuple[str, ...], prompts: int
) -> Recognition:
    """Return ``plan`` as what reports and events know: an architecture with its preprocessing."""
    preprocessing = Preprocessing(side, (side, side), "lanczos", _HALF, _HALF)
    origin = f"default of {whole.title}"
    match = Match(
        architecture=plan.architecture,
        title=plan.title,
        options={"side": side, "schedule": [whole.schedule.kind, whole.schedule.steps]},
        classes=prompts,
        preprocessing=preprocessing,
        preprocessing_origin=origin,
        sureness="All names and shapes are those of this family.",
    )
    origins = Origins(origin, origin, origin, origin)
    return Recognition((Candidate(match, preprocessing, origins),), file_notes=notes)
