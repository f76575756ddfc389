"""Folders of diffusion models: each part is read under its own prefix, and nothing outside of the folder is."""

import json
import os
import shutil
from pathlib import Path

import pytest

from mtgui.auditing.architectures.model_description import files_of
from mtgui.reading.errors import ModelError
from mtgui.reading.reader import inspect_model, read_model
from tests.reading.reading_helpers import described, numbers, safetensors, tensor, torch_zip

LISTED = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.38.0",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "safety_checker": [None, None],
}
UNET, TEXT = "diffusion_pytorch_model", "model"


def pipeline(folder: Path, **listed: object) -> Path:
    folder.mkdir()
    (folder / "model_index.json").write_text(json.dumps({**LISTED, **listed}), encoding="utf-8")
    for part, name in (("unet", UNET), ("vae", UNET), ("text_encoder", TEXT)):
        (folder / part).mkdir()
        (folder / part / f"{name}.safetensors").write_bytes(safetensors({"w": described()}, numbers()))
        (folder / part / "config.json").write_text(json.dumps({"part": part, "none": None}), encoding="utf-8")
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text('{"num_train_timesteps": 1000}', encoding="utf-8")
    return folder


def test_parts_are_read_under_their_prefixes_with_their_settings(tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "model")
    facts, tensors = read_model(folder, tmp_path)
    assert [t.name for t in facts.tensors] == ["unet/w", "vae/w", "text_encoder/w"]
    assert tensors.raw("vae/w") == numbers()
    assert facts.files == (
        f"unet/{UNET}.safetensors",
        f"vae/{UNET}.safetensors",
        f"text_encoder/{TEXT}.safetensors",
    )
    assert facts.hints.pipeline == "StableDiffusionPipeline"
    assert facts.hints.parts["unet"].values == {"part": "unet"}
    assert facts.hints.parts["unet"].nulls == ("none",)
    assert facts.hints.parts["scheduler"].whole("num_train_timesteps") == 1000
    assert any("“tokenizer”" in note for note in facts.notes)
    assert [(file.name, file.size) for file in files_of(folder, facts)] == [
        (name, (folder / name).stat().st_size) for name in facts.files
    ]


def test_full_precision_comes_first_then_half_then_pickles(tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "model")
    (folder / "unet" / f"{UNET}.bin").write_bytes(torch_zip({"b": tensor()}))
    (folder / "unet" / f"{UNET}.fp16.safetensors").write_bytes(safetensors({"h": described()}, numbers()))
    assert inspect_model(folder).tensors[0].name == "unet/w"
    (folder / "unet" / f"{UNET}.safetensors").unlink()
    assert inspect_model(folder).tensors[0].name == "unet/h"
    (folder / "unet" / f"{UNET}.fp16.safetensors").unlink()
    facts, tensors = read_model(folder, tmp_path)
    assert facts.tensors[0].name == "unet/b"
    assert tensors.raw("unet/b") == numbers()


@pytest.mark.parametrize("index", [f"{UNET}.safetensors.index.json", f"{UNET}.safetensors.index.fp16.json"])
def test_shards_of_a_part(tmp_path: Path, index: str) -> None:
    folder = pipeline(tmp_path / "model")
    home = folder / "unet"
    (home / f"{UNET}.safetensors").rename(home / "one.safetensors")
    (home / "two.bin").write_bytes(torch_zip({"x": tensor(offset=3, shape=(3,), stride=(1,))}))
    listed = {"w": "one.safetensors", "x": "two.bin"}
    (home / index).write_text(json.dumps({"weight_map": listed}), encoding="utf-8")
    facts, tensors = read_model(folder, tmp_path)
    assert facts.files[:3] == (f"unet/{index}", "unet/one.safetensors", "unet/two.bin")
    assert (tensors.raw("unet/w"), tensors.raw("unet/x")) == (numbers(), numbers()[12:])


