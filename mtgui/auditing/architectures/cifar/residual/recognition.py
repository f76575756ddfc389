"""Residual networks for small pictures: ResNet-18 and similar with a 3 × 3 stem, and the 6n+2 layers of the paper.

He et al. 2015, arXiv 1512.03385, sections 3.3 and 4.2.

Options of a match: ``network`` “residual”; ``blocks`` of each stage; ``width`` of the first stage, doubled by each
later one; ``is_bottleneck``; ``has_projections``: shortcuts that change the width are convolutions (option B), not
every second pixel padded with zero channels (option A); ``has_pooling``: 3 × 3 max pooling follows the stem;
``classes``.
"""

import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.common import HEADS, PREFIX, blocks_per_stage, match_layout, outputs, usual
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.spelling import Rule, respell
from mtgui.auditing.architectures.tensor_layouts import Layout, Shapes, as_layout, batch_norm, classifier, convolution

_POOLED = "-maxpool"
_NARROW, _WIDE = 16, 64
_EXPANSION = 4
_SEQUENCE = {0: "conv1", 1: "bn1", 3: "conv2", 4: "bn2", 6: "conv3", 7: "bn3"}
_SPELLINGS: tuple[Rule, ...] = (
    (re.compile(r"conv1\.0\.(\w+)"), r"conv1.\1"),
    (re.compile(r"conv1\.1\.(\w+)"), r"bn1.\1"),
    *(
        (re.compile(rf"conv{stage + 1}_x\.(\d+)\.residual_function\.{place}\.(\w+)"), rf"layer{stage}.\1.{name}.\2")
        for stage in range(1, 5)
        for place, name in _SEQUENCE.items()
    ),
    *((re.compile(rf"conv{stage + 1}_x\.(\d+)\.(shortcut.+)"), rf"layer{stage}.\1.\2") for stage in range(1, 5)),
    (re.compile(r"(layer\d\.\d+)\.downsample\.([01]\.\w+)"), r"\1.shortcut.\2"),
    *HEADS,
)
_LARGE = {
    ((2, 2, 2, 2), False): 18,
    ((3, 4, 6, 3), False): 34,
    ((3, 4, 6, 3), True): 50,
    ((3, 4, 23, 3), True): 101,
    ((3, 8, 36, 3), True): 152,
}
_SMALL = (20, 32, 44, 56, 110)


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    large = [f"{PREFIX}resnet{depth}" for depth in _LARGE.values()]
    return (*large, *(f"{PREFIX}resnet{depth}" for depth in _SMALL), *(f"{name}{_POOLED}" for name in large))


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost; with ``architecture``, only that one."""
    tensors = respell(tensors, _SPELLINGS)
    has_projections = any(".shortcut." in name for name in tensors)
    if architecture is not None:
        options = _named(int(re.sub(r"\D", "", architecture)))
        # All large networks have projections.
        has_projections |= options["width"] == _WIDE
        is_pooled = architecture.endswith(_POOLED)
        return [_match({**options, "has_projections": has_projections, "has_pooling": is_pooled}, tensors)]
    blocks = blocks_per_stage(tensors, "layer")
    if len(blocks) not in (3, 4):
        return []
    found = [outputs(tensors, f"layer{n + 1}.0.conv1.weight") >> n for n in range(len(blocks))]
    options = {
        "network": "residual",
        "blocks": blocks,
        "width": usual([outputs(tensors, "conv1.weight"), *found], _NARROW),
        "is_bottleneck": "layer1.0.conv3.weight" in tensors,
        "has_projections": has_projections,
    }
    pooled = (False, True) if len(blocks) == 4 else (False,)
    return [_match({**options, "has_pooling": has_pooling}, tensors) for has_pooling in pooled]


def layout(options: Mapping[str, Any]) -> Layout:
    """Return the names and shapes of the member with these ``options``, with the names of our own network."""
    width = options["width"]
    shapes: Shapes = {**convolution("conv1", 3, width, 3), **batch_norm("bn1", width)}
    for stage, count in enumerate(options["blocks"]):
        inner = options["width"] << stage
        wide = inner * (_EXPANSION if options["is_bottleneck"] else 1)
        for number in range(count):
            block = f"layer{stage + 1}.{number}"
            shapes |= _bottleneck(block, width, inner) if options["is_bottleneck"] else _basic(block, width, inner)
            if width != wide and options["has_projections"]:
                shapes |= convolution(f"{block}.shortcut.0", width, wide, 1)
                shapes |= batch_norm(f"{block}.shortcut.1", wide)
            width = wide
    return as_layout({**shapes, **classifier("linear", width)})


def _basic(block: str, width: int, wide: int) -> Shapes:
    return {
        **convolution(f"{block}.conv1", width, wide, 3),
        **batch_norm(f"{block}.bn1", wide),
        **convolution(f"{block}.conv2", wide, wide, 3),
        **batch_norm(f"{block}.bn2", wide),
    }


def _bottleneck(block: str, width: int, inner: int) -> Shapes:
    wide = _EXPANSION * inner
    return {
        **convolution(f"{block}.conv1", width, inner, 1),
        **batch_norm(f"{block}.bn1", inner),
        **convolution(f"{block}.conv2", inner, inner, 3),
        **batch_norm(f"{block}.bn2", inner),
        **convolution(f"{block}.conv3", inner, wide, 1),
        **batch_norm(f"{block}.bn3", wide),
    }


def _match(options: Mapping[str, Any], tensors: Tensors) -> Match:
    name = _name(options)
    ending, said = (_POOLED, " with pooling after its stem") if options["has_pooling"] else ("", "")
    unseen = (
        "Whether pooling follows its stem shows in no shape."
        if len(options["blocks"]) == 4
        else ""
        if options["has_projections"]
        else "Where its shortcuts put their zeros shows in no shape; on both sides is taken for granted."
    )
    title = f"ResNet-{name.removeprefix('resnet').removeprefix('-')}{said}"
    return match_layout(name + ending, title, tensors, layout(options), options, unseen=unseen)


def _named(depth: int) -> dict[str, Any]:
    found = next((kind for kind, known in _LARGE.items() if known == depth), None)
    blocks, is_bottleneck = found or (((depth - 2) // 6,) * 3, False)
    return {
        "network": "residual",
        "blocks": list(blocks),
        "width": _WIDE if found else _NARROW,
        "is_bottleneck": is_bottleneck,
    }


def _name(options: Mapping[str, Any]) -> str:
    blocks, width = tuple(options["blocks"]), options["width"]
    is_large = len(blocks) == 4
    depth = _LARGE.get((blocks, options["is_bottleneck"]))
    if not is_large and len(set(blocks)) == 1:
        depth = (9 if options["is_bottleneck"] else 6) * blocks[0] + 2
    plain = f"resnet{depth}" if depth else f"resnet-{'-'.join(map(str, blocks))}"
    return plain if width == (_WIDE if is_large else _NARROW) else f"{plain}-w{width}"
