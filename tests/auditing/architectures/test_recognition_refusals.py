"""What fits nothing is said in one sentence with a way out; what is chosen by hand is found by any likely name."""

import importlib.util
from dataclasses import replace
from importlib.machinery import ModuleSpec

import pytest

from mtgui.auditing.architectures.match import ModelHints, PreprocessingHint
from mtgui.auditing.architectures.recognise import (
    RecognitionError,
    architectures,
    recognise,
    recognise_for_audit,
    resolve_names,
)
from mtgui.common.errors import UsageError
from mtgui.reading.facts import ModelFacts, TensorFacts
from mtgui.reading.hints import Settings
from tests.auditing.tiny_networks import facts_from, facts_of_shapes, table_script


@pytest.fixture
def tensors() -> dict[str, TensorFacts]:
    facts: ModelFacts = facts_of_shapes(table_script().shapes("resnet18", classes=7))
    return {tensor.name: tensor for tensor in facts.tensors}


def reason(tensors: dict[str, TensorFacts], architecture: str | None = None) -> str:
    with pytest.raises(RecognitionError) as caught:
        recognise_for_audit(facts_from(tensors), architecture=architecture)
    said = str(caught.value)
    assert said.startswith("m.pth: its ")
    assert "--architecture" in said
    assert "--architecture-file net.py:factory --trust-code" in said
    return said


def test_one_missing(tensors: dict[str, TensorFacts]) -> None:
    del tensors["layer1.0.conv1.weight"]
    assert "the closest is ResNet-18 (torchvision), but “layer1.0.conv1.weight” is missing." in reason(tensors)


def test_one_too_many(tensors: dict[str, TensorFacts]) -> None:
    tensors["fc2.weight"] = TensorFacts("fc2.weight", "F32", (7, 7))
    assert "ResNet-18 (torchvision), but “fc2.weight” has no place in it." in reason(tensors)


def test_one_of_another_shape(tensors: dict[str, TensorFacts]) -> None:
    tensors["bn1.weight"] = replace(tensors["bn1.weight"], shape=(65,))
    assert "ResNet-18 (torchvision), but “bn1.weight” is 65 instead of 64." in reason(tensors)


def test_a_head_that_contradicts_itself(tensors: dict[str, TensorFacts]) -> None:
    tensors["fc.bias"] = replace(tensors["fc.bias"], shape=(8,))
    assert "“fc.bias” is 8 instead of 7" in reason(tensors)


def test_an_empty_tensor(tensors: dict[str, TensorFacts]) -> None:
    tensors["fc.weight"] = replace(tensors["fc.weight"], shape=(0, 512))
    assert "“fc.weight” is empty" in reason(tensors)


@pytest.mark.parametrize("architecture", [None, "resnet18"])
def test_a_head_of_one_number(tensors: dict[str, TensorFacts], architecture: str | None) -> None:
    tensors["fc.weight"] = replace(tensors["fc.weight"], shape=(1, 512))
    tensors["fc.bias"] = replace(tensors["fc.bias"], shape=(1,))
    said = reason(tensors, architecture)
    assert "those of ResNet-18 (torchvision), but it gives one number for each picture" in said
    assert "two numbers, 0 and its own" in said
    assert recognise(facts_from(tensors), architecture="torchvision/resnet18").best.classes == 1


@pytest.fixture
def no_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "timm" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)


def resnet50() -> ModelFacts:
    return facts_of_shapes(table_script().shapes("resnet50", classes=7))


def of_timm(**values: str | float) -> ModelHints:
    return ModelHints(config=Settings("config.json", values))


@pytest.mark.usefixtures("no_timm")
@pytest.mark.parametrize(
    "hints",
    [
        of_timm(architecture="resnetaa50"),
        ModelHints(named="timm/resnetaa50.d_in12k"),
        of_timm(architecture="resnet50", **{"model_args.global_pool": "max"}),
        of_timm(architecture="resnet50", **{"model_args.act_layer": "gelu"}),
    ],
)
def test_without_timm_no_other_network_is_taken_for_its_own(hints: ModelHints) -> None:
    with pytest.raises(RecognitionError, match=r"of the timm library, but timm is not installed; to read it: pip inst"):
        recognise(resnet50(), hints)


