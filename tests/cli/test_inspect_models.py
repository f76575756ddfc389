"""``mtgui inspect`` on model files: in words and in JSON, and one sentence for what is no model."""

import hashlib
import json
from pathlib import Path

import pytest

from mtgui.cli.main import run
from tests.cli.cli_helpers import run as run_program
from tests.reading.reading_helpers import call, described, numbers, safetensors, tensor, torch_zip

MODEL = torch_zip(
    {
        "epoch": 3,
        "state_dict": {"module.fc.weight": tensor(), "module.fc.bias": tensor(shape=(2,), stride=(1,))},
        "x": call("os", "system", "touch touched"),
    }
)


def test_json_says_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.pth").write_bytes(MODEL)
    assert run(["inspect", str(tmp_path / "m.pth"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "model"
    assert found["files"] == [{"name": "m.pth", "size": len(MODEL), "sha256": hashlib.sha256(MODEL).hexdigest()}]
    assert (found["tensors"], found["parameters"], found["dtypes"]) == (2, 8, {"float32": 2})
    assert found["renamed"][0] == ["module.fc.weight", "fc.weight"]
    assert found["guessed_classes"] == {"number": 2, "weight": "fc.weight"}
    assert found["ignored"] == ["“epoch”: a number", "“x”: an object of the class “os.system”"]
    assert "os.system" in found["notes"][0]


def test_words_say_that_the_classes_are_a_guess(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.pth").write_bytes(MODEL)
    assert run(["inspect", str(tmp_path / "m.pth")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("m.pth: a model, PyTorch file (ZIP archive)\n")
    assert "2 tensors, 8 parameters; float32 (2)" in out
    assert "perhaps 2, a guess from the shape of “fc.weight”" in out
    assert "Nothing in the file was run." in out


def test_long_lists_are_cut_in_words_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = {f"module.w{n}": described([1], 4 * n, 4 * n + 4) for n in range(50)}
    (tmp_path / "m").write_bytes(safetensors(header, numbers(50)))
    run(["inspect", str(tmp_path / "m")])
    out = capsys.readouterr().out
    assert "Renamed: 50" in out
    assert "… and 42 more (all with --json)" in out


def test_names_from_the_file_cannot_paint_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m").write_bytes(safetensors({"module.\x1b[2J\nfc.weight": described()}, numbers()))
    run(["inspect", str(tmp_path / "m")])
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


def test_what_is_no_model_ends_with_two_and_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(b"<!doctype html><title>Sign in</title>")
    ended = run_program("inspect", tmp_path / "m.pth")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("mtgui: m.pth: it is a web page, not a model")
    assert ended.stderr.count("\n") == 1


def test_a_damaged_record_is_still_called_a_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.mtrecord").write_bytes(b"?")
    assert run(["inspect", str(tmp_path / "r.mtrecord")]) == 2
    assert "is not a mark record" in capsys.readouterr().err
