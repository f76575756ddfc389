"""``mtgui rehearse --grid``: a TOML file in, tables out."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from mtgui.cli.main import run

GRID = """
seeds = [1]

[options]
network = "resnet8"
epochs = 1
users = 2
published = 3
withheld = 3
side = 16
limit = 200
keys = 3
keys-beside = 1
sets = 0
models = "marked"
device = "cpu"

[marks.strong]
preset = "strong"

[marks.fine]
blend = 0.9

[marks.both]
together = ["strong", "fine"]

[countermeasures.none]

[countermeasures."jpeg and mixup"]
jpeg = 60
mixup = 0.3
augment = true
"""


def grid(tmp_path: Path, text: str = GRID) -> list[str]:
    (tmp_path / "grid.toml").write_text(text, encoding="utf-8")
    return ["rehearse", "--grid", str(tmp_path / "grid.toml"), "--out", str(tmp_path / "out")]


def test_every_combination_is_rehearsed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*grid(tmp_path), "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert len({cell["name"] for cell in cells}) == 3 * 2
    assert len({cell["folder"] for cell in cells}) == 6
    by_name = {cell["name"]: cell for cell in cells}
    settings = json.loads(
        (tmp_path / "out" / by_name["fine, jpeg and mixup, seed 1"]["folder"] / "results.json").read_text()
    )["settings"]
    assert settings["mark"]["blend_ratio"] == 0.9
    assert settings["countermeasures"]["jpeg"] == 60
    assert (settings["training"]["mixup"], settings["training"]["augmentation"]) == (0.3, "flip and crop")
    assert (settings["seed"], settings["training"]["seed"]) == (1, 1)
    assert [row["mark"] for row in by_name["both, none, seed 1"]["rows"]] == [
        "blend ratio 0.7 with colour stripes, perlin noise of 8/255",
        "blend ratio 0.9 with colour stripes, perlin noise of 8/255",
    ]
    assert run(grid(tmp_path)) == 0
    told = capsys.readouterr()
    assert "| marks | mark | countermeasures |" in told.out
    assert "was done" in told.err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seeds = [", "grid.toml” is no TOML"),
        ("sedes = [1]", "“sedes” is none of options, marks, countermeasures, seeds; did you mean “seeds”?"),
        ("seeds = [-1]", "“seeds” is a list of whole numbers"),
        ("[marks.a]\npresset = 1", "“presset” in [marks.a] is no option here; did you mean “preset”?"),
        ("[countermeasures.a]\njpeg = 'much'", "[countermeasures.a]: --jpeg wants a whole number, not “much”."),
        (
            "[countermeasures.a]\njpeg = 0",
            "marks “as given” with countermeasures “a”: The countermeasure “jpeg” takes 1",
        ),
        ("[countermeasures.a]\njpeg = true", "“jpeg” in [countermeasures.a] wants a number or a text"),
        ("[options]\npaper = 1", "“paper” in [options] is true or false"),
        ("[options]\nout = 'x'", "“out” in [options] is no option here"),
        ("marks = 3", "“marks” holds named tables"),
        ("[marks]\na = 3", "“marks.a” is a table"),
        ("[marks.a]\ntogether = ['b']", "“together” in [marks.a] lists names of other marks"),
        ("[marks.a]\n[marks.b]\ntogether = ['a', 'b']", "names marks that are together themselves"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*grid(tmp_path, text), "--side", "16", "--limit", "60"]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert "grid.toml" in told
    assert not (tmp_path / "out").exists()


def test_a_grid_needs_a_place_for_its_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(grid(tmp_path)[:3]) == 2
    assert "name a folder for it with --out" in capsys.readouterr().err
    assert run(["rehearse", "--grid", str(tmp_path / "none.toml"), "--out", str(tmp_path)]) == 1
    assert "cannot be read" in capsys.readouterr().err
