"""A real ``mtgui audit`` is killed all along its way; the same command again ends as if nothing had happened."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mtgui.records.audit_log import audit_log_path, read_runs
from mtgui.records.data_folder import data_folder
from tests.cli.cli_helpers import run, telling
from tests.needs import POSIX_SIGNALS

if TYPE_CHECKING:
    from mtgui.auditing.report.document import ResultPart
    from tests.auditing.job.trained_pair import World

KEYS = 150
KILLS = 4

pytestmark = POSIX_SIGNALS


def command(world: "World", report: Path) -> list[str]:
    person = world.whole
    return [
        "audit", "--model", str(world.innocent), "--record", str(person.record), "--label", "1", "--device",
        "cpu", "--keys", str(KEYS - 1), "--no-early-stop", "--batch", "16", "--report", str(report),
    ]  # fmt: skip


def ended(world: "World", report: Path, data: Path | None = None) -> "ResultPart":
    """Run the command to its end; return what its report says, but for how long it took."""
    from mtgui.auditing.report.report_files import read_report

    changes = {} if data is None else {"MTGUI_DATA_FOLDER": str(data)}
    done = run(*command(world, report), OMP_NUM_THREADS="1", **changes)
    assert done.returncode == 0, done.stderr
    found, is_unchanged = read_report(report)
    assert is_unchanged
    return replace(found.results[0], seconds=0.0)


@pytest.fixture(scope="module")
def undisturbed(world: "World", tmp_path_factory: pytest.TempPathFactory) -> "ResultPart":
    """What one undisturbed run comes to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return ended(world, folder / "report.json", folder)


def kill_at_first_line(world: "World", report: Path) -> None:
    with telling(command(world, report), OMP_NUM_THREADS="1") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.communicate()


def kill_at_key(number: int, world: "World", report: Path) -> None:
    with telling(command(world, report), OMP_NUM_THREADS="1") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if b'"key_done"' in line and f'"keys_done": {number},'.encode() in line:
                break
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", range(KILLS))
def test_an_audit_killed_at_any_point_goes_on_to_the_same_result(
    world: "World", undisturbed: "ResultPart", tmp_path: Path, number: int
) -> None:
    report = tmp_path / "report.json"
    if number:
        kill_at_key(1 + (number - 1) * (KEYS - 2) // (KILLS - 2), world, report)
        assert not report.exists()
        (state,) = (data_folder() / "audits").iterdir()
        assert state.stat().st_size > 0
        assert [run.outcome for run in read_runs(audit_log_path())] == [None]
    else:
        kill_at_first_line(world, report)
    assert ended(world, report) == undisturbed
    assert list((data_folder() / "audits").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
