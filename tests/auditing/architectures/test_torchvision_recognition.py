"""Every torchvision classifier is recognised from names and shapes alone."""

import re
from dataclasses import replace

import pytest

from mtgui.auditing.architectures.match import ModelHints
from mtgui.auditing.architectures.recognise import RecognitionError, recognise
from mtgui.auditing.architectures.torchvision import layout_table as table
from mtgui.common.resources import resource_path
from mtgui.reading.facts import ModelFacts, TensorFacts
from tests.auditing.tiny_networks import facts_from, facts_of_shapes, table_script

NAMES = table.architectures()
WITH_VARIANT: dict[str, tuple[str, ...]] = {
    "mobilenet_v2": ("-32",),
    **{f"shufflenet_v2_x{size}": ("-32",) for size in ("0_5", "1_0", "1_5", "2_0")},
    **{f"vgg{depth}{ending}": ("-32",) for depth in (11, 13, 16, 19) for ending in ("", "_bn")},
    **{f"resnet{depth}": ("-unpooled", "-32") for depth in (18, 34)},
    **{f"resnet{depth}": ("-v1", "-unpooled", "-32") for depth in (50, 101, 152)},
}
"""Classifiers of which a variant has the same names and shapes, and the endings of its name."""
CLASSES = 7


def facts(name: str, **options: bool) -> ModelFacts:
    return facts_of_shapes(table_script().shapes(name, classes=CLASSES), **options)


def respelled(found: ModelFacts, pattern: str, replacement: str) -> ModelFacts:
    changed = [replace(tensor, name=re.sub(pattern, replacement, tensor.name)) for tensor in found.tensors]
    return facts_from({tensor.name: tensor for tensor in changed})


def test_the_shipped_table_is_what_its_script_makes() -> None:
    script = table_script()
    shipped = resource_path(f"architectures/{script.TABLE}").read_text(encoding="utf-8")
    assert script.lines(script.table()) == shipped


def test_all_eighty_are_there() -> None:
    assert len(NAMES) == 80


