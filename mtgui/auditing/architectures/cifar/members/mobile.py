"""Networks of convolutions of single channels and single pixels, for small pictures.

MobileNets: Howard et al. 2017, arXiv 1704.04861. MobileNet V2: Sandler et al. 2018, arXiv 1801.04381. EfficientNet: Tan
and Le 2019, arXiv 1905.11946.
"""

from functools import partial

from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.pieces import depthwise, gate, head, normalised, pointwise
from mtgui.auditing.architectures.cifar.plan import CLASSES, Convolution, Flatten, Mean, Steps, Sum, Unused
from mtgui.auditing.architectures.small_pictures import Scale

_FIRST = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *(((512, 1),) * 5), (1024, 2), (1024, 1))
"""MobileNet: channels and stride of each block."""
_SECOND = ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""MobileNet V2 for small pictures: expansion, channels, blocks, stride of each stage."""
_EFFICIENT = (
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)
"""EfficientNet-B0 for small pictures: expansion, channels, blocks, pixels of the kernel, stride of each stage."""
_STEM, _LAST = 32, 1280
_MULTIPLE = 8
_SQUEEZE = 4


def _mobilenet() -> Steps:
    width = _STEM
    steps = normalised(Convolution("conv1", 3, width), "bn1")
    for number, (wide, stride) in enumerate(_FIRST):
        name = f"layers.{number}"
        steps += normalised(depthwise(f"{name}.conv1", width, 3, stride), f"{name}.bn1")
        steps += normalised(pointwise(f"{name}.conv2", width, wide), f"{name}.bn2")
        width = wide
    return (*steps, *head("linear", width))


def _separable_mobilenet() -> Steps:
    """Return MobileNet with blocks that hold the sequences “depthwise” and “pointwise”."""
    width = _STEM
    steps = normalised(Convolution("stem.0.conv", 3, width), "stem.0.bn")
    stage, place = 0, 1
    for wide, stride in _FIRST:
        if stride == 2:
            stage, place = stage + 1, 0
        name = f"{f'conv{stage}' if stage else 'stem'}.{place}"
        steps += normalised(depthwise(f"{name}.depthwise.0", width, 3, stride), f"{name}.depthwise.1")
        steps += normalised(pointwise(f"{name}.pointwise.0", width, wide, has_bias=True), f"{name}.pointwise.1")
        width, place = wide, place + 1
    return (*steps, *head("fc", width))


def _mobilenet_v2() -> Steps:
    """Return MobileNet V2 with ReLU, and with a convolution in shortcuts between different widths."""
    width = _STEM
    steps = normalised(Convolution("conv1", 3, width), "bn1")
    number = 0
    for expansion, wide, count, first_stride in _SECOND:
        for place in range(count):
            name, stride, inner = f"layers.{number}", first_stride if place == 0 else 1, expansion * width
            block = normalised(pointwise(f"{name}.conv1", width, inner), f"{name}.bn1")
            block += normalised(depthwise(f"{name}.conv2", inner, 3, stride), f"{name}.bn2")
            block += normalised(pointwise(f"{name}.conv3", inner, wide), f"{name}.bn3", None)
            shortcut: Steps = ()
            if width != wide:
                shortcut = normalised(pointwise(f"{name}.shortcut.0", width, wide), f"{name}.shortcut.1", None)
            steps += (Sum((block, shortcut)),) if stride == 1 else block
            width, number = wide, number + 1
    return (*steps, *normalised(pointwise("conv2", width, _LAST), "bn2"), *head("linear", _LAST))


def _rounded(width: float) -> int:
    """Return a multiple of 8 near ``width``, never less than 90 % of it."""
    found = max(_MULTIPLE, int(width + _MULTIPLE / 2) // _MULTIPLE * _MULTIPLE)
    return found + _MULTIPLE if found < 0.9 * width else found


def _inverted(name: str, width: int, wide: int, expansion: int, stride: int) -> Steps:
    """Return a block of MobileNet V2 with torchvision's names."""
    inner, place = width * expansion, 0
    block: Steps = ()
    if expansion != 1:
        block += normalised(pointwise(f"{name}.0.0", width, inner), f"{name}.0.1", "relu6")
        place = 1
    block += normalised(depthwise(f"{name}.{place}.0", inner, 3, stride), f"{name}.{place}.1", "relu6")
    block += normalised(pointwise(f"{name}.{place + 1}", inner, wide), f"{name}.{place + 2}", None)
    return (Sum((block, ())),) if stride == 1 and width == wide else block


