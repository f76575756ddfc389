"""Deep layer aggregation for small pictures (Yu et al. 2018, arXiv 1707.06484), in three forms that are in use."""

from functools import partial
from typing import Literal

from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.pieces import head, normalised, pointwise
from mtgui.auditing.architectures.cifar.plan import Activation, Concatenation, Convolution, Steps, Sum

Form = Literal["rooted", "plain", "simple"]
_STEM = (16, 16, 32)
_TREES = {"layer3": (64, 1, 1), "layer4": (128, 2, 2), "layer5": (256, 2, 2), "layer6": (512, 1, 2)}
"""Channels, levels and stride of each tree."""


def _block(name: str, width: int, wide: int, stride: int = 1) -> Steps:
    within = normalised(Convolution(f"{name}.conv1", width, wide, 3, stride), f"{name}.bn1")
    within += normalised(Convolution(f"{name}.conv2", wide, wide), f"{name}.bn2", None)
    shortcut: Steps = ()
    if stride != 1 or width != wide:
        beside = Convolution(f"{name}.shortcut.0", width, wide, 1, stride)
        shortcut = normalised(beside, f"{name}.shortcut.1", None)
    return (Sum((within, shortcut)), Activation())


def _root(name: str, width: int, wide: int) -> Steps:
    return normalised(pointwise(f"{name}.root.conv", width, wide), f"{name}.root.bn")


def _tree(name: str, width: int, wide: int, levels: int, stride: int, form: Form) -> Steps:
    """Return a tree: what its last two blocks and its inner trees return, one behind the other, and a root."""
    inner = (width, wide, stride) if levels == 1 else (wide, wide)
    # The right block follows the left one; both, and what stands before them, go to the root.
    tail: Steps = (
        *_block(f"{name}.left_node", *inner),
        Concatenation(((), _block(f"{name}.right_node", wide, wide))),
    )
    many = 2
    for level in range(1, levels):
        below = _tree(f"{name}.level_{level}", width, wide, level, stride, form)
        tail = (*below, Concatenation(((), tail)))
        many += 1
    if levels > 1 and form == "rooted":
        tail = (Concatenation((_block(f"{name}.prev_root", width, wide, stride), tail)),)
        many += 1
    return (*tail, *_root(name, many * wide, wide))


def _simple_tree(name: str, width: int, wide: int, levels: int, stride: int) -> Steps:
    """Return a tree of two halves, which are trees or, on the lowest level, blocks."""
    left, right = f"{name}.left_tree", f"{name}.right_tree"
    if levels == 1:
        first, second = _block(left, width, wide, stride), _block(right, wide, wide)
    else:
        first = _simple_tree(left, width, wide, levels - 1, stride)
        second = _simple_tree(right, wide, wide, levels - 1, 1)
    return (*first, Concatenation(((), second)), *_root(name, 2 * wide, wide))


def _aggregation(form: Form) -> Steps:
    steps: Steps = ()
    width = 3
    for name, wide in zip(("base", "layer1", "layer2"), _STEM, strict=True):
        steps += normalised(Convolution(f"{name}.0", width, wide), f"{name}.1")
        width = wide
    for name, (wide, levels, stride) in _TREES.items():
        if form == "simple":
            steps += _simple_tree(name, width, wide, levels, stride)
        else:
            steps += _tree(name, width, wide, levels, stride, form)
        width = wide
    return (*steps, *head("linear", width))


MEMBERS = (
    Member("dla", "DLA", "layer4.prev_root.conv1.weight", partial(_aggregation, "rooted")),
    Member(
        "dla-plain",
        "DLA without blocks beside its trees",
        "layer4.level_1.root.conv.weight",
        partial(_aggregation, "plain"),
    ),
    Member("dla-simple", "DLA of simple trees", "layer4.left_tree.root.conv.weight", partial(_aggregation, "simple")),
)
