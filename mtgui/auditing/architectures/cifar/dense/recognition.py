"""DenseNets for small pictures, with and without bottlenecks (Huang et al. 2017, arXiv 1608.06993).

Options of a match: ``network`` “dense”; ``blocks``: layers in each dense block; ``stem``: channels of the first
convolution; ``growth``; ``is_bottleneck``; ``widths`` after each transition; ``is_new_first``: a layer puts its new
channels before its input channels, not behind; ``is_bare``: transitions have no ReLU.
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
from mtgui.auditing.architectures.cifar.pieces import head, pointwise
from mtgui.auditing.architectures.cifar.plan import (
    Activation,
    Concatenation,
    Convolution,
    Normalisation,
    Pooling,
    Steps,
)
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.spelling import Rule, respell

_INNER = 4
_IN_SEQUENCE = {"0": "bn1", "2": "conv1", "3": "bn2", "5": "conv2"}
_SPELLINGS: tuple[Rule, ...] = (
    (
        re.compile(
            rf"features\.dense_block(?:_layer_)?([0-7])\.bottle_neck_layer_(\d+)\.bottle_neck\.({'|'.join(_IN_SEQUENCE)})"
            r"\.(\w+)"
        ),
        lambda m: f"dense{int(m[1]) + 1}.{m[2]}.{_IN_SEQUENCE[m[3]]}.{m[4]}",
    ),
    (
        re.compile(r"features\.transition_layer_([0-7])\.down_sample\.([01])\.(\w+)"),
        lambda m: f"trans{int(m[1]) + 1}.{('bn', 'conv')[int(m[2])]}.{m[3]}",
    ),
    (re.compile(r"features\.bn\.(\w+)"), r"bn.\1"),
    (re.compile(r"block(\d)\.(?:layers?\.)?(\d+)\.(.+)"), r"dense\1.\2.\3"),
    (re.compile(r"trans(\d)\.(bn|conv)1\.(\w+)"), r"trans\1.\2.\3"),
    (re.compile(r"bn1\.(\w+)"), r"bn.\1"),
    *HEADS,
)
_BEHIND = Variant("", "", {"is_new_first": False})
_FIRST = Variant("-new-first", ", new channels first,", {"is_new_first": True})
_BARE = Variant("-bare-transitions", ", transitions without ReLU,", {"is_new_first": False, "is_bare": True})
_PLACE = "Whether its layers add channels before or behind the others shows in no shape."
_BARENESS = "Whether its transitions have a ReLU shows in no shape."
_USUAL = ((40, 12, False), (100, 12, True), (190, 40, True))
_USUAL_OF_FOUR = (
    ((6, 12, 24, 16), 32),
    ((6, 12, 32, 32), 32),
    ((6, 12, 48, 32), 32),
    ((6, 12, 36, 24), 48),
    ((6, 12, 24, 16), 12),
)


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    return tuple(f"{PREFIX}{name}{variant.ending}" for name in _NAMED for variant in (_BEHIND, _FIRST, _BARE))


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost; with ``architecture``, only that one."""
    variants = _likely_variants(tensors)
    is_own_std = any(re.fullmatch(r"trans\d\.bn\.weight", name) for name in tensors)
    tensors = respell(tensors, _SPELLINGS)
    if architecture is not None:
        known = max((name for name in _NAMED if architecture.startswith(PREFIX + name)), key=len)
        found = _matches(_NAMED[known], tensors, (_BEHIND, _FIRST, _BARE), is_own_std=is_own_std)
        return [match for match in found if match.architecture == architecture]
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
        "is_bare": False,
    }
    return _matches(options, tensors, variants, is_own_std=is_own_std)


def description(options: Mapping[str, Any]) -> Steps:
    """Return the network with these ``options``."""
    width, growth = options["stem"], options["growth"]
    steps: Steps = (Convolution("conv1", 3, width),)
    for stage, count in enumerate(options["blocks"], start=1):
        for number in range(count):
            new = _layer(f"dense{stage}.{number}", width, growth, options["is_bottleneck"])
            steps += (Concatenation((new, ()) if options["is_new_first"] else ((), new)),)
            width += growth
        if stage < len(options["blocks"]):
            after = options["widths"][stage - 1]
            steps += (Normalisation(f"trans{stage}.bn", width),)
            steps += () if options["is_bare"] else (Activation(),)
            steps += (pointwise(f"trans{stage}.conv", width, after), Pooling("mean", 2, 2))
            width = after
    return (*steps, Normalisation("bn", width), Activation(), *head("linear", width))


def _layer(name: str, width: int, growth: int, is_bottleneck: bool) -> Steps:
    steps: Steps = (Normalisation(f"{name}.bn1", width), Activation())
    if not is_bottleneck:
        return (*steps, Convolution(f"{name}.conv1", width, growth))
    inner = _INNER * growth
    return (
        *steps,
        pointwise(f"{name}.conv1", width, inner),
        Normalisation(f"{name}.bn2", inner),
        Activation(),
        Convolution(f"{name}.conv2", inner, growth),
    )


def _likely_variants(given: Tensors) -> tuple[Variant, ...]:
    """Return the variants that are in use under the ``given`` names, the most usual first."""
    if any("down_sample" in name for name in given):
        return (_BARE, _BEHIND)
    is_new_first_likelier = any(re.fullmatch(r"trans\d\.bn\.weight", name) for name in given)
    return (_FIRST, _BEHIND) if is_new_first_likelier else (_BEHIND, _FIRST)


def _matches(
    options: Mapping[str, Any], tensors: Tensors, variants: tuple[Variant, ...], *, is_own_std: bool
) -> list[Match]:
    plain = _name(options)
    return variants_of(
        plain,
        plain.replace("densenet", "DenseNet").replace("bc", "BC"),
        tensors,
        options,
        description,
        variants,
        unseen=_BARENESS if _BARE in variants and _FIRST not in variants else _PLACE,
        scale="pictures" if is_own_std else "pixels",
    )


def _name(options: Mapping[str, Any]) -> str:
    depth = sum(options["blocks"]) * (2 if options["is_bottleneck"] else 1) + len(options["blocks"]) + 1
    return f"densenet{'-bc' if options['is_bottleneck'] else ''}-{depth}-{options['growth']}"


def _options(blocks: tuple[int, ...], growth: int, *, is_bottleneck: bool) -> dict[str, Any]:
    stem = 2 * growth if is_bottleneck else 16
    widths, width = [], stem
    for count in blocks[:-1]:
        width = (width + count * growth) // (2 if is_bottleneck else 1)
        widths.append(width)
    return {
        "network": "dense",
        "blocks": list(blocks),
        "stem": stem,
        "growth": growth,
        "is_bottleneck": is_bottleneck,
        "widths": widths,
        "is_bare": False,
    }


def _named() -> dict[str, dict[str, Any]]:
    members = [
        *(
            _options(((depth - 4) // (6 if narrow else 3),) * 3, growth, is_bottleneck=narrow)
            for depth, growth, narrow in _USUAL
        ),
        *(_options(blocks, growth, is_bottleneck=True) for blocks, growth in _USUAL_OF_FOUR),
    ]
    return {_name(options): options for options in members}


_NAMED: Mapping[str, Mapping[str, Any]] = _named()
