"""Preprocessing out of the settings that model hubs lay beside the weights."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mtgui.auditing.architectures.hub_config import hub_preprocessing, timm_hint
from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.preprocessing_choice import resolve
from mtgui.auditing.architectures.processor_config import processor_hint
from mtgui.auditing.architectures.recognise import recognise
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import UsageError
from mtgui.reading.hints import Hints, SettingError, Settings
from mtgui.reading.reader import inspect_model
from tests.reading import onnx_writer as w

VIT: dict[str, Any] = {
    "image_processor_type": "ViTFeatureExtractor",
    "do_resize": True,
    "do_normalize": True,
    "size.height": 224,
    "size.width": 224,
    "resample": 2,
    "image_mean": (0.5, 0.5, 0.5),
    "image_std": (0.5, 0.4, 0.3),
}


def hint(**values: Any) -> PreprocessingHint:
    return processor_hint(Settings("preprocessor_config.json", values))


def test_a_vit() -> None:
    assert processor_hint(Settings("preprocessor_config.json", VIT)) == PreprocessingHint(
        "preprocessor_config.json", (224, 224), (224, 224), "bilinear", (0.5, 0.5, 0.5), (0.5, 0.4, 0.3)
    )


@pytest.mark.parametrize(
    ("values", "resize", "crop"),
    [
        ({"feature_extractor_type": "ViTFeatureExtractor", "size": 224}, (224, 224), (224, 224)),
        ({"feature_extractor_type": "DeiT", "size": 256, "crop_size": 224}, (256, 256), (224, 224)),
        ({"feature_extractor_type": "ViTFeatureExtractor", "size": 256, "crop_size": 224}, (256, 256), (256, 256)),
        ({"size": 256, "crop_size": 224}, 256, (224, 224)),
        ({"size.shortest_edge": 256, "crop_size.height": 224, "crop_size.width": 192}, 256, (224, 192)),
        ({"size.shortest_edge": 224, "do_center_crop": False, "crop_size": 200}, 224, (224, 224)),
        ({"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875}, 256, (224, 224)),
        ({"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224}, 256, (224, 224)),
        ({"image_processor_type": "ConvNext", "size.shortest_edge": 384, "crop_pct": 0.95}, (384, 384), (384, 384)),
        ({"size.shortest_edge": 224, "crop_pct": 0.9}, 248, (224, 224)),
        ({"image_processor_type": "PoolFormer", "size": 448, "crop_pct": 0.9, "crop_size": 400}, 497, (400, 400)),
        ({"image_processor_type": "Levit", "size.shortest_edge": 224, "crop_size": 224}, 256, (224, 224)),
        ({"image_processor_type": "Segformer", "size": 512}, (512, 512), (512, 512)),
        ({"image_processor_type": "MobileViT", "size": 288, "crop_size": 256}, 288, (256, 256)),
        ({"do_resize": False, "size": 224}, "none", (224, 224)),
        ({}, None, None),
    ],
)  # fmt: skip
def test_sizes(values: Any, resize: Any, crop: Any) -> None:
    found = hint(**values)
    assert (found.resize, found.crop) == (resize, crop)


def test_other_scalings_become_mean_and_deviation_of_pixels_from_0_to_1() -> None:
    pixel = 200.0
    cases: tuple[tuple[dict[str, Any], float], ...] = (
        ({"do_rescale": False, "image_mean": (120.0,) * 3, "image_std": (60.0,) * 3}, (pixel - 120) / 60),
        ({"rescale_factor": 1 / 127.5, "image_mean": (1.0,) * 3, "image_std": (1.0,) * 3}, pixel / 127.5 - 1),
        ({"do_normalize": False, "image_mean": (0.5,) * 3, "image_std": (0.5,) * 3}, pixel / 255),
        ({"do_normalize": False, "do_rescale": False}, pixel),
        ({"image_processor_type": "MobileViT", "image_mean": (0.5,) * 3, "image_std": (0.5,) * 3}, pixel / 255),
        (
            {"image_processor_type": "EfficientNet", "image_mean": (0.5,) * 3, "image_std": (0.4,) * 3},
            (pixel / 255 - 0.5) / 0.16,
        ),
        (
            {"image_processor_type": "EfficientNet", "include_top": False, "image_mean": (0.5,) * 3}
            | {"image_std": (0.4,) * 3},
            (pixel / 255 - 0.5) / 0.4,
        ),
        (
            {"rescale_factor": 0.00392156862745098, "image_mean": (0.5,) * 3, "image_std": (0.25,) * 3},
            pixel / 63.75 - 2,
        ),
    )
    for values, wanted in cases:
        found = hint(**values)
        assert found.mean is not None
        assert found.std is not None
        assert (pixel / 255 - found.mean[0]) / found.std[0] == pytest.approx(wanted)


@pytest.mark.parametrize(
    "values",
    [
        {"resample": 5},
        {"resample": 2.5},
        {"resample": "bicubic"},
        {"rescale_factor": 0},
        {"rescale_factor": -1},
        {"rescale_offset": True},
        {"size": 0},
        {"size": 1 << 20},
        {"size": "224"},
        {"size.height": 1.5, "size.width": 3},
        {"crop_size": -1},
        {"crop_pct": 0.0, "size": 224},
        {"crop_pct": 7, "size": 224},
        {"image_mean": (0.5, 0.5)},
        {"image_mean": 0.5},
        {"image_std": ("a", "b", "c")},
        {"do_resize": "yes"},
    ],
)
def test_what_cannot_be_followed_is_one_sentence(values: Any) -> None:
    with pytest.raises(SettingError, match=r"“preprocessor_config\.json” beside the weights says") as caught:
        hint(**values)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("values", "resize", "crop"),
    [
        ({"input_size": (3, 224, 224), "crop_pct": 0.95}, 235, (224, 224)),
        ({"pretrained_cfg.input_size": (3, 224, 224), "pretrained_cfg.crop_pct": 0.9, "crop_pct": 1}, 248, (224, 224)),
        ({"input_size": (3, 240, 240), "crop_pct": 1.0, "crop_mode": "squash"}, (240, 240), (240, 240)),
        ({"input_size": (3, 240, 320), "crop_pct": 0.8}, (300, 400), (240, 320)),
        ({"input_size": (3, 224, 224)}, None, (224, 224)),
        ({}, None, None),
    ],
)  # fmt: skip
def test_timm(values: Any, resize: Any, crop: Any) -> None:
    found = timm_hint(Settings("config.json", values))
    assert (found.resize, found.crop) == (resize, crop)


@pytest.mark.parametrize(
    "values",
    [
        {"input_size": (1, 28, 28)},
        {"input_size": (3, 224)},
        {"crop_mode": "border"},
        {"interpolation": "random"},
        {"input_size": (3, 224, 224), "crop_pct": 1e-9},
        {"mean": (0.5,)},
    ],
)
def test_what_timm_says_and_mtgui_cannot_follow(values: Any) -> None:
    with pytest.raises(SettingError, match=r"“config\.json” beside the weights says"):
        timm_hint(Settings("config.json", values))


def test_the_processor_goes_before_timm_and_a_choice_before_both(tmp_path: Path) -> None:
    config = Settings("config.json", {"architecture": "resnet18", "mean": (0.1, 0.1, 0.1)})
    side = Hints(config=config, processor=Settings("preprocessor_config.json", {"image_mean": (0.2, 0.2, 0.2)}))
    chosen = PreprocessingHint("by hand", mean=(0.3, 0.3, 0.3))
    found = collect_hints(tmp_path, "", chosen, side)
    assert [source.mean[0] for source in found.preprocessing if source.mean] == [0.3, 0.2, 0.1]
    assert hub_preprocessing(Hints()) == ()


@pytest.mark.parametrize(
    ("values", "channels"),
    [
        ({"do_flip_channel_order": True}, "BGR"),
        ({"do_flip_channel_order": False}, "RGB"),
        ({"image_processor_type": "MobileViTImageProcessor"}, "BGR"),
        ({}, "RGB"),
    ],
)
def test_the_order_of_colours(values: Any, channels: str) -> None:
    found, _ = resolve(Preprocessing(), "default", (PreprocessingHint("by hand", crop=(96, 96)), hint(**values)))
    assert found.channels == channels


def test_a_graph_takes_its_size_from_itself_and_the_rest_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(w.classifier(w.plain_weight()))
    config = '{"id2label": {"0": "a", "1": "b", "2": "c", "3": "d", "4": "e"}}'
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    processor = tmp_path / "preprocessor_config.json"
    processor.write_text('{"size": {"height": 4, "width": 4}, "image_mean": [0.1, 0.2, 0.3]}', encoding="utf-8")
    facts = inspect_model(tmp_path)
    found = recognise(facts, collect_hints(tmp_path, side=facts.hints))
    assert (found.best.architecture, found.best.classes, found.class_names) == ("onnx/graph", 5, tuple("abcde"))
    assert (found.preprocessing.crop, found.preprocessing.mean) == ((4, 4), (0.1, 0.2, 0.3))
    with pytest.raises(UsageError, match="leave --architecture out"):
        recognise(facts, architecture="resnet18")
    processor.write_text('{"size": {"height": 8, "width": 8}}', encoding="utf-8")
    facts = inspect_model(tmp_path)
    with pytest.raises(UsageError, match="4 × 4 pixels alone"):
        recognise(facts, collect_hints(tmp_path, side=facts.hints))


def test_the_resizing_rules_are_those_of_pillow() -> None:
    """A reminder of what the numbers in preprocessor_config.json mean."""
    names = {0: "NEAREST", 1: "LANCZOS", 2: "BILINEAR", 3: "BICUBIC", 4: "BOX"}
    for number, name in names.items():
        assert Image.Resampling(number).name == name
        assert hint(resample=number).interpolation == name.lower()
