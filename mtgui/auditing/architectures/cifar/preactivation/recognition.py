"""Residual networks that normalise before each convolution: Wide ResNets and PreAct ResNets.

Wide ResNets: Zagoruyko and Komodakis 2016, arXiv 1605.07146. PreAct ResNets: He et al. 2016, arXiv 1603.05027.

Options of a match: ``network`` “preactivation”; ``blocks`` of each stage; ``stem``, channels of the first convolution;
``width`` of the first stage, doubled by each later one; ``has_last_norm``; ``stem_bias``, ``block_bias``,
``shortcut_bias``: convolutions with a bias; ``is_shortcut_activated``: where the width changes, the shortcut starts
after the first normalisation and ReLU, not before; ``classes``.
"""

import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.common import HEADS, PREFIX, blocks_per_stage, match_layout, outputs, usual
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.spelling import Rule, respell
from mtgui.auditing.architectures.tensor_layouts import Layout, Shapes, as_layout, batch_norm, classifier, convolution

_RAW = "-raw-shortcut"
_SPELLINGS: tuple[Rule, ...] = (
    (re.compile(r"(?:block|stage|group)(\d)\.(?:layers?\.)?(\d+)\.(.+)"), r"layer\1.\2.\3"),
    (
        re.compile(r"(layer\d\.\d+)\.(?:convShortcut|conv_shortcut|downsample|shortcut)(?:\.0|\.conv)?\.(weight|bias)"),
        r"\1.shortcut.\2",
    ),
    (re.compile(r"(?:conv0|conv|init_conv)\.(weight|bias)"), r"conv1.\1"),
    (re.compile(r"(?:bn1|bn_last|norm)\.(\w+)"), r"bn.\1"),
    *HEADS,
)
_WIDE = ((16, 4), (16, 8), (22, 8), (28, 2), (28, 4), (28, 10), (34, 10), (34, 20), (40, 2), (40, 4), (70, 16))
_STEM = 16
_PREACT = {(2, 2, 2, 2): "preactresnet18", (3, 4, 6, 3): "preactresnet34"}
_PREACT_STEM = 64


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    plain = [*(f"wrn-{depth}-{widen}" for depth, widen in _WIDE), *_PREACT.values()]
    return tuple(f"{PREFIX}{name}{ending}" for ending in ("", _RAW) for name in plain)


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost; with ``architecture``, only that one."""
    is_raw_likelier = any(".shortcut.0." in tensor.name for tensor in tensors.values())
    tensors = respell(tensors, _SPELLINGS)
    if architecture is not None:
        plain = architecture.removeprefix(PREFIX).removesuffix(_RAW)
        return [_match({**_named(plain), **_details(tensors, plain)}, tensors, not architecture.endswith(_RAW))]
    blocks = blocks_per_stage(tensors, "layer")
    if len(blocks) not in (3, 4) or (len(blocks) == 3 and len(set(blocks)) > 1):
        return []
    stem = outputs(tensors, "conv1.weight")
    found = [outputs(tensors, f"layer{n + 1}.0.conv1.weight") >> n for n in range(len(blocks))]
    options = {"blocks": blocks, "stem": stem or _STEM, "width": usual(found, _STEM)}
    options |= _details(tensors, "preactresnet" if len(blocks) == 4 else "wrn")
    order = (True, False) if len(blocks) == 4 or not is_raw_likelier else (False, True)
    return [_match(options, tensors, is_activated) for is_activated in order]


def layout(options: Mapping[str, Any]) -> Layout:
    """Return the names and shapes of the member with these ``options``, with the names of our own network."""
    stem, bias = options["stem"], options["block_bias"]
    shapes: Shapes = convolution("conv1", 3, stem, 3, has_bias=options["stem_bias"])
    width = stem
    for stage, count in enumerate(options["blocks"]):
        wide = options["width"] << stage
        for number in range(count):
            block = f"layer{stage + 1}.{number}"
            shapes |= batch_norm(f"{block}.bn1", width)
            shapes |= convolution(f"{block}.conv1", width, wide, 3, has_bias=bias)
            shapes |= batch_norm(f"{block}.bn2", wide)
            shapes |= convolution(f"{block}.conv2", wide, wide, 3, has_bias=bias)
            if width != wide:
                shapes |= convolution(f"{block}.shortcut", width, wide, 1, has_bias=options["shortcut_bias"])
            width = wide
    last = batch_norm("bn", width) if options["has_last_norm"] else {}
    return as_layout({**shapes, **last, **classifier("linear", width)})


def _match(options: Mapping[str, Any], tensors: Tensors, is_activated: bool) -> Match:
    options = {**options, "is_shortcut_activated": is_activated}
    name, title = _name(options)
    unseen = "Whether its shortcuts start before or after the first normalisation shows in no shape."
    return match_layout(
        name + ("" if is_activated else _RAW),
        title + ("" if is_activated else ", shortcuts before the normalisation,"),
        tensors,
        layout(options),
        options,
        unseen=unseen,
    )


def _named(plain: str) -> dict[str, Any]:
    if plain.startswith("preact"):
        blocks = next(blocks for blocks, name in _PREACT.items() if name == plain)
        return {"blocks": list(blocks), "stem": _PREACT_STEM, "width": _PREACT_STEM}
    depth, widen = map(int, plain.split("-")[1:])
    return {"blocks": [(depth - 4) // 6] * 3, "stem": _STEM, "width": _STEM * widen}


def _details(tensors: Tensors, plain: str) -> dict[str, Any]:
    return {
        "network": "preactivation",
        "has_last_norm": not plain.startswith("preact") or "bn.weight" in tensors,
        "stem_bias": "conv1.bias" in tensors,
        "block_bias": "layer1.0.conv1.bias" in tensors,
        "shortcut_bias": "layer2.0.shortcut.bias" in tensors,
    }


def _name(options: Mapping[str, Any]) -> tuple[str, str]:
    blocks, stem, width = tuple(options["blocks"]), options["stem"], options["width"]
    if len(blocks) == 4:
        known = _PREACT.get(blocks) if stem == width == _PREACT_STEM else None
        name = known or f"preactresnet-{'-'.join(map(str, blocks))}-w{width}"
        return name, f"PreAct ResNet-{name.removeprefix('preactresnet').removeprefix('-')}"
    depth = 6 * blocks[0] + 4
    if stem == _STEM and width % _STEM == 0:
        return f"wrn-{depth}-{width // _STEM}", f"Wide ResNet-{depth}-{width // _STEM}"
    return f"wrn-{depth}-w{width}", f"Wide ResNet-{depth} ({width} channels)"
