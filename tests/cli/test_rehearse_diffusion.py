"""``mtgui rehearse --model diffusion``, as a person and as a program use it."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

from mtgui.cli.main import run
from mtgui.cli.rehearse_diffusion import time_in_words
from mtgui.common.codec import from_values
from mtgui.common.words import time_span
from mtgui.marking.settings import NO_MARK
from mtgui.rehearsal.fine_tuning.tuning_request import TuningRequest
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.work import Speed
from tests.publishing.publishing_helpers import album

TINY = [
    "--artists",
    "2",
    "--base-steps",
    "3",
    "--exposures",
    "2",
    "--width",
    "8",
    "--published",
    "5",
    "--withheld",
    "5",
]
COMMAND = ["rehearse", "--model", "diffusion"]


def test_it_says_the_time_first_and_ends_with_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, *TINY, "--device", "cpu", "--threads", "1", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert lines[0].startswith("About ")
    assert any(line.startswith("base: step 3 of 3, loss ") for line in lines)
    assert any(line.startswith("artist 2: after 2 exposures of each picture p is ") for line in lines)
    assert said.out.startswith("After 2 exposures of each picture, ")
    assert "found at p ≤ 0.01" in said.out
    command = said.out.splitlines()[-1].split()
    assert command[:3] == ["mtgui", "audit", "--model"]
    assert all(Path(path).exists() for path in command[3::2])
    kept = json.loads((tmp_path / "results.json").read_text())
    assert (kept["kind"], kept["schema"], kept["exposures"]) == ("fine-tunes", 1, [2])


def test_a_request_holds_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = tmp_path / "request.json"
    asked = {"users": 2, "base_steps": 2, "exposures": [1], "width": 8, "published": 4, "withheld": 4, "threads": 1}
    request.write_text(json.dumps({**asked, "device": "cpu", "fine_tune": "full"}))
    assert run([*COMMAND, "--request", str(request), "--json", "--events"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = {line.get("event") for line in lines}
    assert {"started", "steps_done", "artist_audited", "finished"} <= kinds
    assert lines[-1]["settings"]["fine_tune"] == "full"
    assert run([*COMMAND, "--request", str(request), "--width", "16"]) == 2
    assert "--width stands beside it" in capsys.readouterr().err


def test_the_time_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, *TINY, "--device", "cpu", "--measure", "--json"]) == 0
    assert from_values(Speed, json.loads(capsys.readouterr().out)).pictures == 0
    assert run([*COMMAND, *TINY, "--device", "cpu", "--measure"]) == 0
    assert capsys.readouterr().out.startswith("About ")


def test_the_time_is_that_of_the_pictures_there_are() -> None:
    own = OwnPictures(np.zeros((50, 3, 16, 16), np.uint8), (None,) * 50, (40, 10))
    plan = UserPlan(2, 25, 25, NO_MARK)
    request = TuningRequest(TuningSettings(users=2, exposures=(6,), base_steps=1), make_pictures(3, 60, 0), plan, own)
    # 32 pictures of the base, and 6 times the 40 of the one and the 25 of the other.
    said = time_in_words(request.settings, request.artists(), Speed(10.0, 0.0, 0))
    assert said.startswith(f"About {time_span(10.0 * (32 + 6 * 65))} ")


def test_a_record_without_private_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    album(tmp_path / "in", 4)
    assert run(["mark", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--publish", "all"]) == 0
    named = ["--record", str(tmp_path / "out.mtrecord"), "--pictures", str(tmp_path / "in")]
    for words in ([], ["--measure"]):
        assert run([*COMMAND, *named, "--device", "cpu", *words]) == 2
        assert "withhold one at least" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--network", "fast"], "--network belongs to rehearsals with a classifier"),
        (["--jpeg", "50"], "--jpeg belongs to rehearsals with a classifier"),
        (["--keys", "9"], "--keys belongs to rehearsals with a classifier"),
        (["--grid", "a.toml"], "--grid belongs to rehearsals with a classifier"),
        (["--withheld", "0"], "withhold one at least"),
        (["--side", "30"], "The side is a multiple of 4 here"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*COMMAND, *words]) == 2
    assert sentence in capsys.readouterr().err


def test_options_of_diffusion_models_are_refused_without_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rehearse", "--exposures", "5"]) == 2
    assert "--exposures belongs to rehearsals with a diffusion model: add --model diffusion" in capsys.readouterr().err
