"""Recognises LoRAs and diffusion models in what the safe reader found; without torch."""

from pathlib import Path

from mtgui.auditing.architectures.other_models import kind_in_words
from mtgui.auditing.architectures.recognise import OtherModelError, RecognitionError
from mtgui.auditing.diffusion.file_parts import is_single_file
from mtgui.auditing.diffusion.lora_recognition import looks_like_lora, recognise_lora
from mtgui.auditing.diffusion.model_recognition import recognise_folder, recognise_single_file
from mtgui.auditing.diffusion.pixel_recognition import is_pixel_model, recognise_pixel_model
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan
from mtgui.reading.errors import RefusalError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.hints import SettingError


def recognise_diffusion(facts: ModelFacts, base: DiffusionPlan | None = None) -> DiffusionPlan | LoraPlan | None:
    """Return the plan of a diffusion model or of a LoRA; None for a file that is neither of a kind that mtgui builds.

    base: the model that a LoRA changes; without one, a LoRA is compared with the networks of every family. Raises
    RecognitionError, with the reason, for a relative of these models that mtgui does not audit, and OtherModelError for
    a change of another kind than a LoRA.
    """
    if facts.onnx is not None:
        return None
    path = Path(facts.files[0]) if facts.files else Path("model")
    names = [tensor.name for tensor in facts.tensors]
    try:
        if looks_like_lora(facts.tensors):
            if any("dora_scale" in name or "magnitude_vector" in name for name in names):
                raise OtherModelError(path, kind_in_words(names) or "it is a DoRA")
            return recognise_lora(facts, base)
        if is_single_file(facts.tensors):
            return recognise_single_file(facts)
        if is_pixel_model(facts):
            return recognise_pixel_model(facts)
        if facts.hints.pipeline:
            return recognise_folder(facts)
    except (RefusalError, SettingError) as error:
        raise RecognitionError(path, str(error)) from error
    return None
