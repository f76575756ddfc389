import json
import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.auditing.job.conftest import Scene
from tests.cli.helpers import PROGRAM, environment, result_of, run

WANTED = (
    "set_loss", "p_value", "p_adjusted", "smallest_p", "keys", "draws", "forward_passes", "stopped_early", "verdict",
    "alpha", "weights_hash", "model_files", "commitments",
)  # fmt: skip
INPUT = ("--resize", "32", "--crop", "32", "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25")


def command(scene: Scene, *more: str | Path, model: Path | None = None) -> list[str]:
    parts = (
        "audit", "--model", model or scene.guilty, "--record", scene.marked.record, "--pictures",
        scene.marked.originals, "--label", "0", *INPUT, *more,
    )  # fmt: skip
    return [str(part) for part in parts]


def started(arguments: list[str], **changes: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(OMP_NUM_THREADS="1", **changes),
    )


def matrix_in(report: Path) -> tuple[Any, Any]:
    (result,) = json.loads(report.read_text())["results"]
    return result["columns"], result["losses"]


def test_one_object_on_stdout_says_all_there_is_to_know(scene: Scene, tmp_path: Path) -> None:
    reports = [tmp_path / "r.json", tmp_path / "r.html"]
    ended = run(*command(scene, "--keys", "3", "--json", "--report", *reports))
    assert ended.returncode == 0, ended.stderr
    found = result_of(ended)
    (result,) = found["results"]
    assert not [key for key in WANTED if key not in result]
    assert result["verdict"] == "evidence"
    assert found["reports"] == [str(path) for path in reports]
    assert "24 of 24 originals found" in ended.stderr
    assert run("verify", reports[0], "--record", scene.marked.record).returncode == 0
    reports[0].write_text(reports[0].read_text().replace('"at_most": ', '"at_most": 1'))
    assert run("verify", reports[0]).returncode == 1


def test_a_person_reads_verdict_and_p(scene: Scene) -> None:
    ended = run(*command(scene, "--keys", "3"))
    assert "Strong evidence that this model was trained on your published pictures." in ended.stdout
    assert "p = 0." in ended.stdout
    assert "This is not the probability that the model is innocent." in ended.stdout
    assert "Draw not witnessed" in ended.stdout


def test_events_come_as_lines_and_the_input_steers(scene: Scene) -> None:
    process = started(
        command(scene, "--batch", "24", "--keys", "500", "--no-early-stop", "--events", "--control", "stdin")
    )
    assert process.stdin is not None
    assert process.stdout is not None
    kinds = []
    for line in process.stdout:
        event = json.loads(line)
        kinds.append(event["event"])
        if event["event"] == "key_done" and event["keys_done"] == 2:
            process.stdin.write("pause\n")
            process.stdin.flush()
        if event["event"] == "paused":
            process.stdin.write("resume\ncancel\n")
            process.stdin.flush()
    assert process.wait() == 130
    process.communicate()
    assert kinds[0] == "started"
    assert kinds[-1] == "stopped"
    assert [
        kind for kind in kinds if kind not in ("started", "progress", "key_done", "paused", "resumed", "stopped")
    ] == ["pictures_found", "model_read", "label_chosen", "audit_planned"]
    assert "paused" in kinds


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        (("--label", "7"), 2, "no class 7"),
        (("--device", "toaster"), 2, "no device called"),
        (("--alpha", "2"), 2, "between 0 and 1"),
        (("--keys", "3", "--alpha", "0.0000001"), 2, "could never reach"),
        (("--report", "r.pdf"), 2, "ends in .json or .html"),
        (("--report", "/proc/r.json"), 1, "cannot be written"),
        (("--architecture", "resnet-twenty"), 2, "no architecture called"),
        (("--architecture-file", "net.py:build"), 2, "--trust-code"),
    ],
)
def test_what_cannot_be_is_one_sentence(scene: Scene, more: tuple[str, ...], status: int, words: str) -> None:
    ended = run(*command(scene, "--keys", "3", *more))
    assert ended.returncode == status, ended.stderr
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "evidence" not in ended.stdout


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04nothing", b"\x80\x04K\x01."])
def test_what_is_no_model_is_one_sentence(scene: Scene, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.pth"
    path.write_bytes(content)
    ended = run(*command(scene, model=path))
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("mtgui: model.pth: ")


@pytest.mark.skipif(sys.platform == "win32", reason="only POSIX kills like this")
def test_killed_at_random_it_goes_on_to_the_very_same_result(scene: Scene, tmp_path: Path) -> None:
    arguments = ("--batch", "24", "--keys", "60", "--no-early-stop", "--events", "--report")
    whole = tmp_path / "whole.json"
    assert run(*command(scene, *arguments, whole), OMP_NUM_THREADS="1").returncode == 0
    chance = random.Random(7)
    own = {"MTGUI_DATA_FOLDER": str(tmp_path / "data")}
    resumed = 0
    for _ in range(4):
        process = started(command(scene, *arguments, tmp_path / "never.json"), **own)
        assert process.stdout is not None
        stop_at = chance.randrange(1, 40)
        for line in process.stdout:
            if json.loads(line).get("keys_done", 0) >= stop_at + resumed:
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        resumed = min(20, resumed + stop_at)
    assert not (tmp_path / "never.json").exists()
    assert run(*command(scene, *arguments, tmp_path / "again.json"), OMP_NUM_THREADS="1", **own).returncode == 0
    assert matrix_in(tmp_path / "again.json") == matrix_in(whole)
    log = [json.loads(line) for line in (tmp_path / "data" / "audits.jsonl").read_text().splitlines()]
    assert [line["type"] for line in log] == ["begun"] * 5 + ["ended"]
    assert json.loads((tmp_path / "again.json").read_text())["results"][0]["runs"] == 1


@pytest.mark.parametrize("size", [1, 2, 3])
def test_any_number_of_processes_comes_to_the_same_result(scene: Scene, tmp_path: Path, size: int) -> None:
    arguments = ("--batch", "24", "--keys", "9", "--no-early-stop", "--json", "--report")
    alone = run(*command(scene, *arguments, tmp_path / "alone.json"), OMP_NUM_THREADS="1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    team = [
        started(
            command(scene, *arguments, tmp_path / "team.json"),
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(size),
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=port,
            MTGUI_DATA_FOLDER=str(tmp_path / "team"),
        )
        for rank in range(size)
    ]
    said = [process.communicate() for process in team]
    assert [process.returncode for process in team] == [0] * size, said
    assert [bool(out) for out, _ in said] == [True] + [False] * (size - 1)
    (together,), (one,) = json.loads(said[0][0])["results"], result_of(alone)["results"]
    assert together["p_value_exact"] == one["p_value_exact"]
    assert matrix_in(tmp_path / "team.json") == matrix_in(tmp_path / "alone.json")


@pytest.mark.parametrize(
    "arguments", [["audit", "--help"], ["verify", "--help"], ["inspect", "--help"], ["mark", "--help"], ["--version"]]
)
def test_what_needs_no_model_does_not_load_torch(arguments: list[str]) -> None:
    script = "import sys; sys.modules['torch'] = None; from mtgui.cli.main import run; sys.exit(run(sys.argv[1:]))"
    ended = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, env=os.environ, check=False)
    assert ended.returncode == 0, ended.stderr
