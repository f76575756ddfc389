"""Describes the plan of a diffusion model or of a LoRA for people and programs."""

from collections import Counter
from collections.abc import Mapping

from mtgui.auditing.architectures.generator_description import (
    BASE_HASH,
    CAPTION_TEXT,
    GeneratorDescription,
    tags_in_words,
)
from mtgui.auditing.diffusion.expected_power import lora_outlook, model_outlook
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan, LoraSays, Prediction, Role
from mtgui.common.words import counted, whole

NETWORKS: Mapping[Role, str] = {
    "unet": "UNet",
    "vae": "VAE",
    "text_encoder": "text encoder",
    "text_encoder_2": "second text encoder",
}
_PREDICTIONS: Mapping[Prediction | None, str] = {
    "epsilon": "the noise (epsilon)",
    "v_prediction": "the velocity (v)",
    None: "not said: the noise or the velocity",
}


def describe_plan(plan: DiffusionPlan | LoraPlan) -> GeneratorDescription:
    """Return the description of ``plan``."""
    if isinstance(plan, LoraPlan):
        counts = Counter(pair.role for pair in plan.pairs)
        return GeneratorDescription(
            kind="LoRA",
            architecture=plan.architecture,
            title=plan.title,
            form=plan.spelling,
            parts={NETWORKS[role]: counts[role] for role in NETWORKS if counts[role]},
            ranks=plan.ranks,
            says=says_in_words(plan.says),
            notes=plan.notes,
            outlook=lora_outlook(plan.says.exposures),
            takes_captions=plan.family != "pixel",
        )
    schedule = plan.schedule
    return GeneratorDescription(
        kind="diffusion model",
        architecture=plan.architecture,
        title=plan.title,
        form=plan.layout,
        parts={NETWORKS[role]: len(plan.networks[role].weights) for role in NETWORKS if role in plan.networks},
        side=plan.side,
        prediction=_PREDICTIONS[schedule.prediction],
        schedule=f"{schedule.kind}, {schedule.first:g} to {schedule.last:g} in {whole(schedule.steps)} steps "
        f"({schedule.origin})",
        left_out=len(plan.left_out),
        notes=plan.notes,
        outlook=model_outlook(),
        takes_captions=plan.family != "pixel",
        tries_prediction=schedule.prediction is None,
    )


def says_in_words(said: LoraSays) -> dict[str, str]:
    """Return what a header says in words, by what it is about."""
    shown: dict[str, str | None] = {
        "base": said.base_name,
        BASE_HASH: said.base_sha256,
        "training": _training(said),
        "size of pictures": None if said.resolution is None else f"{said.resolution} pixels",
        "tags": tags_in_words(said.tags) or None,
        CAPTION_TEXT: said.trigger,
        "prediction": None if said.prediction is None else _PREDICTIONS[said.prediction],
    }
    return {about: text for about, text in shown.items() if text is not None}


def _training(said: LoraSays) -> str | None:
    """Return pictures × repeats × epochs, as far as they are said."""
    parts = [
        counted(number, noun)
        for number, noun in ((said.pictures, "picture"), (said.repeats, "repeat"), (said.epochs, "epoch"))
        if number is not None
    ]
    return " × ".join(parts) or None
