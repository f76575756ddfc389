"""Residual networks for small pictures that normalise before each convolution.

Wide ResNets: Zagoruyko and Komodakis 2016, arXiv 1605.07146. PreAct ResNets: He et al. 2016, arXiv 1603.05027. The same
with squeeze-and-excitation: Hu et al. 2018, arXiv 1709.01507. `blocks` explains the options of a match.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtgui.auditing.architectures.cifar.common import (
    HEADS,
    PREFIX,
    Variant,
    blocks_per_stage,
    outputs,
    usual,
    variants_of,
)
from mtgui.auditing.architectures.cifar.preactivation.blocks import description
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.spelling import Rule, respell

_PLACES = {"0": "bn1", "2": "conv1", "3": "bn2", "5": "conv2", "6": "bn3", "8": "conv3"}
_PLACES_WITH_DROPOUT = {"0": "bn1", "2": "conv1", "3": "bn2", "6": "conv2"}
_SPELLINGS: tuple[Rule, ...] = (
    (
        re.compile(rf"stage(\d)\.(\d+)\.residual\.({'|'.join(_PLACES)})\.(\w+)"),
        lambda m: f"layer{m[1]}.{m[2]}.{_PLACES[m[3]]}.{m[4]}",
    ),
    (
        re.compile(rf"conv([2-4])\.(\d+)\.residual\.({'|'.join(_PLACES_WITH_DROPOUT)})\.(\w+)"),
        lambda m: f"layer{int(m[1]) - 1}.{m[2]}.{_PLACES_WITH_DROPOUT[m[3]]}.{m[4]}",
    ),
    (re.compile(r"conv([2-4])\.(\d+)\.(shortcut.+)"), lambda m: f"layer{int(m[1]) - 1}.{m[2]}.{m[3]}"),
    (re.compile(r"(?:block|stage|group)(\d)\.(?:layers?\.)?(\d+)\.(.+)"), r"layer\1.\2.\3"),
    (
        re.compile(r"(layer\d\.\d+)\.(?:convShortcut|conv_shortcut|downsample|shortcut)(?:\.0|\.conv)?\.(weight|bias)"),
        r"\1.shortcut.\2",
    ),
    (re.compile(r"pre\.1\.(\w+)"), r"stem_bn.\1"),
    (re.compile(r"(?:conv0|conv|init_conv|pre\.0)\.(weight|bias)"), r"conv1.\1"),
    (re.compile(r"(?:bn1|bn_last|norm)\.(\w+)"), r"bn.\1"),
    (re.compile(r"stem_bn\.(\w+)"), r"bn1.\1"),
    *HEADS,
)
_STEM_NORM: tuple[Rule, ...] = ((re.compile(r"bn\.(\w+)"), r"bn1.\1"),)
_WIDE = ((16, 4), (16, 8), (22, 8), (28, 2), (28, 4), (28, 10), (34, 10), (34, 20), (40, 2), (40, 4), (70, 16))
_STEM, _LARGE_STEM = 16, 64
_LARGE = {
    ((2, 2, 2, 2), False): "18",
    ((3, 4, 6, 3), False): "34",
    ((3, 4, 6, 3), True): "50",
    ((3, 4, 23, 3), True): "101",
    ((3, 8, 36, 3), True): "152",
}

_UNUSED = "sub_block1."
"""What names begin with of a second first stage, which adversarial training scripts make and never use."""
_USUAL = {"has_bare_end": False, "is_shortcut_activated": True}
_ACTIVATED = Variant("", "", {"is_shortcut_activated": True})
_RAW = Variant("-raw-shortcut", ", shortcuts before the normalisation,", {"is_shortcut_activated": False})
_LATE = Variant(
    "-late-stride",
    ", stride in the second convolution of a block,",
    {"is_shortcut_activated": False, "stepping": 2},
    "pictures",
)
_EARLY = Variant(
    "-early-stride",
    ", stride in the first convolution of a block,",
    {"is_shortcut_activated": False, "stepping": 1},
)
_START = "Where its shortcuts start shows in no shape."
_STEPS = "Where its shortcuts start, and which convolution of a block has the stride, shows in no shape."
_END = "Whether a ReLU follows its last normalisation shows in no shape."
_BARE = Variant(
    "-bare-end",
    ", shortcuts before the normalisation, no ReLU at its end,",
    {"is_shortcut_activated": False, "has_bare_end": True},
)


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    variants = {name: _usual_variants(options) for name, options in _NAMED.items()}
    return tuple(f"{PREFIX}{name}{variant.ending}" for name in _NAMED for variant in variants[name])


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost; with ``architecture``, only that one."""
    unused = tuple(tensor.name for name, tensor in tensors.items() if name.startswith(_UNUSED))
    given = {name: tensor for name, tensor in tensors.items() if not name.startswith(_UNUSED)}
    found = _candidates(given, architecture)
    return [replace(match, ignored=unused) for match in found] if unused else found


def _candidates(given: Tensors, architecture: str | None) -> list[Match]:
    tensors = _respelled(given)
    if architecture is not None:
        known = max((name for name in _NAMED if architecture.startswith(PREFIX + name)), key=len)
        options = {**_NAMED[known], **(_details(tensors, len(_NAMED[known]["blocks"])) if tensors else {})}
        found = _matches(options, tensors, _usual_variants(options))
        return [match for match in found if match.architecture == architecture]
    blocks = blocks_per_stage(tensors, "layer")
    if len(blocks) not in (3, 4) or (len(blocks) == 3 and len(set(blocks)) > 1):
        return []
    widths = [outputs(tensors, f"layer{n + 1}.0.conv1.weight") >> n for n in range(len(blocks))]
    options = {
        "network": "preactivation",
        "blocks": blocks,
        "stem": outputs(tensors, "conv1.weight") or _STEM,
        "width": usual(widths, _STEM),
        "is_bottleneck": "layer1.0.conv3.weight" in tensors,
        **_USUAL,
        **_details(tensors, len(blocks)),
    }
    options["stepping"] = 2 if options["is_bottleneck"] else 1
    return _matches(options, tensors, _likely_variants(given, options))


