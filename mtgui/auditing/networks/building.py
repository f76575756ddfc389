"""One function per family of architectures that builds a match without weights, on the meta device."""

from collections.abc import Callable, Mapping

from torch import nn

from mtgui.auditing.networks import torchvision
from mtgui.auditing.recognition.match import Match

BUILDERS: Mapping[str, Callable[[Match], nn.Module]] = {"torchvision": torchvision.build}
"""By `Match.family`. A module that cannot be built on the meta device may come on the CPU."""
