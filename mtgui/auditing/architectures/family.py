"""What a family of architectures can do: say how far the tensors of a file agree with each of its members."""

from collections.abc import Mapping
from typing import Protocol

from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.reading.facts import TensorFacts

Tensors = Mapping[str, TensorFacts]
"""The tensors of a file, in order, by the name under which they are looked for; each still knows its own name."""


class Family(Protocol):
    """A family is a module or an object with these two functions. It never imports torch."""

    def architectures(self) -> tuple[str, ...]:
        """Return the names of its members, such as ``torchvision/resnet18``; those that can be chosen by hand."""

    def candidates(self, tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
        """Return its members beside the tensors: all that agree exactly, the most usual first, or else the closest.

        With ``architecture``, one of `architectures`, return that one alone, however little it agrees; a family may
        return nothing only without it. Names that differ from those in the network are listed in `Match.renamed`.
        """
