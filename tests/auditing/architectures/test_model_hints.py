"""Class names beside the model, preprocessing from several sources, and where each came from."""

import json
from pathlib import Path

import pytest

from mtgui.auditing.architectures.match import ModelHints, PreprocessingHint
from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.preprocessing_choice import resolve
from mtgui.auditing.architectures.recognise import recognise
from mtgui.auditing.preprocessing import Preprocessing
from tests.auditing.tiny_networks import facts_of_shapes, table_script

NAMES = ["Katze", "Hund", "Maus"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.json", json.dumps(NAMES)),
        ("id2label.json", json.dumps({"1": "Hund", "0": "Katze", "2": "Maus"})),
        ("class_to_idx.json", json.dumps({"Hund": 1, "Katze": 0, "Maus": 2})),
        ("imagenet_class_index.json", json.dumps({str(n): [f"n{n}", name] for n, name in enumerate(NAMES)})),
        ("classes.txt", "Katze\r\nHund\r\nMaus\r\n"),
        ("m.labels.txt", "\ufeffKatze\nHund\nMaus"),
    ],
)
def test_class_names_in_a_file_beside_the_model(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    hints = collect_hints(tmp_path / "m.pth")
    assert (list(hints.class_names), hints.class_names_origin, hints.notes) == (NAMES, name, ())


@pytest.mark.parametrize("text", ["", "{", "[]", "[1, 2]", '{"0": "a", "2": "b"}', "[" * 100_000, '"a"', '{"a": true}'])
def test_files_of_no_use_are_left_aside_with_a_note(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.json").write_text(text)
    (tmp_path / "classes.txt").write_text("Katze\nHund")
    hints = collect_hints(tmp_path)
    assert hints.class_names == ("Katze", "Hund")
    assert hints.notes == ("“labels.json” beside the model holds no names of classes; it was left aside.",)


def test_names_of_another_number_of_classes_are_not_used() -> None:
    facts = facts_of_shapes(table_script().shapes("resnet18", classes=7))
    found = recognise(facts, ModelHints(class_names=tuple(NAMES), class_names_origin="labels.json"))
    assert found.class_names == ()
    assert "labels.json names 3 classes and the model has 7; they were not used." in found.notes


def test_a_thousand_classes_are_those_of_imagenet() -> None:
    found = recognise(facts_of_shapes(table_script().shapes("resnet18", classes=1000)))
    assert found.class_names[:2] == ("tench", "goldfish")
    assert len(found.class_names) == 1000


def test_the_earlier_source_goes_before_the_later_and_the_default() -> None:
    hints = (
        PreprocessingHint("your choice", interpolation="bicubic"),
        PreprocessingHint("config.json", interpolation="nearest", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    )
    found, origins = resolve(Preprocessing(), "default of it", hints)
    assert (found.interpolation, found.mean, found.resize) == ("bicubic", (0.5, 0.5, 0.5), 256)
    assert vars(origins) == {
        "resize": "default of it",
        "crop": "default of it",
        "interpolation": "your choice",
        "normalisation": "config.json",
    }


def test_another_crop_takes_the_resizing_along() -> None:
    found, origins = resolve(Preprocessing(), "default of it", (PreprocessingHint("your choice", crop=(448, 448)),))
    assert (found.resize, origins.resize) == (512, "in proportion to default of it")
    assert resolve(Preprocessing(), "x", (PreprocessingHint("y", resize="none"),))[0].resize is None
    assert resolve(Preprocessing(resize=None), "x", ())[0].resize is None
