"""Xception for small pictures (Chollet 2017, arXiv 1610.02357), whose first halvings are left out.

In the collection in which it is known, a ReLU that works in place changes what shortcuts see: they start after it, but
for that of the last part.
"""

from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.pieces import depthwise, head, normalised, pointwise
from mtgui.auditing.architectures.cifar.plan import Activation, Convolution, Normalisation, Pooling, Steps, Sum

_MIDDLE_BLOCKS = 8
_WIDTH = 728


def _separable(name: str, place: int, width: int, wide: int) -> Steps:
    """Return the separable convolution at ``place`` of a sequence and the normalisation that follows it."""
    return (
        depthwise(f"{name}.{place}.depthwise", width),
        pointwise(f"{name}.{place}.pointwise", width, wide),
        Normalisation(f"{name}.{place + 1}", wide),
    )


def _halving(residual: str, shortcut: str, widths: tuple[int, int, int], first: int, stride: int) -> Sum:
    """Return two separable convolutions and pooling, and the shortcut; ``first``: place of the first convolution."""
    width, middle, wide = widths
    within = _separable(residual, first, width, middle)
    within += (Activation(), *_separable(residual, first + 3, middle, wide), Pooling("max", 3, stride, 1))
    beside = Convolution(f"{shortcut}.0", width, wide, 1, stride, has_bias=True)
    return Sum((within, normalised(beside, f"{shortcut}.1", None)))


def _xception() -> Steps:
    entry, last = "entry_flow", "exit_flow"
    steps = normalised(Convolution(f"{entry}.conv1.0", 3, 32), f"{entry}.conv1.1")
    steps += normalised(Convolution(f"{entry}.conv2.0", 32, 64), f"{entry}.conv2.1")
    width = 64
    for number, (wide, stride) in enumerate(((128, 2), (256, 2), (_WIDTH, 1)), start=3):
        name, is_first = f"{entry}.conv{number}", number == 3
        part = _halving(f"{name}_residual", f"{name}_shortcut", (width, wide, wide), 0 if is_first else 1, stride)
        steps += (part,) if is_first else (Activation(), part)
        width = wide
    for number in range(_MIDDLE_BLOCKS):
        within: Steps = ()
        for place in (1, 2, 3):
            within += () if place == 1 else (Activation(),)
            within += _separable(f"middel_flow.middel_block.{number}.conv{place}", 1, _WIDTH, _WIDTH)
        steps += (Activation(), Sum((within, ())))
    end = _halving(f"{last}.residual", f"{last}.shortcut", (_WIDTH, _WIDTH, 1024), 1, 2)
    residual, shortcut = end.branches
    steps += (Sum(((Activation(), *residual), shortcut)),)
    for place, (inner, wide) in ((0, (1024, 1536)), (3, (1536, 2048))):
        steps += (*_separable(f"{last}.conv", place, inner, wide), Activation())
    return (*steps, *head("fc", 2048))


MEMBERS = (Member("xception", "Xception", "entry_flow.conv1.0.weight", _xception),)
