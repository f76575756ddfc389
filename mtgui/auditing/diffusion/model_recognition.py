"""Recognises whole diffusion models, single files and folders, by names, shapes and settings; without torch."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtgui.auditing.diffusion.families import FAMILIES, usual_schedule
from mtgui.auditing.diffusion.file_parts import FileParts, folder_parts, single_file_parts
from mtgui.auditing.diffusion.matching import Parts, matched
from mtgui.auditing.diffusion.other_shapes import text_shapes, vae_shapes
from mtgui.auditing.diffusion.plans import DiffusionPlan, Family, NetworkPlan, NoiseSchedule, Role
from mtgui.auditing.diffusion.settings_from_config import (
    as_prediction,
    schedule_from,
    side_from,
    text_choices,
    unet_choices,
    vae_choices,
)
from mtgui.auditing.diffusion.settings_from_shapes import check_groups, text_settings, unet_settings, vae_settings
from mtgui.auditing.diffusion.unet_shapes import unet_shapes
from mtgui.common.words import counted
from mtgui.reading.errors import RefusalError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.hints import Settings

_NO_SETTINGS = Settings()
_WHOLE = "choose the whole model, as one file or as a folder"
_IN_WORDS: Mapping[Role, str] = {
    "unet": "UNet",
    "vae": "VAE",
    "text_encoder": "text encoder",
    "text_encoder_2": "second text encoder",
}
_TIME_NUMBERS = 6
"""How many numbers of a picture (sizes and cuts) the UNet of Stable Diffusion XL is told."""


def recognise_single_file(facts: ModelFacts) -> DiffusionPlan:
    """Return the plan of a file with Stable Diffusion's own names.

    Raises RefusalError, with the reason, for a model that mtgui does not build.
    """
    names = {tensor.name for tensor in facts.tensors}
    if any(name.startswith("control_model.") for name in names):
        raise RefusalError("it holds a ControlNet; choose the model that it steers")
    if any(name.startswith("conditioner.embedders.0.model.") for name in names):
        raise RefusalError(
            "it is the refiner of Stable Diffusion XL, which only finishes pictures; choose the base model"
        )
    parts = single_file_parts(facts.tensors)
    said = as_prediction(facts.metadata.get("modelspec.prediction_type"))
    if said is None and names & {"v_pred", "v_prediction"}:
        said = "v_prediction"
    plan = _plan(parts, {})
    notes = plan.notes
    if "ztsnr" in names:
        notes += ("It says that its schedule of noise ends in pure noise; mtgui computes it without that.",)
    side = 768 if plan.family == "sd2" and said == "v_prediction" else plan.side
    return replace(plan, schedule=replace(plan.schedule, prediction=said), side=side, notes=notes)


def recognise_folder(facts: ModelFacts) -> DiffusionPlan:
    """Return the plan of a folder with text encoders and a VAE. Raises RefusalError, SettingError."""
    return _plan(folder_parts(facts.tensors), facts.hints.parts)


def _plan(parts: FileParts, configs: Mapping[str, Settings]) -> DiffusionPlan:
    if "unet" not in parts.networks:
        raise RefusalError(f"it holds no UNet; {_WHOLE}")
    shapes = unet_settings(parts.networks["unet"])
    family = _family(parts.networks["unet"], shapes)
    facts = FAMILIES[family]
    missing = [_IN_WORDS[role] for role in facts.roles if role not in parts.networks]
    if missing == ["text encoder"] and family == "sdxl":
        raise RefusalError(
            "it is the refiner of Stable Diffusion XL, which only finishes pictures; choose the base model"
        )
    if missing:
        raise RefusalError(f"it is {facts.title} without its {' and '.join(missing)}; {_WHOLE}")
    networks = _networks(family, parts, shapes, configs)
    schedule, notes = _schedule(configs, family)
    vae = networks["vae"].settings
    side = side_from(configs.get("unet", _NO_SETTINGS), 1 << (len(vae["block_out_channels"]) - 1))
    return DiffusionPlan(
        family=family,
        title=facts.title,
        layout=parts.layout,
        side=facts.side if side is None else side,
        networks=networks,
        schedule=schedule,
        latent_scale=vae["scaling_factor"],
        latent_shift=vae["shift_factor"] or 0.0,
        text_layer=facts.text_layer,
        has_final_norm=facts.has_final_norm,
        left_out=tuple(parts.left_out),
        notes=(*_note_on_average(parts), *notes),
    )


def _note_on_average(parts: FileParts) -> tuple[str, ...]:
    averaged = sum(name.startswith("model_ema.") for name in parts.left_out)
    if not averaged:
        return ()
    many = counted(averaged, "tensor")
    return (f"The average of its UNet over the training ({many}) was left out; its last state is audited.",)


def _family(unet: Parts, shapes: Mapping[str, Any]) -> Family:
    """Return the family of a UNet. Raises RefusalError for relatives that mtgui does not audit."""
    if shapes["addition_embed_type"]:
        family: Family = "sdxl"
    else:
        family = "sd2" if shapes["use_linear_projection"] else "sd1"
    inputs, outputs = shapes["in_channels"], shapes["out_channels"]
    title = FAMILIES[family].title
    if inputs == 9:
        raise RefusalError(f"it is {title} for inpainting, which fills holes in pictures; choose the model without it")
    if inputs == 8:
        raise RefusalError(f"it is {title} for changing pictures by instructions; choose the model without it")
    if inputs != outputs or "class_embedding.weight" in unet:
        raise RefusalError(f"it is {title} changed for another task; choose the model without the change")
    return family


def _networks(
    family: Family, parts: FileParts, shapes: Mapping[str, Any], configs: Mapping[str, Settings]
) -> dict[Role, NetworkPlan]:
    facts = FAMILIES[family]
    networks: dict[Role, NetworkPlan] = {}
    networks["vae"] = _vae(parts.networks["vae"], configs.get("vae", _NO_SETTINGS), family)
    texts = [role for role in facts.roles if role.startswith("text")]
    for role, activation in zip(texts, facts.activations, strict=True):
        networks[role] = _text(role, parts.networks[role], configs.get(role, _NO_SETTINGS), activation)
    config = configs.get("unet", _NO_SETTINGS)
    settings = unet_choices(config, shapes, _heads(family, shapes["block_out_channels"]))
    if not config.values:
        settings["upcast_attention"] = facts.upcasts_attention
    check_groups(settings, "its UNet")
    widths = sum(networks[role].settings["hidden_size"] for role in texts)
    if settings["cross_attention_dim"] != widths:
        raise RefusalError(
            f"its UNet listens to texts of width {settings['cross_attention_dim']:,}, and its text encoders answer "
            f"with {widths:,}; choose another model"
        )
    if settings["in_channels"] != networks["vae"].settings["latent_channels"]:
        raise RefusalError("its UNet and its VAE do not fit together; choose another model")
    if family == "sdxl":
        settings["addition_time_embed_dim"] = _time_width(settings, networks["text_encoder_2"].settings)
    weights = matched(parts.networks["unet"], unet_shapes(settings), "its UNet")
    return {"unet": NetworkPlan("unet", "UNet2DConditionModel", settings, weights), **networks}


def _heads(family: Family, widths: tuple[int, ...]) -> int | tuple[int, ...]:
    facts = FAMILIES[family]
    if facts.head_width is None:
        return facts.heads
    return tuple(max(1, width // facts.head_width) for width in widths)


def _time_width(settings: Mapping[str, Any], text: Mapping[str, Any]) -> int:
    """Return the width of each number's embedding, which follows from that of all and of the text's summary."""
    left: int = settings["projection_class_embeddings_input_dim"] - text["projection_dim"]
    width = left // _TIME_NUMBERS
    if left < _TIME_NUMBERS or left % _TIME_NUMBERS or settings["addition_time_embed_dim"] not in (None, width):
        raise RefusalError("its UNet and its second text encoder do not fit together; choose another model")
    return width


def _vae(parts: Parts, config: Settings, family: Family) -> NetworkPlan:
    settings = vae_choices(config, vae_settings(parts), FAMILIES[family].latent_scale)
    check_groups(settings, "its VAE")
    if settings["in_channels"] != 3 or settings["out_channels"] != 3:
        raise RefusalError("its VAE packs no pictures of three channels; choose another model")
    return NetworkPlan("vae", "AutoencoderKL", settings, matched(parts, vae_shapes(settings), "its VAE"))


def _text(role: Role, parts: Parts, config: Settings, activation: str) -> NetworkPlan:
    is_projected = role == "text_encoder_2"
    settings = text_choices(config, text_settings(parts), activation)
    # A projection that nothing reads lies in some files.
    used = parts if is_projected else {name: one for name, one in parts.items() if name != "text_projection.weight"}
    weights = matched(used, text_shapes(settings, is_projected=is_projected), f"its {_IN_WORDS[role]}")
    kind = "CLIPTextModelWithProjection" if is_projected else "CLIPTextModel"
    return NetworkPlan(role, kind, settings, weights)


def _schedule(configs: Mapping[str, Settings], family: Family) -> tuple[NoiseSchedule, tuple[str, ...]]:
    return schedule_from(configs.get("scheduler", _NO_SETTINGS), usual_schedule(family))
