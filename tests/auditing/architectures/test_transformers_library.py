"""The classifiers of the transformers library answer here as they do there, and nothing of a stranger's is run."""

import importlib
import importlib.util
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.recognise import RecognitionError, recognise_for_audit
from mtgui.auditing.architectures.transformers.library.kinds import KINDS
from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.reading.hints import SettingError
from mtgui.reading.reader import inspect_model
from tests.auditing.hub_helpers import loaded, pictures, recognised, scrambled, write_folder
from tests.auditing.tiny_networks import facts_of_shapes, table_script

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None, reason="transformers is not installed"
)

VIT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 32, "patch_size": 8}
WITH_MLP = {**VIT, "intermediate_size": 48}
SWIN = {"embed_dim": 16, "depths": [1, 2], "num_heads": [2, 4], "image_size": 32, "patch_size": 4, "window_size": 4}
STAGES = {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]}
PYRAMID = {**STAGES, "num_attention_heads": [1, 2, 2, 4]}
TINY: dict[str, dict[str, Any]] = {
    "beit": {**WITH_MLP, "use_relative_position_bias": True},
    "data2vec-vision": {**WITH_MLP, "use_shared_relative_position_bias": True},
    "swin": SWIN,
    "swinv2": {**SWIN, "pretrained_window_sizes": [0, 2]},
    "dinov2": VIT,
    "dinov2_with_registers": VIT,
    "siglip": {"vision_config": WITH_MLP},
    "clip": {"vision_config": WITH_MLP},
    "metaclip_2": {"vision_config": WITH_MLP},
    "vit_msn": WITH_MLP,
    "hiera": {"embed_dim": 16, "depths": [1, 1, 1, 1], "image_size": [64, 64], "num_heads": [1, 2, 4, 4]},
    "mobilevit": {"hidden_sizes": [16, 24, 32], "neck_hidden_sizes": [8, 8, 16, 16, 24, 24, 32]},
    "mobilevitv2": {"width_multiplier": 0.25},
    "efficientnet": {"width_coefficient": 0.25, "depth_coefficient": 0.3, "hidden_dim": 320},
    "regnet": {"embedding_size": 8, "hidden_sizes": [16, 16, 32, 32], "depths": [1, 1, 2, 1], "groups_width": 8},
    "mobilenet_v1": {"depth_multiplier": 0.25},
    "mobilenet_v2": {"depth_multiplier": 0.25},
    "levit": {"hidden_sizes": [16, 32, 48], "num_attention_heads": [2, 4, 6], "depths": [1, 1, 1], "key_dim": [8, 8, 8]}
    | {"image_size": 64},
    "poolformer": STAGES,
    "bit": {"embedding_size": 16, "hidden_sizes": [32, 32, 64, 64], "depths": [1, 1, 1, 1], "num_groups": 4},
    "cvt": {"embed_dim": [16, 32, 48], "num_heads": [1, 2, 4], "depth": [1, 2, 3]},
    "focalnet": {"embed_dim": 16, "hidden_sizes": [16, 32], "depths": [1, 1], "focal_levels": [2, 2]}
    | {"focal_windows": [3, 3], "image_size": 32},
    "pvt": {**PYRAMID, "image_size": 64},
    "pvt_v2": {**PYRAMID, "image_size": 64},
    "segformer": PYRAMID,
    "swiftformer": {"embed_dims": [8, 16, 24, 32], "depths": [1, 1, 1, 1]},
}
"""Settings of a small network of each kind."""
SIZE = {"beit": 32, "swin": 32, "data2vec-vision": 32, "siglip": 32, "clip": 32, "metaclip_2": 32, "vit_msn": 32}
"""Sizes of pictures that are not 64 pixels."""


def made(name: str, suffix: str = "", **settings: Any) -> Any:
    """Return a small network of transformers itself, with weights that no part can hide behind."""
    import transformers

    config = getattr(transformers, f"{KINDS[name].name}Config")(num_labels=5, **{**TINY[name], **settings})
    torch.manual_seed(0)
    return scrambled(getattr(transformers, f"{KINDS[name].name}ForImageClassification{suffix}")(config))


def saved(network: Any, folder: Path, **changes: Any) -> Path:
    """Save ``network`` as transformers does, with ``changes`` to its config.json; return the folder."""
    # Its thread would outlive the test.
    importlib.import_module("transformers.utils.logging").disable_progress_bar()
    network.save_pretrained(folder)
    if changes:
        config = {**json.loads((folder / "config.json").read_text(encoding="utf-8")), **changes}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def distance(reference: Any, network: nn.Module, size: int) -> float:
    with torch.inference_mode():
        wanted, found = reference(pictures(size)).logits, network(pictures(size))
    assert wanted.std() > 1e-3
    return float((wanted - found).abs().max() / wanted.abs().max())


