"""``mtgui demo`` in a terminal: one model used the pictures, the other did not, and the audit tells them apart."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from mtgui.cli.demo import show_loras
from mtgui.cli.main import run
from mtgui.common.errors import UsageError
from mtgui.records.journal import read_record
from mtgui.rehearsal.demo import GALLERIES, check_folder
from mtgui.rehearsal.fine_tuning.tuning_settings import DEMO as DEMO_LORAS
from tests.coins import coins

DEMO = ["demo", "--terminal", "--device", "cpu", "--out"]
# Chance may fall against any audit once in a while; here it always falls the same way, far from that.
COINS = 49


def test_the_audit_tells_the_two_models_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demo"
    with coins(COINS):
        assert run([*DEMO, str(out)]) == 0
    report = json.loads((out / "report.json").read_text("utf-8"))
    told = capsys.readouterr().out
    used, not_used = told.split("did not use them.safetensors")
    assert "Strong evidence that this model was trained on your published pictures" in used
    assert "No evidence found." in not_used
    assert str(out / "report.html") in told
    assert len(report["results"]) == 2
    block = read_record(out / "marked.mtrecord").blocks[0]
    assert len(block.published) == len(list((out / "marked").glob("*/*.png"))) == 24
    check_folder(out)


def demo_folder(place: Path, *names: str) -> Path:
    """A folder with originals as the demo has them, and files called ``names`` beside them."""
    for gallery in GALLERIES:
        (place / "originals" / gallery).mkdir(parents=True)
    for name in names:
        (place / name).write_text("mine")
    return place


def test_a_folder_of_a_demo_may_be_used_again_and_one_with_more_in_it_may_not(tmp_path: Path) -> None:
    check_folder(demo_folder(tmp_path / "a", "labels.json", "report.html"))
    with pytest.raises(UsageError, match="holds other files"):
        check_folder(demo_folder(tmp_path / "b", "labels.json", "cat.txt"))
    (tmp_path / "c" / "originals").mkdir(parents=True)
    with pytest.raises(UsageError, match="holds other files"):
        check_folder(tmp_path / "c")


def test_a_folder_of_a_persons_own_files_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "my cat.jpg").write_bytes(b"mine")
    assert run([*DEMO, str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"The folder “{tmp_path}” holds other files" in told.err
    assert [path.name for path in tmp_path.rglob("*")] == ["originals", "my cat.jpg"]


def test_an_empty_folder_is_taken_whatever_the_system_hides_in_it(tmp_path: Path) -> None:
    check_folder(tmp_path)
    (tmp_path / ".DS_Store").write_bytes(b"")
    check_folder(tmp_path)
    check_folder(tmp_path / "new")


def test_loras_are_shown_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("diffusers", reason="needs the extra “diffusion”")
    tiny = replace(DEMO_LORAS, users=2, base_steps=2, exposures=(1,), width=8, published=4, withheld=4, threads=1)
    options = argparse.Namespace(json=False, events=False)
    assert show_loras(replace(tiny, device="cpu", out=tmp_path / "loras"), options) == 0
    told = capsys.readouterr()
    assert "After 1 exposure of each picture, " in told.out
    assert "mtgui audit --model" in told.out
    assert told.err.startswith("About ")
    assert (DEMO_LORAS.users, DEMO_LORAS.exposures) == (3, (20, 100, 200))


def test_the_demo_offers_loras(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["demo", "--help"])
    assert "--lora" in capsys.readouterr().out
