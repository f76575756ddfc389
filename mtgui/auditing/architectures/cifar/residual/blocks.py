"""The description of a residual network for small pictures.

Options: ``network`` “residual”; ``blocks`` of each stage; ``stem``: channels of the first convolution; ``stem_size``:
pixels of its kernel; ``inner``: channels inside the blocks of each stage; ``outer``: channels that they return;
``groups`` of the middle convolution, and ``strides``, of each stage; ``is_first_grouped``: the first convolution of a
block has these groups, too; ``is_bottleneck``: three convolutions;
``has_stem_bias``, ``has_bias``: convolutions with a bias; ``gate``: “fc”, “se” or “excitation”, the names and place of
squeeze-and-excitation; ``zeros``: “around” or “behind”, where shortcuts without weights put their new channels
(option A); ``has_pooling``: 3 × 3 max pooling follows the stem; ``is_first_stepping``: the stride is in the first
convolution of a bottleneck, not in the middle one; ``has_survival``: stochastic depth, each block times the share of
training in which it was used, and no ReLU at its end.
"""

from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.pieces import gate, head, linear_gate, normalised, pointwise
from mtgui.auditing.architectures.cifar.plan import (
    Activation,
    Convolution,
    Pooling,
    Scaling,
    Steps,
    Sum,
    ZeroChannels,
)

_REDUCTION = 16
_REDUCTION_OF_REGNETS = 4


def description(options: Mapping[str, Any]) -> Steps:
    """Return the network with these ``options``."""
    width: int = options["stem"]
    steps = normalised(Convolution("conv1", 3, width, options["stem_size"], has_bias=options["has_stem_bias"]), "bn1")
    if options["has_pooling"]:
        steps += (Pooling("max", 3, 2, 1),)
    many = sum(options["blocks"])
    place = 0
    for stage, count in enumerate(options["blocks"]):
        for number in range(count):
            survival = 1 - 0.5 * place / max(many - 1, 1) if options["has_survival"] else 1.0
            steps += _block(options, stage, number, width, survival)
            width = options["outer"][stage]
            place += 1
    return (*steps, *head("linear", width))


def _block(options: Mapping[str, Any], stage: int, number: int, width: int, survival: float) -> Steps:
    name = f"layer{stage + 1}.{number}"
    inner, outer, has_bias = options["inner"][stage], options["outer"][stage], options["has_bias"]
    stride = 1 if number else options["strides"][stage]
    kind: str = options["gate"]
    within: Steps = ()
    if options["is_bottleneck"]:
        first, middle = (stride, 1) if options["is_first_stepping"] else (1, stride)
        groups = options["groups"][stage]
        before = groups if options["is_first_grouped"] else 1
        within += normalised(
            Convolution(f"{name}.conv1", width, inner, 1, first, groups=before, has_bias=has_bias), f"{name}.bn1"
        )
        within += normalised(
            Convolution(f"{name}.conv2", inner, inner, 3, middle, groups=groups, has_bias=has_bias), f"{name}.bn2"
        )
        if kind == "se":
            within += (gate(f"{name}.se.se1", f"{name}.se.se2", inner, round(width / _REDUCTION_OF_REGNETS)),)
        last, norm = pointwise(f"{name}.conv3", inner, outer, has_bias=has_bias), f"{name}.bn3"
    else:
        within += normalised(Convolution(f"{name}.conv1", width, inner, 3, stride, has_bias=has_bias), f"{name}.bn1")
        last, norm = Convolution(f"{name}.conv2", inner, outer, 3, has_bias=has_bias), f"{name}.bn2"
    # The collection that names its gates “excitation” has one more ReLU before them.
    within += normalised(last, norm, "relu" if kind == "excitation" else None)
    if kind == "fc":
        within += (gate(f"{name}.fc1", f"{name}.fc2", outer, outer // _REDUCTION),)
    elif kind == "excitation":
        within += (linear_gate(f"{name}.excitation.0", f"{name}.excitation.2", outer, outer // _REDUCTION),)
    if options["has_survival"]:
        return (Sum(((*within, Scaling(survival)), _shortcut(options, name, width, outer, stride))),)
    return (Sum((within, _shortcut(options, name, width, outer, stride))), Activation())


def _shortcut(options: Mapping[str, Any], name: str, width: int, outer: int, stride: int) -> Steps:
    if stride == 1 and width == outer:
        return ()
    if options["zeros"]:
        before = 0 if options["zeros"] == "behind" else (outer - width) // 2
        return (ZeroChannels(stride, before, outer - width - before),)
    beside = Convolution(f"{name}.shortcut.0", width, outer, 1, stride, has_bias=options["has_bias"])
    return normalised(beside, f"{name}.shortcut.1", None)
