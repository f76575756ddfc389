"""The networks of transformers' files answer as independent implementations of the same papers do."""

import functools
import importlib
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.vision_transformer import VisionTransformer

from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.reading.hints import SettingError
from tests.auditing.hub_helpers import difference, loaded, pictures, recognised, scrambled, write_folder

VIT = {"model_type": "vit", "num_attention_heads": 4, "hidden_act": "gelu", "layer_norm_eps": 1e-3}
has_timm = pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="timm is not installed")
WIDTH, SIZE, PATCH, DEPTH, CLASSES = 32, 24, 8, 3, 5


def respelled(state: Mapping[str, Tensor], rules: Mapping[str, str]) -> dict[str, Tensor]:
    """Return ``state`` with its names rewritten, each by exactly one rule."""
    found = {}
    for name, tensor in state.items():
        spelled = [re.sub(pattern, new, name) for pattern, new in rules.items() if re.fullmatch(pattern, name)]
        assert len(spelled) == 1, name
        found[spelled[0]] = tensor
    return found


def reference_vit(epsilon: float = 1e-3, activation: nn.Module | None = None) -> VisionTransformer:
    norm = functools.partial(nn.LayerNorm, eps=epsilon)
    network = VisionTransformer(SIZE, PATCH, DEPTH, 4, WIDTH, 48, num_classes=CLASSES, norm_layer=norm)
    scrambled(network)
    for layer in network.encoder.layers if activation is not None else ():
        layer.mlp[1] = activation
    return network


def vit_state(network: VisionTransformer, prefix: str = "vit") -> dict[str, Tensor]:
    """Return the weights of torchvision's ViT as transformers names them: query, key and value apart."""
    state = dict(network.state_dict())
    apart: dict[str, Tensor] = {}
    for number in range(DEPTH):
        old = f"encoder.layers.encoder_layer_{number}.self_attention.in_proj_"
        new = f"{prefix}.encoder.layer.{number}.attention.attention"
        for part in ("weight", "bias"):
            for name, piece in zip(("query", "key", "value"), state.pop(old + part).chunk(3), strict=True):
                apart[f"{new}.{name}.{part}"] = piece
    layer = r"encoder\.layers\.encoder_layer_(\d+)\."
    rules = {
        "class_token": f"{prefix}.embeddings.cls_token",
        r"encoder\.pos_embedding": f"{prefix}.embeddings.position_embeddings",
        r"conv_proj\.(\w+)": rf"{prefix}.embeddings.patch_embeddings.projection.\1",
        layer + r"self_attention\.out_proj\.(\w+)": rf"{prefix}.encoder.layer.\1.attention.output.dense.\2",
        layer + r"ln_1\.(\w+)": rf"{prefix}.encoder.layer.\1.layernorm_before.\2",
        layer + r"ln_2\.(\w+)": rf"{prefix}.encoder.layer.\1.layernorm_after.\2",
        layer + r"mlp\.0\.(\w+)": rf"{prefix}.encoder.layer.\1.intermediate.dense.\2",
        layer + r"mlp\.3\.(\w+)": rf"{prefix}.encoder.layer.\1.output.dense.\2",
        r"encoder\.ln\.(\w+)": rf"{prefix}.layernorm.\1",
        r"heads\.head\.(\w+)": r"classifier.\1",
    }
    return apart | respelled(state, rules)


