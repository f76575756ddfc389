"""Describes a LoRA or a diffusion model together with its base, which may be searched; without torch."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mtgui.auditing.architectures.generator_description import BaseDescription, GeneratorDescription
from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.auditing.diffusion.base_search import agreement, is_place_of_bases, search_base
from mtgui.auditing.diffusion.description import describe_plan, says_in_words
from mtgui.auditing.diffusion.expected_power import lora_outlook
from mtgui.auditing.diffusion.lora_header import says
from mtgui.auditing.diffusion.lora_recognition import looks_like_lora
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.common.control import Control
from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.reading.errors import ModelError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import inspect_model
from mtgui.records.record_suffix import RECORD_SUFFIX

Places = tuple[Path | None, Sequence[Path]]


def inspect_generator(path: Path, facts: ModelFacts, places: Places, control: Control) -> GeneratorDescription | None:
    """Return the description of the LoRA or diffusion model at ``path``; None for a file that is neither.

    facts: what the safe reader found in it. places: the file or folder of its base, if it was named, and folders in
    which the base that a LoRA names is searched; a named folder without a model is searched, too. Raises
    RecognitionError for a relative of these models that mtgui does not audit, OtherModelError for a change of another
    kind than a LoRA, CancelledError.
    """
    try:
        plan = recognise_diffusion(facts)
    except RecognitionError as error:
        if not looks_like_lora(facts.tensors):
            raise
        return _with_base(_unplaced(facts, error.reason), path, facts, places, control)
    if plan is None:
        return None
    return _with_base(describe_plan(plan), path, facts, places, control)


def _unplaced(facts: ModelFacts, reason: str) -> GeneratorDescription:
    """Return the description of a LoRA that fits no family of bases: only with its own base can it be understood."""
    said, notes = says(facts.metadata)
    note = f"{reason.partition('; the closest')[0]}; with its base it may be understood"
    return GeneratorDescription(
        kind="LoRA",
        architecture="diffusion/lora",
        title="a LoRA for another model",
        form="",
        parts={},
        says=says_in_words(said),
        notes=(f"{note[:1].upper()}{note[1:]}.", *notes),
        outlook=lora_outlook(said.exposures),
    )


def _with_base(
    found: GeneratorDescription, path: Path, facts: ModelFacts, places: Places, control: Control
) -> GeneratorDescription:
    """Return ``found`` with its base, if one is in ``places``; a LoRA is recognised again with its base."""
    is_lora, said = found.kind == "LoRA", says(facts.metadata)[0]
    base, folders = places
    searched = None
    if base is not None and is_place_of_bases(base):
        searched, base = base, None
    is_found = base is None
    if base is None and is_lora:
        base = search_base(path, said, [*folders, *([] if searched is None else [searched])], control)
    if base is None:
        return found if is_lora or searched is None else replace(found, base=_without_model(searched))
    try:
        plan = base_plan(path, base, control)
    except ModelError as error:
        reason = f"{error.reason[:1].upper()}{error.reason[1:]}"
        return replace(found, base=_unfit(base, reason))
    if not is_lora:
        return replace(found, base=_base_of_whole(recognise_diffusion(facts), base, plan))
    try:
        fitting = recognise_diffusion(facts, plan)
    except ModelError as error:
        unfit = _unfit(base, f"The LoRA is made for another model: {error.reason}")
        return replace(found, base=replace(unfit, title=plan.title))
    found = describe_plan(fitting) if isinstance(fitting, LoraPlan) else found
    return replace(
        found,
        base=BaseDescription(str(base), plan.title, "same" if is_found else agreement(base, said, control)),
        tries_prediction=said.prediction is None and plan.schedule.prediction is None,
    )


def _base_of_whole(audited: DiffusionPlan | LoraPlan | None, base: Path, plan: DiffusionPlan) -> BaseDescription:
    """Return the description of ``base``, whose plan is ``plan``: the audited whole model must be of its kind."""
    if isinstance(audited, DiffusionPlan) and (audited.family, audited.channels) != (plan.family, plan.channels):
        unfit = _unfit(base, text("It is {title}, another kind of model than the audited one.", title=plan.title))
        return replace(unfit, title=plan.title)
    return BaseDescription(str(base), plan.title)


def _unfit(base: Path, reason: str) -> BaseDescription:
    sentence = text("{name} cannot be the base. {reason}", name=readable_name(base), reason=reason)
    return BaseDescription(str(base), problem=sentence)


def _without_model(folder: Path) -> BaseDescription:
    sentence = text("{name} is a folder without a diffusion model. Choose another.", name=readable_name(folder))
    return BaseDescription(str(folder), problem=sentence)


def base_plan(path: Path, base: Path, control: Control) -> DiffusionPlan:
    """Return the plan of ``base``. Raises ModelError, also if it cannot be the base of the model at ``path``."""
    if base.exists() and base.samefile(path):
        raise ModelError(base, "it is the audited model itself; choose the model from which that was made")
    if base.suffix == RECORD_SUFFIX:
        raise ModelError(base, "it is a mark record; choose the model from which the audited one was made")
    facts = inspect_model(base, control=control)
    if facts.onnx is None and looks_like_lora(facts.tensors):
        raise ModelError(base, "it is a LoRA itself; choose the whole model that the audited one changes")
    plan = recognise_diffusion(facts)
    if not isinstance(plan, DiffusionPlan):
        raise ModelError(base, "it makes no pictures; choose the diffusion model from which the audited one was made")
    return plan
