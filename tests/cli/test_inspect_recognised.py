"""``mtgui inspect`` says which architecture a model is, how sure that is, and where every value came from."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mtgui.auditing.architectures.torchvision import layout_table as table
from mtgui.cli.main import run
from tests.cli.cli_helpers import environment
from tests.imagenet import PREPROCESSING
from tests.reading.reading_helpers import described, safetensors


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a file with the tensors of a small classifier of three classes, all zero."""
    header: dict[str, object] = {}
    place = 0
    for name, leaf in table.layout("squeezenet1_1").items():
        shape = [3 if length == "C" else int(length) for length in leaf.shape]
        size = 4
        for length in shape:
            size *= length
        header[f"net.{name}"] = described(shape, place, place + size)
        place += size
    path = tmp_path / "m.safetensors"
    path.write_bytes(safetensors(header, bytes(place)))
    (tmp_path / "classes.txt").write_text("cat\ndog\nmouse\n")
    return path


def as_json(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(["inspect", str(path), "--json", *options]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(model, capsys)["recognised"]
    assert (found["architecture"], found["title"]) == ("torchvision/squeezenet1_1", "SqueezeNet 1.1 (torchvision)")
    assert (found["classes"], found["class_names"]) == (3, ["cat", "dog", "mouse"])
    assert (found["class_names_origin"], found["fits_too"]) == ("classes.txt", [])
    assert found["renamed"][0] == ["net.features.0.weight", "features.0.weight"]
    assert found["preprocessing"] == PREPROCESSING
    assert set(found["origins"]) == {"resize", "crop", "interpolation", "normalisation"}
    assert "proves neither" in found["sureness"]


def test_words(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(model)]) == 0
    out = capsys.readouterr().out
    assert "Architecture: SqueezeNet 1.1 (torchvision), torchvision/squeezenet1_1\n" in out
    assert "Classes: 3; names from classes.txt: 0 cat, 1 dog, 2 mouse\n" in out
    assert "resize: short side to 256 pixels (torchvision’s weights IMAGENET1K_V1 of SqueezeNet 1.1)\n" in out


def test_the_choice_by_hand(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(model, capsys, "--architecture", "SqueezeNet1_1")
    assert found["recognised"]["architecture"] == "torchvision/squeezenet1_1"
    assert run(["inspect", str(model), "--architecture", "squeezenet1_0"]) == 2
    assert "not those of SqueezeNet 1.0 (torchvision)" in capsys.readouterr().err
    assert run(["inspect", str(model), "--architecture", "squeeznet1_1"]) == 2
    assert "did you mean torchvision/squeezenet1_1" in capsys.readouterr().err


def test_what_is_not_recognised_is_still_described(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m"
    path.write_bytes(safetensors({"fc.weight": described()}, bytes(24)))
    found = as_json(path, capsys)
    assert found["recognised"] is None
    assert "no architecture that mtgui knows" in found["not_recognised"]
    assert found["guessed_classes"] == {"number": 2, "weight": "fc.weight"}
    run(["inspect", str(path)])
    assert "Architecture: not recognised; its 1 tensors" in capsys.readouterr().out


def test_torch_is_not_needed(model: Path) -> None:
    script = "import sys; sys.modules['torch'] = None; from mtgui.cli.main import run; sys.exit(run(sys.argv[1:]))"
    ended = subprocess.run(
        [sys.executable, "-c", script, "inspect", str(model)], capture_output=True, env=environment(), check=False
    )
    assert ended.returncode == 0
    assert b"torchvision/squeezenet1_1" in ended.stdout
