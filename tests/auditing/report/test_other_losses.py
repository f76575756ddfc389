"""Reports of models that make pictures: what the losses are is said, and proved with their own bounds."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mtgui.auditing.loss_kinds import BaseFacts, LossFacts
from mtgui.auditing.report.document import Report
from mtgui.auditing.report.html import report_html
from mtgui.auditing.report.losses import Losses
from mtgui.auditing.report.report_files import parse_report, report_to_json
from mtgui.auditing.report.verify import verify
from tests.auditing.report.report_helpers import SETTINGS, make_report

DIFFERENCE = LossFacts(
    kind="denoising difference",
    passes=24,
    base=BaseFacts("base.safetensors", "ab" * 32),
    prompts=("", "a castle", "a moor", "castle", *(f"painting {number}" for number in range(6))),
    prediction="epsilon",
    prediction_origin="the lower mean loss of all unmarked originals",
    timesteps=(50, 100, 150, 200, 300, 500),
    noise="mtgui-noise-1",
)
AGAINST = replace(SETTINGS, missing="against")


def failures(report: Report) -> list[str]:
    return [check.what for check in verify(report, is_unchanged=True).checks if not check.holds]


def changed(report: Report, **changes: Any) -> Report:
    (result,) = report.results
    return replace(report, results=(replace(result, **changes),))


@pytest.mark.parametrize("missing", [(), (0, 3)])
def test_a_report_of_denoising_differences_is_proved(missing: tuple[int, ...]) -> None:
    report = make_report(AGAINST, missing=missing, loss=DIFFERENCE)
    assert failures(report) == []
    again, fits = parse_report(report_to_json(report), "r.json")
    assert (again, fits) == (report, True)


def test_missing_originals_count_with_the_bounds_of_the_loss() -> None:
    report = make_report(AGAINST, missing=(0, 3), loss=DIFFERENCE)
    values = report.results[0].losses.values.copy()
    assert (values.min(), values.max()) == (-2 * 2**20, 2 * 2**20)
    values[values == values.min()] = 0
    assert any("as they must" in what for what in failures(changed(report, losses=Losses(values))))


def test_a_loss_takes_its_passes() -> None:
    report = make_report(loss=DIFFERENCE)
    too_few = report.results[0].forward_passes - 1
    assert any("forward passes" in what for what in failures(changed(report, forward_passes=too_few)))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(DIFFERENCE, prompts=DIFFERENCE.prompts[:9]), "as many as the classes"),
        (replace(DIFFERENCE, prompts=DIFFERENCE.prompts[::-1]), "are not those of the losses"),
        (replace(DIFFERENCE, base=None), "A base belongs to differences"),
        (replace(DIFFERENCE, passes=25), "do not fit its timesteps"),
        (replace(DIFFERENCE, kind="denoising error", passes=12), "A base belongs to differences"),
    ],
)
def test_what_is_said_of_the_losses_must_fit_together(facts: LossFacts, said: str) -> None:
    report = make_report(loss=DIFFERENCE)
    assert any(said in what for what in failures(changed(report, loss=facts)))


def test_logit_scaled_losses_belong_to_classifiers() -> None:
    report = make_report(has_population=True, loss=DIFFERENCE)
    assert any("only classifiers have" in what for what in failures(report))


def test_the_page_says_what_the_losses_are() -> None:
    page = report_html(make_report(loss=DIFFERENCE))
    for said in (
        "mean denoising error of a set, less the base’s",
        "base.safetensors",
        "1 “a castle”",
        "50, 100, 150",
        "ab" * 32,
    ):
        assert said in page
    assert "nats" not in page.partition("The method in plain words")[0]


def test_a_report_of_an_earlier_version_is_about_a_classifier() -> None:
    values = json.loads(report_to_json(make_report()))
    for result in values["results"]:
        assert result.pop("loss") is None
    values["schema"] = 2
    report, _ = parse_report(json.dumps(values).encode(), "r.json")
    assert report.results[0].loss_facts == LossFacts()
    assert failures(report) == []
