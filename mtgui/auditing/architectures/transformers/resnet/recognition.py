"""Names and shapes of ResNet in the transformers library.

Options: ``stem`` (channels), ``widths`` and ``depths`` of the stages, ``middle`` (channels inside each stage's
bottlenecks; empty for basic blocks), ``activation``, ``halves_first`` (the first stage halves the picture),
``halves_early`` (bottlenecks do it in their first convolution).
"""

import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.spelling import Rule
from mtgui.auditing.architectures.tensor_layouts import Layout, Shapes, as_layout, batch_norm, classifier, convolution
from mtgui.auditing.architectures.transformers.activation_names import activation
from mtgui.auditing.architectures.transformers.measuring import count, length
from mtgui.reading.hints import Settings

_STEM = 64


def unused(name: str) -> tuple[str, ...]:
    """Return the beginnings of names that are not used to classify: here there are none."""
    return (f"{name}.pooler.",)


def spellings(name: str) -> tuple[Rule, ...]:
    """Return the rules from transformers' names to those of mtgui's module."""
    layer = rf"{name}\.encoder\.stages\.(\d+)\.layers\.(\d+)\."
    return (
        (re.compile(rf"{name}\.embedder\.embedder\.(convolution|normalization)\.(\w+)"), r"stem.\1.\2"),
        (re.compile(rf"{layer}shortcut\.(\w+)\.(\w+)"), r"stages.\1.\2.shortcut.\3.\4"),
        (re.compile(rf"{layer}layer\.(\d+)\.(\w+)\.(\w+)"), r"stages.\1.\2.steps.\3.\4.\5"),
        (re.compile(r"classifier\.1\.(\w+)"), r"head.\1"),
    )


def shapes_of(_name: str, tensors: Tensors, config: Settings) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the options, and sentences about assumptions. Raises SettingError for an impossible config."""
    stages = range(count(tensors, "stages.") or 4)
    is_bottleneck = "stages.0.0.steps.2.convolution.weight" in tensors or not tensors
    last = 2 if is_bottleneck else 1
    widths = [length(tensors, f"stages.{s}.0.steps.{last}.convolution.weight", 0, _STEM << s) for s in stages]
    options = {
        "stem": length(tensors, "stem.convolution.weight", 0, _STEM),
        "widths": widths,
        "depths": [max(count(tensors, f"stages.{s}."), 1) for s in stages],
        "middle": [length(tensors, f"stages.{s}.0.steps.0.convolution.weight", 0, widths[s] // 4) for s in stages]
        if is_bottleneck
        else [],
        "activation": activation(config, "relu"),
        "halves_first": config.flag("downsample_in_first_stage") or False,
        "halves_early": config.flag("downsample_in_bottleneck") or False,
    }
    if config.values:
        return options, ()
    return options, (
        "That bottlenecks halve the picture in their 3 × 3 convolutions is assumed; a “config.json” would say it.",
    )


def layout(options: Mapping[str, Any]) -> Layout:
    """Return every tensor of the network with ``options``; C is the number of classes."""
    shapes: Shapes = _step("stem", options["stem"], 3, 7)
    before = options["stem"]
    for stage, (width, depth) in enumerate(zip(options["widths"], options["depths"], strict=True)):
        middle = options["middle"][stage] if options["middle"] else None
        for number in range(depth):
            stem = f"stages.{stage}.{number}."
            if number == 0 and (before != width or stage > 0 or options["halves_first"]):
                shapes |= _step(f"{stem}shortcut", width, before, 1)
            if middle is None:
                shapes |= _step(f"{stem}steps.0", width, before, 3) | _step(f"{stem}steps.1", width, width, 3)
            else:
                shapes |= _step(f"{stem}steps.0", middle, before, 1) | _step(f"{stem}steps.1", middle, middle, 3)
                shapes |= _step(f"{stem}steps.2", width, middle, 1)
            before = width
    return as_layout({**shapes, **classifier("head", before)})


def _step(name: str, width: int, before: int, kernel: int) -> Shapes:
    return {**convolution(f"{name}.convolution", before, width, kernel), **batch_norm(f"{name}.normalization", width)}