@pytest.mark.parametrize("name", KINDS)
def test_the_answers_are_those_of_transformers(tmp_path: Path, name: str) -> None:
    reference = made(name)
    found, network = loaded(saved(reference, tmp_path / "m"), tmp_path / "out")
    assert (found.best.architecture, found.best.classes) == (f"transformers/{name}", 5)
    assert not network.training
    size = SIZE.get(name, 64)
    assert distance(reference, network, size) < 1e-5
    # The engine stores channels last, and shows pictures in batches of any size.
    preprocessing = Preprocessing(None, (size, size), mean=(0, 0, 0), std=(1, 1, 1))
    engine = TorchClassifier(network, 5, preprocessing, choose_device("cpu"))
    pixels = torch.randint(0, 256, (3, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        wanted = reference(pixels / 255).logits
    found_logits = torch.cat([engine.logits(pixels[:1]), engine.logits(pixels[1:])])
    assert float((found_logits - wanted).abs().max() / wanted.abs().max()) < 1e-5


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("beit", {"use_absolute_position_embeddings": True, "use_mean_pooling": False, "hidden_act": "relu"}),
        ("swin", {"use_absolute_embeddings": True, "qkv_bias": False, "mlp_ratio": 2}),
        ("siglip", {"vision_config": {**WITH_MLP, "hidden_act": "quick_gelu", "layer_norm_eps": 0.01}}),
        ("efficientnet", {"pooling_type": "max", "hidden_act": "relu"}),
        ("mobilenet_v2", {"tf_padding": False, "finegrained_output": False}),
        ("regnet", {"layer_type": "x"}),
        ("bit", {"layer_type": "bottleneck", "global_padding": "SAME"}),
    ],
)
def test_settings_are_followed(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    reference = made(name, **settings)
    _, network = loaded(saved(reference, tmp_path / "m"), tmp_path / "out")
    assert distance(reference, network, SIZE.get(name, 64)) < 1e-5
    assert distance(made(name), network, SIZE.get(name, 64)) > 1e-4


def test_levit_with_the_head_of_its_teacher(tmp_path: Path) -> None:
    reference = made("levit", "WithTeacher")
    _, network = loaded(saved(reference, tmp_path / "m"), tmp_path / "out")
    assert distance(reference, network, 64) < 1e-5


def test_older_names_and_tables_in_a_file(tmp_path: Path) -> None:
    """Older versions stored tables that follow from the settings."""
    from safetensors.torch import load_file, save_file

    reference = made("swin")
    folder = saved(reference, tmp_path / "m")
    state = load_file(folder / "model.safetensors")
    assert any("attention.self.query" in name for name in state), "these are the names that files have"
    stem = "swin.encoder.layers.0.blocks.0.attention.self."
    save_file({**state, f"{stem}relative_position_index": torch.zeros(16, 16).long()}, folder / "model.safetensors")
    found, network = loaded(folder, tmp_path / "out")
    assert found.best.ignored == (f"{stem}relative_position_index",)
    assert distance(reference, network, 32) < 1e-5
    shutil.rmtree(tmp_path / "out")
    save_file(reference.state_dict(), folder / "model.safetensors")
    _, network = loaded(folder, tmp_path / "out")
    assert distance(reference, network, 32) < 1e-5


def test_what_counts_in_training_only_is_ignored(tmp_path: Path) -> None:
    reference = made("swin")
    changes = {"hidden_dropout_prob": 0.5, "drop_path_rate": 0.9, "initializer_range": 3, "layerdrop": 0.5}
    _, network = loaded(saved(reference, tmp_path / "m", **changes), tmp_path / "out")
    assert distance(reference, network, 32) < 1e-5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"auto_map": {"AutoModel": "evil.Model"}}, "wants code of its author to be run.*evil.Model"),
        ({"quantization_config": {"load_in_8bit": True}}, "says that they are quantised"),
        ({"embed_dim": 1 << 20}, "“embed_dim” is “1048576”, not a whole number from 1 to 16,384"),
        ({"embed_dim": 4096}, "fit no architecture"),
        ({"embed_dim": "16"}, "“embed_dim” is “16”, not a whole number"),
        ({"embed_dim": True}, "not a whole number"),
        ({"depths": [500, 500]}, "1,000 layers, and the weights are 62 tensors"),
        ({"depths": 3}, "not whole numbers"),
        ({"depths": [[1], [2]]}, "“depths”, a setting of a kind that mtgui does not read"),
        ({"window_size": 4000}, "not a whole number from 0 to 32"),
        ({"num_heads": [3, 5]}, "“swin.encoder.layers.0.blocks.0.attention.self.relative_position_bias_table” is 49×2"),
        ({"num_heads": [2]}, "transformers cannot build Swin"),
        ({"hidden_act": "xielu"}, "not an activation without weights of its own"),
        ({"layer_norm_eps": 5}, "not a number from 0 to 0.1"),
        ({"num_channels": 1}, "pictures have “1” channels"),
        ({"shift_of_windows": 3}, "“shift_of_windows” is “3”, which mtgui does not know"),
        ({"vision_config": {"hidden_size": 8}}, "“vision_config.hidden_size” is “8”, which mtgui does not know"),
        ({"pruned_heads": {"0": [1]}}, "pruned_heads.0"),
        ({"is_decoder": True}, "is_decoder"),
        ({"problem_type": "multi_label_classification"}, "judges every class by itself"),
        ({"problem_type": "regression"}, "estimates numbers"),
    ],
)
def test_settings_that_are_not_followed(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    folder = saved(made("swin"), tmp_path / "m", **changes)
    with pytest.raises((SettingError, RecognitionError), match=said) as caught:
        recognised(folder)
    assert str(caught.value).isprintable()


def test_layers_are_counted_after_they_are_multiplied(tmp_path: Path) -> None:
    folder = saved(made("efficientnet"), tmp_path / "m", depth_coefficient=60)
    with pytest.raises(SettingError, match="960 layers, and the weights are"):
        recognised(folder)


@pytest.mark.parametrize("name", ["levit", "beit", "siglip"])
def test_pictures_with_very_many_patches_are_refused(tmp_path: Path, name: str) -> None:
    network = made(name)
    large = {"image_size": 4096, "patch_size": 4}
    changes = {"vision_config": {**WITH_MLP, **large}} if name == "siglip" else large
    with pytest.raises(SettingError, match="1,024 patches along its side"):
        recognised(saved(network, tmp_path / "m", **changes))


def test_settings_of_the_texts_are_left_aside(tmp_path: Path) -> None:
    folder = saved(made("clip"), tmp_path / "m", text_config={"hidden_size": 1 << 40, "odd": [[1]]})
    assert recognised(folder).best.architecture == "transformers/clip"


def test_pictures_are_prepared_as_the_kind_has_it_where_no_file_says_so(tmp_path: Path) -> None:
    found = recognised(saved(made("mobilevit"), tmp_path / "m"))
    assert found.preprocessing == Preprocessing(288, (256, 256), "bilinear", (0, 0, 0), (1, 1, 1), "BGR")
    found = recognised(saved(made("clip"), tmp_path / "c"))
    assert (found.preprocessing.resize, found.preprocessing.crop) == (32, (32, 32))
    found = recognised(saved(made("mobilenet_v2"), tmp_path / "n", image_size=192))
    assert (found.preprocessing.resize, found.preprocessing.crop) == (219, (192, 192))
    found = recognised(saved(made("dinov2"), tmp_path / "d"))
    assert (found.preprocessing.resize, found.preprocessing.crop) == (256, (224, 224))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ViT", {"size": {"height": 40, "width": 40}}),
        ("Beit", {"size": {"height": 40, "width": 40}, "resample": 2}),
        ("ConvNext", {"size": {"shortest_edge": 56}, "crop_pct": 0.875}),
        ("EfficientNet", {"size": {"height": 40, "width": 40}, "resample": 3, "image_std": [0.4, 0.3, 0.2]}),
        ("MobileViT", {"size": {"shortest_edge": 50}, "crop_size": {"height": 40, "width": 40}, "resample": 2}),
        ("MobileNetV2", {"size": {"shortest_edge": 50}, "crop_size": {"height": 40, "width": 40}}),
        ("Levit", {"size": {"shortest_edge": 56}, "crop_size": {"height": 56, "width": 56}}),
        ("PoolFormer", {"size": {"shortest_edge": 56}, "crop_size": {"height": 56, "width": 56}, "crop_pct": 0.9}),
        ("CLIP", {"size": {"shortest_edge": 56}, "crop_size": {"height": 56, "width": 56}}),
        ("Siglip", {"size": {"height": 40, "width": 40}}),
        ("Segformer", {"size": {"height": 40, "width": 40}}),
    ],
)
def test_pictures_are_prepared_as_transformers_prepares_them(
    tmp_path: Path, name: str, settings: dict[str, Any]
) -> None:
    import transformers

    processor = getattr(transformers, f"{name}ImageProcessorPil")(**settings)
    processor.save_pretrained(tmp_path)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8))
    wanted = np.asarray(processor(picture, return_tensors="np")["pixel_values"][0])
    hints = collect_hints(tmp_path, side=inspect_model(saved(made("swin"), tmp_path)).hints)
    hint = next(hint for hint in hints.preprocessing if hint.origin == "preprocessor_config.json")
    assert hint.crop is not None
    assert hint.mean is not None or name == "MobileViT"
    resize = hint.resize if isinstance(hint.resize, tuple) else (hint.resize, hint.resize)
    method = Image.Resampling[str(hint.interpolation).upper()]
    resized = picture.resize((int(str(resize[1])), int(str(resize[0]))), method)
    top, left = (resized.height - hint.crop[0]) // 2, (resized.width - hint.crop[1]) // 2
    pixels = np.asarray(resized)[top : top + hint.crop[0], left : left + hint.crop[1]].astype(np.float64) / 255
    pixels = pixels[..., ::-1] if hint.channels == "BGR" else pixels
    found = ((pixels - np.array(hint.mean)) / np.array(hint.std)).transpose(2, 0, 1)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-4


