"""Where several networks fit a model file, all unmarked originals together decide, and report and events say so."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.job.audit_events import AuditDone, ModelRead, NetworkChosen
from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.auditing.report.report_files import read_report
from mtgui.common.errors import UsageError
from mtgui.records.audit_log import audit_log_path, read_runs
from mtgui.records.draw import PublishRule
from tests.auditing.job.job_helpers import finish, of_kind, request_for
from tests.auditing.job.trained_pair import Person, draw_album, mark
from tests.auditing.job.two_networks import PLAIN, POOLED, model_of


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody who published half of 20 pictures."""
    root = tmp_path_factory.mktemp("somebody")
    mark(draw_album(root / "drawn", 20, 700), root, "drawn", PublishRule(share=Fraction(1, 2)))
    return Person.at(root, "drawn", 1)


@pytest.mark.parametrize(("has_pooling", "name"), [(False, PLAIN), (True, POOLED)])
@pytest.mark.parametrize("label", ["1", "auto"])
def test_the_network_is_taken_that_was_trained(
    tmp_path: Path, person: Person, label: str, name: str, *, has_pooling: bool
) -> None:
    path, report = model_of(tmp_path, has_pooling=has_pooling), tmp_path / "r.json"
    events = finish(request_for(path, person, label=label, reports=(report, tmp_path / "r.html")))
    (read,), (chosen,) = of_kind(events, ModelRead), of_kind(events, NetworkChosen)
    assert read.summary.recognised is not None
    assert chosen.summary.recognised is not None
    assert "One of 2 networks" in read.summary.recognised.sureness
    assert chosen.summary.recognised.architecture == name
    assert [other.architecture for other in chosen.summary.recognised.fits_too] == [
        one for one in (PLAIN, POOLED) if one != name
    ]
    (model,) = read_report(report)[0].models
    assert model.certainty.startswith("Chosen among 2 networks that fit, by 20 unmarked originals. The values in it")
    assert [trial.architecture for trial in model.trials] == [PLAIN, POOLED]
    divergences = [trial.divergence or 0 for trial in model.trials]
    assert 0 < divergences[has_pooling] < divergences[not has_pooling] / 2
    assert "Networks that fit" in (tmp_path / "r.html").read_text()
    (run,) = read_runs(audit_log_path())
    assert run.settings["architecture"] == name


def test_what_was_decided_and_what_was_chosen_by_hand_is_one_run(tmp_path: Path, person: Person) -> None:
    request = request_for(model_of(tmp_path, has_pooling=True), person)
    (decided,) = of_kind(finish(request), AuditDone)
    by_hand = replace(request, models=(ModelChoice(request.models[0].path, architecture=POOLED),))
    events = finish(by_hand)
    assert of_kind(events, NetworkChosen) == []
    (chosen,) = of_kind(events, AuditDone)
    assert chosen.result.p_value_exact == decided.result.p_value_exact
    assert chosen.result.runs == 1


def test_the_coins_have_no_say_in_it(tmp_path: Path, person: Person) -> None:
    path = model_of(tmp_path, has_pooling=True)
    found = []
    for number in range(4):
        again = mark(sorted(person.originals.iterdir()), tmp_path, f"again {number}", PublishRule(share=Fraction(1, 2)))
        report = tmp_path / f"{number}.json"
        finish(request_for(path, replace(person, record=again), reports=(report,)))
        found.append(read_report(report)[0].models[0].trials)
    assert found[1:] == found[:1] * 3


def test_without_all_originals_nothing_is_decided(tmp_path: Path, person: Person) -> None:
    some = tmp_path / "some"
    some.mkdir()
    for original in sorted(person.originals.iterdir())[1:]:
        (some / original.name).write_bytes(original.read_bytes())
    request = request_for(model_of(tmp_path, has_pooling=True), replace(person, originals=some), missing="against")
    record = tmp_path / "moved" / person.record.name
    record.parent.mkdir()
    record.write_bytes(person.record.read_bytes())
    request = replace(request, records=(record,))
    with pytest.raises(UsageError, match=f"2 networks fit .* --architecture: {PLAIN}, {POOLED}"):
        finish(request)
    assert read_runs(audit_log_path()) == ()
    by_hand = replace(request, models=(ModelChoice(request.models[0].path, architecture=POOLED),))
    (done,) = of_kind(finish(by_hand), AuditDone)
    assert any("scale the input in several ways" in note for note in done.result.notes)


def test_a_doubtful_choice_is_said_with_the_verdict(tmp_path: Path, person: Person) -> None:
    events = finish(request_for(model_of(tmp_path, has_pooling=True, is_seen=False), person))
    (done,) = of_kind(events, AuditDone)
    assert any("no better than chance" in note for note in done.result.notes)


@pytest.mark.parametrize("has_pooling", [False, True])
@pytest.mark.parametrize(
    ("scale", "words"),
    [
        (((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)), "input from −1 to 1"),
        (((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), "input from 0 to 1"),
    ],
)
def test_the_input_is_scaled_as_in_training(
    tmp_path: Path, person: Person, scale: tuple[tuple[float, ...], ...], words: str, *, has_pooling: bool
) -> None:
    path = model_of(tmp_path, has_pooling=has_pooling, scale=(scale[0], scale[1]))
    (chosen,) = of_kind(finish(request_for(path, person)), NetworkChosen)
    found = chosen.summary.recognised
    assert found is not None
    assert (found.architecture, found.preprocessing.mean, found.preprocessing.std) == (
        POOLED if has_pooling else PLAIN,
        *scale,
    )
    assert found.origins.normalisation == f"{words}, by unmarked originals"
    assert f"Its input is not scaled as usual ({words} instead)" in found.sureness


def test_one_network_with_another_input_is_said(tmp_path: Path, person: Person) -> None:
    half = (0.5, 0.5, 0.5)
    path = model_of(tmp_path, has_pooling=False, scale=(half, half))
    choice = ModelChoice(path, architecture=PLAIN)
    (chosen,) = of_kind(finish(request_for(path, person, models=(choice,))), NetworkChosen)
    assert chosen.summary.recognised is not None
    assert chosen.summary.recognised.preprocessing.mean == half
    # What a person says of the input counts.
    mean, std = (0.4, 0.4, 0.4), (0.2, 0.2, 0.2)
    by_hand = replace(choice, input=PreprocessingHint("your choice", mean=mean, std=std))
    assert of_kind(finish(request_for(path, person, models=(by_hand,))), NetworkChosen) == []


def test_nothing_is_said_where_the_usual_is_right(tmp_path: Path, person: Person) -> None:
    path = model_of(tmp_path, has_pooling=False)
    choice = ModelChoice(path, architecture=PLAIN)
    assert of_kind(finish(request_for(path, person, models=(choice,))), NetworkChosen) == []


def test_what_fits_badly_in_every_scale_is_left_as_usual(tmp_path: Path) -> None:
    """Drawings on white paper lie far from what was seen in training, whatever the scale."""
    folder = tmp_path / "lines"
    folder.mkdir()
    for number in range(12):
        page = np.full((32, 32, 3), 255, np.uint8)
        page[number + 8 : number + 10, 4:28] = number
        Image.fromarray(page).save(folder / f"{number}.png")
    record = mark(sorted(folder.iterdir()), tmp_path, "lines", PublishRule(share=Fraction(1, 2)))
    path = model_of(tmp_path, has_pooling=False)
    choice = ModelChoice(path, architecture=PLAIN)
    request = request_for(path, Person(folder, record, tmp_path / "lines published", 1), models=(choice,))
    assert of_kind(finish(request), NetworkChosen) == []