class QuickGelu(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values / (1 + torch.exp(-1.702 * values))


@pytest.mark.parametrize(
    ("name", "activation"),
    [
        ("gelu", None),
        ("gelu_new", nn.GELU(approximate="tanh")),
        ("quick_gelu", QuickGelu()),
        ("relu", nn.ReLU()),
        ("swish", nn.SiLU()),
    ],
)
def test_vit(tmp_path: Path, name: str, activation: nn.Module | None) -> None:
    reference = reference_vit(activation=activation)
    state = {**vit_state(reference), "vit.pooler.dense.weight": torch.zeros(WIDTH, WIDTH)}
    found, network = loaded(write_folder(tmp_path / "m", state, {**VIT, "hidden_act": name}), tmp_path / "out")
    assert (found.best.architecture, found.best.classes) == ("transformers/vit", CLASSES)
    assert found.best.ignored == ("vit.pooler.dense.weight",)
    assert found.preprocessing.crop == (SIZE, SIZE)
    assert difference(reference, network, SIZE) < 1e-5


def test_the_epsilon_in_the_config_counts(tmp_path: Path) -> None:
    reference = reference_vit(1e-1)
    same, other = ({**VIT, "layer_norm_eps": value} for value in (1e-1, 1e-12))
    _, right = loaded(write_folder(tmp_path / "a", vit_state(reference), same), tmp_path / "out1")
    _, wrong = loaded(write_folder(tmp_path / "b", vit_state(reference), other), tmp_path / "out2")
    assert difference(reference, right, SIZE) < 1e-5
    assert difference(reference, wrong, SIZE) > 1e-3


def test_queries_without_bias(tmp_path: Path) -> None:
    reference = reference_vit()
    with torch.no_grad():
        for name, weight in reference.named_parameters():
            if name.endswith("in_proj_bias"):
                weight.zero_()
    state = {
        name: tensor
        for name, tensor in vit_state(reference).items()
        if not re.search(r"attention\.attention\.\w+\.bias", name)
    }
    _, network = loaded(write_folder(tmp_path / "m", state, VIT), tmp_path / "out")
    assert difference(reference, network, SIZE) < 1e-5


def test_heads_are_assumed_only_without_a_config_and_with_a_note(tmp_path: Path) -> None:
    state = vit_state(reference_vit())
    found = recognised(write_folder(tmp_path, state))
    assert "number of attention heads is in no tensor; 1 are assumed" in found.notes[0]
    assert recognised(write_folder(tmp_path, state, VIT)).notes == ()
    assert recognised(tmp_path, "transformers/vit").best.options["heads"] == 4


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"hidden_act": "mish"}, "names the activation “mish”, which mtgui does not know"),
        ({"hidden_act": 7}, "says “hidden_act” is “7”, which is no text"),
        ({"num_attention_heads": 5}, "5 attention heads do not share a width of 32"),
        ({"num_attention_heads": "4"}, "no whole number"),
        ({"layer_norm_eps": 3}, "no small number"),
        ({"layer_norm_eps": [1e-6]}, "no number"),
        ({"problem_type": "multi_label_classification"}, "judges every class by itself"),
        ({"auto_map": {"AutoModel": "modeling.OwnViT"}}, "wants code of its author to be run .*OwnViT"),
        ({"quantization_config": {"quant_method": "bitsandbytes"}}, "says that they are quantised"),
    ],
)
def test_a_config_that_cannot_be_followed_is_one_sentence(tmp_path: Path, config: Any, message: str) -> None:
    write_folder(tmp_path, vit_state(reference_vit()), {**VIT, **config})
    with pytest.raises(SettingError, match=message) as caught:
        recognised(tmp_path)
    assert str(caught.value).isprintable()


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    state = vit_state(reference_vit())
    state["vit.encoder.layer.1.output.dense.weight"] = torch.zeros(WIDTH, 47)
    del state["vit.layernorm.bias"]
    with pytest.raises(
        RecognitionError, match=r"closest is ViT, 3 layers of 32 .transformers., but “norm\.bias” is missing"
    ):
        recognised(write_folder(tmp_path, state, VIT))


def resnet_state(network: ResNet) -> dict[str, Tensor]:
    layer = r"layer(\d)\.(\d+)\."
    steps = {"conv": "convolution", "bn": "normalization"}
    found = {}
    for name, tensor in network.state_dict().items():
        if match := re.fullmatch(layer + r"(conv|bn)(\d)\.(\w+)", name):
            stage, block, kind, step, rest = match.groups()
            place = f"resnet.encoder.stages.{int(stage) - 1}.layers.{block}.layer.{int(step) - 1}"
            found[f"{place}.{steps[kind]}.{rest}"] = tensor
        elif match := re.fullmatch(layer + r"downsample\.([01])\.(\w+)", name):
            stage, block, step, rest = match.groups()
            place = f"resnet.encoder.stages.{int(stage) - 1}.layers.{block}.shortcut"
            found[f"{place}.{('convolution', 'normalization')[int(step)]}.{rest}"] = tensor
        else:
            rules = {
                r"conv1\.(\w+)": r"resnet.embedder.embedder.convolution.\1",
                r"bn1\.(\w+)": r"resnet.embedder.embedder.normalization.\1",
                r"fc\.(\w+)": r"classifier.1.\1",
            }
            found |= respelled({name: tensor}, rules)
    return found


