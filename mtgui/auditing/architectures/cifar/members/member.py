"""One network for small pictures that is described as a whole."""

from collections.abc import Callable
from dataclasses import dataclass

from mtgui.auditing.architectures.cifar.plan import Steps
from mtgui.auditing.architectures.small_pictures import Scale


@dataclass(frozen=True)
class Member:
    """A network. probe: a tensor that every file of it holds; only then the whole description is compared.

    scale: how its input is usually normalised. unseen: a sentence about what tells it from others with the same names
    and shapes.
    """

    name: str
    title: str
    probe: str
    describe: Callable[[], Steps]
    scale: Scale = "pictures"
    unseen: str = ""