@pytest.mark.usefixtures("no_timm")
@pytest.mark.parametrize(
    "hints",
    [
        of_timm(architecture="resnet50.a1_in1k", **{"model_args.drop_rate": 0.1}),
        ModelHints(named="timm/resnet50"),
        ModelHints(named="ResNet50"),
    ],
)
def test_without_timm_another_network_of_the_same_name_is_taken(hints: ModelHints) -> None:
    found = recognise(resnet50(), hints)
    assert (found.best.architecture, [n for n in found.notes if "calls" in n]) == ("torchvision/resnet50", [])


@pytest.mark.usefixtures("no_timm")
def test_without_timm_another_network_can_be_chosen_by_hand() -> None:
    found = recognise(resnet50(), of_timm(architecture="resnetaa50"), "torchvision/resnet50")
    assert found.best.architecture == "torchvision/resnet50"


@pytest.mark.usefixtures("no_timm")
def test_another_name_in_a_checkpoint_is_said() -> None:
    notes = recognise(resnet50(), ModelHints(named="resnetaa50")).notes
    assert [
        n for n in notes if "calls its network “resnetaa50”; its tensors fit ResNet-50 (torchvision), which may" in n
    ]


def test_two_names_for_one_network_are_refused() -> None:
    hints = replace(of_timm(architecture="resnet50"), named="resnetaa50")
    with pytest.raises(RecognitionError, match=r"says that it is “resnet50”, and it says itself “resnetaa50”.*by hand"):
        recognise(resnet50(), hints)
    assert recognise(resnet50(), hints, "torchvision/resnet50").best.architecture == "torchvision/resnet50"
    agreeing = replace(hints, named="timm/resnet50.a1_in1k")
    assert recognise(resnet50(), agreeing).best.architecture.endswith("/resnet50")


def test_nothing_like_it() -> None:
    said = reason({"alpha": TensorFacts("alpha", "F32", (3,))})
    assert "(the first is “alpha”) have the names of no architecture that mtgui knows" in said


def test_names_cannot_paint_on_the_terminal(tensors: dict[str, TensorFacts]) -> None:
    tensors["\x1b[2J"] = TensorFacts("\x1b[2J", "F32", (3,))
    assert reason(tensors).isprintable()


def test_chosen_by_hand_and_wrong(tensors: dict[str, TensorFacts]) -> None:
    said = reason(tensors, "ResNet34")
    assert "are not those of ResNet-34 (torchvision): “layer1.2.conv1.weight”" in said


@pytest.mark.parametrize("name", ["torchvision/resnet18", "ResNet18", " RESNET18 "])
def test_chosen_by_hand_and_right(tensors: dict[str, TensorFacts], name: str) -> None:
    found = recognise(facts_from(tensors), architecture=name)
    assert [candidate.match.architecture for candidate in found.candidates] == ["torchvision/resnet18"]


def test_a_name_of_two_families_means_either() -> None:
    assert resolve_names("resnet18") == ("torchvision/resnet18", "cifar/resnet18")


def test_close_names_are_suggested() -> None:
    with pytest.raises(UsageError, match="no architecture called “resnet_18”; did you mean torchvision/resnet18"):
        resolve_names("resnet_18")
    with pytest.raises(UsageError, match="no architecture called “qqqq”"):
        resolve_names("qqqq")


def test_every_name_stands_for_itself() -> None:
    names = architectures()
    assert len(set(names)) == len(names)
    assert all(resolve_names(name.upper()) == (name,) for name in names)


def test_a_vit_refuses_another_crop() -> None:
    facts = facts_of_shapes(table_script().shapes("vit_b_16", classes=7))
    hints = ModelHints(preprocessing=(PreprocessingHint("your choice", crop=(256, 256)),))
    with pytest.raises(UsageError, match="224 × 224 pixels alone, and your choice says 256 × 256"):
        recognise(facts, hints)
