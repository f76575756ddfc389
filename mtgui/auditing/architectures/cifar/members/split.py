"""Networks for small pictures whose blocks have several paths.

Dual path networks: Chen et al. 2017, arXiv 1707.01629. PNASNets: Liu et al. 2018, arXiv 1712.00559. SqueezeNet: Iandola
et al. 2016, arXiv 1602.07360. RepVGG: Ding et al. 2021, arXiv 2101.03697.
"""

from collections.abc import Iterator
from functools import partial

from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.pieces import head, normalised, pointwise
from mtgui.auditing.architectures.cifar.plan import (
    CLASSES,
    Activation,
    Channels,
    Concatenation,
    Convolution,
    Flatten,
    Mean,
    Normalisation,
    Pooling,
    Steps,
    Sum,
)
from mtgui.auditing.architectures.small_pictures import Scale

_GROUPS = 32
_DUAL = ((96, 256, 16), (192, 512, 32), (384, 1024, 24), (768, 2048, 128))
"""Dual path networks: channels inside, channels that are added, channels that are put behind, of each stage."""
_CELLS = 6
_FIRE = {2: (128, 16), 3: (128, 16), 4: (256, 32), 5: (256, 32), 6: (384, 48), 7: (384, 48), 8: (512, 64), 9: (512, 64)}
"""SqueezeNet: channels that each block returns, and to which it squeezes."""
_REPVGG = {"a0": (48, 48, 96, 192, 1280), "a1": (64, 64, 128, 256, 1280), "a2": (64, 96, 192, 384, 1408)}
_STEPS = "Whether its first stages halve the picture shows in no shape."
_REPVGG_FORMS: tuple[tuple[int, str, Scale], ...] = ((2, "", "pictures"), (0, "-224", "imagenet"))
_REPVGG_BLOCKS = (1, 2, 4, 14, 1)


def _dual_path(blocks: tuple[int, ...]) -> Steps:
    width = 64
    steps = normalised(Convolution("conv1", 3, width), "bn1")
    for stage, (count, (inner, added, behind)) in enumerate(zip(blocks, _DUAL, strict=True), start=1):
        for number in range(count):
            name, stride = f"layer{stage}.{number}", 2 if stage > 1 and number == 0 else 1
            within = normalised(pointwise(f"{name}.conv1", width, inner), f"{name}.bn1")
            middle = Convolution(f"{name}.conv2", inner, inner, 3, stride, groups=_GROUPS)
            within += normalised(middle, f"{name}.bn2")
            within += normalised(pointwise(f"{name}.conv3", inner, added + behind), f"{name}.bn3", None)
            beside: Steps = ()
            if number == 0:
                first = Convolution(f"{name}.shortcut.0", width, added + behind, 1, stride)
                beside, width = normalised(first, f"{name}.shortcut.1", None), added + behind
            end = width + added
            both = (Sum(((Channels(0, added),), (Channels(width, end),))),)
            steps += (
                Concatenation((beside, within)),
                Concatenation((both, (Channels(added, width),), (Channels(end, end + behind),))),
                Activation(),
            )
            width += behind
    return (*steps, *head("linear", width))


def _separated(name: str, width: int, wide: int, size: int, stride: int) -> Steps:
    convolution = Convolution(f"{name}.conv1", width, wide, size, stride, groups=width)
    return normalised(convolution, f"{name}.bn1", None)


def _cell(name: str, width: int, wide: int, stride: int, *, is_large: bool) -> Steps:
    pooled: Steps = (Pooling("max", 3, stride, 1),)
    if stride == 2:
        pooled += normalised(pointwise(f"{name}.conv1", width, wide), f"{name}.bn1", None)
    first = _separated(f"{name}.sep_conv1", width, wide, 7, stride)
    if not is_large:
        return (Sum((first, pooled)), Activation())
    second = _separated(f"{name}.sep_conv2", width, wide, 3, stride)
    third = _separated(f"{name}.sep_conv3", width, wide, 5, stride)
    left: Steps = (Sum((first, second)), Activation())
    right: Steps = (Sum((pooled, third)), Activation())
    return (Concatenation((left, right)), *normalised(pointwise(f"{name}.conv2", 2 * wide, wide), f"{name}.bn2"))


