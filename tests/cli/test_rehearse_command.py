"""``mtgui rehearse``: arguments in, results out."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
    assert {"marked.safetensors", "absent.safetensors", "users.npz", "marked.losses.npz", "results.svg"} <= names


def test_events_are_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--events", "--models", "absent"]) == 0
    kinds = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert {"started", "epoch_done", "training_done", "user_audited"} <= set(kinds)
    assert kinds[-1] == "finished"


def test_own_pictures_and_audits_in_training_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(4):
        pixels = np.random.default_rng(seed).integers(0, 256, (24, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{seed}.png")
    (tmp_path / "5.png").write_bytes(b"broken")
    assert run([*SMALL, "--events", "--pictures", str(tmp_path), "--audit-every", "1", "--models", "marked"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["reason"] for event in events if event["event"] == "item_failed"]
    audited = next(event for event in events if event["event"] == "training_audited")
    assert audited["p_values"][0] == {"user": 0, "p_value": audited["own"]}
    assert events[-1]["result"]["own"] == 0
    assert events[-1]["result"]["sentence"].startswith("2 pictures were published and 2 stayed private")


def test_what_a_model_maker_did_is_in_the_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marked = [*SMALL, "--models", "marked", "--sets", "0"]
    assert run([*marked, "--filter", "0.1", "--private-noise", "1", "--json", "--out", str(tmp_path)]) == 0
    model = json.loads(capsys.readouterr().out)["models"][0]
    left_out = model["left_out"]["pictures"]
    assert left_out == (model["pictures"] + left_out) // 10 > 0
    assert model["privacy"]["delta"] == 1 / model["pictures"]
    assert model["privacy"]["epsilon"] > 0
    later = [*marked, "--fine-tune-afterwards", "1", "--distil", "1", "--json"]
    assert run(later) == 0
    model = json.loads(capsys.readouterr().out)["models"][0]
    assert (model["epochs"], model["left_out"], model["privacy"]) == (3, None, None)


def test_a_kept_model_is_trained_further(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = [*SMALL, "--models", "absent", "--sets", "0"]
    assert run([*small, "--out", str(tmp_path)]) == 0
    start = ["--start-from", str(tmp_path / "absent.safetensors")]
    assert run([*small, *start]) == 0
    assert run([*[one for one in small if one not in ("--network", "resnet8")], *start, "--json"]) == 0
    settings = json.loads(capsys.readouterr().out.splitlines()[-1])["settings"]
    assert (settings["start"], settings["training"]["rate"]) == ("absent.safetensors", 0.01)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "nowhere"], "There is no folder or archive “nowhere”"),
        (["--models", "all"], "Models to train are called marked, unmarked, absent"),
        (["--users", "500"], "needs 6 pictures of their own"),
        (["--jpeg", "0"], "takes 1 to 100"),
        (["--private-noise", "0"], "above 0"),
        (["--private-noise", "1", "--distil", "2"], "without the protection"),
        (["--filter", "1"], "takes 0 to 0.9"),
        (["--start-from", "pyproject.toml"], "pyproject.toml"),
        (["--audit-every", "0"], "after every so many epochs"),
        (["--pictures", "nowhere"], "There is no file or folder “nowhere”"),
        (["--record", "nowhere"], "nowhere"),
        (["--preset", "loud"], "There is no preset called “loud”"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*SMALL, *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_a_tint_is_rehearsed_and_its_size_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--models", "marked", "--tint", "4"]) == 0
    told = capsys.readouterr().out
    assert "The marks, at 16 × 16 pixels, the size of the training pictures: " in told
    for title in ("set loss", "logit-scaled set loss", "each picture alone"):
        assert any(line.strip().startswith(title) for line in told.splitlines())


@pytest.mark.parametrize("one", [["--tint", "4", "--noise", "2"], ["--preset", "faint", "--blend", "0.9"]])
def test_a_mark_is_of_one_kind(one: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, *one]) == 2
    assert "A tint has a strength" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--models", "foo"), "Models to train are called"),
        (("--side", "3"), "pixels wide; 3 is not"),
        (("--side", "0"), "pixels wide; 0 is not"),
        (("--seed", "-1"), "A seed is 0 or more; -1 is not."),
        (("--alpha", "2"), "α"),
        (("--jpeg", "1000"), "1000"),
        (("--aside", "2"), "kept aside lies between 0 and 1"),
        (("--threads", "999"), "999"),
        (("--resize", "0"), "0"),
        (("--published", "100000"), "needs 100,025 pictures of their own"),
        (("--out", "FILE"), "is a file, not a folder"),
        (("--record", "FILE"), "record"),
        (("--start-from", "FILE"), "text.txt"),
        (("--grid", "FILE"), "--measure tells the time of one rehearsal"),
        (("--data", "EMPTY"), "holds pictures of 0 classes"),
    ],
)
def test_no_time_is_measured_for_a_rehearsal_that_cannot_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, str], sentence: str
) -> None:
    (tmp_path / "text.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    places = {"FILE": str(tmp_path / "text.txt"), "EMPTY": str(tmp_path / "empty")}
    assert run(["rehearse", "--measure", *(places.get(one, one) for one in options)]) == 2
    out, err = capsys.readouterr()
    assert sentence in err
    assert out == ""