def _narrow_or_wide_mobilenet_v2(factor: float, *, is_small: bool) -> Steps:
    """Return MobileNet V2 with torchvision's names and ``factor`` times its channels; ``is_small``: its first steps do
    not halve the picture."""
    width = _rounded(_STEM * factor)
    steps = normalised(Convolution("features.0.0", 3, width, stride=1 if is_small else 2), "features.0.1", "relu6")
    number = 1
    for stage, (expansion, channels, count, first_stride) in enumerate(_SECOND):
        wide = _rounded(channels * factor)
        for place in range(count):
            stride = first_stride if place == 0 else 1
            stride = 2 if stage == 1 and place == 0 and not is_small else stride
            steps += _inverted(f"features.{number}.conv", width, wide, expansion, stride)
            width, number = wide, number + 1
    last = _rounded(_LAST * max(1.0, factor))
    steps += normalised(pointwise(f"features.{number}.0", width, last), f"features.{number}.1", "relu6")
    return (*steps, *head("classifier.1", last))


def _padded_mobilenet_v2() -> Steps:
    """Return MobileNet V2 with biases, whose first convolution sees single pixels and one more around the picture."""

    def block(name: str, width: int, wide: int, expansion: int, stride: int) -> Steps:
        inner = width * expansion
        within = normalised(pointwise(f"{name}.0", width, inner, has_bias=True), f"{name}.1", "relu6")
        within += normalised(depthwise(f"{name}.3", inner, 3, stride, has_bias=True), f"{name}.4", "relu6")
        within += normalised(pointwise(f"{name}.6", inner, wide, has_bias=True), f"{name}.7", None)
        return (Sum((within, ())),) if stride == 1 and width == wide else within

    width = _STEM
    steps = normalised(Convolution("pre.0", 3, width, 1, padding=1, has_bias=True), "pre.1", "relu6")
    for stage, (expansion, wide, count, _) in enumerate(_SECOND, start=1):
        for place in range(count):
            stride = 2 if place == 0 and stage in (2, 3, 4) else 1
            name = f"stage{stage}.residual" if count == 1 else f"stage{stage}.{place}.residual"
            steps += block(name, width, wide, expansion, stride)
            width = wide
    steps += normalised(pointwise("conv1.0", width, _LAST, has_bias=True), "conv1.1", "relu6")
    return (*steps, Mean(), Convolution("conv2", _LAST, CLASSES, 1, has_bias=True), Flatten())


def _efficientnet() -> Steps:
    width = _STEM
    steps = normalised(Convolution("conv1", 3, width), "bn1", "swish")
    number = 0
    for expansion, wide, count, size, first_stride in _EFFICIENT:
        for place in range(count):
            name, stride, inner = f"layers.{number}", first_stride if place == 0 else 1, expansion * width
            widened = normalised(pointwise(f"{name}.conv1", width, inner), f"{name}.bn1", "swish")
            block: Steps = widened if expansion != 1 else (Unused(widened),)
            block += normalised(depthwise(f"{name}.conv2", inner, size, stride), f"{name}.bn2", "swish")
            block += (gate(f"{name}.se.se1", f"{name}.se.se2", inner, width // _SQUEEZE, "swish"),)
            block += normalised(pointwise(f"{name}.conv3", inner, wide), f"{name}.bn3", None)
            steps += (Sum((block, ())),) if stride == 1 and width == wide else block
            width, number = wide, number + 1
    return (*steps, *head("linear", width))


_SIZES: tuple[tuple[str, Scale], ...] = (("", "pictures"), ("-224", "imagenet"))
_FACTORS = {"0_5": 0.5, "0_75": 0.75, "1_4": 1.4}

MEMBERS = (
    Member("mobilenet", "MobileNet", "layers.12.conv2.weight", _mobilenet),
    Member("mobilenet-separable", "MobileNet, convolutions in sequences,", "stem.0.conv.weight", _separable_mobilenet),
    Member(
        "mobilenetv2", "MobileNet V2, with ReLU and convolutions in shortcuts,", "layers.16.conv3.weight", _mobilenet_v2
    ),
    Member(
        "mobilenetv2-padded", "MobileNet V2, with a padded first convolution,", "pre.0.weight", _padded_mobilenet_v2
    ),
    *(
        Member(
            f"mobilenetv2-x{name}{ending}",
            f"MobileNet V2 ({factor} times its channels)",
            "features.18.0.weight",
            partial(_narrow_or_wide_mobilenet_v2, factor, is_small=not ending),
            scale,
            unseen="Whether its first steps halve the picture shows in no shape.",
        )
        for name, factor in _FACTORS.items()
        for ending, scale in _SIZES
    ),
    Member("efficientnet-b0", "EfficientNet-B0", "layers.15.se.se1.weight", _efficientnet),
)
