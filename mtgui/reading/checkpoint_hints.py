"""Finds hints in a training checkpoint itself: its architecture, the arguments of its training, its classes' names.

Runs in the child. What was pickled as ``argparse.Namespace`` or ``AttributeDict`` is read as plain data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtgui.reading.bounds import LONGEST_NAME
from mtgui.reading.errors import quoted
from mtgui.reading.hints import ARGUMENTS, LONGEST_LIST, MOST_CLASSES, MOST_SETTINGS, as_scalar
from mtgui.reading.values import Inert

_ARCHITECTURE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_TIMM_KEYS = frozenset({"epoch", "state_dict", "version"})
_CLASSES = (
    "class_names",
    "classes",
    "class_to_idx",
    "idx_to_class",
    "label_names",
    "id2label",
    "CLASSES",
    "labels",
    "names",
)
"""Keys under which scripts save the names of the classes, in the order of preference."""
_BUILDING = {"gp": "global_pool", "in_chans": "in_chans", "bn_eps": "bn_eps"}
"""Arguments of timm's script that build the network, and their names in its config.json."""
_PICTURES = ("interpolation", "crop_pct", "crop_mode", "mean", "std")
_LONGEST_CLASS_NAME = 300


@dataclass(frozen=True)
class CheckpointHints:
    """What a checkpoint says about its network.

    architecture: “timm/…” if timm's own script wrote it; empty if it names none. arguments: those of that script, under
    the names of timm's config.json, ready for JSON. unread: names of arguments that are no plain values. class_names:
    in order, from the entry ``class_names_key``. notes: sentences about entries that were left aside. problem_key: the
    entry that says that the model judges every class by itself; empty if none does.
    """

    architecture: str = ""
    arguments: Mapping[str, Any] | None = None
    unread: tuple[str, ...] = ()
    class_names: list[str] | None = None
    class_names_key: str = ""
    notes: tuple[str, ...] = ()
    problem_key: str = ""


def checkpoint_hints(root: object) -> CheckpointHints:
    """Return the hints in ``root``, a saved object. It raises no errors."""
    if not isinstance(root, dict):
        return CheckpointHints()
    tables = {key: _table(root.get(key)) for key in ARGUMENTS}
    settings = [table for table in tables.values() if table]
    problem = next((key for key, table in tables.items() if _judges_each(table)), "")
    name = _architecture(root, settings)
    arguments, unread = _timm_arguments(name, root)
    names, key, notes = _class_names([root, *settings])
    return CheckpointHints(name, arguments, unread, names, key, notes, problem)


def _judges_each(table: dict[Any, Any]) -> bool:
    """True for settings of a model that may give a picture several classes."""
    said = [table.get(key) for key in ("task", "problem_type", "task_type")]
    words = [re.sub(r"[_ -]", "", value).lower() for value in said if isinstance(value, str)]
    return any(word.startswith("multilabel") for word in words) or any(
        table.get(key) is True for key in ("multilabel", "multi_label", "is_multilabel")
    )


def _table(value: object) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    return {**value.entries, **value.attributes()} if isinstance(value, Inert) else {}


def _architecture(root: dict[Any, Any], settings: list[dict[Any, Any]]) -> str:
    places = [(root, "arch"), *((table, "arch") for table in settings), (_table(root.get("args")), "model")]
    found = (table.get(key) for table, key in places)
    name = next((name for name in found if isinstance(name, str) and _ARCHITECTURE.fullmatch(name)), "")
    is_timm = root.get("arch") == name and root.keys() >= _TIMM_KEYS
    return f"timm/{name}" if name and is_timm else name


def _timm_arguments(name: str, root: dict[Any, Any]) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Return the arguments of timm's script under the names of its config.json, and the names of those not plain."""
    said = _table(root.get("args"))
    if not name.startswith("timm/") or said.get("model") != name.removeprefix("timm/"):
        return None, ()
    found: dict[str, Any] = {"architecture": said["model"], "num_classes": said.get("num_classes")}
    found |= {f"model_args.{full}": said.get(short) for short, full in _BUILDING.items()}
    if said.get("bn_tf"):
        found["model_args.bn_tf"] = True
    found |= {f"model_args.{key}": value for key, value in _table(said.get("model_kwargs")).items()}
    found |= {f"pretrained_cfg.{key}": _for_each_colour(said.get(key)) for key in _PICTURES}
    found["pretrained_cfg.input_size"] = _input_size(said)
    plain = {key: _plain(value) for key, value in found.items() if value is not None and value != ""}
    unread = [key[:LONGEST_NAME] for key, value in plain.items() if value is None]
    kept = {key: value for key, value in plain.items() if value is not None and len(key) <= LONGEST_NAME}
    return dict(list(kept.items())[:MOST_SETTINGS]), tuple(unread[:MOST_SETTINGS])


def _for_each_colour(value: object) -> object:
    return tuple(value) * 3 if isinstance(value, list | tuple) and len(value) == 1 else value


def _input_size(said: dict[Any, Any]) -> Any:
    size, side = said.get("input_size"), said.get("img_size")
    return size if size is not None else (3, side, side) if type(side) is int else None


def _plain(value: object) -> Any:
    try:
        if isinstance(value, list | tuple):
            return [as_scalar(item) for item in value] if len(value) <= LONGEST_LIST else None
        return as_scalar(value)
    except ValueError:
        return None


def _class_names(places: list[dict[Any, Any]]) -> tuple[list[str] | None, str, tuple[str, ...]]:
    """Return the names of the classes, the key where they stand, and notes on entries that are no such list."""
    notes: list[str] = []
    for place in places:
        for key in _CLASSES:
            value = place.get(key)
            names = names_of_classes(value)
            if names is not None:
                return names, key, tuple(notes)
            if isinstance(value, dict | list | tuple) and _holds_texts(value):
                notes.append(
                    f"{quoted(key)} in the checkpoint does not name each class from 0 on once; it was left aside."
                )
    return None, "", tuple(notes)


def _holds_texts(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> bool:
    first = next(iter(value), None)
    return isinstance(first, str) or (isinstance(value, dict) and isinstance(value.get(first), str))


def names_of_classes(value: object) -> list[str] | None:
    """Return the names in ``value``, in order: a list, name → number or number → name, for each number from 0 once.

    Returns None for everything else, one class alone or two of the same name.
    """
    if not isinstance(value, dict | list | tuple) or not 1 < len(value) <= MOST_CLASSES:
        return None
    if isinstance(value, dict):
        by_number = _by_number(value)
        found = [by_number.get(number) for number in range(len(value))]
    else:
        found = list(value)
    names = [name for name in found if isinstance(name, str) and 0 < len(name) <= _LONGEST_CLASS_NAME]
    return names if len(names) == len(value) == len(set(names)) else None


def _by_number(table: dict[Any, Any]) -> dict[int, Any]:
    if all(type(number) is int for number in table.values()):
        return {number: name for name, number in table.items()}
    return {
        int(key): name
        for key, name in table.items()
        if type(key) is int or (isinstance(key, str) and len(key) < 7 and key.isascii() and key.isdigit())
    }
