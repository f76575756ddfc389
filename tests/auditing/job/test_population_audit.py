"""An audit beside other people's pictures: their set losses, and the paper's baselines, tell the same story."""

import json
from pathlib import Path

import pytest

from mtgui.auditing.report.report_files import read_report
from mtgui.auditing.report.verify import verify
from mtgui.cli.audit_output import result_in_words
from mtgui.common.events import Finished
from tests.auditing.job.job_helpers import finish, request_for, result
from tests.auditing.job.trained_pair import World, draw_album


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory, world: World) -> Path:
    folder = tmp_path_factory.mktemp("others")
    draw_album(folder / str(world.marked.label), 60, 9000)
    return folder


def test_the_guilty_model_knows_the_set_better_than_other_people_s(world: World, others: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    one = result(request_for(world.guilty, world.marked, population=others, population_sets=99, reports=(path,)))
    found = one["population"]
    assert (found["pictures"], found["sets"], found["at_most"]) == (60, 99, 0)
    assert found["approximate_p"] == found["logit_approximate_p"] == 0.01
    assert found["picture_auc"] > 0.75
    assert found["picture_tpr_at"]["0.01"] < 1.0, "the set is found where single pictures are not"
    report, is_unchanged = read_report(path)
    proof = verify(report, is_unchanged=is_unchanged)
    assert [check.what for check in proof.checks if not check.holds] == []
    assert any("logit-scaled" in check.what for check in proof.checks)
    values = json.loads(path.read_text("utf-8"))
    assert len(values["results"][0]["population"]["baselines"]["logit_set_losses"]) == 99


def test_the_terminal_tells_the_comparison(world: World, others: Path) -> None:
    request = request_for(world.guilty, world.marked, population=others, population_sets=19, keys=1)
    (last,) = [event for event in finish(request) if isinstance(event, Finished)]
    words = result_in_words(last.result)
    assert "of 19 sets of other people's pictures, 0 had no larger set loss (approximate p 0.05)" in words
    assert "by logit-scaled losses the approximate p is 0.05" in words


def test_the_innocent_model_knows_nobody_better(world: World, others: Path) -> None:
    found = result(request_for(world.innocent, world.marked, population=others, population_sets=99))["population"]
    assert found["approximate_p"] > 0.05
    assert found["logit_approximate_p"] > 0.05
    assert 0.25 < found["picture_auc"] < 0.75
