"""The parent believes nothing that comes out of the reading child."""

from typing import Any

import pytest

from mtgui.reading.facts import facts_from

GOOD: dict[str, Any] = {
    "format": "safetensors",
    "files": ["m"],
    "tensors": [["fc.weight", "F32", [2, 3]], ["fc.bias", "F32", [2]]],
    "bytes": 32,
    "taken": "the file itself",
    "reason": "it is the only one",
    "others": [],
    "renamed": [["module.fc.weight", "fc.weight"]],
    "ignored": [],
    "notes": [],
    "limits": [],
}


def test_good_facts_are_taken() -> None:
    facts = facts_from(GOOD)
    assert (facts.parameters, facts.guessed_classes, facts.dtypes) == (8, (2, "fc.weight"), {"float32": 2})


@pytest.mark.parametrize(
    "changes",
    [
        {"bytes": 33},
        {"bytes": True},
        {"bytes": None},
        {"tensors": {}},
        {"tensors": [["w", "F32"]]},
        {"tensors": [["w", "F99", [8]]]},
        {"tensors": [["w", [], [8]]]},
        {"tensors": [[7, "F32", [8]]]},
        {"tensors": [["w", "F32", [-8]]]},
        {"tensors": [["w", "F32", [1] * 99]]},
        {"files": "m"},
        {"format": 7},
        {"format": "x" * 100_000},
        {"renamed": [["a"]]},
        {"renamed": [["a", 7]]},
        {"notes": [None]},
    ],
)
def test_facts_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        facts_from({**GOOD, **changes})


@pytest.mark.parametrize("values", [None, [], "text", {}])
def test_what_is_no_table_of_facts_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="no "):
        facts_from(values)


def test_control_characters_never_reach_the_terminal() -> None:
    facts = facts_from({**GOOD, "notes": ["\x1b[31mred"], "taken": "a\nb"})
    assert (facts.notes, facts.taken) == (("\\x1b[31mred",), "a\\nb")
