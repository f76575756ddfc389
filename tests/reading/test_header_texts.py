"""What the header of a safetensors file says of itself is carried along in bounds, and is never an error."""

import json
from pathlib import Path

import pytest

from mtgui.reading.facts import ModelFacts, facts_from
from mtgui.reading.header_texts import LONGEST_TEXTS, MOST_PAIRS
from mtgui.reading.reader import inspect_model
from tests.reading.reading_helpers import described, numbers, safetensors


def read(folder: Path, metadata: object) -> ModelFacts:
    (folder / "m").write_bytes(safetensors({"__metadata__": metadata, "w": described()}, numbers()))
    return inspect_model(folder / "m")


def test_texts_are_carried_exactly(tmp_path: Path) -> None:
    said = {"ss_epoch": "8", "": "empty", "ss_tag_frequency": '{"10_cat": {"cat": 42}}', "lines": "a\nb\x1b[31mc\u202e"}
    facts = read(tmp_path, said)
    assert facts.metadata == said
    assert facts.notes == ()


def test_a_file_without_them_has_none(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(safetensors({"w": described()}, numbers()))
    assert inspect_model(tmp_path / "m").metadata == {}


@pytest.mark.parametrize("metadata", ["text", 7, ["a"], True])
def test_what_is_no_mapping_is_left_out_with_a_note(tmp_path: Path, metadata: object) -> None:
    facts = read(tmp_path, metadata)
    assert facts.metadata == {}
    assert any("no list of names with texts" in note for note in facts.notes)
    assert [tensor.name for tensor in facts.tensors] == ["w"]


def deep(levels: int) -> object:
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "odd",
    [
        {"a": 7},
        {"a": None},
        {"a": {"b": "c"}},
        {"a": deep(300)},
        {"a": "half \ud800 a pair"},
        {"half \udfff": "a"},
        {"n" * 1025: "a"},
        {"a": "x" * (LONGEST_TEXTS + 1)},
    ],
)
def test_odd_entries_are_left_out_with_a_note(tmp_path: Path, odd: dict[str, object]) -> None:
    facts = read(tmp_path, {**odd, "kept": "yes"})
    assert facts.metadata == {"kept": "yes"}
    assert any("1 entry of its header was left out" in note for note in facts.notes)


def test_a_million_entries_are_cut(tmp_path: Path) -> None:
    facts = read(tmp_path, {str(number): "x" for number in range(1_000_000)})
    assert len(facts.metadata) == MOST_PAIRS
    assert any("999,500 entries of its header were left out" in note for note in facts.notes)


def test_all_texts_together_are_bounded(tmp_path: Path) -> None:
    facts = read(tmp_path, {str(number): "x" * (300 << 10) for number in range(5)})
    assert list(facts.metadata) == ["0", "1", "2"]


def test_a_text_of_nearly_a_megabyte_is_kept(tmp_path: Path) -> None:
    long = json.dumps({f"tag {number}": number for number in range(50_000)})
    assert 900_000 < len(long) < LONGEST_TEXTS
    assert read(tmp_path, {"ss_tag_frequency": long}).metadata == {"ss_tag_frequency": long}


@pytest.mark.parametrize(
    "lie",
    [
        7,
        ["a"],
        {"a": 7},
        {"a": "\ud800"},
        {"n" * 1025: "a"},
        {"a": "x" * (LONGEST_TEXTS + 1)},
        {str(number): "" for number in range(MOST_PAIRS + 1)},
    ],
)
def test_a_child_that_lies_about_them_is_refused(lie: object) -> None:
    values = {
        "format": "safetensors",
        "files": ["m"],
        "tensors": [],
        "bytes": 0,
        "taken": "",
        "reason": "",
        **{name: [] for name in ("others", "renamed", "ignored", "notes", "limits")},
    }
    assert facts_from(values).metadata == {}
    with pytest.raises(ValueError, match="texts"):
        facts_from({**values, "metadata": lie})
