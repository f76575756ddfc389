"""Networks for small pictures that deal channels out to groups.

ShuffleNet: Zhang et al. 2018, arXiv 1707.01083. ShuffleNet V2: Ma et al. 2018, arXiv 1807.11164.
"""

from functools import partial

from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.pieces import depthwise, head, normalised, pointwise
from mtgui.auditing.architectures.cifar.plan import (
    Activation,
    Channels,
    Concatenation,
    Convolution,
    Normalisation,
    Pooling,
    Shuffle,
    Steps,
    Sum,
)

_STEM = 24
_BLOCKS = (4, 8, 4)
_INNER = 4
_WIDTHS = {
    "0_5": (48, 96, 192, 1024),
    "1_0": (116, 232, 464, 1024),
    "1_5": (176, 352, 704, 1024),
    "2_0": (224, 488, 976, 2048),
}
"""ShuffleNet V2: channels of each stage and of the last convolution. The first of the widest is 224 in the collection
in which it is best known, not 244."""


def _shufflenet(groups: int, widths: tuple[int, ...]) -> Steps:
    width = _STEM
    steps = normalised(Convolution("conv1", 3, width, 1), "bn1")
    for stage, (count, after) in enumerate(zip(_BLOCKS, widths, strict=True), start=1):
        for number in range(count):
            wide = after if number else after - width
            name, inner, first = f"layer{stage}.{number}", wide // _INNER, 1 if width == _STEM else groups
            block = normalised(pointwise(f"{name}.conv1", width, inner, groups=first), f"{name}.bn1")
            block += (Shuffle(first),)
            block += normalised(depthwise(f"{name}.conv2", inner, 3, 1 if number else 2), f"{name}.bn2")
            block += normalised(pointwise(f"{name}.conv3", inner, wide, groups=groups), f"{name}.bn3", None)
            steps += (Sum((block, ())),) if number else (Concatenation((block, (Pooling("mean", 3, 2, 1),))),)
            steps += (Activation(),)
            width = after
    return (*steps, *head("linear", width))


def _padded_shufflenet(groups: int, widths: tuple[int, ...]) -> Steps:
    """Return ShuffleNet with biases, whose first convolution sees 3 × 3 pixels, and all of whose groups are equal."""
    width = _STEM
    steps = normalised(Convolution("conv1.conv", 3, width, has_bias=True), "conv1.bn")
    for stage, (count, after) in enumerate(zip(_BLOCKS, widths, strict=True), start=2):
        inner = after // _INNER
        for number in range(count):
            name, out = f"stage{stage}.{number}", after if number else after - width
            first = pointwise(f"{name}.bottlneck.0.pointwise.0", width, inner, groups=groups, has_bias=True)
            block = normalised(first, f"{name}.bottlneck.0.pointwise.1")
            middle = depthwise(f"{name}.depthwise.depthwise.0", inner, 3, 1 if number else 2, has_bias=True)
            block += (Shuffle(groups), *normalised(middle, f"{name}.depthwise.depthwise.1", None))
            last = pointwise(f"{name}.expand.pointwise.0", inner, out, groups=groups, has_bias=True)
            block += normalised(last, f"{name}.expand.pointwise.1", None)
            steps += (Sum((block, ())),) if number else (Concatenation(((Pooling("mean", 3, 2, 1),), block)),)
            steps += (Activation(),)
            width = after
    return (*steps, *head("fc", width))


def _shufflenet_v2(widths: tuple[int, ...]) -> Steps:
    width = _STEM
    steps = normalised(Convolution("conv1", 3, width), "bn1")
    for stage, (count, wide) in enumerate(zip(_BLOCKS, widths[:-1], strict=True), start=1):
        half = wide // 2
        for number in range(count):
            name = f"layer{stage}.{number}"
            steps += _dealt(name, half) if number else _stepping(name, width, half)
        width = wide
    last = widths[-1]
    return (*steps, *normalised(pointwise("conv2", width, last), "bn2"), *head("linear", last))