def _pnasnet(width: int, *, is_large: bool) -> Steps:
    steps = normalised(Convolution("conv1", 3, width), "bn1")
    for layer in range(1, 6):
        if layer % 2:
            for number in range(_CELLS):
                steps += _cell(f"layer{layer}.{number}", width, width, 1, is_large=is_large)
        else:
            steps += _cell(f"layer{layer}", width, 2 * width, 2, is_large=is_large)
            width *= 2
    return (*steps, *head("linear", width))


def _squeezenet() -> Steps:
    width = 96
    steps: Steps = (*normalised(Convolution("stem.0", 3, width, has_bias=True), "stem.1"), Pooling("max", 2, 2))
    for number, (wide, inner) in _FIRE.items():
        name, half = f"fire{number}", wide // 2
        branches = tuple(
            normalised(Convolution(f"{name}.{part}.0", inner, half, size, has_bias=True), f"{name}.{part}.1")
            for part, size in (("expand_1x1", 1), ("expand_3x3", 3))
        )
        squeezed = normalised(pointwise(f"{name}.squeeze.0", width, inner, has_bias=True), f"{name}.squeeze.1")
        fire: Steps = (*squeezed, Concatenation(branches))
        steps += (Sum((fire, ())),) if number in (3, 5, 7) else fire
        steps += (Pooling("max", 2, 2),) if number in (4, 8) else ()
        width = wide
    return (*steps, Convolution("conv10", width, CLASSES, 1, has_bias=True), Mean(), Flatten())


def _repvgg(widths: tuple[int, ...], first_stepping: int, *, is_fused: bool) -> Steps:
    """Return RepVGG. first_stepping: the first stage that halves. is_fused: its branches were made one convolution."""
    steps: Steps = ()
    width = 3
    for stage, (count, wide) in enumerate(zip(_REPVGG_BLOCKS, widths, strict=True)):
        for number in range(count):
            name = f"stage{stage}.{number}" if stage else "stage0"
            stride = 2 if stage >= first_stepping and number == 0 else 1
            if is_fused:
                steps += (Convolution(f"{name}.rbr_reparam", width, wide, 3, stride, has_bias=True), Activation())
            else:
                steps += (Sum(_three_branches(name, width, wide, stride)), Activation())
            width = wide
    return (*steps, *head("linear", width))


def _three_branches(name: str, width: int, wide: int, stride: int) -> tuple[Steps, ...]:
    branches = [
        normalised(Convolution(f"{name}.{part}.conv", width, wide, size, stride), f"{name}.{part}.bn", None)
        for part, size in (("rbr_dense", 3), ("rbr_1x1", 1))
    ]
    if width == wide and stride == 1:
        branches.append((Normalisation(f"{name}.rbr_identity", width),))
    return tuple(branches)


def _repvggs() -> Iterator[Member]:
    for name, widths in _REPVGG.items():
        for fused, ending, probe in ((False, "", "rbr_dense.conv"), (True, "-fused", "rbr_reparam")):
            # The first block of a stage that does not halve has one branch more, if it does not widen.
            is_unseen = fused or widths[0] != widths[1]
            title = f"RepVGG-{name.upper()}{', branches made one,' if fused else ''}"
            for first, size, scale in _REPVGG_FORMS:
                network = partial(_repvgg, widths, first, is_fused=fused)
                yield Member(
                    f"repvgg-{name}{ending}{size}",
                    title,
                    f"stage0.{probe}.weight",
                    network,
                    scale,
                    unseen=_STEPS if is_unseen else "",
                )


MEMBERS = (
    Member("dpn26", "DPN-26", "layer4.1.conv3.weight", partial(_dual_path, (2, 2, 2, 2))),
    Member("dpn92", "DPN-92", "layer3.19.conv3.weight", partial(_dual_path, (3, 4, 20, 3))),
    Member("pnasnet-a", "PNASNet-A", "layer5.5.sep_conv1.conv1.weight", partial(_pnasnet, 44, is_large=False)),
    Member("pnasnet-b", "PNASNet-B", "layer5.5.sep_conv3.conv1.weight", partial(_pnasnet, 32, is_large=True)),
    Member("squeezenet", "SqueezeNet with shortcuts", "fire2.squeeze.0.weight", _squeezenet),
    *_repvggs(),
)
