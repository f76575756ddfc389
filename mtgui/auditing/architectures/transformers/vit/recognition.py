"""Names and shapes of ViT and DeiT in the transformers library.

Options: ``image_size``, ``patch_size``, ``width``, ``mlp``, ``depth``, ``heads``, ``activation``, ``epsilon``,
``has_bias`` of queries, keys and values, ``has_distillation`` (a second token), ``has_teacher`` (a second head).
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.spelling import Rule
from mtgui.auditing.architectures.tensor_layouts import Layout, Shapes, as_layout
from mtgui.auditing.architectures.transformers.activation_names import activation
from mtgui.auditing.architectures.transformers.measuring import count, epsilon, length
from mtgui.reading.hints import SettingError, Settings

_WIDTH, _PATCH, _SIZE, _HEAD_WIDTH = 768, 16, 224, 64
_EPSILON = 1e-12


def unused(name: str) -> tuple[str, ...]:
    """Return the beginnings of names that are not used to classify: the mask token of training, and the pooler."""
    return f"{name}.pooler.", f"{name}.embeddings.mask_token"


def spellings(name: str) -> tuple[Rule, ...]:
    """Return the rules from transformers' names to those of mtgui's module."""
    layer = rf"{name}\.encoder\.layer\.(\d+)\."
    return (
        (re.compile(rf"{name}\.embeddings\.(cls_token|distillation_token)"), r"\1"),
        (re.compile(rf"{name}\.embeddings\.position_embeddings"), "positions"),
        (re.compile(rf"{name}\.embeddings\.patch_embeddings\.projection\.(\w+)"), r"patches.\1"),
        (re.compile(rf"{layer}attention\.attention\.(query|key|value)\.(\w+)"), r"layers.\1.\2.\3"),
        (re.compile(rf"{layer}attention\.output\.dense\.(\w+)"), r"layers.\1.mix.\2"),
        (re.compile(rf"{layer}intermediate\.dense\.(\w+)"), r"layers.\1.widen.\2"),
        (re.compile(rf"{layer}output\.dense\.(\w+)"), r"layers.\1.narrow.\2"),
        (re.compile(rf"{layer}layernorm_(before|after)\.(\w+)"), r"layers.\1.\2.\3"),
        (re.compile(rf"{name}\.layernorm\.(\w+)"), r"norm.\1"),
        (re.compile(r"(?:cls_)?classifier\.(\w+)"), r"head.\1"),
        (re.compile(r"distillation_classifier\.(\w+)"), r"teacher.\1"),
    )


def shapes_of(name: str, tensors: Tensors, config: Settings) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the options, and sentences about assumptions. Raises SettingError for an impossible config."""
    width = length(tensors, "patches.weight", 0, _WIDTH)
    patch = length(tensors, "patches.weight", 2, _PATCH)
    has_distillation = name == "deit"
    positions = length(tensors, "positions", 1, (_SIZE // max(patch, 1)) ** 2 + 1) - 1 - has_distillation
    heads = config.whole("num_attention_heads", 4096) or max(width // _HEAD_WIDTH, 1)
    if width % heads:
        raise SettingError(
            f"{heads} attention heads do not share a width of {width:,} evenly; correct “num_attention_heads” in the "
            f"{config.place}, or put that file there."
        )
    options = {
        "image_size": max(math.isqrt(max(positions, 1)), 1) * patch,
        "patch_size": patch,
        "width": width,
        "mlp": length(tensors, "layers.0.widen.weight", 0, 4 * width),
        "depth": count(tensors, "layers.") or 12,
        "heads": heads,
        "activation": activation(config, "gelu"),
        "epsilon": epsilon(config, _EPSILON),
        "has_bias": "layers.0.query.bias" in tensors or "layers.0.query.weight" not in tensors,
        "has_distillation": has_distillation,
        "has_teacher": "teacher.weight" in tensors,
    }
    if "num_attention_heads" in config.values:
        return options, ()
    note = (
        f"The number of attention heads is in no tensor; {heads} are assumed, each {width // heads} wide. A "
        "“config.json” beside the weights would say it."
    )
    return options, (note,)


def layout(options: Mapping[str, Any]) -> Layout:
    """Return every tensor of the network with ``options``; C is the number of classes."""
    width, mlp, patch = options["width"], options["mlp"], options["patch_size"]
    positions = (options["image_size"] // max(patch, 1)) ** 2 + 1 + options["has_distillation"]
    shapes: Shapes = {"cls_token": (1, 1, width), "positions": (1, positions, width)}
    if options["has_distillation"]:
        shapes["distillation_token"] = (1, 1, width)
    shapes |= {"patches.weight": (width, 3, patch, patch), "patches.bias": (width,)}
    for number in range(options["depth"]):
        stem = f"layers.{number}."
        for part in ("query", "key", "value"):
            shapes[f"{stem}{part}.weight"] = (width, width)
            if options["has_bias"]:
                shapes[f"{stem}{part}.bias"] = (width,)
        shapes |= {f"{stem}mix.weight": (width, width), f"{stem}mix.bias": (width,)}
        shapes |= {f"{stem}widen.weight": (mlp, width), f"{stem}widen.bias": (mlp,)}
        shapes |= {f"{stem}narrow.weight": (width, mlp), f"{stem}narrow.bias": (width,)}
        shapes |= {f"{stem}{norm}.{part}": (width,) for norm in ("before", "after") for part in ("weight", "bias")}
    shapes |= {"norm.weight": (width,), "norm.bias": (width,)}
    for head in ("head", "teacher") if options["has_teacher"] else ("head",):
        shapes |= {f"{head}.weight": ("C", width), f"{head}.bias": ("C",)}
    return as_layout(shapes)
