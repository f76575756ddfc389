"""The settings of the library's classes that follow from the shapes of weights, within bounds."""

from collections.abc import Iterator, Mapping
from typing import Any

from mtgui.auditing.diffusion.matching import Parts, in_words
from mtgui.auditing.diffusion.shapes import Shape
from mtgui.auditing.diffusion.unet_shapes import (
    ATTENTION_DOWN,
    ATTENTION_UP,
    CROSS_DOWN,
    CROSS_UP,
    PLAIN_DOWN,
    PLAIN_UP,
)
from mtgui.reading.errors import RefusalError, quoted

MOST_LEVELS, MOST_LAYERS, MOST_DEPTH, MOST_TEXT_LAYERS = 8, 8, 32, 96
WIDEST, MOST_WORDS = 1 << 14, 1 << 20


def unet_settings(parts: Parts) -> dict[str, Any]:
    """Return what the shapes of a `UNet2DConditionModel` say. Raises RefusalError if they are impossible."""
    sizes = _unet_sizes(parts)
    levels = range(len(sizes["block_out_channels"]))
    depths = tuple(_count(parts, f"down_blocks.{n}.attentions.0.transformer_blocks.{{}}.norm1.weight") for n in levels)
    middle = "mid_block.attentions.0"
    deepest = _count(parts, f"{middle}.transformer_blocks.{{}}.norm1.weight")
    if not deepest or max(depths) > MOST_DEPTH or deepest > MOST_DEPTH:
        raise RefusalError("its UNet has no attention to texts, or too much of it; choose another model")
    # The middle has the depth of the last level, whether or not that level has attention itself.
    depths = (*(depth or 1 for depth in depths[:-1]), deepest)
    has = [f"down_blocks.{n}.attentions.0.norm.weight" in parts for n in levels]
    has_up = [f"up_blocks.{n}.attentions.0.norm.weight" in parts for n in levels]
    is_timed = "add_embedding.linear_1.weight" in parts
    return sizes | {
        "down_block_types": tuple(CROSS_DOWN if one else PLAIN_DOWN for one in has),
        "up_block_types": tuple(CROSS_UP if one else PLAIN_UP for one in has_up),
        "transformer_layers_per_block": depths,
        "cross_attention_dim": _length(parts, f"{middle}.transformer_blocks.0.attn2.to_k.weight", 1),
        "use_linear_projection": len(shape_of(parts, f"{middle}.proj_in.weight")) == 2,
        "addition_embed_type": "text_time" if is_timed else None,
        "projection_class_embeddings_input_dim": _length(parts, "add_embedding.linear_1.weight", 1)
        if is_timed
        else None,
    }


def pixel_unet_settings(parts: Parts) -> dict[str, Any]:
    """Return what the shapes of a `UNet2DModel` say. Raises RefusalError if they are impossible."""
    sizes = _unet_sizes(parts)
    levels = range(len(sizes["block_out_channels"]))
    has = [f"down_blocks.{n}.attentions.0.group_norm.weight" in parts for n in levels]
    has_up = [f"up_blocks.{n}.attentions.0.group_norm.weight" in parts for n in levels]
    return sizes | {
        "down_block_types": tuple(ATTENTION_DOWN if one else PLAIN_DOWN for one in has),
        "up_block_types": tuple(ATTENTION_UP if one else PLAIN_UP for one in has_up),
        "add_attention": "mid_block.attentions.0.group_norm.weight" in parts,
    }


def vae_settings(parts: Parts) -> dict[str, Any]:
    """Return what the shapes of an `AutoencoderKL` say. Raises RefusalError if they are impossible."""
    widths = tuple(_widths(parts, "encoder.down_blocks.{}.resnets.0.conv1.weight", "its VAE"))
    return {
        "in_channels": _length(parts, "encoder.conv_in.weight", 1),
        "out_channels": _length(parts, "decoder.conv_out.weight", 0),
        "down_block_types": ("DownEncoderBlock2D",) * len(widths),
        "up_block_types": ("UpDecoderBlock2D",) * len(widths),
        "block_out_channels": widths,
        "layers_per_block": _layers(parts, "encoder.down_blocks.0.resnets.{}.conv1.weight", "its VAE"),
        "latent_channels": _length(parts, "decoder.conv_in.weight", 1),
    }


