"""One function per family of architectures that builds a match without weights, on the meta device."""

from collections.abc import Callable, Mapping

from torch import nn

from mtgui.auditing.networks import timm, torchvision, transformers
from mtgui.auditing.networks.cifar import building as cifar
from mtgui.auditing.recognition.match import Match

BUILDERS: Mapping[str, Callable[[Match], nn.Module]] = {
    "cifar": cifar.build,
    "timm": timm.build,
    "torchvision": torchvision.build,
    "transformers": transformers.build,
}
"""By `Match.family`. A module that cannot be built on the meta device may come on the CPU."""
