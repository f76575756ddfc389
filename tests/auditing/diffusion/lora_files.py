"""LoRAs for the library's networks, as shapes under the names of each spelling."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.auditing.diffusion import library_models as library

Shapes = dict[str, tuple[int, ...]]
TARGETS = ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "q_proj", "out_proj", "fc1", "fc2")
CONVOLUTIONS = ("conv1", "conv2", "conv_shortcut", "proj_in", "proj_out", "time_emb_proj", "downsamplers.0.conv",
                "upsamplers.0.conv", "conv_in", "conv_out", "linear_1", "linear_2")  # fmt: skip


def layers(network: Any, ends: tuple[str, ...] = TARGETS) -> Shapes:
    """Return the layers of a network of the library whose names have one of the ``ends``, with their shapes."""
    return {
        name.removesuffix(".weight"): tuple(value.shape)
        for name, value in library.state_of(network).items()
        if name.removesuffix(".weight").endswith(ends) and name.endswith(".weight")
    }


def pieces(shape: tuple[int, ...], rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shapes of down and up for a layer of ``shape``."""
    return (rank, *shape[1:]), (shape[0], rank, *((1, 1) if len(shape) == 4 else ()))


def kohya(role: str, layer: str) -> tuple[str, str, str]:
    prefix = {"unet": "lora_unet_", "text_encoder": "lora_te_", "text_encoder_2": "lora_te2_"}[role]
    name = prefix + layer.replace(".", "_")
    return f"{name}.lora_down.weight", f"{name}.lora_up.weight", f"{name}.alpha"


def kohya_of_xl(role: str, layer: str) -> tuple[str, str, str]:
    """As kohya's scripts write them for Stable Diffusion XL: the UNet in its own names."""
    if role == "unet":
        own = next(iter(library.unet_as_ldm({f"{layer}.weight": None, **_MARKERS})))
        layer = own.removesuffix(".weight")
    down, up, alpha = (name.replace("lora_te_", "lora_te1_") for name in kohya(role, layer))
    return down, up, alpha


# The levels of Stable Diffusion XL that have attention on the way up.
_MARKERS = {f"up_blocks.{level}.attentions.0.norm.weight": None for level in (0, 1)}


def diffusers(role: str, layer: str) -> tuple[str, str, str]:
    middle = "lora_linear_layer" if role.startswith("text") else "lora"
    return f"{role}.{layer}.{middle}.down.weight", f"{role}.{layer}.{middle}.up.weight", ""


def old_diffusers(role: str, layer: str) -> tuple[str, str, str]:
    place, own = layer.removesuffix(".0").rsplit(".", 1)
    prefix = "" if role == "unet" else f"{role}."
    own = {"q_proj": "to_q", "out_proj": "to_out"}.get(own, own)
    inner = "" if role.startswith("text") else "processor."
    name = f"{prefix}{place}.{inner}{own}_lora"
    return f"{name}.down.weight", f"{name}.up.weight", ""


def peft(role: str, layer: str) -> tuple[str, str, str]:
    return f"{role}.{layer}.lora_A.weight", f"{role}.{layer}.lora_B.weight", ""


def peft_alone(role: str, layer: str) -> tuple[str, str, str]:
    assert role == "unet"
    name = f"base_model.model.{layer}"
    return f"{name}.lora_A.default.weight", f"{name}.lora_B.default.weight", ""


def lora(
    found: Mapping[str, Any],
    spell: Callable[[str, str], tuple[str, str, str]],
    ends: tuple[str, ...] = TARGETS,
    rank: int = 4,
) -> tuple[Shapes, dict[tuple[str, str], tuple[str, str, str]]]:
    """Return the tensors of a LoRA, and for each layer of each network the names of down, up and alpha."""
    tensors: Shapes = {}
    names = {}
    for role, network in found.items():
        for layer, shape in layers(network, ends).items():
            down, up, alpha = names[role, layer] = spell(role, layer)
            tensors[down], tensors[up] = pieces(shape, rank)
            if alpha:
                tensors[alpha] = ()
    return tensors, names
