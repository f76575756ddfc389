"""What a training checkpoint says about itself is read as plain data, checked, and never believed blindly."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.recognise import recognise
from mtgui.reading.checkpoint_hints import checkpoint_hints, names_of_classes
from mtgui.reading.hints import SettingError
from mtgui.reading.reader import inspect_model

NAMES = ["cat", "dog", "emu"]
BY_NAME = {"dog": 1, "cat": 0, "emu": 2}
BY_NUMBER = {1: "dog", 0: "cat", 2: "emu"}


@pytest.mark.parametrize(
    "value", [NAMES, tuple(NAMES), BY_NAME, BY_NUMBER, {str(number): name for number, name in BY_NUMBER.items()}]
)
def test_each_way_to_name_classes(value: object) -> None:
    assert names_of_classes(value) == NAMES


@pytest.mark.parametrize(
    "value",
    [
        ["cat"],
        ["cat", "cat"],
        ["cat", ""],
        ["cat", "d" * 301],
        ["cat", 1],
        {"cat": 1, "dog": 2},
        {"cat": 0, "dog": 0},
        {"cat": 0, "dog": True},
        {"cat": 0, "dog": 1.0},
        {0: "cat", 2: "dog"},
        {0: "cat", "0": "dog"},
        {"0": "cat", "²": "dog"},
        {-1: "cat", 0: "dog"},
        {},
        "cat",
        3,
        None,
        ["a"] * 100_001,
    ],
)
def test_what_names_no_classes(value: object) -> None:
    assert names_of_classes(value) is None


@pytest.mark.parametrize(
    "saved",
    [
        {"class_to_idx": BY_NAME},
        {"idx_to_class": BY_NUMBER},
        {"classes": NAMES},
        {"class_names": NAMES, "classes": 3},
        {"labels": NAMES},
        {"names": BY_NUMBER},
        {"hyper_parameters": {"class_names": NAMES, "lr": 0.1}},
        {"hparams": {"classes": NAMES}},
        {"args": argparse.Namespace(labels=NAMES)},
        {"meta": {"CLASSES": tuple(NAMES)}},
    ],
)
def test_names_of_classes_in_a_checkpoint(tmp_path: Path, saved: dict[str, Any]) -> None:
    torch.save({"state_dict": {"weight": torch.zeros(3, 2)}, **saved}, tmp_path / "m.pth")
    hints = collect_hints(tmp_path / "m.pth", side=inspect_model(tmp_path / "m.pth").hints)
    assert hints.class_names == tuple(NAMES)
    assert hints.class_names_origin.endswith("” in the checkpoint")


def test_settings_beside_it_go_before_the_checkpoint_and_the_checkpoint_before_lists(tmp_path: Path) -> None:
    torch.save({"state_dict": {"weight": torch.zeros(3, 2)}, "classes": NAMES}, tmp_path / "m.pth")
    (tmp_path / "labels.txt").write_text("a\nb\nc", encoding="utf-8")
    assert collect_hints(tmp_path / "m.pth", side=inspect_model(tmp_path / "m.pth").hints).class_names == tuple(NAMES)
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "x", "1": "y", "2": "z"}}), encoding="utf-8")
    found = collect_hints(tmp_path / "m.pth", side=inspect_model(tmp_path / "m.pth").hints)
    assert (found.class_names, found.class_names_origin) == (("x", "y", "z"), "config.json")


def test_lists_that_name_no_classes_are_left_aside_with_a_note(tmp_path: Path) -> None:
    torch.save({"state_dict": {"weight": torch.zeros(3)}, "class_to_idx": {"cat": 1, "dog": 2}}, tmp_path / "m.pth")
    facts = inspect_model(tmp_path / "m.pth")
    assert facts.notes == (
        "“class_to_idx” in the checkpoint does not name each class from 0 on once; it was left aside.",
    )
    assert facts.hints.class_names is None
    assert checkpoint_hints({"labels": [0, 1, 1]}).notes == ()


@pytest.mark.parametrize(
    ("saved", "name"),
    [
        ({"arch": "resnet18"}, "resnet18"),
        ({"arch": "resnet18", "epoch": 1, "version": 2, "state_dict": {}}, "timm/resnet18"),
        ({"args": {"model": "deit_tiny"}}, "deit_tiny"),
        ({"args": {"model": "deit_tiny"}, "epoch": 1, "version": 2, "state_dict": {}}, "deit_tiny"),
        ({"args": {"arch": "a", "model": "b"}}, "a"),
        ({"hyper_parameters": {"model": ["resnet18"]}}, ""),
        ({"arch": "../x y"}, ""),
        ([1], ""),
    ],
)
def test_the_name_of_the_architecture(saved: object, name: str) -> None:
    assert checkpoint_hints(saved).architecture == name


@pytest.mark.parametrize(
    "saved",
    [
        {"hyper_parameters": {"task": "multilabel"}},
        {"args": argparse.Namespace(multi_label=True)},
        {"config": {"problem_type": "multi_label_classification"}},
    ],
)
def test_a_model_that_judges_each_class_by_itself_is_refused(tmp_path: Path, saved: dict[str, Any]) -> None:
    torch.save({"state_dict": {"weight": torch.zeros(3, 2)}, **saved}, tmp_path / "m.pth")
    facts = inspect_model(tmp_path / "m.pth")
    said = f"“{next(iter(saved))}” in the checkpoint says that the model judges every class by itself"
    with pytest.raises(SettingError, match=said):
        recognise(facts, collect_hints(tmp_path / "m.pth", side=facts.hints))


def test_nothing_in_a_checkpoint_is_run(tmp_path: Path) -> None:
    torch.save({"state_dict": {"w": torch.zeros(3)}, "args": argparse.Namespace(model=_Trap())}, tmp_path / "m.pth")
    assert inspect_model(tmp_path / "m.pth").hints.architecture == ""
    assert not (tmp_path / "run").exists()


class _Trap:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('this was run')",)
