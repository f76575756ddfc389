"""Recognises networks for small pictures that are described one by one.

Options of a match: ``network`` “members”; ``member``: its name; ``classes``.
"""

from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.common import PREFIX, Variant, variants_of
from mtgui.auditing.architectures.cifar.members import (
    aggregation,
    inception,
    mobile,
    plain,
    shuffle,
    split,
    xception,
)
from mtgui.auditing.architectures.cifar.members.member import Member
from mtgui.auditing.architectures.cifar.plan import Steps
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.small_pictures import SIZE

_IMAGENET = 1000
_MEMBERS: Mapping[str, Member] = {
    member.name: member
    for source in (inception, mobile, shuffle, aggregation, split, xception, plain)
    for member in source.MEMBERS
}


def architectures() -> tuple[str, ...]:
    """Return the names of all members."""
    return tuple(f"{PREFIX}{name}" for name in _MEMBERS)


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the members that the tensors fit exactly, or else the closest one; with ``architecture``, that one."""
    if architecture is not None:
        return _matches(_MEMBERS[architecture.removeprefix(PREFIX)], tensors)
    likely = [member for member in _MEMBERS.values() if member.probe in tensors]
    found = [match for member in likely for match in _matches(member, tensors)]
    exact = [match for match in found if match.is_exact]
    if exact and exact[0].classes == _IMAGENET:
        exact.sort(key=lambda match: match.preprocessing.crop[0] == SIZE)
    return exact or sorted(found, key=lambda match: match.faults)[:1]


def description(options: Mapping[str, Any]) -> Steps:
    """Return the network with these ``options``."""
    return _MEMBERS[options["member"]].describe()


def _matches(member: Member, tensors: Tensors) -> list[Match]:
    return variants_of(
        member.name,
        member.title,
        tensors,
        {"network": "members", "member": member.name},
        description,
        (Variant(),),
        unseen=member.unseen,
        scale=member.scale,
    )
