"""``mtgui audit`` as torchrun starts it: one, two or three processes come to the same numbers, and one speaks."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.cli_helpers import PROGRAM, environment
from tests.ports import free_port

if TYPE_CHECKING:
    from mtgui.auditing.report.document import ResultPart
    from tests.auditing.job.trained_pair import World

pytest.importorskip("torch.distributed")


def together(arguments: list[str], size: int) -> list[tuple[int, str, str]]:
    """Run the command in ``size`` processes that know of each other; return status and output of each."""
    port = str(free_port())
    members = [
        subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment(
                OMP_NUM_THREADS="1", RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(size),
                MASTER_ADDR="127.0.0.1", MASTER_PORT=port,
            ),
        )
        for rank in range(size)
    ]  # fmt: skip
    answers = [member.communicate(timeout=120) for member in members]
    return [(member.returncode, *answer) for member, answer in zip(members, answers, strict=True)]


def arguments(world: "World", folder: Path, *more: str) -> list[str]:
    return [
        "audit", "--model", str(world.guilty), "--record", str(world.marked.record), "--device", "cpu", "--keys", "10",
        "--batch", "48", "--json", "--log", str(folder / "log"), "--state", str(folder / "state"), *more,
    ]  # fmt: skip


def test_any_number_of_processes_comes_to_the_same_result(world: "World", tmp_path: Path) -> None:
    from mtgui.auditing.report.report_files import read_report

    found: list[ResultPart] = []
    for size in (1, 2, 3):
        report = tmp_path / f"{size}.json"
        first, *others = together(arguments(world, tmp_path / str(size), "--report", str(report)), size)
        assert first[0] == 0, first[2]
        assert [other for other in others if other != (0, "", "")] == []
        result = json.loads(first[1])
        assert (result["results"][0]["runs"], result["reports"]) == (1, [str(report)])
        part = read_report(report)[0].results[0]
        found.append(replace(part, seconds=0.0))
    assert found[0] == found[1] == found[2]
    assert found[0].verdict == "evidence"


def test_what_cannot_be_ends_them_all(world: "World", tmp_path: Path) -> None:
    first, second = together(arguments(world, tmp_path, "--label", "9"), 2)
    assert (first[0], second[0]) == (2, 2)
    assert "there is no class 9" in json.loads(first[1])["error"]
    assert second[1] == ""
