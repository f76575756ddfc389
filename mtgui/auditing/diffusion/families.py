"""What every model of a family has, as far as no tensor shows it: titles, sizes of pictures, schedules, networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from mtgui.auditing.diffusion.other_shapes import text_shapes
from mtgui.auditing.diffusion.plans import Family, NoiseSchedule, Role
from mtgui.auditing.diffusion.shapes import Shapes
from mtgui.auditing.diffusion.unet_shapes import CROSS_DOWN, CROSS_UP, PLAIN_DOWN, PLAIN_UP, unet_shapes


@dataclass(frozen=True)
class FamilyFacts:
    """A family: its title, side of its pictures in pixels, and how its latents and texts are used.

    latent_scale: by which latents are multiplied. roles: of its networks. text_layer, has_final_norm: as in
    `DiffusionPlan`. activations: of each text encoder. head_width: of the UNet's attention, None for a fixed number of
    heads, ``heads``.
    """

    title: str
    side: int
    latent_scale: float
    roles: tuple[Role, ...]
    text_layer: int = 1
    has_final_norm: bool = True
    activations: tuple[str, ...] = ("quick_gelu",)
    head_width: int | None = 64
    heads: int = 8
    upcasts_attention: bool = False


FAMILIES: Mapping[Family, FamilyFacts] = MappingProxyType(
    {
        "sd1": FamilyFacts("Stable Diffusion 1.x", 512, 0.18215, ("unet", "vae", "text_encoder"), head_width=None),
        "sd2": FamilyFacts(
            "Stable Diffusion 2.x",
            512,
            0.18215,
            ("unet", "vae", "text_encoder"),
            activations=("gelu",),
            upcasts_attention=True,
        ),
        "sdxl": FamilyFacts(
            "Stable Diffusion XL",
            1024,
            0.13025,
            ("unet", "vae", "text_encoder", "text_encoder_2"),
            text_layer=2,
            has_final_norm=False,
            activations=("quick_gelu", "gelu"),
        ),
        "pixel": FamilyFacts("a diffusion model that works on pixels", 32, 1.0, ("unet",)),
    }
)
"""The families, the most usual first."""


def usual_schedule(family: Family) -> NoiseSchedule:
    """Return the schedule with which the models of ``family`` were trained, where a file says nothing."""
    origin = f"usual for {FAMILIES[family].title}"
    if family == "pixel":
        return NoiseSchedule("linear", 0.0001, 0.02, 1000, "usual for models that work on pixels")
    return NoiseSchedule("scaled_linear", 0.00085, 0.012, 1000, origin)


@cache
def usual_networks(family: Family) -> Mapping[Role, Shapes]:
    """Return names and shapes of the UNet and the text encoders that all models of ``family`` have.

    There are none for models that work on pixels: each has its own.
    """
    if family == "pixel":
        return {}
    networks: dict[Role, Shapes] = {"unet": unet_shapes(_UNETS[family])}
    networks["text_encoder"] = text_shapes(_TEXTS[1024 if family == "sd2" else 768], is_projected=False)
    if family == "sdxl":
        networks["text_encoder_2"] = text_shapes(_TEXTS[1280], is_projected=True)
    return networks


def _unet(widths: tuple[int, ...], has_text: tuple[bool, ...], text: int, depths: tuple[int, ...]) -> dict[str, Any]:
    return {
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": widths,
        "layers_per_block": 2,
        "down_block_types": tuple(CROSS_DOWN if has else PLAIN_DOWN for has in has_text),
        "up_block_types": tuple(CROSS_UP if has else PLAIN_UP for has in has_text[::-1]),
        "transformer_layers_per_block": depths,
        "cross_attention_dim": text,
        "use_linear_projection": text != 768,
        "addition_embed_type": "text_time" if len(widths) == 3 else None,
        "projection_class_embeddings_input_dim": 2816,
    }


def _text(width: int, layers: int) -> dict[str, int]:
    return {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "vocab_size": 49408,
        "max_position_embeddings": 77,
        "projection_dim": width,
    }


_FOUR, _SOME = (320, 640, 1280, 1280), (True, True, True, False)
_UNETS: Mapping[Family, dict[str, Any]] = {
    "sd1": _unet(_FOUR, _SOME, 768, (1, 1, 1, 1)),
    "sd2": _unet(_FOUR, _SOME, 1024, (1, 1, 1, 1)),
    "sdxl": _unet((320, 640, 1280), (False, True, True), 2048, (1, 2, 10)),
}
# By width: CLIP ViT-L; OpenCLIP ViT-H without its last layer; OpenCLIP ViT-bigG.
_TEXTS = {768: _text(768, 12), 1024: _text(1024, 23), 1280: _text(1280, 32)}