@pytest.mark.parametrize(("block", "kind"), [(BasicBlock, "basic"), (Bottleneck, "bottleneck")])
@pytest.mark.parametrize("has_config", [True, False])
def test_resnet(tmp_path: Path, block: Any, kind: str, has_config: bool) -> None:
    reference = scrambled(ResNet(block, [1, 2, 1, 1], num_classes=CLASSES))
    config = {"model_type": "resnet", "layer_type": kind, "hidden_act": "relu", "downsample_in_bottleneck": False}
    folder = write_folder(tmp_path / "m", resnet_state(reference), config if has_config else None)
    found, network = loaded(folder, tmp_path / "out")
    assert found.best.title == "ResNet, 1-2-1-1 layers (transformers)"
    assert len(found.notes) == (not has_config)
    assert difference(reference, network, 64) < 1e-5


def test_where_bottlenecks_halve_counts(tmp_path: Path) -> None:
    reference = ResNet(Bottleneck, [1, 1, 1, 1], num_classes=CLASSES)
    scrambled(reference)
    folder = write_folder(tmp_path / "m", resnet_state(reference), {"downsample_in_bottleneck": True})
    _, network = loaded(folder, tmp_path / "out")
    assert difference(reference, network, 64) > 1e-3
    # The older placing, by hand.
    for stage in (reference.layer2, reference.layer3, reference.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    assert difference(reference, network, 64) < 1e-5


def convnext_state(network: ConvNeXt) -> dict[str, Tensor]:
    state = {n: t.flatten() if n.endswith("layer_scale") else t for n, t in network.state_dict().items()}
    found = {}
    names = {"0": "dwconv", "2": "layernorm", "3": "pwconv1", "5": "pwconv2"}
    for name, tensor in state.items():
        if match := re.fullmatch(r"features\.(\d)\.(\d+)\.(?:block\.(\d)\.(\w+)|layer_scale)", name):
            stage, block, part, rest = match.groups()
            place = f"convnext.encoder.stages.{(int(stage) - 1) // 2}.layers.{block}."
            found[place + (f"{names[part]}.{rest}" if part else "layer_scale_parameter")] = tensor
        elif match := re.fullmatch(r"features\.([2468])\.([01])\.(\w+)", name):
            stage, part, rest = match.groups()
            found[f"convnext.encoder.stages.{int(stage) // 2}.downsampling_layer.{part}.{rest}"] = tensor
        else:
            rules = {
                r"features\.0\.0\.(\w+)": r"convnext.embeddings.patch_embeddings.\1",
                r"features\.0\.1\.(\w+)": r"convnext.embeddings.layernorm.\1",
                r"classifier\.0\.(\w+)": r"convnext.layernorm.\1",
                r"classifier\.2\.(\w+)": r"classifier.\1",
            }
            found |= respelled({name: tensor}, rules)
    return found


def test_convnext(tmp_path: Path) -> None:
    blocks = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, 24, 2), CNBlockConfig(24, None, 1)]
    reference = scrambled(ConvNeXt(blocks, num_classes=CLASSES))
    config = {"model_type": "convnext", "hidden_act": "gelu", "layer_norm_eps": 1e-6}
    found, network = loaded(write_folder(tmp_path / "m", convnext_state(reference), config), tmp_path / "out")
    assert found.best.title == "ConvNeXt, 1-2-1 layers (transformers)"
    assert difference(reference, network, 48) < 1e-5


