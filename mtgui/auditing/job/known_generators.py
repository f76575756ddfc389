"""Recognises a LoRA or a diffusion model of an audit together with its base, which may be searched."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.auditing.diffusion.base_search import find_base, is_place_of_bases
from mtgui.auditing.diffusion.generator_inspection import base_plan
from mtgui.auditing.diffusion.lora_header import says
from mtgui.auditing.diffusion.lora_recognition import looks_like_lora
from mtgui.auditing.diffusion.networks import ModelFile
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.auditing.job.read_models import read_file
from mtgui.common.control import Control
from mtgui.reading.facts import ModelFacts


@dataclass(frozen=True)
class KnownGenerator:
    """A LoRA with its base, or a diffusion model, with a base or without."""

    plan: DiffusionPlan | LoraPlan
    base: ModelFile | None


def recognise_with_base(
    choice: ModelChoice, facts: ModelFacts, stack: ExitStack, control: Control
) -> KnownGenerator | None:
    """Return what ``facts`` of a file describe, and its base; None for a file that is no LoRA and makes no pictures.

    The base is read only after the file was recognised, or if it is a LoRA that no usual family of bases fits. Closing
    ``stack`` frees temporary files. Raises UsageError if the base of a LoRA is not found; ModelError, also if
    a base is no whole diffusion model; RecognitionError, StorageError, CancelledError.
    """
    try:
        plan = recognise_diffusion(facts)
    except RecognitionError:
        said = says(facts.metadata)[0]
        is_known = choice.base is not None or said.base_sha256 is not None
        if not (looks_like_lora(facts.tensors) and is_known):
            raise
        plan = None
    else:
        if plan is None:
            return None
    if isinstance(plan, DiffusionPlan):
        is_given = choice.base is not None and not is_place_of_bases(choice.base)
        return KnownGenerator(
            plan, _read_base(choice, choice.base, stack, control) if choice.base and is_given else None
        )
    base = _read_base(choice, find_base(choice.path, says(facts.metadata)[0], choice.base, control), stack, control)
    found = recognise_diffusion(facts, base.plan)
    return None if found is None else KnownGenerator(found, base)


def _read_base(choice: ModelChoice, path: Path, stack: ExitStack, control: Control) -> ModelFile:
    plan = base_plan(choice.path, path, control)
    found = read_file(path, stack, control)
    return ModelFile(plan, found.tensors, path)
