"""Reads the names of a model's classes from a file beside it: JSON, or one name per line."""

import json
from pathlib import Path
from typing import Any

from mtgui.common.errors import printable, readable_name
from mtgui.common.files import is_ordinary

_NAMES = (
    "labels.json",
    "classes.json",
    "class_names.json",
    "label_names.json",
    "id2label.json",
    "idx_to_class.json",
    "class_to_idx.json",
    "imagenet_class_index.json",
    "labels.txt",
    "classes.txt",
    "class_names.txt",
    "imagenet_classes.txt",
)
"""Names of such files, in the order of preference."""
_LARGEST = 8 << 20
_MOST = 100_000
_LONGEST = 300

Found = tuple[tuple[str, ...], str, tuple[str, ...]]


def class_names_beside(path: Path) -> Found:
    """Return the names of the classes in order, the file from which they came, and notes on unusable files.

    Files are searched beside the model file at ``path``, or in that folder: ``MODEL.labels.json`` and similar names
    before ``labels.json``. It raises no errors.
    """
    notes: list[str] = []
    folder = path if path.is_dir() else path.parent
    own = [] if path.is_dir() else [f"{path.stem}.{name}" for name in _NAMES]
    for name in (*own, *_NAMES):
        file = folder / name
        try:
            if is_ordinary(file):
                return read_class_names(file), readable_name(file), tuple(notes)
        except (OSError, ValueError, RecursionError):
            notes.append(f"“{readable_name(file)}” beside the model holds no names of classes; it was left aside.")
    return (), "", tuple(notes)


def read_class_names(file: Path) -> tuple[str, ...]:
    """Return the names in ``file``: a JSON list, a JSON object index → name or name → index, or one name per line.

    Raises OSError; ValueError if it is none of these.
    """
    with file.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("too large")
    text = data.decode("utf-8-sig")
    names = _from_json(json.loads(text)) if file.suffix == ".json" else text.strip("\r\n").splitlines()
    return checked_names(names)


def checked_names(names: list[Any]) -> tuple[str, ...]:
    """Return ``names``, made printable. Raises ValueError if there are none or one is not a text."""
    if not 0 < len(names) <= _MOST or not all(isinstance(name, str) and len(name) <= _LONGEST for name in names):
        raise ValueError("no names")
    return tuple(printable(name.strip()) for name in names)


def _from_json(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise ValueError("no names")
    if all(isinstance(index, int) for index in value.values()):
        value = {str(index): name for name, index in value.items()}
    if set(value) != {str(index) for index in range(len(value))}:
        raise ValueError("not every index")
    # ImageNet's own file has an identifier and a name for each class.
    found = [value[str(index)] for index in range(len(value))]
    return [name[-1] if isinstance(name, list) and name else name for name in found]