def test_a_model_of_one_network_may_lie_in_the_folder_itself(tmp_path: Path) -> None:
    listed = {"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "X"]}
    (tmp_path / "model_index.json").write_text(json.dumps(listed), encoding="utf-8")
    (tmp_path / f"{UNET}.bin").write_bytes(torch_zip({"b": tensor()}))
    (tmp_path / "config.json").write_text('{"_class_name": "UNet2DModel"}', encoding="utf-8")
    (tmp_path / "scheduler_config.json").write_text('{"num_train_timesteps": 500}', encoding="utf-8")
    facts = inspect_model(tmp_path)
    assert [t.name for t in facts.tensors] == ["unet/b"]
    assert facts.files == (f"{UNET}.bin",)
    assert facts.hints.parts["unet"].text("_class_name") == "UNet2DModel"
    assert facts.hints.parts["scheduler"].whole("num_train_timesteps") == 500


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_missing_part_is_named(tmp_path: Path, part: str) -> None:
    folder = pipeline(tmp_path / "model")
    shutil.rmtree(folder / part)
    with pytest.raises(ModelError, match=f"the weights of its part “{part}” are missing, such as “{part}/.*download"):
        inspect_model(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "a diffusion model of an unknown kind, without a UNet"),
        ('{"_class_name": "FluxPipeline", "transformer": ["diffusers", "F"]}', "of the kind “FluxPipeline”, without"),
        ('{"unet": [null, null]}', "without a UNet"),
        ("[]", "its list of parts, “model_index.json”, cannot be used"),
        ("{", "its list of parts, “model_index.json”, cannot be used"),
    ],
)
def test_a_list_of_parts_that_is_of_no_use_is_refused(tmp_path: Path, text: str, message: str) -> None:
    folder = pipeline(tmp_path / "model")
    (folder / "model_index.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        inspect_model(folder)


@pytest.mark.parametrize("linked", ["unet", f"unet/{UNET}.safetensors", "vae/config.json", "model_index.json"])
def test_links_out_of_the_folder_are_refused(tmp_path: Path, linked: str) -> None:
    folder = pipeline(tmp_path / "model")
    (folder / linked).rename(tmp_path / "elsewhere")
    (folder / linked).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="a link out of its folder"):
        inspect_model(folder)


def test_shards_that_are_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "model")
    home = folder / "unet"
    (home / f"{UNET}.safetensors").rename(tmp_path / "one.safetensors")
    (home / "one.safetensors").symlink_to(tmp_path / "one.safetensors")
    index = {"weight_map": {"w": "one.safetensors"}}
    (home / f"{UNET}.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(ModelError, match="a link out of its folder"):
        inspect_model(folder)


def test_links_in_the_cache_of_the_hub_are_followed(tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "blobs").mkdir()
    folder = pipeline(tmp_path / "snapshots" / "abc")
    for number, path in enumerate([folder / "unet" / f"{UNET}.safetensors", folder / "vae" / "config.json"]):
        path.rename(tmp_path / "blobs" / str(number))
        path.symlink_to(os.path.relpath(tmp_path / "blobs" / str(number), path.parent))
    facts = inspect_model(folder)
    assert facts.tensors[0].name == "unet/w"
    assert facts.hints.parts["vae"].values == {"part": "vae"}


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "model")
    (folder / "vae" / f"{UNET}.safetensors").write_bytes(safetensors({"w": described()}, numbers(5)))
    with pytest.raises(
        ModelError, match=f"“{UNET}.safetensors” of its part “vae” cannot be used: .*ends in the middle"
    ):
        inspect_model(folder)


def test_folders_of_gigabytes_are_described_without_being_read_whole(tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "model")
    rows = 3 << 28
    header = safetensors({"w": described([rows, 2], 0, 4 * rows, "F16")})
    with (folder / "unet" / f"{UNET}.safetensors").open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 4 * rows)
    assert inspect_model(folder).size > 3 << 30
