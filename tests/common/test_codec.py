"""Dataclasses to JSON and back: nothing is lost, and whatever is not as declared is named."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.codec import FieldError, Positive, from_values, to_values
from mtgui.common.errors import UsageError


@dataclass(frozen=True)
class Inner:
    name: str
    size: int | tuple[int, int] | Literal["none"] | None = None


@dataclass(frozen=True)
class Outer:
    inner: Inner
    losses: tuple[float, ...]
    gaps: tuple[float | None, ...] = ()
    names: Mapping[str, str | None] | None = None
    path: Path = Path("a")
    alpha: Fraction = Fraction(1, 100)
    count: Positive = 1
    is_on: bool = False
    anything: Any = None

    def __post_init__(self) -> None:
        if self.inner.name == "refused":
            raise UsageError("That name is not taken.")


finite = st.floats(-1e299, 1e299)
inner = st.builds(
    Inner,
    st.text().filter(lambda name: name != "refused"),
    st.none() | st.integers() | st.tuples(st.integers(), st.integers()) | st.just("none"),
)
outer = st.builds(
    Outer,
    inner,
    st.lists(finite).map(tuple),
    st.lists(st.none() | finite).map(tuple),
    st.none() | st.dictionaries(st.text(), st.none() | st.text()),
    st.sampled_from([Path("a"), Path("/ä/🎨 b"), Path("raw\udcff")]),
    st.fractions(0, 1, max_denominator=10**6),
    st.integers(1, 1 << 62),
    st.booleans(),
    st.none() | st.integers() | st.lists(st.text()),
)


@given(outer)
def test_what_is_written_is_read_again(value: Outer) -> None:
    line = json.dumps(to_values(value), ensure_ascii=True)
    assert line.isascii()
    assert from_values(Outer, json.loads(line)) == value


WHOLE = to_values(Outer(Inner("a"), (0.5,)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"losses": [0.5, "x"]}, "losses[1]"),
        ({"losses": [0.5, float("nan")]}, "losses[1]"),
        ({"losses": [0.5, float("inf")]}, "losses[1]"),
        ({"losses": [0.5, True]}, "losses[1]"),
        ({"losses": None}, "losses"),
        ({"gaps": [0.5, None, float("nan")]}, "gaps[2]"),
        ({"inner": {"name": 3, "size": None}}, "inner.name"),
        ({"inner": {"name": "a", "size": [1]}}, "inner.size"),
        ({"names": {"a": 3}}, "names.a"),
        ({"path": "a\0b"}, "path"),
        ({"alpha": "0.01"}, "alpha"),
        ({"count": 0}, "count"),
        ({"count": True}, "count"),
        ({"is_on": 1}, "is_on"),
        ({"more": 1}, "more"),
    ],
)
def test_a_field_that_is_not_as_declared_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        from_values(Outer, {**WHOLE, **change})
    assert f"“{field}”" in str(refused.value)


def test_fields_that_are_not_there_take_their_defaults_where_that_is_asked_for() -> None:
    few = {"inner": {"name": "a"}, "losses": [0.5]}
    assert from_values(Outer, few, "defaults") == from_values(Outer, WHOLE)
    with pytest.raises(FieldError, match="“gaps”"):
        from_values(Outer, few)
    with pytest.raises(FieldError, match="“losses”"):
        from_values(Outer, {"inner": {"name": "a"}}, "defaults")


def test_fields_of_another_version_are_passed_over_where_that_is_asked_for() -> None:
    more = {**WHOLE, "inner": {"name": "a", "later": 3}, "later": 3}
    assert from_values(Outer, more, "tolerant") == from_values(Outer, WHOLE)
    with pytest.raises(FieldError, match="“later” is unknown"):
        from_values(Outer, more, "defaults")


def test_what_holds_of_the_whole_is_said_of_it() -> None:
    with pytest.raises(FieldError, match=r"^it does not hold: That name is not taken\.$"):
        from_values(Outer, {**WHOLE, "inner": {"name": "refused", "size": None}})
    with pytest.raises(FieldError, match=r"^it is missing or not what it should be\.$"):
        from_values(Outer, 3)


def test_numbers_that_json_does_not_have_are_written_as_none() -> None:
    values = to_values(Outer(Inner("a"), (float("nan"), 0.5), anything=float("inf")))
    assert values["losses"] == [None, 0.5]
    assert values["anything"] is None
    json.dumps(values, allow_nan=False)
