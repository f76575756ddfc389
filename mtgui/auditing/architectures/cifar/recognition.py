"""Recognises networks for small pictures, such as those of CIFAR-10, by the usual names of their tensors."""

from types import ModuleType

from mtgui.auditing.architectures.cifar.dense import recognition as dense
from mtgui.auditing.architectures.cifar.preactivation import recognition as preactivation
from mtgui.auditing.architectures.cifar.residual import recognition as residual
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match, ModelHints

_KINDS = (residual, preactivation, dense)


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    return tuple(name for kind in _KINDS for name in kind.architectures())


def candidates(tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost, see `Family`."""
    del hints
    kinds: list[ModuleType] = [kind for kind in _KINDS if architecture is None or architecture in kind.architectures()]
    return [match for kind in kinds for match in kind.candidates(tensors, architecture)]
