"""Names and shapes of the weights of the library's VAE and text encoders, as they follow from its settings."""

from collections.abc import Mapping
from typing import Any

from mtgui.auditing.diffusion.shapes import Shapes, conv, pixel_attention, resnet, with_bias


def vae_shapes(settings: Mapping[str, Any]) -> Shapes:
    """Return the weights of an `AutoencoderKL` with complete ``settings``."""
    widths: tuple[int, ...] = settings["block_out_channels"]
    layers: int = settings["layers_per_block"]
    latent: int = settings["latent_channels"]
    shapes = conv("encoder.conv_in", settings["in_channels"], widths[0])
    for block, width in enumerate(widths):
        name = f"encoder.down_blocks.{block}"
        for layer in range(layers):
            shapes |= resnet(f"{name}.resnets.{layer}", widths[max(block - 1, 0)] if layer == 0 else width, width)
        if block < len(widths) - 1:
            shapes |= conv(f"{name}.downsamplers.0.conv", width, width)
    shapes |= _middle("encoder", widths[-1]) | with_bias("encoder.conv_norm_out", widths[-1])
    shapes |= conv("encoder.conv_out", widths[-1], 2 * latent) | conv("decoder.conv_in", latent, widths[-1])
    shapes |= _middle("decoder", widths[-1])
    upwards = widths[::-1]
    for block, width in enumerate(upwards):
        name = f"decoder.up_blocks.{block}"
        for layer in range(layers + 1):
            shapes |= resnet(f"{name}.resnets.{layer}", upwards[max(block - 1, 0)] if layer == 0 else width, width)
        if block < len(widths) - 1:
            shapes |= conv(f"{name}.upsamplers.0.conv", width, width)
    shapes |= with_bias("decoder.conv_norm_out", widths[0])
    shapes |= conv("decoder.conv_out", widths[0], settings["out_channels"])
    return shapes | conv("quant_conv", 2 * latent, 2 * latent, 1) | conv("post_quant_conv", latent, latent, 1)


def text_shapes(settings: Mapping[str, Any], *, is_projected: bool) -> Shapes:
    """Return the weights of a `CLIPTextModel`, or of a `CLIPTextModelWithProjection` (is_projected).

    The names begin with “text_model.”, as they do in files; newer versions of the library do not say it in the first.
    """
    width, inner = settings["hidden_size"], settings["intermediate_size"]
    shapes: Shapes = {
        "text_model.embeddings.token_embedding.weight": (settings["vocab_size"], width),
        "text_model.embeddings.position_embedding.weight": (settings["max_position_embeddings"], width),
    }
    for layer in range(settings["num_hidden_layers"]):
        name = f"text_model.encoder.layers.{layer}"
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= with_bias(f"{name}.self_attn.{part}", width, width)
        shapes |= with_bias(f"{name}.mlp.fc1", inner, width) | with_bias(f"{name}.mlp.fc2", width, inner)
        shapes |= with_bias(f"{name}.layer_norm1", width) | with_bias(f"{name}.layer_norm2", width)
    shapes |= with_bias("text_model.final_layer_norm", width)
    return shapes | ({"text_projection.weight": (settings["projection_dim"], width)} if is_projected else {})


def _middle(name: str, width: int) -> Shapes:
    shapes = pixel_attention(f"{name}.mid_block.attentions.0", width)
    for layer in range(2):
        shapes |= resnet(f"{name}.mid_block.resnets.{layer}", width, width)
    return shapes