def _stepping(name: str, width: int, half: int) -> Steps:
    left = normalised(depthwise(f"{name}.conv1", width, 3, 2), f"{name}.bn1", None)
    left += normalised(pointwise(f"{name}.conv2", width, half), f"{name}.bn2")
    right = normalised(pointwise(f"{name}.conv3", width, half), f"{name}.bn3")
    right += normalised(depthwise(f"{name}.conv4", half, 3, 2), f"{name}.bn4", None)
    right += normalised(pointwise(f"{name}.conv5", half, half), f"{name}.bn5")
    return (Concatenation((left, right)), Shuffle(2))


def _dealt(name: str, half: int) -> Steps:
    right = normalised(pointwise(f"{name}.conv1", half, half), f"{name}.bn1")
    right += normalised(depthwise(f"{name}.conv2", half), f"{name}.bn2", None)
    right += normalised(pointwise(f"{name}.conv3", half, half), f"{name}.bn3")
    return (Concatenation(((Channels(0, half),), (Channels(half, 2 * half), *right))), Shuffle(2))


def _biased_shufflenet_v2() -> Steps:
    """Return ShuffleNet V2 with biases, and without ReLU after its first convolution."""

    def branch(prefix: str, width: int, out: int, stride: int, *, has_first: bool) -> Steps:
        steps: Steps = ()
        place = 0
        if has_first:
            steps += normalised(pointwise(f"{prefix}.0", width, width, has_bias=True), f"{prefix}.1")
            place = 3
        narrow = depthwise(f"{prefix}.{place}", width, 3, stride, has_bias=True)
        steps += normalised(narrow, f"{prefix}.{place + 1}", None)
        return steps + normalised(
            pointwise(f"{prefix}.{place + 2}", width, out, has_bias=True), f"{prefix}.{place + 3}"
        )

    width = _STEM
    steps: Steps = (Convolution("pre.0", 3, width, has_bias=True), Normalisation("pre.1", width))
    *stages, last = _WIDTHS["1_0"]
    for stage, (count, wide) in enumerate(zip(_BLOCKS, stages, strict=True), start=2):
        half = wide // 2
        for number in range(count):
            name = f"stage{stage}.{number}"
            left: Steps = (Channels(0, half),)
            right: Steps = (Channels(half, wide), *branch(f"{name}.residual", half, half, 1, has_first=True))
            if number == 0:
                left = branch(f"{name}.shortcut", width, half, 2, has_first=False)
                right = branch(f"{name}.residual", width, half, 2, has_first=True)
            steps += (Concatenation((left, right)), Shuffle(2))
        width = wide
    return (*steps, *normalised(pointwise("conv5.0", width, last, has_bias=True), "conv5.1"), *head("fc", last))


MEMBERS = (
    Member(
        "shufflenet-g2", "ShuffleNet of 2 groups", "layer3.3.conv3.weight", partial(_shufflenet, 2, (200, 400, 800))
    ),
    Member(
        "shufflenet-g3", "ShuffleNet of 3 groups", "layer3.3.conv3.weight", partial(_shufflenet, 3, (240, 480, 960))
    ),
    Member(
        "shufflenet-g3-padded",
        "ShuffleNet of 3 groups with biases",
        "stage2.0.bottlneck.0.pointwise.0.weight",
        partial(_padded_shufflenet, 3, (240, 480, 960)),
    ),
    *(
        Member(
            f"shufflenetv2-x{name}",
            f"ShuffleNet V2 ({name.replace('_', '.')} times its channels)",
            "layer1.0.conv5.weight",
            partial(_shufflenet_v2, widths),
        )
        for name, widths in _WIDTHS.items()
    ),
    Member("shufflenetv2-biased", "ShuffleNet V2 with biases", "stage2.0.shortcut.3.weight", _biased_shufflenet_v2),
)
