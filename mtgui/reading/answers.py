"""Checks values that come from the reading child, because none of them can be trusted."""

from typing import Any

from mtgui.common.errors import printable
from mtgui.reading.bounds import LONGEST_NAME, MOST_TENSORS


def as_list(value: object, most: int = MOST_TENSORS) -> list[Any]:
    """Return ``value``, a list of at most ``most`` entries. Raises ValueError."""
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list")
    return value


def as_text(value: object) -> str:
    """Return ``value``, a text of bounded length, with unprintable characters escaped. Raises ValueError."""
    if not isinstance(value, str) or len(value) > 8 * LONGEST_NAME:
        raise ValueError("no text")
    return printable(value)


def as_texts(value: object) -> tuple[str, ...]:
    """Return ``value``, a list of texts (`as_text`). Raises ValueError."""
    return tuple(as_text(item) for item in as_list(value))


def as_name(value: object) -> str:
    """Return ``value``, a name exactly as in the file. Raises ValueError."""
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        raise ValueError("no name")
    return value


def as_count(value: object) -> int:
    """Return ``value``, a whole number from 0 below 2⁶³. Raises ValueError."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError("no count")
    return value