@pytest.mark.parametrize("counters", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_recognised_with_an_odd_number_of_classes(name: str, counters: bool) -> None:
    found = recognise(facts(name, counters=counters))
    variants = [f"torchvision/{name}{ending}" for ending in WITH_VARIANT.get(name, ())]
    assert [match.architecture for match in found.matches] == [f"torchvision/{name}", *variants]
    assert ("do not prove which one" in found.best.sureness) == bool(variants)
    assert (found.best.classes, found.best.renamed, found.best.ignored) == (CLASSES, (), ())
    assert "proves neither" in found.best.sureness


def test_the_input_size_of_a_vit_comes_from_its_positions() -> None:
    shapes = table_script().shapes("vit_b_16", classes=CLASSES, image_size=384)
    found = recognise(facts_of_shapes(shapes))
    assert found.best.options["image_size"] == 384
    assert (found.preprocessing.crop, found.preprocessing.resize) == ((384, 384), 384)
    assert "SWAG_E2E" in found.origins.crop


def test_a_grid_of_positions_that_is_no_square_is_refused() -> None:
    tensors = {tensor.name: tensor for tensor in facts("vit_b_16").tensors}
    tensors["encoder.pos_embedding"] = TensorFacts("encoder.pos_embedding", "F32", (1, 198, 768))
    with pytest.raises(RecognitionError, match="198 positions"):
        recognise(facts_from(tensors))


@pytest.mark.parametrize(("name", "heads"), [("googlenet", r"aux\d\."), ("inception_v3", r"AuxLogits\.")])
def test_auxiliary_heads_may_be_absent(name: str, heads: str) -> None:
    kept = {tensor.name: tensor for tensor in facts(name).tensors if not re.match(heads, tensor.name)}
    assert recognise(facts_from(kept)).best.options["has_auxiliary"] is False
    assert recognise(facts(name)).best.options["has_auxiliary"] is True


def test_released_densenets_and_vits_keep_their_old_names() -> None:
    found = recognise(respelled(facts("densenet121"), r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2"))
    assert found.best.architecture == "torchvision/densenet121"
    assert ("features.denseblock1.denselayer1.norm.1.weight", "features.denseblock1.denselayer1.norm1.weight") in (
        found.best.renamed
    )
    old = respelled(respelled(facts("vit_b_16"), r"mlp\.0\.", "mlp.linear_1."), r"mlp\.3\.", "mlp.linear_2.")
    assert len(recognise(old).best.renamed) == 48


@pytest.mark.parametrize("prefix", ["net.", "backbone.", "a.b."])
def test_what_all_names_begin_with_does_not_matter(prefix: str) -> None:
    found = recognise(respelled(facts("resnet18"), "^", prefix))
    assert found.best.architecture == "torchvision/resnet18"
    assert found.best.renamed[0] == (f"{prefix}conv1.weight", "conv1.weight")


def test_a_head_inside_a_sequence_is_found() -> None:
    found = recognise(respelled(facts("resnet18"), r"^fc\.", "fc.1."))
    assert found.best.renamed == (("fc.1.weight", "fc.weight"), ("fc.1.bias", "fc.bias"))


def test_what_tools_leave_behind_is_ignored_and_listed() -> None:
    tensors = {tensor.name: tensor for tensor in facts("resnet18").tensors}
    tensors["n_averaged"] = TensorFacts("n_averaged", "I64", ())
    assert recognise(facts_from(tensors)).best.ignored == ("n_averaged",)


@pytest.mark.parametrize("dtype", ["F16", "BF16", "F64"])
def test_other_kinds_of_floating_point_numbers_are_fine(dtype: str) -> None:
    found = [replace(tensor, dtype=dtype) for tensor in facts("resnet18").tensors]
    assert recognise(facts_from({tensor.name: tensor for tensor in found})).best.is_exact


def test_whole_numbers_for_weights_are_not() -> None:
    tensors = {tensor.name: tensor for tensor in facts("resnet18").tensors}
    tensors["fc.weight"] = replace(tensors["fc.weight"], dtype="I8")
    with pytest.raises(RecognitionError, match=r"“fc\.weight” holds int8 instead of floating-point numbers"):
        recognise(facts_from(tensors))


def test_a_released_file_is_known_by_its_hash() -> None:
    found = recognise(facts("resnet50"), ModelHints(sha256="0676ba61" + 56 * "0"))
    assert "IMAGENET1K_V1" in found.best.sureness
    assert found.preprocessing.resize == 256
    assert recognise(facts("resnet50")).preprocessing.resize == 232


def test_other_weights_of_the_same_shapes_are_mentioned() -> None:
    assert any("IMAGENET1K_V1 resize 256" in note for note in recognise(facts("resnet50")).notes)


def test_inception_is_scaled_as_its_released_weights_expect() -> None:
    found = recognise(facts("inception_v3"))
    assert (found.preprocessing.resize, found.preprocessing.crop) == (342, (299, 299))
    assert found.preprocessing.mean == found.preprocessing.std == (0.5, 0.5, 0.5)


def test_common_names_are_counted_without_layouts() -> None:
    for name in table.architectures():
        names = table.layout(name)
        counted = table.common_names([*names, "a.stranger", "conv1.weight.more"])
        expected = {other: len(names.keys() & table.layout(other).keys()) for other in table.architectures()}
        assert counted == {other: count for other, count in expected.items() if count}


@pytest.mark.parametrize("head", ["heads", "heads.0", "heads.head.1"])
def test_the_head_of_a_transformer_may_lie_deeper_or_less_deep(head: str) -> None:
    tensors = {tensor.name.replace("heads.head", head): tensor for tensor in facts("vit_b_16").tensors}
    found = recognise(facts_from({name: replace(tensor, name=name) for name, tensor in tensors.items()}))
    assert [match.architecture for match in found.matches] == ["torchvision/vit_b_16"]
