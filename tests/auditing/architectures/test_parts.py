"""A network among other tensors: the part that fits is taken, what is left out is said, and no doubt is passed over."""

from pathlib import Path

import pytest
import torch
import torchvision

from mtgui.auditing.architectures.recognise import RecognitionError, recognise
from mtgui.reading.facts import TensorFacts
from tests.auditing.hub_helpers import difference, loaded, scrambled
from tests.auditing.tiny_networks import facts_from, table_script

Tensors = dict[str, TensorFacts]


def network(prefix: str, architecture: str = "squeezenet1_1") -> Tensors:
    shapes = table_script().shapes(architecture, classes=7)
    return {
        f"{prefix}{name}": TensorFacts(f"{prefix}{name}", "I64" if is_whole else "F32", shape)
        for name, (shape, is_whole) in shapes.items()
    }


def tensor(name: str, *shape: int, kind: str = "F32") -> Tensors:
    return {name: TensorFacts(name, kind, shape)}


def reason(tensors: Tensors, architecture: str | None = None) -> str:
    with pytest.raises(RecognitionError) as caught:
        recognise(facts_from(tensors), architecture=architecture)
    return str(caught.value)


def test_the_weights_of_a_loss_are_left_out_and_named(tmp_path: Path) -> None:
    reference = scrambled(torchvision.models.get_model("squeezenet1_1", weights=None, num_classes=7))
    state = {f"model.{name}": value for name, value in reference.state_dict().items()}
    state |= {"criterion.weight": torch.ones(7), "val_acc.confmat": torch.zeros(7, 7)}
    torch.save({"epoch": 1, "pytorch-lightning_version": "2.4.0", "state_dict": state}, tmp_path / "m.ckpt")
    found, built = loaded(tmp_path / "m.ckpt", tmp_path / "out")
    assert found.best.ignored == ("criterion.weight", "val_acc.confmat")
    said = "stands under “model.”; left out: “criterion.weight”, “val_acc.confmat”."
    assert [note for note in found.notes if said in note]
    assert difference(reference, built, 64) < 1e-6


@pytest.mark.parametrize(
    "beside",
    [
        tensor("class_weights", 7),
        tensor("loss_fn.vgg.features.0.weight", 64, 3, 3, 3),
        tensor("loss_fn.vgg.features.0.weight", 64, 3, 3, 3) | tensor("loss_fn.vgg.mean", 1, 3, 1, 1),
        tensor("criterion.weight", 7),
        tensor("criterion.bce.pos_weight", 7),
        tensor("bce.pos_weight", 7),
        tensor("pos_weight", 7),
        tensor("train_metrics.step", kind="I64"),
        tensor("train_acc.correct", 7) | tensor("train_acc.total"),
        tensor("confusion", 7, 7, kind="I64"),
    ],
)
@pytest.mark.parametrize("prefix", ["model.", "module.net.model."])
def test_what_is_of_the_training_alone_is_left_out(prefix: str, beside: Tensors) -> None:
    outer = prefix.removesuffix("model.").removesuffix("net.")
    others = {f"{outer}{name}": TensorFacts(f"{outer}{name}", t.dtype, t.shape) for name, t in beside.items()}
    found = recognise(facts_from(network(prefix) | others))
    assert found.best.architecture == "torchvision/squeezenet1_1"
    assert found.best.ignored == tuple(others)


@pytest.mark.parametrize(
    "beside",
    [
        tensor("head.weight", 3, 7) | tensor("head.bias", 3),
        tensor("temperature", 1),
        tensor("mean", 1, 3, 1, 1),
        tensor("norm.weight", 3),
        network("projector.", "mobilenet_v2") | tensor("projector.more", 3),
        tensor("f1.weight", 10, 7),
        tensor("f1.weight", 7) | tensor("f1.bias", 7),
        tensor("precision.weight", 7),
        tensor("metric_fc.weight", 100, 512),
        tensor("loss_func.W", 512, 100),
        tensor("loss_head.weight", 3, 7),
        tensor("loss_head.weight", 3, 7, 1, 1),
        tensor("aux.q", 10, 512, kind="I8"),
        tensor("output_weight", 7),
        tensor("criterion.vgg.features.0.weight", 64, 3, 3, 3) | tensor("criterion.vgg.head.weight", 3, 7),
        network("criterion.vgg.") | tensor("criterion.W", 512, 100),
    ],
)
def test_what_may_take_part_in_the_answer_is_not_left_out(beside: Tensors) -> None:
    said = reason(network("model.") | beside)
    assert "under “model.” it holds SqueezeNet 1.1 (torchvision), but beside it" in said
    assert "which may take part in its answer" in said
    assert "--architecture-file" in said


@pytest.mark.parametrize("prefix", ["criterion.vgg.", "loss.", "kd_loss.teacher."])
@pytest.mark.parametrize("architecture", [None, "squeezenet1_1"])
def test_a_network_inside_the_loss_is_left_out(prefix: str, architecture: str | None) -> None:
    inside = network(prefix, "mobilenet_v2")
    found = recognise(facts_from(inside | network("model.")), architecture=architecture)
    assert found.best.architecture == "torchvision/squeezenet1_1"
    assert found.best.ignored == tuple(inside)
    assert [note for note in found.notes if "stands under “model.”; left out: " in note]


def test_a_network_inside_the_loss_is_never_the_answer() -> None:
    said = reason(network("criterion.vgg.") | tensor("model.head.weight", 7, 512))
    assert "fit no architecture" in said or "names of no architecture" in said


@pytest.mark.parametrize("other", ["ema_model.", "teacher."])
def test_of_two_networks_none_is_taken(other: str) -> None:
    both = network("model.") | network(other)
    for architecture in (None, "squeezenet1_1"):
        said = reason(both, architecture)
        assert f"holds 2 networks, under “model.” (SqueezeNet 1.1 (torchvision)) and “{other}”" in said
        assert "save its network alone" in said


def test_a_network_is_taken_as_a_whole_where_it_fits_as_a_whole() -> None:
    found = recognise(facts_from(network("model.")))
    assert found.best.ignored == ()
    assert not [note for note in found.notes if "left out" in note]
