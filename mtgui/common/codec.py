"""Frozen dataclasses to and from plain JSON values, every field checked by its declared type.

Types that may be declared: str, int, float, bool, Path, Fraction (written “1/160000”), Any (any JSON value),
literals, unions with None, tuples, mappings with texts as names, dataclasses, classes that are `Coded`, and any of them
annotated with a `Pattern` or `Range`.
"""

import dataclasses
import json
import math
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    Protocol,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from mtgui.common.errors import MtguiError, printable

T = TypeVar("T")
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})
Reading = Literal["exact", "defaults", "tolerant"]
"""exact: every field must be present, except those that may be None, and no other. defaults: a missing field takes the
default of the class. tolerant: like defaults, and unknown fields are ignored, as in files of other versions.
"""
_HUGE = 1e300
"""Upper bound of every number; it keeps out infinity and NaN."""
_FRACTION = re.compile(r"(0|[1-9]\d{0,30})(/[1-9]\d{0,30})?")


class FieldError(MtguiError):
    """Values do not fit the declared type. The message names the field and says what is wrong with it."""


@runtime_checkable
class Coded(Protocol):
    """A class that turns itself into JSON values and back."""

    def to_json(self) -> Any:
        """Return JSON values."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return what `to_json` wrote. Raises ValueError for anything else."""


@dataclass(frozen=True)
class Pattern:
    """A text must match the whole of this regular expression."""

    expression: str

    def allows(self, value: Any) -> bool:
        """True when ``value`` matches."""
        return re.fullmatch(self.expression, value) is not None


@dataclass(frozen=True)
class Range:
    """A number must lie from ``low`` to ``high``."""

    low: int
    high: int = 1 << 62

    def allows(self, value: Any) -> bool:
        """True when ``value`` lies in the range."""
        return bool(self.low <= value <= self.high)


