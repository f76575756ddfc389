"""Names and shapes of both versions of ConvNeXt in the transformers library.

Options: ``patch_size``, ``widths`` and ``depths`` of the stages, ``activation``, ``epsilon`` of the last norm,
``has_scales`` (each block's output is scaled, version 1), ``has_responses`` (response normalisation, version 2).
"""

import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.spelling import Rule
from mtgui.auditing.architectures.tensor_layouts import Layout, Shapes, as_layout
from mtgui.auditing.architectures.transformers.activation_names import activation
from mtgui.auditing.architectures.transformers.measuring import count, epsilon, length
from mtgui.reading.hints import Settings

_WIDTH, _PATCH = 96, 4
_EPSILON = 1e-12


def unused(name: str) -> tuple[str, ...]:
    """Return the beginnings of names that are not used to classify: here there are none."""
    return (f"{name}.pooler.",)


def spellings(name: str) -> tuple[Rule, ...]:
    """Return the rules from transformers' names to those of mtgui's module."""
    stage = rf"{name}\.encoder\.stages\.(\d+)\."
    layer = rf"{stage}layers\.(\d+)\."
    return (
        (re.compile(rf"{name}\.embeddings\.patch_embeddings\.(\w+)"), r"stem.convolution.\1"),
        (re.compile(rf"{name}\.embeddings\.layernorm\.(\w+)"), r"stem.norm.\1"),
        (re.compile(rf"{stage}downsampling_layer\.0\.(\w+)"), r"stages.\1.halving.norm.\2"),
        (re.compile(rf"{stage}downsampling_layer\.1\.(\w+)"), r"stages.\1.halving.convolution.\2"),
        (re.compile(rf"{layer}dwconv\.(\w+)"), r"stages.\1.blocks.\2.convolution.\3"),
        (re.compile(rf"{layer}layernorm\.(\w+)"), r"stages.\1.blocks.\2.norm.\3"),
        (re.compile(rf"{layer}pwconv1\.(\w+)"), r"stages.\1.blocks.\2.widen.\3"),
        (re.compile(rf"{layer}pwconv2\.(\w+)"), r"stages.\1.blocks.\2.narrow.\3"),
        (re.compile(rf"{layer}grn\.(\w+)"), r"stages.\1.blocks.\2.response.\3"),
        (re.compile(rf"{layer}layer_scale_parameter"), r"stages.\1.blocks.\2.scale"),
        (re.compile(rf"{name}\.layernorm\.(\w+)"), r"norm.\1"),
        (re.compile(r"classifier\.(\w+)"), r"head.\1"),
    )


def shapes_of(name: str, tensors: Tensors, config: Settings) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the options, and sentences about assumptions. Raises SettingError for an impossible config."""
    stages = range(count(tensors, "stages.") or 4)
    block = "stages.{}.blocks.0.narrow.weight"
    options = {
        "patch_size": length(tensors, "stem.convolution.weight", 2, _PATCH),
        "widths": [length(tensors, block.format(s), 0, _WIDTH << s) for s in stages],
        "depths": [max(count(tensors, f"stages.{s}.blocks."), 1) for s in stages],
        "activation": activation(config, "gelu"),
        "epsilon": epsilon(config, _EPSILON),
        "has_scales": "stages.0.blocks.0.scale" in tensors or (name == "convnext" and not tensors),
        "has_responses": name == "convnextv2",
    }
    return options, ()


def layout(options: Mapping[str, Any]) -> Layout:
    """Return every tensor of the network with ``options``; C is the number of classes."""
    widths, patch = options["widths"], options["patch_size"]
    shapes: Shapes = {"stem.convolution.weight": (widths[0], 3, patch, patch)}
    shapes |= {f"stem.{part}": (widths[0],) for part in ("convolution.bias", "norm.weight", "norm.bias")}
    for stage, (width, depth) in enumerate(zip(widths, options["depths"], strict=True)):
        if stage:
            before, stem = widths[stage - 1], f"stages.{stage}.halving."
            shapes |= {f"{stem}norm.weight": (before,), f"{stem}norm.bias": (before,)}
            shapes |= {f"{stem}convolution.weight": (width, before, 2, 2), f"{stem}convolution.bias": (width,)}
        for number in range(depth):
            shapes |= _block(f"stages.{stage}.blocks.{number}.", width, options)
    last = widths[-1]
    shapes |= {"norm.weight": (last,), "norm.bias": (last,), "head.weight": ("C", last), "head.bias": ("C",)}
    return as_layout(shapes)


def _block(stem: str, width: int, options: Mapping[str, Any]) -> Shapes:
    shapes: Shapes = {
        "convolution.weight": (width, 1, 7, 7),
        "convolution.bias": (width,),
        "norm.weight": (width,),
        "norm.bias": (width,),
        "widen.weight": (4 * width, width),
        "widen.bias": (4 * width,),
        "narrow.weight": (width, 4 * width),
        "narrow.bias": (width,),
    }
    if options["has_responses"]:
        shapes |= {"response.weight": (1, 1, 1, 4 * width), "response.bias": (1, 1, 1, 4 * width)}
    if options["has_scales"]:
        shapes["scale"] = (width,)
    return {f"{stem}{name}": shape for name, shape in shapes.items()}
