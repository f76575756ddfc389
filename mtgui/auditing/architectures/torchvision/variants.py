"""Well-known variants of torchvision's classifiers, as differences from the original, without torch.

Most are for small pictures: the first steps of the original, which halve the picture, are left out. The names are those
of the original; where the shapes are, too, a file does not show which of them it holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtgui.auditing.architectures.tensor_layouts import Layout, Leaf


@dataclass(frozen=True)
class Variant:
    """The differences of a variant.

    ending: added to the name. words: added to the title. bases: the originals. stem: (name, outputs) of the convolution
    that becomes one of 3 × 3 pixels on the picture itself, with stride 1; outputs 0 for as many as before. strides: of
    convolutions. pools: modules that become 3 × 3 maxima with stride 2 and a border of 1. left_out: modules without
    which the network works. is_small: for pictures of 32 × 32 pixels.
    """

    ending: str
    words: str
    bases: tuple[str, ...]
    stem: tuple[str, int] | None = None
    strides: Mapping[str, int] = field(default_factory=dict)
    pools: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    is_small: bool = True

    def layout(self, original: Layout) -> Layout:
        """Return the layout of the variant of the network with the layout ``original``."""
        kept = {name: leaf for name, leaf in original.items() if not name.startswith(self._prefixes)}
        if self.stem is None:
            return kept
        name, outputs = self.stem
        before = kept[f"{name}.weight"].shape[0]
        kept[f"{name}.weight"] = Leaf((outputs or before, 3, 3, 3))
        beside = f"{name.removesuffix('.conv')}.bn."
        for other, leaf in kept.items():
            if outputs and other.startswith(beside) and leaf.shape:
                kept[other] = Leaf((outputs,), leaf.is_whole)
        return kept

    @property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(f"{module}." for module in self.left_out)


def _steps_first(depth: tuple[int, ...]) -> dict[str, int]:
    """Return the strides of bottlenecks that step in their first convolution; ``depth``: stages that step."""
    return {f"layer{stage}.0.conv{number}": 3 - number for stage in depth for number in (1, 2)}


_SMALL = "-32"
_RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
_DENSENETS = ("densenet121", "densenet161", "densenet169", "densenet201")
VARIANTS: tuple[Variant, ...] = (
    Variant(
        _SMALL,
        ", small steps,",
        ("mobilenet_v2",),
        strides={"features.0.0": 1, "features.2.conv.1.0": 1},
    ),
    Variant(
        _SMALL,
        ", small steps,",
        ("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"),
        strides={"conv1.0": 1},
        left_out=("maxpool",),
    ),
    Variant(_SMALL, "", tuple(f"vgg{depth}{ending}" for depth in (11, 13, 16, 19) for ending in ("", "_bn"))),
    Variant(_SMALL, ", small first convolution,", _DENSENETS, stem=("features.conv0", 0)),
    Variant(
        f"{_SMALL}-unpooled",
        ", small first convolution, no pooling after it,",
        _DENSENETS,
        stem=("features.conv0", 0),
        left_out=("features.pool0",),
    ),
    Variant(
        _SMALL,
        ", one first convolution,",
        ("googlenet",),
        stem=("conv1.conv", 192),
        pools=("maxpool3", "maxpool4"),
        left_out=("maxpool1", "conv2", "conv3", "maxpool2"),
    ),
    Variant(
        _SMALL,
        ", one first convolution,",
        ("inception_v3",),
        stem=("Conv2d_1a_3x3.conv", 192),
        left_out=("Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2"),
    ),
    Variant(
        "-v1",
        ", stride in the first convolution of a block,",
        ("resnet50", "resnet101", "resnet152"),
        strides=_steps_first((2, 3, 4)),
        is_small=False,
    ),
    Variant("-unpooled", ", no pooling after its stem,", _RESNETS, left_out=("maxpool",)),
    Variant(
        _SMALL,
        ", no steps and no pooling in its stem,",
        _RESNETS,
        strides={"conv1": 1},
        left_out=("maxpool",),
    ),
)


def variants(name: str) -> tuple[Variant, ...]:
    """Return the variants of torchvision's classifier ``name``."""
    return tuple(variant for variant in VARIANTS if name in variant.bases)


def named(name: str, ending: str) -> Variant | None:
    """Return the variant of ``name`` with this ``ending``; None if it is empty."""
    return next((variant for variant in variants(name) if variant.ending == ending), None)


def parted(architecture: str) -> tuple[str, str]:
    """Return the name of the original and the ending of ``architecture``, a name without its family."""
    for variant in VARIANTS:
        original = architecture.removesuffix(variant.ending)
        if original in variant.bases and original != architecture:
            return original, variant.ending
    return architecture, ""
