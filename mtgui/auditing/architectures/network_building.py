"""One function per family of architectures that builds a match without weights, on the meta device."""

from collections.abc import Callable, Mapping

from torch import nn

from mtgui.auditing.architectures.cifar import network as cifar
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.timm import network as timm
from mtgui.auditing.architectures.torchvision import network as torchvision
from mtgui.auditing.architectures.transformers import network as transformers

BUILDERS: Mapping[str, Callable[[Match], nn.Module]] = {
    "cifar": cifar.build,
    "timm": timm.build,
    "torchvision": torchvision.build,
    "transformers": transformers.build,
}
"""By `Match.family`. A module that cannot be built on the meta device may come on the CPU."""
