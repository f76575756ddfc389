"""The names of the architectures that can be chosen by hand, from the tables that ship with mtgui."""

import json
from collections.abc import Sequence

from mtgui.common.errors import StorageError
from mtgui.common.resources import resource_path


def known_architectures() -> tuple[str, ...]:
    """Return every name, in the order of the tables; none where the tables are missing."""
    try:
        folder = resource_path("architectures")
    except StorageError:
        return ()
    names: list[str] = []
    for path in sorted(folder.glob("*.json")):
        values = json.loads(path.read_text("utf-8"))
        if isinstance(values, dict):
            table = values.get("architectures", values)
            names += [str(name) for name in table if isinstance(table, dict)]
    return tuple(names)


def closest_first(closest: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return ``known`` with ``closest`` before the others, each once."""
    return tuple(dict.fromkeys([*closest, *known]))
