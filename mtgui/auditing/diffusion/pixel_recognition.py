"""Recognises diffusion models that work on pixels (`UNet2DModel`), by names, shapes and settings; without torch."""

from mtgui.auditing.diffusion.families import FAMILIES, usual_schedule
from mtgui.auditing.diffusion.file_parts import folder_parts, plain_parts
from mtgui.auditing.diffusion.matching import Parts, matched
from mtgui.auditing.diffusion.plans import DiffusionPlan, Layout, NetworkPlan
from mtgui.auditing.diffusion.settings_from_config import pixel_choices, schedule_from, side_from
from mtgui.auditing.diffusion.settings_from_shapes import check_groups, pixel_unet_settings
from mtgui.auditing.diffusion.unet_shapes import pixel_unet_shapes
from mtgui.reading.errors import RefusalError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.hints import Settings

_KIND = "UNet2DModel"


def is_pixel_model(facts: ModelFacts) -> bool:
    """True for a network with the names of `UNet2DModel`: levels down and up, a timestep, and no texts."""
    names = {tensor.name.removeprefix("unet/") for tensor in facts.tensors}
    return {
        "conv_in.weight",
        "time_embedding.linear_1.weight",
        "down_blocks.0.resnets.0.conv1.weight",
        "mid_block.resnets.0.conv1.weight",
        "conv_norm_out.weight",
    } <= names and not any(".attn2." in name or name.startswith("vae/") for name in names)


def recognise_pixel_model(facts: ModelFacts) -> DiffusionPlan:
    """Return the plan of a folder or a file with a `UNet2DModel`. Raises RefusalError, SettingError."""
    notes: list[str] = []
    layout: Layout = "single file"
    config, scheduler = facts.hints.config, Settings()
    if facts.hints.parts or facts.hints.pipeline:
        parts: Parts = folder_parts(facts.tensors).networks.get("unet", {})
        layout, config = "folder", facts.hints.parts.get("unet", Settings())
        scheduler = facts.hints.parts.get("scheduler", scheduler)
    else:
        parts = plain_parts(facts.tensors)
    if not config.values:
        notes.append("No settings lie beside it (config.json): those that its shapes do not show are the library’s.")
    elif config.text("_class_name") not in (_KIND, None):
        raise RefusalError(f"{config.place} says that it is no {_KIND}; choose another model")
    plan = _network(parts, config)
    side = side_from(config)
    if side is None:
        notes.append(f"The size of its pictures is not said: {FAMILIES['pixel'].side} pixels, a guess.")
    schedule, more = schedule_from(scheduler, usual_schedule("pixel"))
    return DiffusionPlan(
        family="pixel",
        title=FAMILIES["pixel"].title,
        layout=layout,
        side=side or FAMILIES["pixel"].side,
        networks={"unet": plan},
        schedule=schedule,
        notes=(*notes, *more),
    )


def _network(parts: Parts, config: Settings) -> NetworkPlan:
    settings = pixel_choices(config, pixel_unet_settings(parts))
    check_groups(settings, "its UNet")
    channels, answers = settings["in_channels"], settings["out_channels"]
    if channels != answers:
        raise RefusalError(
            f"it takes {channels} channels and answers with {answers}: it does more than to predict noise; choose "
            "another model"
        )
    if channels not in (1, 3):
        raise RefusalError(f"it works on {channels} channels, which are no grey or coloured pictures; choose another")
    return NetworkPlan("unet", _KIND, settings, matched(parts, pixel_unet_shapes(settings), "its UNet"))