Sha256 = Annotated[str, Pattern(r"[0-9a-f]{64}")]
Time = Annotated[str, Pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")]
Count = Annotated[int, Range(0)]
Positive = Annotated[int, Range(1)]
Probability = Annotated[Fraction, Range(0, 1)]


def to_values(thing: Any) -> Any:
    """Return ``thing``, a dataclass or the value of a field, as JSON values; a number that is not finite gives None."""
    if type(thing) in _AS_THEY_ARE:
        return thing
    if type(thing) is float:
        return thing if math.isfinite(thing) else None
    if dataclasses.is_dataclass(thing):
        return {field.name: to_values(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
    if isinstance(thing, tuple | list):
        return [to_values(item) for item in thing]
    if isinstance(thing, Mapping):
        return {str(name): to_values(value) for name, value in thing.items()}
    if isinstance(thing, Fraction | Path):
        return str(thing)
    return thing.to_json() if isinstance(thing, Coded) else thing


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object in ``data``. Raises ValueError for anything else, repeated fields, infinity and NaN."""
    try:
        values = json.loads(data.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it is nested without end") from error
    if not isinstance(values, dict):
        raise ValueError("it is not a JSON object")
    return values


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a field stands there twice")
    return values


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def from_values(kind: type[T], values: Any, reading: Reading = "exact") -> T:
    """Return an object of the dataclass ``kind``, made from JSON ``values``. Raises FieldError naming the field."""
    made: T = _Reader(reading).read(kind, values, "")
    return made


def _refused(place: str, found: str) -> FieldError:
    subject = f"its field “{printable(place[:200])}”" if place else "it"
    return FieldError(f"{subject} {found.rstrip('.')}.")


def _checked(value: Any, holds: bool, place: str) -> Any:
    if not holds:
        raise _refused(place, "is missing or not what it should be")
    return value


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind, include_extras=True)


@cache
def _defaults(kind: Any) -> Mapping[str, Callable[[], Any]]:
    """Return, for each field with a default, a function that makes the default."""
    found: dict[str, Callable[[], Any]] = {}
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING:
            found[field.name] = partial(_same, field.default)
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory
    return found


def _same(value: T) -> T:
    return value


class _Reader:
    """Reads values as declared types; ``place`` is the path of a value, for error messages."""

    def __init__(self, reading: Reading) -> None:
        self._fills_in, self._skips_unknown = reading != "exact", reading == "tolerant"

    def read(self, kind: Any, value: Any, place: str) -> Any:
        origin = get_origin(kind)
        if kind is Any:
            return value
        if origin is Annotated:
            return self._annotated(get_args(kind), value, place)
        if origin in (Union, types.UnionType):
            return self._union(get_args(kind), value, place)
        if origin is Literal:
            return _checked(value, type(value) in (str, int) and value in get_args(kind), place)
        if origin is tuple:
            return self._tuple(get_args(kind), value, place)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._mapping(get_args(kind)[1], value, place)
        if dataclasses.is_dataclass(kind):
            return self._dataclass(kind, value, place)
        return _PLAIN[kind](value, place) if kind in _PLAIN else _read_coded(kind, value, place)

    def _annotated(self, kinds: tuple[Any, ...], value: Any, place: str) -> Any:
        inner, *rules = kinds
        read = self.read(inner, value, place)
        if not all(rule.allows(read) for rule in rules):
            raise _refused(place, "is malformed or out of range")
        return read

    def _union(self, kinds: tuple[Any, ...], value: Any, place: str) -> Any:
        if value is None and type(None) in kinds:
            return None
        *others, last = [kind for kind in kinds if kind is not type(None)]
        for kind in others:
            try:
                return self.read(kind, value, place)
            except FieldError:
                continue
        return self.read(last, value, place)

    def _tuple(self, kinds: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
        items = _checked(value, isinstance(value, list), place)
        if kinds[-1] is Ellipsis:
            # The losses of many thousand draws and pictures: at once, since one by one they would hold up the window.
            if kinds[0] is float and set(map(type, items)) <= {float, int} and all(map(_is_number, items)):
                return tuple(map(float, items))
            has_gaps = kinds[0] == float | None and set(map(type, items)) <= {float, types.NoneType}
            if has_gaps and all(item is None or _is_number(item) for item in items):
                return tuple(items)
            return tuple(self.read(kinds[0], item, f"{place}[{number}]") for number, item in enumerate(items))
        _checked(items, len(items) == len(kinds), place)
        pairs = enumerate(zip(kinds, items, strict=True))
        return tuple(self.read(kind, item, f"{place}[{number}]") for number, (kind, item) in pairs)

    def _mapping(self, kind: Any, value: Any, place: str) -> dict[str, Any]:
        items = _checked(value, isinstance(value, dict), place)
        return {name: self.read(kind, item, f"{place}.{name}") for name, item in items.items()}

    def _dataclass(self, kind: Any, value: Any, place: str) -> Any:
        values = _checked(value, isinstance(value, dict), place)
        hints = _hints(kind)
        prefix = f"{place}." if place else ""
        for name in values:
            if name not in hints and not self._skips_unknown:
                raise _refused(f"{prefix}{name}", "is unknown to this mtgui")
        usual = _defaults(kind) if self._fills_in else {}
        read = {
            name: usual[name]()
            if name in usual and name not in values
            else self.read(hint, values.get(name), f"{prefix}{name}")
            for name, hint in hints.items()
        }
        try:
            return kind(**read)
        except MtguiError as error:
            raise _refused(place, f"does not hold: {error}") from error


def _read_coded(kind: Any, value: Any, place: str) -> Any:
    try:
        return kind.from_json(value)
    except ValueError as error:
        raise _refused(place, "is missing or not what it should be") from error


def _read_fraction(value: Any, place: str) -> Fraction:
    _checked(value, isinstance(value, str) and _FRACTION.fullmatch(value) is not None, place)
    fraction = Fraction(value)
    return Fraction(_checked(fraction, str(fraction) == value, place))


def _is_number(value: float) -> bool:
    return abs(value) < _HUGE


def _read_float(value: Any, place: str) -> float:
    _checked(value, type(value) in (int, float) and _is_number(value), place)
    return float(value)


_PLAIN: Mapping[Any, Callable[[Any, str], Any]] = {
    str: lambda value, place: _checked(value, type(value) is str, place),
    int: lambda value, place: _checked(value, type(value) is int, place),
    bool: lambda value, place: _checked(value, type(value) is bool, place),
    float: _read_float,
    Fraction: _read_fraction,
    Path: lambda value, place: Path(_checked(value, type(value) is str and "\0" not in value, place)),
}