def _respelled(tensors: Tensors) -> Tensors:
    tensors = respell(tensors, _SPELLINGS)
    # “bn1” beside the blocks may be the first normalisation or the last one; its width tells.
    if "bn.weight" not in tensors or "bn1.weight" in tensors or "linear.weight" not in tensors:
        return tensors
    is_last = tensors["bn.weight"].shape == tensors["linear.weight"].shape[-1:]
    return tensors if is_last else respell(tensors, _STEM_NORM)


def _details(tensors: Tensors, stages: int) -> dict[str, Any]:
    return {
        "has_stem_norm": "bn1.weight" in tensors,
        "has_last_norm": "bn.weight" in tensors or stages == 3,
        "stem_bias": "conv1.bias" in tensors,
        "block_bias": "layer1.0.conv1.bias" in tensors,
        "shortcut_bias": "layer2.0.shortcut.bias" in tensors,
        "gate": "layer1.0.fc1.weight" in tensors,
    }


def _usual_variants(options: Mapping[str, Any]) -> tuple[Variant, ...]:
    if len(options["blocks"]) == 3:
        return (_ACTIVATED, _RAW) if options["is_bottleneck"] else (_ACTIVATED, _RAW, _LATE)
    if options["gate"]:
        return (_ACTIVATED,)
    return (_ACTIVATED, _RAW, _EARLY) if options["is_bottleneck"] else (_ACTIVATED, _RAW)


def _likely_variants(given: Tensors, options: Mapping[str, Any]) -> tuple[Variant, ...]:
    """Return the variants that are in use under the ``given`` names, the most usual first."""
    usual_ones = _usual_variants(options)
    if any(name.startswith("pre.") for name in given):
        return (_EARLY,) if options["is_bottleneck"] else (_RAW,)
    if any(re.match(r"conv2\.\d+\.residual\.", name) for name in given):
        return (_RAW, _BARE)
    if len(options["blocks"]) == 3 and any(re.search(r"\.(?:shortcut|downsample)\.0\.", name) for name in given):
        first = (_LATE, _RAW) if options["block_bias"] and options["stem_bias"] else (_RAW, _LATE)
        return (*(variant for variant in first if variant in usual_ones), _ACTIVATED)
    return usual_ones


def _matches(options: Mapping[str, Any], tensors: Tensors, variants: tuple[Variant, ...]) -> list[Match]:
    name, title = _name(options)
    unseen = _END if _BARE in variants else _START if _LATE not in variants and _EARLY not in variants else _STEPS
    return variants_of(
        name,
        title,
        tensors,
        options,
        description,
        variants,
        unseen=unseen if len(variants) > 1 else "",
        scale="pixels" if len(options["blocks"]) == 3 else "pictures",
    )


def _name(options: Mapping[str, Any]) -> tuple[str, str]:
    blocks, stem, width = tuple(options["blocks"]), options["stem"], options["width"]
    if len(blocks) == 4:
        known = _LARGE.get((blocks, options["is_bottleneck"])) if stem == width == _LARGE_STEM else None
        number = known or f"-{'-'.join(map(str, blocks))}-w{width}"
        kind = ("senet", "SENet-") if options["gate"] else ("preactresnet", "PreAct ResNet-")
        return f"{kind[0]}{number}", f"{kind[1]}{number.removeprefix('-')}"
    if options["is_bottleneck"]:
        depth = 9 * blocks[0] + 2
        ending = "" if stem == width == _STEM else f"-w{width}"
        return f"preresnet{depth}{ending}", f"PreAct ResNet-{depth}{ending}, bottlenecks,"
    depth = 6 * blocks[0] + 4
    if stem == _STEM and width % _STEM == 0:
        return f"wrn-{depth}-{width // _STEM}", f"Wide ResNet-{depth}-{width // _STEM}"
    return f"wrn-{depth}-w{width}", f"Wide ResNet-{depth} ({width} channels)"


def _options(
    blocks: tuple[int, ...], stem: int, width: int, *, is_bottleneck: bool = False, gate: bool = False
) -> dict[str, Any]:
    return {
        "network": "preactivation",
        "blocks": list(blocks),
        "stem": stem,
        "width": width,
        "is_bottleneck": is_bottleneck,
        **_USUAL,
        **_details({}, len(blocks)),
        "stepping": 2 if is_bottleneck else 1,
        "gate": gate,
        "has_stem_norm": gate,
    }


def wide(depth: int, widen: int) -> dict[str, Any]:
    """Return the options of the Wide ResNet of this ``depth`` and width."""
    return _options(((depth - 4) // 6,) * 3, _STEM, _STEM * widen)


def _named() -> dict[str, dict[str, Any]]:
    members = [
        *(wide(depth, widen) for depth, widen in _WIDE),
        *(_options(blocks, _LARGE_STEM, _LARGE_STEM, is_bottleneck=narrow) for blocks, narrow in _LARGE),
        _options((2, 2, 2, 2), _LARGE_STEM, _LARGE_STEM, gate=True),
        *(_options((n,) * 3, _STEM, _STEM, is_bottleneck=True) for n in (12, 18)),
    ]
    return {_name(options)[0]: options for options in members}


_NAMED: Mapping[str, Mapping[str, Any]] = _named()
