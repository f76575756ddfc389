"""Recognises networks for small pictures, such as those of CIFAR-10, by the usual names of their tensors."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from mtgui.auditing.architectures.cifar.dense import recognition as dense
from mtgui.auditing.architectures.cifar.members import recognition as members
from mtgui.auditing.architectures.cifar.plan import Steps
from mtgui.auditing.architectures.cifar.preactivation import recognition as preactivation
from mtgui.auditing.architectures.cifar.residual import recognition as residual
from mtgui.auditing.architectures.cifar.vgg import recognition as vgg
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match, ModelHints

_KINDS: Mapping[str, ModuleType] = {
    "residual": residual,
    "preactivation": preactivation,
    "dense": dense,
    "vgg": vgg,
    "members": members,
}
"""The kinds of networks by the option “network” of their matches. Each module has `architectures`, `candidates` and
`description`, which returns the network that options stand for."""


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    return tuple(name for kind in _KINDS.values() for name in kind.architectures())


def candidates(tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly or almost, see `Family`."""
    del hints
    kinds = [kind for kind in _KINDS.values() if architecture is None or architecture in kind.architectures()]
    return [match for kind in kinds for match in kind.candidates(tensors, architecture)]


def description(options: Mapping[str, Any]) -> Steps:
    """Return the network that the ``options`` of a match stand for."""
    found: Steps = _KINDS[options["network"]].description(options)
    return found