def text_settings(parts: Parts) -> dict[str, Any]:
    """Return what the shapes of a text encoder, say. Raises RefusalError."""
    words, width = _matrix(parts, "text_model.embeddings.token_embedding.weight", MOST_WORDS)
    layers = _count(parts, "text_model.encoder.layers.{}.layer_norm1.weight")
    if not 1 <= layers <= MOST_TEXT_LAYERS:
        raise RefusalError("its text encoder has no layers, or more than any; choose another model")
    projected = parts.get("text_projection.weight")
    return {
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": _length(parts, "text_model.encoder.layers.0.mlp.fc1.weight", 0),
        "num_hidden_layers": layers,
        "max_position_embeddings": _matrix(parts, "text_model.embeddings.position_embedding.weight", WIDEST)[0],
        "projection_dim": width if projected is None else _length(parts, "text_projection.weight", 0),
    }


def shape_of(parts: Parts, name: str) -> Shape:
    """Return the stored shape of a weight. Raises RefusalError if it is missing."""
    if name not in parts:
        raise RefusalError(f"it lacks {quoted(name)}; download it again, or choose another model")
    return parts[name].shape


def check_groups(settings: Mapping[str, Any], network: str) -> None:
    """Raise RefusalError unless the groups of each norm divide all widths of a network."""
    groups = settings["norm_num_groups"]
    if any(width % groups for width in settings["block_out_channels"]):
        raise RefusalError(
            f"the widths of {network} are no multiples of {groups}, the usual groups of its norms; if a config.json "
            "belongs to this file, put it beside it"
        )


def _unet_sizes(parts: Parts) -> dict[str, Any]:
    widths = tuple(_widths(parts, "down_blocks.{}.resnets.0.conv1.weight", "its UNet"))
    return {
        "in_channels": _length(parts, "conv_in.weight", 1),
        "out_channels": _length(parts, "conv_out.weight", 0),
        "block_out_channels": widths,
        "layers_per_block": _layers(parts, "down_blocks.0.resnets.{}.conv1.weight", "its UNet"),
    }


def _widths(parts: Parts, pattern: str, network: str) -> Iterator[int]:
    levels = _count(parts, pattern)
    if not 1 <= levels <= MOST_LEVELS:
        raise RefusalError(f"{network} has no levels, or more than any; choose another model")
    return (_length(parts, pattern.format(level), 0) for level in range(levels))


def _layers(parts: Parts, pattern: str, network: str) -> int:
    layers = _count(parts, pattern)
    if not 1 <= layers <= MOST_LAYERS:
        raise RefusalError(f"{network} has levels without layers, or with too many; choose another model")
    return layers


def _count(parts: Parts, pattern: str) -> int:
    """Return how many names of a pattern there are, counted from 0 without a gap."""
    number = 0
    while pattern.format(number) in parts:
        number += 1
    return number


def _length(parts: Parts, name: str, axis: int) -> int:
    shape = shape_of(parts, name)
    if len(shape) <= axis or not 1 <= shape[axis] <= WIDEST:
        raise RefusalError(f"{quoted(name)} has the impossible shape {in_words(shape)}; do not use this file")
    return shape[axis]


def _matrix(parts: Parts, name: str, most: int) -> tuple[int, int]:
    shape = shape_of(parts, name)
    if len(shape) != 2 or not 1 <= shape[0] <= most or not 1 <= shape[1] <= WIDEST:
        raise RefusalError(f"{quoted(name)} has the impossible shape {in_words(shape)}; do not use this file")
    return shape[0], shape[1]
