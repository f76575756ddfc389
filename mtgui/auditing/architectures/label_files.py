"""The names of a model's classes in a file beside it: JSON or one name a line."""

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
"""What such files are called; the earlier is taken before the later."""
_LARGEST = 8 << 20
_MOST = 100_000
_LONGEST = 300

Found = tuple[tuple[str, ...], str, tuple[str, ...]]


def class_names_beside(path: Path) -> Found:
    """Return the names of the classes, index by index, the file they came from, and notes on files of no use.

    Looked for beside the model file at ``path``, or in that folder: ``MODEL.labels.json`` and the like before
    ``labels.json``. Nothing is raised.
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
    """Return the names in ``file``: a JSON list, a JSON object index → name or name → index, or one name a line.

    Raises OSError, ValueError where it is none of these.
    """
    with file.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("too large")
    text = data.decode("utf-8-sig")
    names = _from_json(json.loads(text)) if file.suffix == ".json" else text.strip("\r\n").splitlines()
    return checked_names(names)


def checked_names(names: list[Any]) -> tuple[str, ...]:
    """Return ``names`` made printable. Raises ValueError unless they are some, and all of them texts."""
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
    # ImageNet's own file gives an identifier and a name for each.
    found = [value[str(index)] for index in range(len(value))]
    return [name[-1] if isinstance(name, list) and name else name for name in found]
