"""Frozen dataclasses to and from plain JSON values, every field checked by its declared type.

Types that may be declared: str, int, float, bool, Fraction (written “1/160000”), literals, unions with None, tuples,
dataclasses, `Losses`, and any of them annotated with a `Pattern` or `Range`.
"""

import dataclasses
import json
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import MtguiError, ReportError, printable

T = TypeVar("T")
_FRACTION = re.compile(r"(0|[1-9]\d{0,30})(/[1-9]\d{0,30})?")


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


class Losses:
    """A loss matrix that nobody changes any more: ``values`` is int64, (columns, N), in units of 2⁻²⁰ nat."""

    def __init__(self, values: NDArray[np.int64]) -> None:
        """Keep a copy of ``values``. Raises ReportError where they are no matrix of 64-bit whole numbers."""
        if values.ndim != 2 or values.dtype != np.int64 or not values.size:
            raise ReportError("A loss matrix holds 64-bit whole numbers, at least one row and one column of them.")
        self.values = values.copy()
        self.values.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        """True for the same numbers in the same places."""
        return isinstance(other, Losses) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        """The same for the same numbers."""
        return hash(self.values.tobytes())


Sha256 = Annotated[str, Pattern(r"[0-9a-f]{64}")]
Time = Annotated[str, Pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")]
Count = Annotated[int, Range(0)]
Positive = Annotated[int, Range(1)]
Probability = Annotated[Fraction, Range(0, 1)]


def to_values(thing: Any) -> Any:
    """Return a dataclass, or whatever its fields hold, as values that JSON knows."""
    if dataclasses.is_dataclass(thing):
        return {field.name: to_values(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
    if isinstance(thing, tuple):
        return [to_values(item) for item in thing]
    if isinstance(thing, Losses):
        return thing.values.tolist()
    return str(thing) if isinstance(thing, Fraction) else thing


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object in ``data``; ValueError where it is none, names a field twice or holds no number."""
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


def from_values(kind: type[T], values: Any) -> T:
    """Return the ``kind`` of dataclass that ``values`` describe. Raises ReportError naming the field."""
    made: T = _read(kind, values, "")
    return made


def _refused(place: str, found: str) -> ReportError:
    return ReportError(f"its field “{printable(place[:200]) or 'report'}” {found}")


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _read(kind: Any, value: Any, place: str) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *rules = get_args(kind)
        read = _read(inner, value, place)
        if not all(rule.allows(read) for rule in rules):
            raise _refused(place, "is malformed or out of range")
        return read
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), value, place)
    if origin is Literal:
        return _checked(value, isinstance(value, str) and value in get_args(kind), place)
    if origin is tuple:
        return _read_tuple(get_args(kind), value, place)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, value, place)
    return _PLAIN[kind](value, place)


def _checked(value: Any, holds: bool, place: str) -> Any:
    if not holds:
        raise _refused(place, "is missing or not what it should be")
    return value


def _read_union(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    *others, last = [kind for kind in kinds if kind is not type(None)]
    for kind in others:
        try:
            return _read(kind, value, place)
        except ReportError:
            continue
    return _read(last, value, place)


def _read_tuple(kinds: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    items = _checked(value, isinstance(value, list), place)
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item, f"{place}[{number}]") for number, item in enumerate(items))
    _checked(items, len(items) == len(kinds), place)
    return tuple(_read(kind, item, f"{place}[{n}]") for n, (kind, item) in enumerate(zip(kinds, items, strict=True)))


def _read_dataclass(kind: Any, value: Any, place: str) -> Any:
    values = _checked(value, isinstance(value, dict), place)
    hints = _hints(kind)
    prefix = f"{place}." if place else ""
    for name in values:
        if name not in hints:
            raise _refused(f"{prefix}{name}", "is unknown to this mtgui")
    read = {name: _read(hint, values.get(name), f"{prefix}{name}") for name, hint in hints.items()}
    try:
        return kind(**read)
    except MtguiError as error:
        raise _refused(place, f"does not hold: {error}") from error


def _read_fraction(value: Any, place: str) -> Fraction:
    _checked(value, isinstance(value, str) and _FRACTION.fullmatch(value) is not None, place)
    fraction = Fraction(value)
    return Fraction(_checked(fraction, str(fraction) == value, place))


def _read_losses(value: Any, place: str) -> Losses:
    rows = _checked(value, isinstance(value, list) and bool(value) and all(type(row) is list for row in value), place)
    _checked(rows, all(type(entry) is int for row in rows for entry in row), place)
    try:
        values = np.array(rows, dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise _refused(place, "is not a matrix of 64-bit whole numbers") from error
    return Losses(values)


def _read_float(value: Any, place: str) -> float:
    _checked(value, type(value) in (int, float) and abs(value) < 1e300, place)
    return float(value)


_PLAIN: Mapping[Any, Callable[[Any, str], Any]] = {
    str: lambda value, place: _checked(value, type(value) is str, place),
    int: lambda value, place: _checked(value, type(value) is int, place),
    bool: lambda value, place: _checked(value, type(value) is bool, place),
    float: _read_float,
    Fraction: _read_fraction,
    Losses: _read_losses,
}
