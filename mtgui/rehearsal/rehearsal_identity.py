"""The identity of a rehearsal: its settings and pictures, ready for JSON; and the differences of two identities."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from mtgui.common.hashing import sha256_bytes, sha256_file
from mtgui.rehearsal.countermeasure_table import values_of
from mtgui.rehearsal.rehearsal_request import RehearsalRequest

_NO_SAY_IN_TRAININGS = ("settings.audits.", "settings.models", "settings.countermeasures.output_digits")
_TITLES = {
    "settings.pictures": "number of pictures",
    "settings.classes": "kinds of pictures",
    "settings.users.users": "artists",
    "settings.users.classes": "classes of the artists' pictures",
    "settings.more_marks": "further marks",
    "settings.start": "file to start from",
    "settings.aside": "share kept aside",
    "start": "file to start from",
    "pattern": "picture of the pattern",
    "own": "your own pictures",
    "pictures": "pictures",
}
_LONGEST = 40


def settings_of(request: RehearsalRequest) -> dict[str, Any]:
    """Return everything on which the results depend, except pictures and device, ready for JSON."""
    users = request.users
    # Rehearsals without it were begun before there was a reach.
    reach = {} if request.reach is None else {"reach": request.reach}
    return {
        **reach,
        "pictures": len(request.data),
        "classes": list(request.data.class_names),
        "users": {
            "users": users.users,
            "published": users.published,
            "withheld": users.withheld,
            "classes": users.classes,
        },
        "mark": users.settings.values(),
        "more_marks": [settings.values() for settings in users.more_settings],
        "training": values_of(request.training),
        "start": None if request.start is None else request.start.name,
        "countermeasures": values_of(request.measures),
        "audits": {**asdict(request.audits), "alpha": str(request.audits.alpha)},
        "models": list(request.kinds),
        "aside": request.aside,
        "seed": request.seed,
    }


def contents_of(request: RehearsalRequest) -> dict[str, Any]:
    """Return `settings_of` with digests of all pictures and of the file to start from. Raises OSError."""
    contents = [request.data.pixels.tobytes(), request.data.labels.tobytes()]
    if request.own is not None:
        contents.append(request.own.pixels.tobytes())
    return {
        "settings": settings_of(request),
        "pictures": [sha256_bytes(content) for content in contents],
        "own": None if request.own is None else [request.own.folders, request.own.wanted],
        "start": None if request.start is None or request.start.is_dir() else sha256_file(request.start),
    }


def identity_of(request: RehearsalRequest) -> dict[str, Any]:
    """Return everything on which the results depend, except the device, as values read from JSON. Raises OSError."""
    pattern = request.users.pattern_picture
    values = {**contents_of(request), "pattern": None if pattern is None else sha256_bytes(pattern.pixels)}
    return dict(json.loads(json.dumps(values)))


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the differences of two identities that influence the trainings, in words: “epochs 30, now 20”."""
    old, new = dict(_leaves(before)), dict(_leaves(now))
    said = [_difference(place, old.get(place), new.get(place)) for place in {**old, **new}]
    return list(dict.fromkeys(filter(None, said)))


def _difference(place: str, old: Any, new: Any) -> str:
    if old == new or place.startswith(_NO_SAY_IN_TRAININGS):
        return ""
    title = _TITLES.get(place) or place.rpartition(".")[2].replace("_", " ")
    before, now = _in_words(old), _in_words(new)
    is_told = place.startswith("settings.") and before != now and max(len(before), len(now)) <= _LONGEST
    return f"{title} {before}, now {now}" if is_told else f"other {title}"


def _in_words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(_in_words, value)) or "none" if isinstance(value, list) else str(value)


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every value in nested mappings; a path looks like “settings.training.epochs”."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
