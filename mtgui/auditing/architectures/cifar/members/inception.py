"""GoogLeNets for small pictures (Szegedy et al. 2015, arXiv 1409.4842), with two 3 × 3 convolutions for each 5 × 5."""

from collections.abc import Mapping

from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.pieces import head, normalised
from mtgui.auditing.architectures.cifar.plan import Concatenation, Convolution, Pooling, Steps

_BLOCKS = {
    "a3": (64, 96, 128, 16, 32, 32),
    "b3": (128, 128, 192, 32, 96, 64),
    "a4": (192, 96, 208, 16, 48, 64),
    "b4": (160, 112, 224, 24, 64, 64),
    "c4": (128, 128, 256, 24, 64, 64),
    "d4": (112, 144, 288, 32, 64, 64),
    "e4": (256, 160, 320, 32, 128, 128),
    "a5": (256, 160, 320, 32, 128, 128),
    "b5": (384, 192, 384, 48, 128, 128),
}
"""Channels of each block: 1 × 1, before 3 × 3, 3 × 3, before 5 × 5, 5 × 5, after pooling."""
_POOLED = ("a4", "a5")
_EPSILON = 1e-5
_NONE: Mapping[int, float] = {}
_LARGE = "The epsilon of its normalisations shows in no shape."
_STEM_WIDTH = 192


def _stem(prefix: str, widths: tuple[int, ...], *, has_bias: bool, padding: int | None = None) -> Steps:
    steps: Steps = ()
    width = 3
    for place, wide in enumerate(widths):
        convolution = Convolution(f"{prefix}.{3 * place}", width, wide, 3, padding=padding, has_bias=has_bias)
        steps += normalised(convolution, f"{prefix}.{3 * place + 1}")
        width = wide
    return steps


def _branch(
    prefix: str, first: int, sizes: tuple[tuple[int, int], ...], width: int, epsilons: Mapping[int, float] = _NONE
) -> Steps:
    """Return convolutions of (channels, pixels), normalised. first: place of the first one in its sequence.

    epsilons: those of some normalisations, by number.
    """
    steps: Steps = ()
    for number, (wide, size) in enumerate(sizes):
        place = first + 3 * number
        convolution = Convolution(f"{prefix}.{place}", width, wide, size, has_bias=True)
        steps += normalised(convolution, f"{prefix}.{place + 1}", epsilon=epsilons.get(number, _EPSILON))
        width = wide
    return steps


def _inception(name: str, width: int, *, has_large_epsilon: bool) -> tuple[Concatenation, int]:
    single, before_three, three, before_five, five, after = _BLOCKS[name]
    large = {1: float(five)} if has_large_epsilon else _NONE
    branches = (
        _branch(f"{name}.b1", 0, ((single, 1),), width),
        _branch(f"{name}.b2", 0, ((before_three, 1), (three, 3)), width),
        _branch(f"{name}.b3", 0, ((before_five, 1), (five, 3), (five, 3)), width, large),
        (Pooling("max", 3, 1, 1), *_branch(f"{name}.b4", 1, ((after, 1),), width)),
    )
    return Concatenation(branches), single + three + five + after


def _googlenet(stem: Steps, *, has_large_epsilon: bool = False) -> Steps:
    """Return GoogLeNet after ``stem``.

    has_large_epsilon: the middle normalisation of a block's third branch adds its number of channels to the variance,
    as it does in one collection, where that number stands in the place of epsilon.
    """
    steps, width = stem, _STEM_WIDTH
    for name in _BLOCKS:
        if name in _POOLED:
            steps += (Pooling("max", 3, 2, 1),)
        block, width = _inception(name, width, has_large_epsilon=has_large_epsilon)
        steps += (block,)
    return (*steps, *head("linear", width))


def _deep_stem() -> Steps:
    return (*_stem("prelayer", (64, 64, _STEM_WIDTH), has_bias=False), Pooling("max", 3, 2, 1))


MEMBERS = (
    Member(
        "googlenet",
        "GoogLeNet",
        "pre_layers.0.weight",
        lambda: _googlenet(_stem("pre_layers", (_STEM_WIDTH,), has_bias=True)),
    ),
    Member(
        "googlenet-deep-stem",
        "GoogLeNet with three convolutions and pooling before its blocks, one large epsilon in each,",
        "prelayer.6.weight",
        lambda: _googlenet(_deep_stem(), has_large_epsilon=True),
        unseen=_LARGE,
    ),
    Member(
        "googlenet-deep-stem-usual",
        "GoogLeNet with three convolutions and pooling before its blocks",
        "prelayer.6.weight",
        lambda: _googlenet(_deep_stem()),
        unseen=_LARGE,
    ),
    Member(
        "googlenet-unpadded-stem",
        "GoogLeNet with a first convolution without padding, and one large epsilon in each block,",
        "prelayer.0.bias",
        lambda: _googlenet(_stem("prelayer", (_STEM_WIDTH,), has_bias=True, padding=0), has_large_epsilon=True),
    ),
)
