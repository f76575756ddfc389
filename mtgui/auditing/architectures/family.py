"""The interface of a family of architectures: it compares the tensors of a file with each of its members."""

from collections.abc import Mapping
from typing import Protocol

from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.reading.facts import TensorFacts

Tensors = Mapping[str, TensorFacts]
"""The tensors of a file, in order, by the name used in comparisons; each also has its name in the file."""


class Family(Protocol):
    """A family of architectures: a module or an object with these two functions. It never imports torch."""

    def architectures(self) -> tuple[str, ...]:
        """Return the names of its members that can be chosen by hand, such as ``torchvision/resnet18``."""

    def candidates(self, tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
        """Return matches of its members with the tensors: all exact ones, the most usual first, else the closest.

        With ``architecture``, one of `architectures`, return only that one, even if it does not fit; without it, the
        list may be empty. Names that differ from those in the network are listed in `Match.renamed`.
        """
