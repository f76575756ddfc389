"""Judges files by well-known names of their tensors."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

Judgement = Callable[[Collection[str]], bool]
"""Says whether a file with tensors of these names is of a kind."""


@dataclass(frozen=True)
class KindOfFile:
    """A kind of model file: what it is and what to do next, in words; ``fits`` judges the names of the tensors."""

    what: str
    then: str
    fits: Judgement


def has(*patterns: str) -> Judgement:
    """Return a judgement: True if each of ``patterns`` is found at the beginning of a part of some name."""
    compiled = [re.compile(rf"(?:^|\.)(?:{pattern})") for pattern in patterns]
    return lambda names: all(any(pattern.search(name) for name in names) for pattern in compiled)


def mostly(*patterns: str) -> Judgement:
    """Return a judgement: True if each of ``patterns`` is found, and one of them in a third of all names."""
    compiled = [re.compile(pattern) for pattern in patterns]
    return lambda names: (
        all(any(pattern.search(name) for name in names) for pattern in compiled)
        and (3 * max(sum(bool(pattern.search(name)) for name in names) for pattern in compiled) >= len(names))
    )


def are(*patterns: str) -> Judgement:
    """Return a judgement: True if every name is one of ``patterns`` as a whole."""
    compiled = [re.compile(pattern) for pattern in patterns]
    return lambda names: all(any(pattern.fullmatch(name) for pattern in compiled) for name in names)
