"""``mtgui inspect`` describes LoRAs and diffusion models: what they say, their base, and what to expect."""

import json
import struct
from pathlib import Path

import pytest

from mtgui.auditing.architectures.model_description import ModelDescription
from mtgui.auditing.diffusion.families import usual_networks
from mtgui.cli.main import run
from mtgui.common.codec import from_values
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
        "Outlook: It says that training showed each picture 80 times. In trials, most LoRAs",
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
