"""Names and shapes of the weights of the library's UNets, as they follow from its settings."""

from collections.abc import Mapping
from typing import Any

from mtgui.auditing.diffusion.shapes import Shapes, conv, pixel_attention, resnet, up_widths, with_bias

CROSS_DOWN, PLAIN_DOWN, CROSS_UP, PLAIN_UP = "CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"
ATTENTION_DOWN, ATTENTION_UP = "AttnDownBlock2D", "AttnUpBlock2D"


def unet_shapes(settings: Mapping[str, Any]) -> Shapes:
    """Return the weights of a `UNet2DConditionModel` with complete ``settings``, in its order of names by block."""
    widths: tuple[int, ...] = settings["block_out_channels"]
    layers: int = settings["layers_per_block"]
    depths: tuple[int, ...] = settings["transformer_layers_per_block"]
    time = 4 * widths[0]
    shapes = _begin(settings, widths[0], time)
    if settings["addition_embed_type"] == "text_time":
        shapes |= _embedding("add_embedding", settings["projection_class_embeddings_input_dim"], time)
    for block, width in enumerate(widths):
        name = f"down_blocks.{block}"
        for layer in range(layers):
            inputs = widths[max(block - 1, 0)] if layer == 0 else width
            shapes |= resnet(f"{name}.resnets.{layer}", inputs, width, time)
            if settings["down_block_types"][block] == CROSS_DOWN:
                shapes |= _transformer(f"{name}.attentions.{layer}", width, depths[block], settings)
        if block < len(widths) - 1:
            shapes |= conv(f"{name}.downsamplers.0.conv", width, width)
    for layer in range(2):
        shapes |= resnet(f"mid_block.resnets.{layer}", widths[-1], widths[-1], time)
    shapes |= _transformer("mid_block.attentions.0", widths[-1], depths[-1], settings)
    for block, layer, inputs, width in up_widths(widths, layers):
        name = f"up_blocks.{block}"
        shapes |= resnet(f"{name}.resnets.{layer}", inputs, width, time)
        if settings["up_block_types"][block] == CROSS_UP:
            shapes |= _transformer(f"{name}.attentions.{layer}", width, depths[::-1][block], settings)
        if layer == layers and block < len(widths) - 1:
            shapes |= conv(f"{name}.upsamplers.0.conv", width, width)
    return shapes | _end(settings, widths[0])


def pixel_unet_shapes(settings: Mapping[str, Any]) -> Shapes:
    """Return the weights of a `UNet2DModel` with complete ``settings``."""
    widths: tuple[int, ...] = settings["block_out_channels"]
    layers: int = settings["layers_per_block"]
    time = 4 * widths[0]
    shapes = _begin(settings, widths[0], time)
    for block, width in enumerate(widths):
        name = f"down_blocks.{block}"
        for layer in range(layers):
            inputs = widths[max(block - 1, 0)] if layer == 0 else width
            shapes |= resnet(f"{name}.resnets.{layer}", inputs, width, time)
            if settings["down_block_types"][block] == ATTENTION_DOWN:
                shapes |= pixel_attention(f"{name}.attentions.{layer}", width)
        if block < len(widths) - 1:
            shapes |= conv(f"{name}.downsamplers.0.conv", width, width)
    for layer in range(2):
        shapes |= resnet(f"mid_block.resnets.{layer}", widths[-1], widths[-1], time)
    if settings["add_attention"]:
        shapes |= pixel_attention("mid_block.attentions.0", widths[-1])
    for block, layer, inputs, width in up_widths(widths, layers):
        name = f"up_blocks.{block}"
        shapes |= resnet(f"{name}.resnets.{layer}", inputs, width, time)
        if settings["up_block_types"][block] == ATTENTION_UP:
            shapes |= pixel_attention(f"{name}.attentions.{layer}", width)
        if layer == layers and block < len(widths) - 1:
            shapes |= conv(f"{name}.upsamplers.0.conv", width, width)
    return shapes | _end(settings, widths[0])


def _begin(settings: Mapping[str, Any], width: int, time: int) -> Shapes:
    return conv("conv_in", settings["in_channels"], width) | _embedding("time_embedding", width, time)


def _end(settings: Mapping[str, Any], width: int) -> Shapes:
    return with_bias("conv_norm_out", width) | conv("conv_out", width, settings["out_channels"])


def _embedding(name: str, inputs: int, outputs: int) -> Shapes:
    return with_bias(f"{name}.linear_1", outputs, inputs) | with_bias(f"{name}.linear_2", outputs, outputs)


def _transformer(name: str, width: int, depth: int, settings: Mapping[str, Any]) -> Shapes:
    """Return the weights of ``depth`` blocks of attention to the pixels and to the text."""
    side = () if settings["use_linear_projection"] else (1, 1)
    text: int = settings["cross_attention_dim"]
    shapes = with_bias(f"{name}.norm", width) | with_bias(f"{name}.proj_in", width, width, *side)
    for number in range(depth):
        block = f"{name}.transformer_blocks.{number}"
        for attention, keys in (("attn1", width), ("attn2", text)):
            place = f"{block}.{attention}"
            shapes |= {f"{place}.to_q.weight": (width, width)}
            shapes |= {f"{place}.to_k.weight": (width, keys), f"{place}.to_v.weight": (width, keys)}
            shapes |= with_bias(f"{place}.to_out.0", width, width)
        shapes |= with_bias(f"{block}.ff.net.0.proj", 8 * width, width) | with_bias(
            f"{block}.ff.net.2", width, 4 * width
        )
        for norm in ("norm1", "norm2", "norm3"):
            shapes |= with_bias(f"{block}.{norm}", width)
    return shapes | with_bias(f"{name}.proj_out", width, width, *side)
