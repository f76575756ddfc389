"""The spellings of LoRAs: from the name of a tensor to a network, a layer as the file writes it, and a role in it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mtgui.auditing.diffusion.ldm_names import UNET, translated
from mtgui.auditing.diffusion.plans import Role, Spelling
from mtgui.auditing.diffusion.shapes import Shapes

Piece = Literal["down", "up", "middle", "alpha"]

_KOHYA = re.compile(r"lora_(unet|te|te1|te2)_(\w+)\.(lora_down\.weight|lora_up\.weight|lora_mid\.weight|alpha)")
_KOHYA_ROLES: Mapping[str, Role] = {
    "unet": "unet",
    "te": "text_encoder",
    "te1": "text_encoder",
    "te2": "text_encoder_2",
}
_PIECES: Mapping[str, Piece] = {
    "lora_down.weight": "down",
    "lora_up.weight": "up",
    "lora_mid.weight": "middle",
    "alpha": "alpha",
    "lora.down.weight": "down",
    "lora.up.weight": "up",
    "lora_linear_layer.down.weight": "down",
    "lora_linear_layer.up.weight": "up",
    "down.weight": "down",
    "up.weight": "up",
    "A": "down",
    "B": "up",
}
_PEFT = re.compile(r"(?:base_model\.model\.)?(.+)\.lora_([AB])(?:\.default(?:_\d+)?)?\.weight")
_OLD = re.compile(r"(.+?)(?:\.processor)?\.(to_[qkv]|to_out)_lora\.((?:down|up)\.weight|alpha)")
_NEW = re.compile(r"(.+)\.((?:lora|lora_linear_layer)\.(?:down|up)\.weight|alpha)")
_ROLES: tuple[Role, ...] = ("text_encoder_2", "text_encoder", "unet", "vae")
_OF_TEXT = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}


@dataclass(frozen=True)
class LoraTensor:
    """A tensor of a LoRA: the network and the layer that it changes, as its spelling writes that, and which piece."""

    spelling: Spelling
    role: Role
    layer: str
    piece: Piece


def read_name(name: str) -> LoraTensor | None:
    """Return what the tensor ``name`` is in a LoRA; None if no spelling has such a name."""
    if found := _KOHYA.fullmatch(name):
        spelling: Spelling = "kohya"
        if found[1] == "unet" and found[2].startswith(("input_", "output_", "middle_", "time_embed_", "out_", "label")):
            spelling = "kohya, sgm names"
        return LoraTensor(spelling, _KOHYA_ROLES[found[1]], found[2], _PIECES[found[3]])
    if found := _PEFT.fullmatch(name):
        return _of_library("peft", found[1], _PIECES[found[2]])
    if found := _OLD.fullmatch(name):
        place, layer, piece = found.groups()
        role, place = _role(place)
        own = _OF_TEXT[layer] if role.startswith("text") else {"to_out": "to_out.0"}.get(layer, layer)
        return LoraTensor("diffusers, old", role, _modern(f"{place}.{own}"), _PIECES[piece])
    if found := _NEW.fullmatch(name):
        return _of_library("diffusers", found[1], _PIECES[found[2]])
    return None


def layer_names(shapes: Shapes, spelling: Spelling, role: Role) -> dict[str, str]:
    """Return the layers of a network that a LoRA can change: as ``spelling`` writes them → in the library."""
    layers = [name.removesuffix(".weight") for name, shape in shapes.items() if len(shape) in (2, 4)]
    layers = [layer for layer in layers if "embeddings." not in layer and name_is_weight(layer, shapes)]
    if not spelling.startswith("kohya"):
        return {layer: layer for layer in layers}
    names = {layer.replace(".", "_"): layer for layer in layers}
    if role == "unet":
        names |= {old.replace(".", "_"): layer for old, layer in _sgm_names(layers) if layer in set(layers)}
    return names


def name_is_weight(layer: str, shapes: Shapes) -> bool:
    """True if ``layer`` has a weight among ``shapes``."""
    return f"{layer}.weight" in shapes


def _sgm_names(layers: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield the names of layers in Stable Diffusion's own files, with their names in the library."""
    inner = {layer.partition(".attentions.")[2].partition(".")[2] for layer in layers if ".attentions." in layer}
    for old, new in UNET.items():
        if ".attentions." in new and not old.endswith("conv"):
            yield from ((f"{old}.{rest}", f"{new}.{rest}") for rest in sorted(inner))
        else:
            translation = translated(old, UNET)
            if translation is not None:
                yield old, translation


def _of_library(spelling: Spelling, place: str, piece: Piece) -> LoraTensor:
    role, layer = _role(place)
    return LoraTensor(spelling, role, _modern(layer), piece)


def _role(place: str) -> tuple[Role, str]:
    """Return the network that the beginning of ``place`` names, the UNet without one, and the rest."""
    for role in _ROLES:
        if place.startswith(f"{role}."):
            rest = place.removeprefix(f"{role}.")
            if role.startswith("text") and not rest.startswith(("text_model.", "text_projection")):
                rest = f"text_model.{rest}"
            return role, rest
    return ("text_encoder", place) if place.startswith("text_model.") else ("unet", place)


def _modern(layer: str) -> str:
    """Return a layer without the name of the object that computed it in old versions of the library."""
    return layer.replace(".processor.", ".").removesuffix(".processor")
