"""The description of a residual network that normalises before each convolution.

Options: ``network`` “preactivation”; ``blocks`` of each stage; ``stem``: channels of the first convolution; ``width``
of the first stage, doubled by each later one; ``is_bottleneck``: three convolutions, which return four times as many
channels; ``has_stem_norm``: a normalisation and a ReLU follow the first convolution; ``has_last_norm``: a
normalisation follows the last block, and a ReLU too unless ``has_bare_end``; ``stem_bias``, ``block_bias``,
``shortcut_bias``: convolutions with a bias; ``gate``: squeeze-and-excitation at the end of a block;
``is_shortcut_activated``: where width or size changes, the shortcut starts after the first normalisation and ReLU, not
before; ``stepping``: which convolution of a block has its stride, 1, 2 or 3.
"""

from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.pieces import gate, head, normalised
from mtgui.auditing.architectures.cifar.plan import Activation, Convolution, Normalisation, Steps, Sum

_EXPANSION = 4
_REDUCTION = 16


def description(options: Mapping[str, Any]) -> Steps:
    """Return the network with these ``options``."""
    width: int = options["stem"]
    stem = Convolution("conv1", 3, width, 3, has_bias=options["stem_bias"])
    steps: Steps = normalised(stem, "bn1") if options["has_stem_norm"] else (stem,)
    for stage, count in enumerate(options["blocks"]):
        inner = options["width"] << stage
        for number in range(count):
            stride = 2 if stage and not number else 1
            steps += _block(options, f"layer{stage + 1}.{number}", width, inner, stride)
            width = inner * (_EXPANSION if options["is_bottleneck"] else 1)
    if options["has_last_norm"]:
        steps += (Normalisation("bn", width),)
        steps += () if options["has_bare_end"] else (Activation(),)
    return (*steps, *head("linear", width))


def _block(options: Mapping[str, Any], name: str, width: int, inner: int, stride: int) -> Steps:
    is_bottleneck, has_bias = options["is_bottleneck"], options["block_bias"]
    sizes = (1, 3, 1) if is_bottleneck else (3, 3)
    wide = inner * (_EXPANSION if is_bottleneck else 1)
    outs = (*(inner,) * (len(sizes) - 1), wide)
    first: Steps = (Normalisation(f"{name}.bn1", width), Activation())
    within: Steps = ()
    ins = width
    for place, (size, out) in enumerate(zip(sizes, outs, strict=True), start=1):
        if place > 1:
            within += (Normalisation(f"{name}.bn{place}", ins), Activation())
        step = stride if place == options["stepping"] else 1
        within += (Convolution(f"{name}.conv{place}", ins, out, size, step, has_bias=has_bias),)
        ins = out
    if options["gate"]:
        within += (gate(f"{name}.fc1", f"{name}.fc2", wide, wide // _REDUCTION),)
    if width == wide and stride == 1:
        return (Sum((first + within, ())),)
    shortcut: Steps = (Convolution(f"{name}.shortcut", width, wide, 1, stride, has_bias=options["shortcut_bias"]),)
    if options["is_shortcut_activated"]:
        return (*first, Sum((within, shortcut)))
    return (Sum((first + within, shortcut)),)
