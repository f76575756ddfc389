"""Names that tools of training change are read as if the tools had left them alone."""

import pytest

from mtgui.auditing.architectures.recognise import RecognitionError, recognise
from mtgui.reading.facts import TensorFacts
from tests.auditing.tiny_networks import facts_from, facts_of_shapes, table_script


def tensors() -> list[TensorFacts]:
    return list(facts_of_shapes(table_script().shapes("resnet18", classes=7)).tensors)


@pytest.mark.parametrize("wrapper", ["_orig_mod.", "_checkpoint_wrapped_module.", "_fsdp_wrapped_module."])
@pytest.mark.parametrize("place", ["", "layer1.", "layer1.0."])
def test_a_wrapper_around_a_part_is_taken_out(wrapper: str, place: str) -> None:
    old = [tensor.name for tensor in tensors()]
    new = [name.replace(place, place + wrapper, 1) if place else wrapper + name for name in old]
    found = [TensorFacts(name, tensor.dtype, tensor.shape) for name, tensor in zip(new, tensors(), strict=True)]
    best = recognise(facts_from({tensor.name: tensor for tensor in found})).best
    assert best.architecture == "torchvision/resnet18"
    assert best.renamed == tuple((later, former) for later, former in zip(new, old, strict=True) if later != former)


def test_two_tensors_never_get_one_name() -> None:
    found = {tensor.name: tensor for tensor in tensors()}
    found["layer1._orig_mod.0.conv1.weight"] = TensorFacts(
        "layer1._orig_mod.0.conv1.weight", "F32", found["layer1.0.conv1.weight"].shape
    )
    with pytest.raises(RecognitionError, match=r"“layer1\._orig_mod\.0\.conv1\.weight” has no place in it"):
        recognise(facts_from(found))
