"""Plain sequences of convolutions for small pictures.

LeNet: LeCun et al. 1998, DOI 10.1109/5.726791, with ReLU and maxima. AlexNet: Krizhevsky 2014, arXiv 1404.5997.
"""

from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.plan import (
    CLASSES,
    Activation,
    Convolution,
    Flatten,
    Linear,
    Pooling,
    Steps,
)

_ALEX = {0: (64, 11, 4), 3: (192, 5, 1), 6: (384, 3, 1), 8: (256, 3, 1), 10: (256, 3, 1)}
"""AlexNet: place, channels, pixels of the kernel, stride."""
_SCALES = "How its input is scaled shows in no shape."
_POOLED = (0, 3, 10)


def _lenet() -> Steps:
    steps: Steps = ()
    for name, width, wide in (("conv1", 3, 6), ("conv2", 6, 16)):
        steps += (
            Convolution(name, width, wide, 5, padding=0, has_bias=True),
            Activation(),
            Pooling("max", 2, 2),
        )
    return (
        *steps,
        Flatten(),
        Linear("fc1", 16 * 5 * 5, 120),
        Activation(),
        Linear("fc2", 120, 84),
        Activation(),
        Linear("fc3", 84, CLASSES),
    )


def _alexnet() -> Steps:
    steps: Steps = ()
    width = 3
    for place, (wide, size, stride) in _ALEX.items():
        steps += (Convolution(f"features.{place}", width, wide, size, stride, has_bias=True), Activation())
        steps += (Pooling("max", 2, 2),) if place in _POOLED else ()
        width = wide
    return (*steps, Flatten(), Linear("classifier", width, CLASSES))


MEMBERS = (
    Member("lenet", "LeNet", "fc3.weight", _lenet, unseen=_SCALES),
    Member("lenet-half", "LeNet, input from −1 to 1,", "fc3.weight", _lenet, "half", unseen=_SCALES),
    Member("alexnet", "AlexNet", "features.10.weight", _alexnet),
)
