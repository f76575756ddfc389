"""``mtgui rehearse``: arguments in, results out."""

import json
from pathlib import Path

import pytest

from mtgui.cli.main import run

SMALL = ["rehearse", "--network", "resnet8", "--epochs", "1", "--users", "2", "--published", "3", "--withheld", "3"]
SMALL += ["--side", "16", "--limit", "200", "--keys", "3", "--keys-beside", "1", "--sets", "4", "--device", "cpu"]


def test_it_ends_with_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--models", "marked", "--jpeg", "80", "--mixup", "0.2"]) == 0
    told = capsys.readouterr().out
    assert "Model trained on the marked copies" in told
    assert "held-out sets" in told


def test_json_and_the_kept_results_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--json", "--out", str(tmp_path / "kept"), "--preset", "balanced", "--noise", "5"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values == json.loads((tmp_path / "kept" / "results.json").read_text("utf-8"))
    assert values["settings"]["mark"]["noise_budget"] == 5
    assert [model["kind"] for model in values["models"]] == ["marked", "absent"]
    names = {path.name for path in (tmp_path / "kept").iterdir()}
    assert {"marked.safetensors", "absent.safetensors", "users.npz", "marked.losses.npz"} <= names


def test_events_are_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--events", "--models", "absent"]) == 0
    kinds = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert {"started", "epoch_done", "training_done", "user_audited"} <= set(kinds)
    assert kinds[-1] == "finished"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "nowhere"], "There is no folder or archive “nowhere”"),
        (["--models", "all"], "Models to train are called marked, unmarked, absent"),
        (["--users", "500"], "needs 6 pictures of their own"),
        (["--jpeg", "0"], "takes 1 to 100"),
        (["--preset", "loud"], "There is no preset called “loud”"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*SMALL, *arguments]) == 2
    assert sentence in capsys.readouterr().err
