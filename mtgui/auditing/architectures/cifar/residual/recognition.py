"""Residual networks for small pictures, which normalise after each convolution: stages of blocks of two or three.

ResNets (He et al. 2015, arXiv 1512.03385, sections 3.3 and 4.2), ResNeXts (Xie et al. 2017, arXiv 1611.05431), RegNets
(Radosavovic et al. 2020, arXiv 2003.13678), SE-ResNets (Hu et al. 2018, arXiv 1709.01507), and ResNets of stochastic
depth (Huang et al. 2016, arXiv 1603.09382).
"""

import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.common import (
    HEADS,
    PREFIX,
    Variant,
    blocks_per_stage,
    inputs,
    outputs,
    usual,
    variants_of,
)
from mtgui.auditing.architectures.cifar.residual.blocks import description
from mtgui.auditing.architectures.cifar.residual.names import NAMED, name_and_title
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.small_pictures import Scale
from mtgui.auditing.architectures.spelling import Rule, respell

POOLED, BEHIND, FIRST = "-maxpool", "-zeros-behind", "-v1"
_UNSEEN = {
    ("", BEHIND): "Where its shortcuts put their zeros shows in no shape.",
    ("", POOLED): "Whether pooling follows its stem shows in no shape.",
    ("", POOLED, FIRST): "Whether pooling follows its stem, and which convolution of a block has the stride, shows in "
    "no shape.",
}
"""What shows in no shape, by the endings of the variants."""
_PLACES = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}
_PLACED = "|".join(_PLACES)
_REDUCING = {
    "conv_reduce": "conv1",
    "bn_reduce": "bn1",
    "conv_conv": "conv2",
    "bn": "bn2",
    "conv_expand": "conv3",
    "bn_expand": "bn3",
    "shortcut.shortcut_conv": "shortcut.0",
    "shortcut.shortcut_bn": "shortcut.1",
}
_SPELLINGS: tuple[Rule, ...] = (
    (re.compile(r"(?:conv1|pre)\.0\.(\w+)"), r"conv1.\1"),
    (re.compile(r"(?:conv1|pre)\.1\.(\w+)"), r"bn1.\1"),
    (
        re.compile(rf"conv([2-5])(?:_x)?\.(\d+)\.(?:residual_function|residual|split_transforms)\.({_PLACED})\.(\w+)"),
        lambda m: f"layer{int(m[1]) - 1}.{m[2]}.{_PLACES[m[3]]}.{m[4]}",
    ),
    (re.compile(r"conv([2-5])(?:_x)?\.(\d+)\.(shortcut.+)"), lambda m: f"layer{int(m[1]) - 1}.{m[2]}.{m[3]}"),
    (
        re.compile(rf"stage(\d)\.(\d+)\.residual\.({_PLACED})\.(\w+)"),
        lambda m: f"layer{m[1]}.{m[2]}.{_PLACES[m[3]]}.{m[4]}",
    ),
    (re.compile(r"stage(\d)\.(\d+)\.((?:shortcut|excitation)\..+)"), r"layer\1.\2.\3"),
    (
        re.compile(rf"stage_(\d)\.stage_\d_bottleneck_(\d+)\.({'|'.join(map(re.escape, _REDUCING))})\.(\w+)"),
        lambda m: f"layer{m[1]}.{m[2]}.{_REDUCING[m[3]]}.{m[4]}",
    ),
    (re.compile(r"conv_1_3x3\.(\w+)"), r"conv1.\1"),
    (re.compile(r"bn_1\.(\w+)"), r"bn1.\1"),
    (re.compile(r"(layer\d\.\d+)\.downsample\.([01]\.\w+)"), r"\1.shortcut.\2"),
    *HEADS,
)
_STOCHASTIC = re.compile(r"conv\d_x\.\d+\.residual\.0\.weight")


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    return tuple(f"{PREFIX}{name}{variant.ending}" for name, options in NAMED.items() for variant in _variants(options))


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost; with ``architecture``, only that one."""
    is_stochastic = any(_STOCHASTIC.fullmatch(name) for name in tensors)
    tensors = respell(tensors, _SPELLINGS)
    if architecture is not None:
        known = max((name for name in NAMED if architecture.startswith(PREFIX + name)), key=len)
        options = {**NAMED[known], **(_details(tensors, NAMED[known]) if tensors else {})}
        return [match for match in _matches(options, tensors) if match.architecture == architecture]
    blocks = blocks_per_stage(tensors, "layer")
    if len(blocks) not in (3, 4):
        return []
    options = {**_read(tensors, blocks), "has_survival": is_stochastic}
    return _matches(options, tensors)


def _read(tensors: Tensors, blocks: list[int]) -> dict[str, Any]:
    """Return the options that the shapes show."""
    is_bottleneck = "layer1.0.conv3.weight" in tensors
    last = "conv3" if is_bottleneck else "conv2"
    inner = [outputs(tensors, f"layer{stage + 1}.0.conv1.weight") for stage in range(len(blocks))]
    outer = [outputs(tensors, f"layer{stage + 1}.0.{last}.weight") for stage in range(len(blocks))]
    is_regular = not (is_bottleneck and len(blocks) == 4 and inner == outer)
    if is_regular:
        inner, outer = _doubling(inner), _doubling(outer if is_bottleneck else inner)
    grouped = [max(inputs(tensors, f"layer{stage + 1}.0.conv2.weight"), 1) for stage in range(len(blocks))]
    stem = outputs(tensors, "bn1.weight") or outputs(tensors, "conv1.weight") or inner[0]
    options: dict[str, Any] = {
        "network": "residual",
        "blocks": blocks,
        "stem": stem,
        "inner": inner,
        "outer": outer,
        "groups": [max(width // per, 1) if is_bottleneck else 1 for width, per in zip(inner, grouped, strict=True)],
        "is_first_grouped": is_bottleneck and inputs(tensors, "layer1.0.conv1.weight") < stem,
        "strides": [1, *(2,) * (len(blocks) - 1)] if is_regular else [1, 1, 2, 2],
        "is_bottleneck": is_bottleneck,
        "has_pooling": False,
        "is_first_stepping": False,
    }
    return {**options, **_details(tensors, options)}


def _doubling(widths: list[int]) -> list[int]:
    """Return ``widths`` of which each is twice the one before; one damaged tensor does not decide."""
    first = usual((width >> stage for stage, width in enumerate(widths)), 16)
    return [first << stage for stage in range(len(widths))]


def _details(tensors: Tensors, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only the presence of names shows."""
    shape = tensors["conv1.weight"].shape if "conv1.weight" in tensors else ()
    gates = {"fc": "fc1", "se": "se.se1", "excitation": "excitation.0"}
    found = [kind for kind, part in gates.items() if f"layer1.0.{part}.weight" in tensors]
    return {
        "stem_size": 1 if len(shape) == 4 and shape[-1] == 1 else 3,
        "has_stem_bias": "conv1.bias" in tensors,
        "has_bias": "layer1.0.conv1.bias" in tensors,
        "gate": found[0] if found else "",
        "zeros": "" if len(options["blocks"]) != 3 or any(".shortcut." in name for name in tensors) else "around",
    }


def _variants(options: Mapping[str, Any]) -> tuple[Variant, ...]:
    if options["zeros"]:
        return (Variant(), Variant(BEHIND, ", zeros behind the channels of its shortcuts,", {"zeros": "behind"}))
    is_usual = len(options["blocks"]) == 4 and options["stem_size"] == 3 and not options["gate"]
    if not is_usual or options["has_survival"] or options["strides"][1] == 1:
        return (Variant(),)
    pooled = Variant(POOLED, " with pooling after its stem", {"has_pooling": True})
    first = Variant(FIRST, ", stride in the first convolution of a block,", {"is_first_stepping": True})
    is_plain = options["is_bottleneck"] and set(options["groups"]) == {1}
    return (Variant(), pooled, first) if is_plain else (Variant(), pooled)


def _matches(options: Mapping[str, Any], tensors: Tensors) -> list[Match]:
    name, title = name_and_title(options)
    variants = _variants(options)
    unseen = _UNSEEN.get(tuple(variant.ending for variant in variants), "")
    scale: Scale = "pictures" if max(options["groups"]) > 1 or options["gate"] else "pixels"
    return variants_of(name, title, tensors, options, description, variants, unseen=unseen, scale=scale)
