"""The shipped table of torchvision's classifiers: names, shapes, titles, and preprocessing of released weights."""

import functools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from mtgui.auditing.architectures.tensor_layouts import Layout, Leaf
from mtgui.common.resources import resource_path

_WHOLE = "whole:"


def architectures() -> tuple[str, ...]:
    """Return torchvision's names of all classifiers."""
    return tuple(_table()["architectures"])


def title(name: str) -> str:
    """Return the title of the classifier ``name`` for people."""
    found: str = _table()["architectures"][name]["title"]
    return found


def releases(name: str) -> list[dict[str, Any]]:
    """Return the preprocessing of each release of weights (name, hash, resize, crop, …), the default first."""
    found: list[dict[str, Any]] = _table()["architectures"][name]["weights"]
    return found


@functools.cache
def layout(name: str) -> Layout:
    """Return all tensors of the classifier ``name``; C is the number of classes, S of a transformer's positions."""
    return dict(_leaves(_table()["architectures"][name]["root"], ""))


def common_names(names: Iterable[str]) -> dict[str, int]:
    """Return how many of ``names`` each classifier has, without those that have none; quicker than their layouts."""
    tree: dict[str, Any] = {}
    for name in names:
        *path, last = name.split(".")
        place = tree
        for part in path:
            inside = place.setdefault(part, {})
            place = inside if isinstance(inside, dict) else {}
        place.setdefault(last, None)
    counts = {name: _common(one["root"], tree) for name, one in _table()["architectures"].items()}
    return {name: count for name, count in counts.items() if count}


def _common(number: int, tree: dict[str, Any]) -> int:
    count = 0
    nodes = _table()["nodes"][number]
    for part in nodes.keys() & tree.keys():
        inside, found = nodes[part], tree[part]
        if isinstance(inside, int):
            count += _common(inside, found) if isinstance(found, dict) else 0
        else:
            count += found is None
    return count


@functools.cache
def imagenet_classes() -> tuple[str, ...]:
    """Return the names of ImageNet's 1,000 classes, in the order of torchvision's weights."""
    return tuple(json.loads(resource_path("architectures/imagenet_classes.json").read_text(encoding="utf-8")))


@functools.cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resource_path("architectures/torchvision.json").read_text(encoding="utf-8"))
    return found


def _leaves(number: int, prefix: str) -> Iterator[tuple[str, Leaf]]:
    for name, inside in _table()["nodes"][number].items():
        if isinstance(inside, int):
            yield from _leaves(inside, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _leaf(inside)


@functools.cache
def _leaf(text: str) -> Leaf:
    lengths = text.removeprefix(_WHOLE)
    shape = tuple(int(length) if length.isdigit() else length for length in lengths.split(",")) if lengths else ()
    return Leaf(shape, text.startswith(_WHOLE))
