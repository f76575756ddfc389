"""Sorts the tensors of a diffusion model's file into its networks, by names that are translated into the library's."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mtgui.auditing.diffusion.ldm_names import UNET, open_clip_parts, translated, vae_levels, vae_table
from mtgui.auditing.diffusion.plans import Layout, Role, WeightPart
from mtgui.reading.errors import RefusalError, quoted
from mtgui.reading.facts import TensorFacts

LDM_UNET, LDM_VAE = "model.diffusion_model.", "first_stage_model."
_BESIDE = ("model_ema.", "first_stage_model.loss.", "first_stage_model.model_ema.", "cond_stage_model.logit_scale")
_NO_WEIGHTS = re.compile(r"(?:^|\.)(?:position_ids|logit_scale)$")
_OLD_ATTENTION = re.compile(r"(attentions\.\d+)\.(query|key|value|proj_attn)\.(weight|bias)$")
_NEW_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_TEXT = {
    "cond_stage_model.transformer.": "text_encoder",
    "conditioner.embedders.0.transformer.": "text_encoder",
    "cond_stage_model.model.": "text_encoder",
    "conditioner.embedders.1.model.": "text_encoder_2",
}
"""The beginnings of the names of text encoders in single files, those of OpenCLIP with “model.” at their end."""
_TOWER = "text_model."


@dataclass(frozen=True)
class FileParts:
    """The weights of each network by their names in the library, and the names of tensors that are of no use.

    is_open_clip: the text encoder, or the only one, is of OpenCLIP.
    """

    layout: Layout
    networks: Mapping[Role, Mapping[str, WeightPart]]
    left_out: tuple[str, ...]
    is_open_clip: bool = False


def is_single_file(tensors: Sequence[TensorFacts]) -> bool:
    """True if the names are those of Stable Diffusion's own files with a UNet, as before version 3."""
    return any(tensor.name.startswith(f"{LDM_UNET}input_blocks.") for tensor in tensors)


def single_file_parts(tensors: Sequence[TensorFacts]) -> FileParts:
    """Return the parts of a file with Stable Diffusion's own names. Raises RefusalError for a name with no place."""
    networks: dict[Role, dict[str, WeightPart]] = {"unet": {}, "vae": {}, "text_encoder": {}, "text_encoder_2": {}}
    left_out: list[str] = []
    vae = vae_table(vae_levels({t.name.removeprefix(LDM_VAE): t for t in tensors}))
    is_open_clip = False
    for tensor in tensors:
        name = tensor.name
        if name.startswith(_BESIDE) or _NO_WEIGHTS.search(name):
            left_out.append(name)
        elif name.startswith(LDM_UNET):
            networks["unet"][_needed(translated(name.removeprefix(LDM_UNET), UNET), name)] = _part(tensor)
        elif name.startswith(LDM_VAE):
            networks["vae"][_needed(translated(name.removeprefix(LDM_VAE), vae), name)] = _part(tensor)
        elif prefix := next((prefix for prefix in _TEXT if name.startswith(prefix)), None):
            role: Role = "text_encoder" if _TEXT[prefix] == "text_encoder" else "text_encoder_2"
            inner = name.removeprefix(prefix)
            if prefix.endswith(".model."):
                is_open_clip = is_open_clip or role == "text_encoder"
                found = open_clip_parts(inner, tensor.shape, name)
                _needed(next(iter(found), None), name)
                networks[role] |= found
            else:
                networks[role][_text_name(inner)] = _part(tensor)
        else:
            left_out.append(name)
    if is_open_clip:
        left_out += _without_last_layer(networks["text_encoder"])
    found_networks: dict[Role, Mapping[str, WeightPart]] = {role: one for role, one in networks.items() if one}
    return FileParts("single file", found_networks, tuple(left_out), is_open_clip)


def folder_parts(tensors: Sequence[TensorFacts]) -> FileParts:
    """Return the parts of a folder, in which each name begins with its part."""
    networks: dict[Role, dict[str, WeightPart]] = {}
    left_out: list[str] = []
    roles: tuple[Role, ...] = ("unet", "vae", "text_encoder", "text_encoder_2")
    for tensor in tensors:
        role = next((role for role in roles if tensor.name.startswith(f"{role}/")), None)
        if role is None or _NO_WEIGHTS.search(tensor.name):
            left_out.append(tensor.name)
            continue
        name = tensor.name.removeprefix(f"{role}/")
        inner = _text_name(name) if role.startswith("text") else modern_attention(name)
        networks.setdefault(role, {})[inner] = _part(tensor)
    return FileParts("folder", dict(networks), tuple(left_out))


def plain_parts(tensors: Iterable[TensorFacts]) -> dict[str, WeightPart]:
    """Return the weights of a file that holds one network of the library alone."""
    return {modern_attention(tensor.name): _part(tensor) for tensor in tensors}


def modern_attention(name: str) -> str:
    """Return the present name of a weight of attention among pixels, for which old files have another one."""
    return _OLD_ATTENTION.sub(lambda found: f"{found[1]}.{_NEW_ATTENTION[found[2]]}.{found[3]}", name)


def _text_name(name: str) -> str:
    return name if name.startswith((_TOWER, "text_projection.")) else f"{_TOWER}{name}"


def _part(tensor: TensorFacts) -> WeightPart:
    return WeightPart(tensor.name, tensor.shape)


def _needed(new: str | None, name: str) -> str:
    if new is None:
        raise RefusalError(f"{quoted(name)} has no place in Stable Diffusion; choose another model")
    return new


def _without_last_layer(parts: dict[str, WeightPart]) -> list[str]:
    """Take the last layer and the projection, which Stable Diffusion 2.x does not use, out of ``parts``.

    Return the names of their tensors.
    """
    layers = 0
    while f"text_model.encoder.layers.{layers}.layer_norm1.weight" in parts:
        layers += 1
    last = f"text_model.encoder.layers.{layers - 1}."
    unused = [name for name in parts if name.startswith((last, "text_projection."))]
    return list(dict.fromkeys(parts.pop(name).name for name in unused))
