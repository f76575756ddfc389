"""A report proves itself again, and no number of it can be changed without a word on what does not fit."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from mtgui.auditing.report.document import Report
from mtgui.auditing.report.losses import Losses
from mtgui.auditing.report.report_files import parse_report, report_to_json
from mtgui.auditing.report.verify import verify
from mtgui.common.errors import ReportError
from mtgui.records.record import Record
from tests.auditing.report.report_helpers import (
    SETTINGS,
    assemble,
    make_blocks,
    make_model,
    make_record,
    make_report,
    make_result,
    record_part,
)
from tests.records.records_helpers import digest, make_block

REPORT = make_report()


def failures(report: Report, **options: Any) -> list[str]:
    proof = verify(report, is_unchanged=True, **options)
    assert proof.is_proved == all(check.holds for check in proof.checks)
    return [check.what for check in proof.checks if not check.holds]


@pytest.mark.parametrize(
    "report",
    [
        REPORT,
        make_report(strength=0.0),
        make_report(replace(SETTINGS, stops_early=False), strength=0.0),
        make_report(replace(SETTINGS, missing="against"), missing=(0, 3, 20)),
        make_report(runs=3, has_population=True),
        make_report(keys=0, strength=5.0),
    ],
    ids=["evidence", "stopped early", "not stopped", "missing originals", "population", "no decoy keys"],
)
def test_a_report_of_an_audit_is_proved(report: Report) -> None:
    assert failures(report) == []
    assert failures(report, record=make_record()) == []


def test_the_reports_say_what_their_audits_found() -> None:
    assert REPORT.results[0].verdict == "evidence"
    stopped = make_report(strength=0.0).results[0]
    assert stopped.findings.stopped_early
    assert (stopped.findings.p_value, stopped.verdict) == (Fraction(1), "no evidence")


def test_several_models_and_records_are_one_family() -> None:
    record = record_part(make_record())
    models = tuple(make_model(f"{number}.pth") for number in range(3))
    results = tuple(
        replace(make_result(record, model, strength=strength, place=place), model=place)
        for place, (model, strength) in enumerate(zip(models, (3.0, 0.0, 0.8), strict=True))
    )
    report = assemble(SETTINGS, models, (record,), results)
    assert failures(report) == []
    assert report.results[0].p_adjusted == 3 * report.results[0].findings.p_value
    hidden = replace(report, family=report.family[:1], results=report.results[:1])
    assert any("adjusted p-value" in what for what in failures(hidden))
    extra = replace(report, family=(*report.family, Fraction(1, 2)))
    assert any("belongs to no result" in what for what in failures(extra))


def test_what_cannot_be_proved_is_said() -> None:
    alone = verify(REPORT, is_unchanged=True).not_proved
    beside = verify(REPORT, is_unchanged=True, record=make_record()).not_proved
    assert any("losses are this model's" in sentence for sentence in alone)
    assert len(alone) == len(beside) + 1


def test_a_check_that_does_not_fit_is_enough() -> None:
    proof = verify(REPORT, is_unchanged=False)
    assert not proof.is_proved
    assert "changed after it was written" in proof.checks[0].what


def set_at(values: Any, path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        values = values[name]
    values[path[-1]] = value


FIRST = ("results", 0)
FOUND = (*FIRST, "findings")
FORGERIES: list[tuple[tuple[Any, ...], Any, str]] = [
    ((*FOUND, "p_value"), "1/100000", "p-value"),
    ((*FOUND, "at_most"), 2, "do not exceed"),
    ((*FOUND, "counted"), 5, "was judged"),
    ((*FOUND, "draws"), 999, "reference draws"),
    ((*FOUND, "grid"), 32000, "size of the grid"),
    ((*FOUND, "stopped_early"), True, "stopped early"),
    ((*FOUND, "smallest_p"), "1/32000", "smallest possible"),
    ((*FOUND, "set_loss"), 0.5, "set loss"),
    ((*FOUND, "picture_coin"), "1/2", "picture coin"),
    ((*FOUND, "key_coin"), "1/2", "key coin"),
    ((*FIRST, "p_adjusted"), "1/1000000", "adjusted p-value"),
    ((*FIRST, "runs"), 2, "number of runs"),
    ((*FIRST, "verdict"), "no evidence", "verdict"),
    ((*FIRST, "words"), "Strong evidence.", "words"),
    ((*FIRST, "keys"), 14, "cannot be made again"),
    ((*FIRST, "keys"), 16, "not finished"),
    ((*FIRST, "columns", 3), 4, "cannot be made again"),
    ((*FIRST, "columns", 0), 17, "cannot be made again"),
    ((*FIRST, "forward_passes"), 5, "forward passes"),
    ((*FIRST, "label", "indices", 0), 10, "labels"),
    (("family", 0), "1/100000", "number of runs"),
    (("settings", "alpha"), "1/1000000", "verdict"),
    (("settings", "alpha"), "1", "no level"),
    (("settings", "reference_draws"), 998, "reference draws"),
    (("settings", "views"), 2, "forward passes"),
    (("models", 0, "weights_hash"), digest("other"), "do not exceed"),
    (("models", 0, "classes"), 3, "labels"),
    (("records", 0, "blocks", 0, "commitment"), digest("other"), "do not exceed"),
    (("records", 0, "blocks", 0, "published"), 10, "block 1 do not fit"),
    (("records", 0, "blocks", 1, "pool"), 9, "block 2 do not fit"),
    (("records", 0, "pictures", 0, "block"), 1, "block 1 do not fit"),
    (("records", 0, "pictures", 0, "stratum"), 1, "do not exceed"),
    (("records", 0, "pictures", 0, "found"), "missing", "count against the claim as they must"),
]


@pytest.mark.parametrize(("path", "value", "says"), FORGERIES, ids=lambda part: str(part)[-40:])
def test_a_forged_number_is_named_even_where_the_check_was_forged_too(
    path: tuple[Any, ...], value: Any, says: str
) -> None:
    # Middling evidence, so that another set of reference draws shows.
    report = make_report(strength=0.45)
    values = json.loads(report_to_json(report))
    set_at(values, path, value)
    forged, fits = parse_report(json.dumps(values).encode(), "r")
    assert not fits
    assert says in " ".join(failures(forged))


@pytest.mark.parametrize(
    "path", [(*FIRST, "model"), (*FIRST, "record"), (*FIRST, "place")], ids=["model", "record", "place"]
)
def test_a_part_that_is_not_there_makes_the_report_unusable(path: tuple[Any, ...]) -> None:
    values = json.loads(report_to_json(REPORT))
    set_at(values, path, 1)
    with pytest.raises(ReportError, match="does not hold"):
        parse_report(json.dumps(values).encode(), "r")


def test_more_draws_than_a_machine_holds_are_not_begun() -> None:
    block = make_block(60, tuple(range(30)))
    record = record_part(Record((block,), (digest("one"),), ()))
    result = make_result(record, make_model())
    report = assemble(SETTINGS, (make_model(),), (record,), (result,))
    assert failures(report) == []
    assert failures(replace(report, settings=replace(SETTINGS, reference_draws=1 << 60))) == [
        "The grid is too large to be made again here."
    ]


def test_every_loss_matters() -> None:
    report = make_report(strength=0.45)
    result = report.results[0]
    published = [row for row, picture in enumerate(report.records[0].pictures) if picture.is_published]
    for row in published:
        values = result.losses.values.copy()
        values[0, row] += 1
        assert any("set loss" in what for what in failures(changed(report, losses=Losses(values))))


def changed(report: Report, **changes: Any) -> Report:
    return replace(report, results=(replace(report.results[0], **changes),))


def test_missing_originals_filled_in_favour_of_the_claim_are_noticed() -> None:
    settings = replace(SETTINGS, missing="against")
    report = make_report(settings, missing=(0,))
    values = report.results[0].losses.values.copy()
    values[0, 0] = 0
    assert any("as they must" in what for what in failures(changed(report, losses=Losses(values))))


def test_a_population_p_is_proved_again() -> None:
    report = make_report(has_population=True)
    population = report.results[0].population
    assert population is not None
    baselines = population.baselines
    assert baselines is not None
    for forged, says in (
        (replace(population, p_value=Fraction(1, 1000)), "approximate"),
        (replace(population, at_most=population.at_most + 1), "at or below"),
        (replace(population, size=population.size - 1), "size of the published set"),
        (replace(population, baselines=replace(baselines, logit_p_value=Fraction(1, 1000))), "logit-scaled"),
    ):
        assert any(says in what for what in failures(changed(report, population=forged)))


def test_a_report_without_the_baselines_of_the_population_is_read_and_proved() -> None:
    report = make_report(has_population=True)
    population = report.results[0].population
    assert population is not None
    former = changed(report, population=replace(population, baselines=None))
    assert not any("population" in what or "logit" in what for what in failures(former))


def test_keys_may_be_missing_only_where_the_audit_stops_early() -> None:
    stopped = make_report(strength=0.0)
    assert any(
        "does not stop early" in w for w in failures(replace(stopped, settings=replace(SETTINGS, stops_early=False)))
    )


def record_changes() -> dict[str, Callable[[], Any]]:
    record = make_record()
    blocks = make_blocks()
    return {
        "another mark record": lambda: replace(
            record, blocks=(make_block(record_id="1" * 32),), commitments=("0" * 64,)
        ),
        "fewer blocks": lambda: replace(record, blocks=blocks[:1], commitments=record.commitments[:1]),
        "commitments": lambda: replace(record, commitments=(record.commitments[0], digest("x"))),
        "Dates, marks or sizes": lambda: replace(
            record, blocks=(replace(blocks[0], created="2020-01-01T00:00:00Z"), blocks[1])
        ),
        "The pictures are not": lambda: replace(
            record, blocks=(replace(blocks[0], pool=blocks[0].pool[::-1]), blocks[1])
        ),
        "The draw is not": lambda: replace(record, blocks=(blocks[0], replace(blocks[1], published=(0, 3, 4, 6)))),
        "another name": lambda: replace(
            record,
            blocks=(blocks[0], replace(blocks[1], pool=tuple(replace(p, name="other.png") for p in blocks[1].pool))),
        ),
    }


@pytest.mark.parametrize("says", record_changes())
def test_a_report_that_is_not_of_the_record_is_refused(says: str) -> None:
    assert any(says in what for what in failures(REPORT, record=record_changes()[says]()))


def test_blocks_added_after_the_audit_do_no_harm() -> None:
    record = make_record()
    grown = replace(
        record,
        blocks=(*record.blocks, make_block(number=2)),
        commitments=(*record.commitments, digest("third")),
    )
    assert failures(REPORT, record=grown) == []
