"""The names that Stable Diffusion's own files give to weights, translated into the library's names.

A table holds the beginning of a name → the beginning in the library; the longest beginning counts, and the rest of a
name stays. The tables hold for two residual blocks in each level, as all these models have.
"""

from collections.abc import Mapping

from mtgui.auditing.diffusion.plans import WeightPart

Table = Mapping[str, str]
_RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
_MOST_LEVELS = 8
LAYERS = 2
"""Residual blocks in each level."""


def translated(name: str, table: Table) -> str | None:
    """Return ``name`` in the library's spelling; None if no beginning of it is in ``table``."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        found = table.get(".".join(parts[:cut]))
        if found is not None:
            return ".".join([found, *parts[cut:]])
    return None


def _unet_table() -> dict[str, str]:
    table = {
        "input_blocks.0.0": "conv_in",
        "time_embed.0": "time_embedding.linear_1",
        "time_embed.2": "time_embedding.linear_2",
        "label_emb.0.0": "add_embedding.linear_1",
        "label_emb.0.2": "add_embedding.linear_2",
        "middle_block.1": "mid_block.attentions.0",
        "out.0": "conv_norm_out",
        "out.2": "conv_out",
    }
    table |= _resnet("middle_block.0", "mid_block.resnets.0") | _resnet("middle_block.2", "mid_block.resnets.1")
    for level in range(_MOST_LEVELS):
        first = (LAYERS + 1) * level
        for layer in range(LAYERS):
            place = f"input_blocks.{first + 1 + layer}"
            table |= _resnet(f"{place}.0", f"down_blocks.{level}.resnets.{layer}")
            table[f"{place}.1"] = f"down_blocks.{level}.attentions.{layer}"
        table[f"input_blocks.{first + LAYERS + 1}.0.op"] = f"down_blocks.{level}.downsamplers.0.conv"
        for layer in range(LAYERS + 1):
            place = f"output_blocks.{first + layer}"
            table |= _resnet(f"{place}.0", f"up_blocks.{level}.resnets.{layer}")
            table[f"{place}.1"] = f"up_blocks.{level}.attentions.{layer}"
        # It stands behind the attention, if there is one.
        for number in (1, 2):
            table[f"output_blocks.{first + LAYERS}.{number}.conv"] = f"up_blocks.{level}.upsamplers.0.conv"
    return table


def _resnet(old: str, new: str) -> dict[str, str]:
    return {f"{old}.{inner}": f"{new}.{name}" for inner, name in _RESNET.items()}


UNET: Table = _unet_table()


def vae_table(levels: int) -> dict[str, str]:
    """Return the table of a VAE with so many ``levels``; its decoder counts them from the other end."""
    table = {name: name for name in ("quant_conv", "post_quant_conv")}
    for half in ("encoder", "decoder"):
        table |= {f"{half}.conv_in": f"{half}.conv_in", f"{half}.conv_out": f"{half}.conv_out"}
        table[f"{half}.norm_out"] = f"{half}.conv_norm_out"
        for number in range(2):
            table[f"{half}.mid.block_{number + 1}"] = f"{half}.mid_block.resnets.{number}"
        for old, new in (("norm", "group_norm"), ("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("proj_out", "to_out.0")):
            table[f"{half}.mid.attn_1.{old}"] = f"{half}.mid_block.attentions.0.{new}"
    for level in range(min(levels, _MOST_LEVELS)):
        up = levels - 1 - level
        for layer in range(LAYERS + 1):
            for old, new in (
                (f"encoder.down.{level}.block.{layer}", f"encoder.down_blocks.{level}.resnets.{layer}"),
                (f"decoder.up.{level}.block.{layer}", f"decoder.up_blocks.{up}.resnets.{layer}"),
            ):
                table |= {old: new, f"{old}.nin_shortcut": f"{new}.conv_shortcut"}
        table[f"encoder.down.{level}.downsample.conv"] = f"encoder.down_blocks.{level}.downsamplers.0.conv"
        table[f"decoder.up.{level}.upsample.conv"] = f"decoder.up_blocks.{up}.upsamplers.0.conv"
    return table


def vae_levels(names: Mapping[str, object]) -> int:
    """Return how many levels the encoder of a VAE with these names has."""
    level = 0
    while level < _MOST_LEVELS and f"encoder.down.{level}.block.0.conv1.weight" in names:
        level += 1
    return level


_OPEN_CLIP = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}


def open_clip_parts(name: str, shape: tuple[int, ...], source: str) -> dict[str, WeightPart]:
    """Return the weights of a text encoder that the tensor ``name`` of OpenCLIP holds.

    source: the tensor's whole name in the file. Empty if ``name`` is none of OpenCLIP's.
    """
    plain = {
        "token_embedding.weight": "embeddings.token_embedding.weight",
        "positional_embedding": "embeddings.position_embedding.weight",
        "ln_final.weight": "final_layer_norm.weight",
        "ln_final.bias": "final_layer_norm.bias",
    }
    if name in plain:
        return {f"text_model.{plain[name]}": WeightPart(source, shape)}
    if name == "text_projection" and len(shape) == 2:
        return {"text_projection.weight": WeightPart(source, shape[::-1], is_transposed=True)}
    head, _, rest = name.partition("transformer.resblocks.")
    number, _, inner = rest.partition(".")
    if head or not number.isdecimal() or not number.isascii():
        return {}
    layer = f"text_model.encoder.layers.{number}"
    if inner in ("attn.in_proj_weight", "attn.in_proj_bias") and shape and shape[0] % 3 == 0:
        rows, end = shape[0] // 3, inner.rpartition("_")[2]
        return {
            f"{layer}.self_attn.{part}_proj.{end}": WeightPart(source, (rows, *shape[1:]), place * rows, rows)
            for place, part in enumerate("qkv")
        }
    new = translated(inner, _OPEN_CLIP)
    return {} if new is None else {f"{layer}.{new}": WeightPart(source, shape)}