@has_timm
def test_the_second_convnext(tmp_path: Path) -> None:
    reference = scrambled(
        importlib.import_module("timm.models.convnext").ConvNeXt(
            depths=(1, 2, 1, 1), dims=(8, 16, 24, 32), use_grn=True, ls_init_value=None, num_classes=CLASSES
        )
    )
    block = r"stages\.(\d)\.blocks\.(\d+)\."
    new = r"convnextv2.encoder.stages.\1.layers.\2."
    rules = {
        r"stem\.0\.(\w+)": r"convnextv2.embeddings.patch_embeddings.\1",
        r"stem\.1\.(\w+)": r"convnextv2.embeddings.layernorm.\1",
        r"stages\.(\d)\.downsample\.([01])\.(\w+)": r"convnextv2.encoder.stages.\1.downsampling_layer.\2.\3",
        block + r"conv_dw\.(\w+)": new + r"dwconv.\3",
        block + r"norm\.(\w+)": new + r"layernorm.\3",
        block + r"mlp\.fc([12])\.(\w+)": new + r"pwconv\3.\4",
        block + r"mlp\.grn\.(\w+)": new + r"grn.\3",
        r"head\.norm\.(\w+)": r"convnextv2.layernorm.\1",
        r"head\.fc\.(\w+)": r"classifier.\1",
    }
    state = respelled(reference.state_dict(), rules)
    state = {name: t.view(1, 1, 1, -1) if ".grn." in name else t for name, t in state.items()}
    config = {"model_type": "convnextv2", "layer_norm_eps": 1e-6}
    found, network = loaded(write_folder(tmp_path / "m", state, config), tmp_path / "out")
    assert found.best.architecture == "transformers/convnextv2"
    assert difference(reference, network, 48) < 1e-5


@has_timm
@pytest.mark.parametrize("has_teacher", [True, False])
def test_deit(tmp_path: Path, has_teacher: bool) -> None:
    reference: Any = importlib.import_module("timm.models.deit").VisionTransformerDistilled(
        img_size=SIZE, patch_size=PATCH, embed_dim=WIDTH, depth=DEPTH, num_heads=4, num_classes=CLASSES
    )
    scrambled(reference)
    state = dict(reference.state_dict())
    apart = {}
    for number in range(DEPTH):
        for part in ("weight", "bias"):
            pieces = state.pop(f"blocks.{number}.attn.qkv.{part}").chunk(3)
            for name, piece in zip(("query", "key", "value"), pieces, strict=True):
                apart[f"deit.encoder.layer.{number}.attention.attention.{name}.{part}"] = piece
    layer, new = r"blocks\.(\d+)\.", r"deit.encoder.layer.\1."
    rules = {
        "cls_token": "deit.embeddings.cls_token",
        "dist_token": "deit.embeddings.distillation_token",
        "pos_embed": "deit.embeddings.position_embeddings",
        r"patch_embed\.proj\.(\w+)": r"deit.embeddings.patch_embeddings.projection.\1",
        layer + r"attn\.proj\.(\w+)": new + r"attention.output.dense.\2",
        layer + r"norm1\.(\w+)": new + r"layernorm_before.\2",
        layer + r"norm2\.(\w+)": new + r"layernorm_after.\2",
        layer + r"mlp\.fc1\.(\w+)": new + r"intermediate.dense.\2",
        layer + r"mlp\.fc2\.(\w+)": new + r"output.dense.\2",
        r"norm\.(\w+)": r"deit.layernorm.\1",
        r"head\.(\w+)": r"cls_classifier.\1" if has_teacher else r"classifier.\1",
        r"head_dist\.(\w+)": r"distillation_classifier.\1",
    }
    state = apart | respelled(state, rules)
    if not has_teacher:
        state = {name: tensor for name, tensor in state.items() if not name.startswith("distillation_classifier")}
    config = {"model_type": "deit", "num_attention_heads": 4, "layer_norm_eps": 1e-6}
    found, network = loaded(write_folder(tmp_path / "m", state, config), tmp_path / "out")
    assert found.best.architecture == "transformers/deit"
    with torch.inference_mode():
        tokens = reference.forward_features(pictures(SIZE))
        wanted = reference.head(tokens[:, 0])
        wanted = (wanted + reference.head_dist(tokens[:, 1])) / 2 if has_teacher else wanted
        assert (network(pictures(SIZE)) - wanted).abs().max() < 1e-5 * wanted.abs().max()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("num_hidden_layers", 2, "“2”, but the weights have “3”"), ("qkv_bias", False, "“False”, but the weights have")],
)
def test_settings_of_another_network_are_refused(tmp_path: Path, setting: str, value: object, said: str) -> None:
    folder = write_folder(tmp_path / "m", vit_state(reference_vit()), {**VIT, setting: value})
    with pytest.raises(SettingError, match=said):
        recognised(folder)
    assert recognised(folder, "transformers/vit").best.is_exact
    fitting = {"num_hidden_layers": DEPTH, "hidden_size": WIDTH, "intermediate_size": 48, "qkv_bias": True}
    folder = write_folder(tmp_path / "fits", vit_state(reference_vit()), {**VIT, **fitting})
    assert recognised(folder).best.is_exact
