"""The settings beside a model's weights: checked plain values, with methods that check kind and range."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mtgui.common.errors import UsageError, printable
from mtgui.reading.answers import as_list, as_name, as_text, as_texts
from mtgui.reading.errors import quoted

Scalar = bool | int | float | str
Value = Scalar | tuple[Scalar, ...]

MOST_SETTINGS = 500
LONGEST_LIST = 64
MOST_CLASSES = 100_000
MOST_PARTS = 16
ARGUMENTS = ("args", "hyper_parameters", "hparams", "config", "cfg", "opt", "meta", "dataset_meta")
"""Entries of a training checkpoint that hold settings, which can take config.json's place."""
_LARGEST_NUMBER = 1 << 53


class SettingError(UsageError):
    """A file of settings beside the weights has an impossible value."""


@dataclass(frozen=True)
class Settings:
    """The settings in one JSON file, by name; settings of an inner object are named “outer.inner”.

    unread: names of settings that are no plain values, such as lists of lists, so that ``values`` lacks them. nulls:
    names of settings that are null, which ``values`` lacks as well. Every method raises SettingError if the setting
    exists but has another kind.
    """

    file: str = "config.json"
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    unread: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()

    @property
    def is_inside(self) -> bool:
        """True for settings in the checkpoint itself."""
        return self.file in ARGUMENTS

    @property
    def origin(self) -> str:
        """Their source, in words such as “config.json”."""
        return f"{self.file} in the checkpoint" if self.is_inside else self.file

    @property
    def place(self) -> str:
        """The file in which they stand, for the beginning of a sentence about what it says."""
        return f"“{self.file}” in the checkpoint" if self.is_inside else f"“{self.file}” beside the weights"

    def whole(self, name: str, most: int = 1 << 20) -> int | None:
        """Return a whole number from 1 to ``most``, or None where it is not set."""
        value = self.values.get(name)
        if value is not None and not (type(value) is int and 1 <= value <= most):
            raise self._error(name, f"no whole number from 1 to {most:,}")
        return value if type(value) is int else None

    def number(self, name: str) -> float | None:
        """Return a finite number, or None where it is not set."""
        value = self.values.get(name)
        if value is not None and type(value) not in (int, float):
            raise self._error(name, "no number")
        return float(value) if isinstance(value, int | float) else None

    def text(self, name: str) -> str | None:
        """Return a text, or None where it is not set."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._error(name, "no text")
        return value if isinstance(value, str) else None

    def flag(self, name: str) -> bool | None:
        """Return yes or no, or None where it is not set."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._error(name, "neither true nor false")
        return value if isinstance(value, bool) else None

    def wholes(self, name: str, most: int = 1 << 20) -> tuple[int, ...] | None:
        """Return a list of whole numbers from 1 to ``most``, or None where it is not set."""
        value = self.values.get(name)
        if value is None:
            return None
        found = tuple(item for item in _listed(value) if type(item) is int and 1 <= item <= most)
        if not isinstance(value, tuple) or len(found) != len(value):
            raise self._error(name, f"no list of whole numbers from 1 to {most:,}")
        return found

    def numbers(self, name: str) -> tuple[float, ...] | None:
        """Return a list of finite numbers, or None where it is not set."""
        value = self.values.get(name)
        if value is None:
            return None
        found = tuple(float(item) for item in _listed(value) if type(item) in (int, float))
        if not isinstance(value, tuple) or len(found) != len(value):
            raise self._error(name, "no list of numbers")
        return found

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return a list of texts, or None where it is not set."""
        value = self.values.get(name)
        if value is None:
            return None
        found = tuple(item for item in _listed(value) if isinstance(item, str))
        if not isinstance(value, tuple) or len(found) != len(value):
            raise self._error(name, "no list of texts")
        return found

    def _error(self, name: str, what: str) -> SettingError:
        said = quoted(self.values[name])
        return SettingError(
            f"{self.place} says {quoted(name)} is {said}, which is {what}; download it again, or move it away to go by "
            "the weights alone."
        )


@dataclass(frozen=True)
class Hints:
    """Settings found beside the weights: ``files`` read, ``config`` of the model, ``processor`` of its pictures.

    ``class_names`` are in the order of the classes; None if nothing names them; ``class_names_origin`` is their source.
    ``architecture`` is the name that a
    training checkpoint itself gives to its network, “timm/…” if timm's own script wrote it; empty if it gives none.
    ``parts`` are the settings of each part of a diffusion model's folder, such as “unet”, and ``pipeline`` is the name
    of the library's class for the whole of it. ``adapter`` is what peft says beside a LoRA.
    """

    files: tuple[str, ...] = ()
    config: Settings = field(default_factory=lambda: Settings("config.json"))
    processor: Settings = field(default_factory=lambda: Settings("preprocessor_config.json"))
    class_names: tuple[str, ...] | None = None
    architecture: str = ""
    class_names_origin: str = "config.json"
    parts: Mapping[str, Settings] = field(default_factory=dict, hash=False)
    pipeline: str = ""
    adapter: Settings = field(default_factory=lambda: Settings("adapter_config.json"))


NO_HINTS = Hints()
"""The hints when there are no files beside the weights."""


def hints_from(values: object) -> Hints:
    """Return the hints in ``values``, parsed JSON of the child; None gives empty ones. Raises ValueError."""
    if values is None:
        return Hints()
    if not isinstance(values, dict):
        raise ValueError("no hints")
    names = values.get("class_names")
    key = as_text(values.get("class_names_key", ""))
    file = next((name for name in ARGUMENTS if name == values.get("config_file")), "config.json")
    return Hints(
        files=as_texts(values.get("files")),
        config=Settings(
            file,
            _settings(values.get("config")),
            _names(values.get("config_unread", [])),
            _names(values.get("config_nulls", [])),
        ),
        processor=Settings("preprocessor_config.json", _settings(values.get("processor"))),
        class_names=None if names is None else tuple(as_text(name) for name in as_list(names, MOST_CLASSES)),
        architecture=as_text(values.get("architecture", "")),
        class_names_origin=f"“{key}” in the checkpoint" if key else "config.json",
        parts=_parts(values.get("parts", {})),
        pipeline=as_text(values.get("pipeline", "")),
        adapter=Settings("adapter_config.json", _settings(values.get("adapter", {}))),
    )


def as_scalar(value: object) -> Scalar:
    """Return ``value``, a finite number, a name or a boolean. Raises ValueError."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > _LARGEST_NUMBER:
            raise ValueError("no number that makes sense")
        return value
    return as_name(value)


def _settings(values: object) -> dict[str, Value]:
    if not isinstance(values, dict) or len(values) > MOST_SETTINGS:
        raise ValueError("no settings")
    return {
        as_name(name): tuple(as_scalar(item) for item in as_list(value, LONGEST_LIST))
        if isinstance(value, list)
        else as_scalar(value)
        for name, value in values.items()
    }


def _parts(values: object) -> dict[str, Settings]:
    if not isinstance(values, dict) or len(values) > MOST_PARTS:
        raise ValueError("no parts")
    return {as_name(name): _part(name, value) for name, value in values.items()}


def _part(name: str, value: object) -> Settings:
    if not isinstance(value, dict):
        raise ValueError("no part")
    file = "scheduler_config.json" if name == "scheduler" else f"{printable(name)}/config.json"
    return Settings(
        file, _settings(value.get("settings")), _names(value.get("unread", [])), _names(value.get("nulls", []))
    )


def _names(values: object) -> tuple[str, ...]:
    return tuple(as_name(name) for name in as_list(values, MOST_SETTINGS))


def _listed(value: Value) -> tuple[Scalar, ...]:
    return value if isinstance(value, tuple) else ()
