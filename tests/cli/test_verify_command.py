"""``mtgui verify``: what is proved, what does not fit, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtgui.auditing.report.report_files import report_to_json
from mtgui.records.journal import read_record
from tests.auditing.report.report_helpers import SETTINGS, assemble, make_model, make_report, make_result, record_part
from tests.cli.cli_helpers import environment, result_of, run
from tests.publishing.publishing_helpers import album
from tests.records.records_helpers import KEY, make_block, make_record


@pytest.fixture
def report(tmp_path: Path) -> Path:
    (tmp_path / "report.json").write_bytes(report_to_json(make_report()))
    return tmp_path / "report.json"


def test_a_proved_report_ends_with_nought_and_says_what_was_not_proved(report: Path) -> None:
    ended = run("verify", report)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "everything in it that can be proved is proved" in ended.stdout
    assert "✗" not in ended.stdout
    assert "the losses are this model's" in ended.stdout
    assert "Chance alone gives a result like this at most 1 time in" in ended.stdout
    assert "This is not the probability that the model is innocent." in ended.stdout


def test_a_changed_report_ends_with_one_and_says_first_what_does_not_fit(report: Path) -> None:
    values = json.loads(report.read_bytes())
    values["results"][0]["findings"]["at_most"] += 1
    report.write_text(json.dumps(values))
    ended = run("verify", report)
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[1].startswith("  ✗ The file was changed")
    assert "do not exceed the true one is" in ended.stdout
    assert "Do not rely on this report" in ended.stdout
    assert "Strong evidence" not in ended.stdout


def test_what_is_no_report_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / "novel.json").write_text("novel")
    ended = run("verify", tmp_path / "novel.json")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1


def test_the_draw_is_checked_against_the_record(tmp_path: Path) -> None:
    path = tmp_path / "r.mtrecord"
    make_record(path, make_block(30, tuple(range(0, 30, 2))))
    part = record_part(read_record(path))
    right = assemble(SETTINGS, (make_model(),), (part,), (make_result(part, make_model()),))
    (tmp_path / "report.json").write_bytes(report_to_json(right))
    ended = run("verify", tmp_path / "report.json", "--record", path, "--json")
    result = result_of(ended)
    assert ended.returncode == 0
    assert result["proved"] is True
    assert KEY.hex() not in ended.stdout
    (tmp_path / "other.json").write_bytes(report_to_json(make_report()))
    result = result_of(run("verify", tmp_path / "other.json", "--record", path, "--json"))
    assert result["proved"] is False
    assert any(not check["holds"] and "fewer blocks" in check["what"] for check in result["checks"])


def test_no_torch_and_no_qt_is_needed(report: Path) -> None:
    probe = (
        "import sys; from mtgui.cli.main import run; status = run(sys.argv[1:]);"
        "print(sorted({'torch', 'PySide6', 'PIL'} & set(sys.modules)), file=sys.stderr); sys.exit(status)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", probe, "verify", str(report)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )
    assert (ended.returncode, ended.stderr.strip()) == (0, "[]")


def test_a_record_of_another_report_does_not_blame_the_report(report: Path, tmp_path: Path) -> None:
    album(tmp_path / "in", 4)
    assert run("mark", tmp_path / "in", "--out", tmp_path / "out", "--publish", "50%").returncode == 0
    ended = run("verify", report, "--record", tmp_path / "out.mtrecord")
    assert ended.returncode == 1
    assert "The report is about another mark record." in ended.stdout
    assert "Name the mark record that the report is about" in ended.stdout
    assert "Do not rely on this report" not in ended.stdout
