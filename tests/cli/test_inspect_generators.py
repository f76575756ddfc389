"""``mtgui inspect`` describes LoRAs and diffusion models: what they say, their base, and what to expect."""

import json
import shutil
import struct
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from mtgui.auditing.architectures.generator_description import (
    BASE_HASH,
    Agreement,
    BaseDescription,
    GeneratorDescription,
)
from mtgui.auditing.architectures.model_description import ModelDescription
from mtgui.auditing.diffusion.families import usual_networks
from mtgui.cli.main import run
from mtgui.common.codec import from_values
from mtgui.common.resources import resource_path
from mtgui.desktop.audit.model_summary import describe

SAYS = {
    "ss_sd_model_name": "base\u202e.safetensors",
    "ss_epoch": "8",
    "ss_dataset_dirs": json.dumps({"10_x": {"n_repeats": 10, "img_count": 42}}),
    "ss_tag_frequency": json.dumps({"10_x": {"red\x1b[31m": 42}}),
}


def lora(path: Path) -> Path:
    """Write a LoRA of rank 4 for the queries of Stable Diffusion 1.x."""
    shapes: dict[str, tuple[int, int]] = {}
    for name, shape in usual_networks("sd1")["unet"].items():
        if name.endswith("attn2.to_k.weight"):
            layer = "lora_unet_" + name.removesuffix(".weight").replace(".", "_")
            shapes |= {f"{layer}.lora_down.weight": (4, shape[1]), f"{layer}.lora_up.weight": (shape[0], 4)}
    header: dict[str, object] = {"__metadata__": SAYS}
    place = 0
    for name, (rows, columns) in shapes.items():
        header[name] = {"dtype": "F16", "shape": [rows, columns], "data_offsets": [place, place + 2 * rows * columns]}
        place += 2 * rows * columns
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(place))
    return path


def test_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(lora(tmp_path / "lora.safetensors"))]) == 0
    said = capsys.readouterr().out
    for line in (
        "Architecture: a LoRA for Stable Diffusion 1.x, diffusion/sd1 lora",
        "Rank: 4",
        "Spelling: kohya",
        "Changes by network: UNet: 16 changes",
        "Says base: base\\u202e.safetensors",
        "Says training: 42 pictures × 10 repeats × 8 epochs",
        "Says tags: “red\\x1b[31m”",
        "What a file says of itself is not proved.",
        "Base: needs its base, which it says is base\\u202e.safetensors",
        "Audit: mtgui audit --model FILE --base BASE --record RECORD",
        "Outlook: It says that training showed each picture 80 times. In trials with small models, a quarter to all",
    ):
        assert line in said, line


def test_in_json_and_on_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "--json", str(lora(tmp_path / "lora.safetensors"))]) == 0
    model = from_values(ModelDescription, json.loads(capsys.readouterr().out))
    assert model.generator is not None
    assert (model.generator.kind, model.generator.ranks) == ("LoRA", (4,))
    assert model.generator.parts == {"UNet": 16}
    assert model.generator.says["training"] == "42 pictures × 10 repeats × 8 epochs"
    summary = describe(model)
    assert summary.title == "A LoRA for Stable Diffusion 1.x · rank 4"
    assert summary.is_generator
    assert summary.lacks_base
    assert not summary.is_recognised
    assert dict(summary.says)["base"] == "base\\u202e.safetensors"
    assert not summary.names_base, "without a SHA-256 nothing can be searched"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("own.mtrecord", "It is a mark record; choose the model from which the audited one was made."),
        ("picture.png", "It is a picture, not a model"),
        ("another lora.safetensors", "It is a LoRA itself; choose the whole model that the audited one changes."),
        ("lora.safetensors", "It is the audited model itself"),
        ("classifier.safetensors", "It makes no pictures; choose the diffusion model from which the audited one was"),
    ],
)
def test_what_is_no_base_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str) -> None:
    audited = lora(tmp_path / "lora.safetensors")
    lora(tmp_path / "another lora.safetensors")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (tmp_path / "own.mtrecord").write_text("{}")
    shutil.copy(resource_path("demo-audit") / "used them.safetensors", tmp_path / "classifier.safetensors")
    assert run(["inspect", "--json", str(audited), "--base", str(tmp_path / name)]) == 0
    generator = from_values(ModelDescription, json.loads(capsys.readouterr().out)).generator
    assert generator is not None
    assert generator.base is not None
    assert generator.base.problem.startswith(f"{name} cannot be the base. {said}")
    assert not generator.can_be_audited


def test_folders_are_searched_for_the_base_that_it_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audited = lora(tmp_path / "lora.safetensors")
    assert run(["inspect", str(audited), "--look-in", str(tmp_path), "--base", str(tmp_path)]) == 0
    assert "Base: needs its base, which it says is base" in capsys.readouterr().out


def test_a_base_is_described_in_one_line() -> None:
    described = GeneratorDescription("LoRA", "diffusion/sd1 lora", "a LoRA", "kohya", {})
    assert described.base_in_words == "needs its base, and does not say which"
    hashed = replace(described, says={BASE_HASH: "ab" * 32})
    assert hashed.base_in_words == "needs its base, which it names by a SHA-256 alone: abababababab…"
    assert hashed.names_base
    found = {
        "same": "b.ckpt: the file that it names (SHA-256 agrees)",
        "other": "b.ckpt: another file than it names (SHA-256 differs)",
        "not named": "b.ckpt: it does not say which, so it is not known whether this is the right one",
        "folder": "b.ckpt: a folder, which cannot be compared with the file that it names",
    }
    for agreement in get_args(Agreement):
        base = BaseDescription("/models/b.ckpt", "Stable Diffusion 1.x", agreement)
        assert replace(described, base=base).base_in_words == found[agreement]
        assert replace(described, base=base).can_be_audited
    whole = replace(described, kind="diffusion model")
    assert whole.can_be_audited
    assert whole.base_in_words == "none: without the model from which it was made, far less is found"
