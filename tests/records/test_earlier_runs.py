"""Which earlier runs a file's weights have had, as far as the audit log tells, and how many runs one more makes."""

import os
from pathlib import Path
from typing import Any

from mtgui.records.audit_log import AuditRun, runs_on_file, runs_with

RECORD, OLD, NEW = "ab", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


def run(weights: str, model: Path, time: str = NEW, result: dict[str, Any] | None = None, **settings: Any) -> AuditRun:
    return AuditRun(
        f"{weights}{settings}", time, RECORD, weights, str(model), "a.mtrecord", settings, None, result or {}
    )


def told(sha256: str) -> dict[str, Any]:
    return {"model_files": [{"name": "a.pth", "sha256": sha256}]}


def test_a_run_that_told_of_the_file_is_one_on_it_wherever_it_lay(tmp_path: Path) -> None:
    model = tmp_path / "a.pth"
    model.write_bytes(b"w")
    runs = [run("w", Path("/elsewhere.pth"), OLD, told("f")), run("w", Path("/third.pth")), run("x", Path("/b.pth"))]
    assert [one.weights_hash for one in runs_on_file(runs, model, "f")] == ["w", "w"]


def test_an_abandoned_run_is_known_by_its_path_unless_the_file_has_changed_since(tmp_path: Path) -> None:
    model = tmp_path / "a.pth"
    model.write_bytes(b"w")
    os.utime(model, (0, 0))
    assert len(runs_on_file([run("w", model)], model, "f")) == 1
    assert runs_on_file([run("w", model, OLD)], model, "f") == (), "it was put there later, whatever its date says"
    assert runs_on_file([run("w", model), run("w", model, NEW, told("other"))], model, "f") == ()
    assert runs_on_file([run("w", model)], tmp_path / "gone.pth", "") == ()


def test_one_more_run_counts_unless_it_may_be_one_that_there_was() -> None:
    runs = [run("w", Path("/a"), keys=1), run("w", Path("/a"), keys=2), run("w", Path("/a"), keys=2)]
    assert runs_with((), RECORD, {"keys": 3}) == 1
    assert runs_with(runs, RECORD, {"keys": 3}) == 3
    assert runs_with(runs, RECORD, {"keys": 2}) == 2
    assert runs_with(runs, "another record", {"keys": 3}) == 1
