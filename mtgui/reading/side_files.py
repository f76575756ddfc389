"""Reads the settings that model hubs put beside the weights, as hostile as the weights. Runs in the child."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtgui.reading.bounds import LONGEST_NAME
from mtgui.reading.errors import RefusalError, quoted
from mtgui.reading.hints import LONGEST_LIST, MOST_CLASSES, MOST_SETTINGS, Value, as_scalar
from mtgui.reading.strict_json import parse_object

LARGEST = 8 << 20
_NAMES = {"config": "config.json", "processor": "preprocessor_config.json", "adapter": "adapter_config.json"}
_DEEPEST = 3
_LONGEST_CLASS_NAME = 300
_LONG_LISTS = frozenset({"id2label", "label2id", "label_names", "label_descriptions"})


@dataclass(frozen=True)
class SideFiles:
    """Settings found beside the weights, ready for JSON, and sentences about those left out."""

    values: dict[str, Any]
    notes: tuple[str, ...]


def read_side_files(folder: Path) -> SideFiles:
    """Read the settings in ``folder``; unusable files are left out, and no file raises an error."""
    values: dict[str, Any] = {"files": [], "class_names": None, "config_unread": [], "config_nulls": []}
    notes: list[str] = []
    for kind, name in _NAMES.items():
        values[kind] = {}
        try:
            data = _read(folder, name)
            found = None if data is None else parse_object(data, quoted(name))
        except (RefusalError, OSError) as error:
            notes.append(f"“{name}” beside the weights was left out: {_reason(error)}")
            continue
        if found is None:
            continue
        values["files"].append(name)
        values[kind], left_out = _flat(found)
        if left_out:
            notes.append(
                f"“{name}” beside the weights holds settings of an unusual kind, which were left out: "
                f"{_first(left_out)}"
            )
        if kind == "config":
            values["config_unread"] = [key[:LONGEST_NAME] for key in left_out[:MOST_SETTINGS]]
            values["config_nulls"] = _nulls(found)
            values["class_names"] = _class_names(found)
    return SideFiles(values, tuple(notes))


def read_part_settings(root: Path, folder: Path, name: str) -> dict[str, Any] | None:
    """Return the settings in the file ``name`` of ``folder``, a part of the model in ``root``, ready for `hints_from`.

    None if there is no such file. Raises RefusalError for an unusable one, OSError.
    """
    data = _read(folder, name, root)
    if data is None:
        return None
    found = parse_object(data, quoted(name))
    settings, left_out = _flat(found)
    unread = [key[:LONGEST_NAME] for key in left_out[:MOST_SETTINGS]]
    return {"settings": settings, "unread": unread, "nulls": _nulls(found)}


def lies_inside(root: Path, path: Path) -> bool:
    """True if ``path``, once links are followed, is in the folder ``root`` or in the same cache of the hub."""
    home, real = Path(os.path.realpath(root)), Path(os.path.realpath(path))
    return home in real.parents or _is_blob_of_cache(home, real)


def _read(folder: Path, name: str, root: Path | None = None) -> bytes | None:
    """Return the bytes of the ordinary file ``name``, or None without one. Raises RefusalError, OSError.

    root: the folder out of which no link may lead; else ``folder`` itself.
    """
    path = folder / name
    if not os.path.lexists(path):
        return None
    if not lies_inside(root or folder, path):
        raise RefusalError("it is a link out of its folder, which mtgui does not follow")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(os.path.realpath(path), flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise RefusalError("it is no ordinary file")
        data = file.read(LARGEST + 1) if status.st_size <= LARGEST else b""
        if status.st_size > LARGEST or len(data) > LARGEST:
            raise RefusalError("it is larger than any file of settings")
    return data


def _is_blob_of_cache(home: Path, real: Path) -> bool:
    """True for a link inside the hub's own cache, from “snapshots/…” to “blobs” in the same place."""
    return home.parent.name == "snapshots" and real.parent == home.parent.parent / "blobs"


def _nulls(found: dict[str, Any]) -> list[str]:
    """Return the names of settings that are null, which can mean something else than settings that are absent."""
    return [name for name, value in found.items() if value is None and len(name) <= LONGEST_NAME][:MOST_SETTINGS]


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be read ({error.strerror or type(error).__name__})"
    return str(error)


def _flat(found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings in ``found``, inner ones named “outer.inner”, and the names of those left out."""
    settings: dict[str, Any] = {}
    left_out: list[str] = []
    pending = [("", found, 1)]
    while pending:
        prefix, values, depth = pending.pop(0)
        for key, value in values.items():
            name = f"{prefix}{key}"
            if value is None or (depth == 1 and key in _LONG_LISTS):
                continue
            if isinstance(value, dict) and depth < _DEEPEST:
                pending.append((f"{name}.", value, depth + 1))
                continue
            plain = _plain(value)
            if plain is None or len(name) > LONGEST_NAME or len(settings) >= MOST_SETTINGS:
                left_out.append(name)
            else:
                settings[name] = list(plain) if isinstance(plain, tuple) else plain
    return settings, left_out


def _first(names: list[str]) -> str:
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(quoted(name, 40) for name in names[:5]) + more


def _plain(value: object) -> Value | None:
    """Return ``value`` as a checked plain value; None for other values."""
    try:
        if isinstance(value, list):
            return tuple(as_scalar(item) for item in value) if len(value) <= LONGEST_LIST else None
        return as_scalar(value)
    except ValueError:
        return None


def _class_names(found: dict[str, Any]) -> list[str] | None:
    """Return the names of the classes in order, from a list in transformers' or timm's format."""
    table, listed, words = (found.get(name) for name in ("id2label", "label_names", "label_descriptions"))
    if isinstance(table, dict) and 1 < len(table) <= MOST_CLASSES:
        names = [table.get(str(number)) for number in range(len(table))]
    elif isinstance(listed, list | dict) and 1 < len(listed) <= MOST_CLASSES:
        described = words if isinstance(words, dict) else {}
        if isinstance(listed, dict):
            listed = [listed.get(str(number)) for number in range(len(listed))]
        names = [described.get(name, name) if isinstance(name, str) else None for name in listed]
    else:
        return None
    # transformers writes these names if nobody named the classes.
    if names == [f"LABEL_{number}" for number in range(len(names))]:
        return None
    texts = [name[:_LONGEST_CLASS_NAME] for name in names if isinstance(name, str)]
    return texts if len(texts) == len(names) else None