def test_settings_of_another_script_are_not_those_of_transformers(tmp_path: Path) -> None:
    """Many scripts write a config.json with a model_type of their own."""
    state = facts_of_shapes(table_script().shapes("efficientnet_b0", classes=5))
    folder = tmp_path / "m"
    other = {"model_type": "efficientnet", "model_name": "efficientnet-b0", "num_epochs": 50}
    write_folder(folder, {tensor.name: torch.ones(tensor.shape) for tensor in state.tensors}, other)
    assert recognised(folder).best.architecture == "torchvision/efficientnet_b0"
    config = json.loads((saved(made("swin"), tmp_path / "s") / "config.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in config.items() if key not in ("architectures", "transformers_version")}
    (tmp_path / "s" / "config.json").write_text(json.dumps(kept), encoding="utf-8")
    assert recognised(tmp_path / "s").best.architecture == "transformers/swin"


def test_a_kind_is_chosen_by_hand(tmp_path: Path) -> None:
    reference = made(
        "regnet", hidden_sizes=[128, 192, 512, 1088], depths=[2, 6, 12, 2], embedding_size=32, groups_width=64
    )
    folder = saved(reference, tmp_path / "m")
    (folder / "config.json").unlink()
    with pytest.raises(RecognitionError):
        recognised(folder)
    assert recognised(folder, "transformers/regnet").best.title == "RegNet (transformers)"
    assert recognised(folder, "regnet").best.classes == 5


@pytest.mark.parametrize(
    ("classes", "kind", "said"),
    [
        (["SwinModel"], "swin", "“SwinModel” of the transformers library, which does not sort pictures into classes"),
        (["DetrForObjectDetection"], "detr", "does not sort pictures into classes"),
        (["Siglip2ForImageClassification"], "siglip2", "which mtgui does not build"),
    ],
)
def test_others_are_named(tmp_path: Path, classes: list[str], kind: str, said: str) -> None:
    network = made("swin").swin if kind == "swin" else made("swin")
    folder = saved(network, tmp_path / "m", architectures=classes, model_type=kind)
    with pytest.raises(RecognitionError, match=said):
        recognised(folder)


def test_one_output_is_refused(tmp_path: Path) -> None:
    import transformers

    network = transformers.SwinForImageClassification(transformers.SwinConfig(num_labels=1, **SWIN))
    folder = saved(network, tmp_path / "m")
    facts = inspect_model(folder)
    with pytest.raises(RecognitionError, match="gives one number for each picture"):
        recognise_for_audit(facts, collect_hints(folder, side=facts.hints))


def test_names_of_classes(tmp_path: Path) -> None:
    labels = {str(number): name for number, name in enumerate("abcde")}
    assert recognised(saved(made("swin"), tmp_path / "m", id2label=labels)).class_names == tuple("abcde")


def test_nothing_reaches_the_internet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        place = f"http://127.0.0.1:{server.getsockname()[1]}"
        for variable in ("HF_ENDPOINT", "http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, place)
        folder = saved(made("swin"), tmp_path / "m")
        code = (
            "import os, sys; from pathlib import Path; from tests.auditing.hub_helpers import loaded\n"
            "before = dict(os.environ)\n"
            "loaded(Path(sys.argv[1]), Path(sys.argv[2]))\n"
            "assert dict(os.environ) == before"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code, folder, tmp_path / "out"], check=True, capture_output=True, text=True
        )
        assert (ran.stdout, ran.stderr) == ("", "")
        with pytest.raises(BlockingIOError):
            server.accept()
