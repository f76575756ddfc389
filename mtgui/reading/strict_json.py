"""Parses JSON from hostile files; refuses repeated names, deep nesting and numbers that are not finite."""

import json
from typing import Any

from mtgui.reading.errors import damaged


def parse_object(data: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object in ``data``. Raises RefusalError, which calls the data ``what``, if it is none."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise damaged(f"{what} is not proper JSON") from error
    if not isinstance(value, dict):
        raise damaged(f"{what} is not a JSON object")
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found
