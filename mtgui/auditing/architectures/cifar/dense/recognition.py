"""DenseNets for small pictures, with and without bottlenecks.

Huang et al. 2017, arXiv 1608.06993.

Options of a match: ``network`` “dense”; ``blocks``: layers in each dense block; ``stem``: channels of the first
convolution; ``growth``; ``is_bottleneck``; ``widths`` after each transition; ``is_new_first``: a layer puts its new
channels before its input channels, not behind; ``classes``.
"""

import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.common import (
    HEADS,
    PREFIX,
    blocks_per_stage,
    inputs,
    match_layout,
    outputs,
    usual,
)
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.spelling import Rule, respell
from mtgui.auditing.architectures.tensor_layouts import Layout, Shapes, as_layout, batch_norm, classifier, convolution

_NEW_FIRST = "-new-first"
_INNER = 4
_SPELLINGS: tuple[Rule, ...] = (
    (re.compile(r"block(\d)\.(?:layers?\.)?(\d+)\.(.+)"), r"dense\1.\2.\3"),
    (re.compile(r"trans(\d)\.(bn|conv)1\.(\w+)"), r"trans\1.\2.\3"),
    (re.compile(r"bn1\.(\w+)"), r"bn.\1"),
    *HEADS,
)
_USUAL = ((40, 12, False), (100, 12, True), (190, 40, True))


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    return tuple(f"{PREFIX}{_plain(*member)}{ending}" for ending in ("", _NEW_FIRST) for member in _USUAL)


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost; with ``architecture``, only that one."""
    is_new_first_likelier = any(re.fullmatch(r"trans\d\.bn\.weight", tensor.name) for tensor in tensors.values())
    tensors = respell(tensors, _SPELLINGS)
    if architecture is not None:
        options = _named(architecture.removeprefix(PREFIX).removesuffix(_NEW_FIRST))
        return [_match(options, tensors, architecture.endswith(_NEW_FIRST))]
    blocks = blocks_per_stage(tensors, "dense")
    if len(blocks) < 2:
        return []
    is_bottleneck = "dense1.0.conv2.weight" in tensors
    last = "conv2" if is_bottleneck else "conv1"
    grown = [outputs(tensors, f"dense{n + 1}.0.{last}.weight") for n in range(len(blocks))]
    options = {
        "network": "dense",
        "blocks": blocks,
        "stem": outputs(tensors, "conv1.weight") or inputs(tensors, "dense1.0.conv1.weight"),
        "growth": usual(grown, 12),
        "is_bottleneck": is_bottleneck,
        "widths": [outputs(tensors, f"trans{n}.conv.weight") for n in range(1, len(blocks))],
    }
    order = (True, False) if is_new_first_likelier else (False, True)
    return [_match(options, tensors, is_new_first) for is_new_first in order]


def layout(options: Mapping[str, Any]) -> Layout:
    """Return the names and shapes of the member with these ``options``, with the names of our own network."""
    width, growth = options["stem"], options["growth"]
    shapes: Shapes = convolution("conv1", 3, width, 3)
    for stage, count in enumerate(options["blocks"], start=1):
        for number in range(count):
            shapes |= _layer(f"dense{stage}.{number}", width, growth, options["is_bottleneck"])
            width += growth
        if stage < len(options["blocks"]):
            after = options["widths"][stage - 1]
            shapes |= {**batch_norm(f"trans{stage}.bn", width), **convolution(f"trans{stage}.conv", width, after, 1)}
            width = after
    return as_layout({**shapes, **batch_norm("bn", width), **classifier("linear", width)})


def _layer(name: str, width: int, growth: int, is_bottleneck: bool) -> Shapes:
    shapes = batch_norm(f"{name}.bn1", width)
    if not is_bottleneck:
        return {**shapes, **convolution(f"{name}.conv1", width, growth, 3)}
    inner = _INNER * growth
    return {
        **shapes,
        **convolution(f"{name}.conv1", width, inner, 1),
        **batch_norm(f"{name}.bn2", inner),
        **convolution(f"{name}.conv2", inner, growth, 3),
    }


def _match(options: Mapping[str, Any], tensors: Tensors, is_new_first: bool) -> Match:
    depth = sum(options["blocks"]) * (2 if options["is_bottleneck"] else 1) + len(options["blocks"]) + 1
    plain = _plain(depth, options["growth"], options["is_bottleneck"])
    return match_layout(
        plain + (_NEW_FIRST if is_new_first else ""),
        plain.replace("densenet", "DenseNet").replace("bc", "BC") + (", new channels first," if is_new_first else ""),
        tensors,
        layout(options),
        {**options, "is_new_first": is_new_first},
        unseen="Whether its layers add channels before or behind the others shows in no shape.",
    )


def _plain(depth: int, growth: int, is_bottleneck: bool) -> str:
    return f"densenet{'-bc' if is_bottleneck else ''}-{depth}-{growth}"


def _named(plain: str) -> dict[str, Any]:
    depth, growth = map(int, plain.split("-")[-2:])
    is_bottleneck = "-bc-" in plain
    count = (depth - 4) // (6 if is_bottleneck else 3)
    stem = 2 * growth if is_bottleneck else 16
    widths, width = [], stem
    for _ in range(2):
        width = (width + count * growth) // (2 if is_bottleneck else 1)
        widths.append(width)
    return {
        "network": "dense",
        "blocks": [count] * 3,
        "stem": stem,
        "growth": growth,
        "is_bottleneck": is_bottleneck,
        "widths": widths,
    }
