"""A model that was trained on the published copies is found out, and its twin that was not is left in peace."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtgui.auditing.job.audit_events import KeyDone, LabelChosen
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.report.report_files import read_report
from mtgui.auditing.report.verify import verify
from mtgui.auditing.statistics.verdict import EVIDENCE, NO_EVIDENCE, NOT_INNOCENCE, NOT_SHOWN
from mtgui.common.events import Noticed
from mtgui.marking.settings import preset_named
from mtgui.records.journal import read_record
from tests.auditing.job.job_helpers import exact, finish, of_kind, request_for, result
from tests.auditing.job.trained_pair import World, make_person

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "half withheld": ("marked", {}),
    "half withheld, the label is the model's choice": ("marked", {"label": "auto"}),
    "half withheld, ten views": ("marked", {"views": 10, "keys": 3}),
    # The smallest p that keys alone reach is one over their number, so the level leaves room.
    "keys alone": ("whole", {"keys": 999, "alpha": Fraction(1, 20)}),
    "withheld alone, no mark": ("unmarked", {}),
    "two blocks, labels of the record": ("twice", {"label": "record"}),
}


def ask(world: World, case: str, *, is_guilty: bool) -> AuditRequest:
    person, changes = CASES[case]
    model = world.guilty if is_guilty else world.innocent
    return request_for(model, getattr(world, person), **changes)


@pytest.mark.parametrize("case", CASES)
def test_the_guilty_one_is_found_out(world: World, case: str) -> None:
    one = result(ask(world, case, is_guilty=True))
    assert one["verdict"] == "evidence"
    assert exact(one, "p_adjusted") == exact(one, "p_value") <= exact(one, "alpha")
    assert one["headline"] == EVIDENCE
    assert one["sentence"].startswith("Chance alone gives a result like this at most 1 time in ")
    assert one["caveat"] == NOT_INNOCENCE
    assert not one["stopped_early"]


@pytest.mark.parametrize("case", CASES)
def test_the_innocent_one_is_left_in_peace(world: World, case: str) -> None:
    one = result(ask(world, case, is_guilty=False))
    assert one["verdict"] == "no evidence"
    assert (one["headline"], one["sentence"]) == (NO_EVIDENCE, NOT_SHOWN)
    assert one["caveat"] == NOT_INNOCENCE


def test_a_record_of_tints_is_audited_and_its_report_is_proved(world: World, tmp_path: Path) -> None:
    clear = preset_named("clear").mark
    person = make_person(tmp_path, "tinted", 0, 970, 12, settings=clear)
    path = tmp_path / "report.json"
    one = result(request_for(world.innocent, person, reports=(path,)))
    assert one["keys"] == 16
    report, is_unchanged = read_report(path)
    assert verify(report, is_unchanged=is_unchanged, record=read_record(person.record)).is_proved
    (block,) = report.records[0].blocks
    assert (block.mark_algorithm, block.mark) == ("mtgui-mark-2", clear.in_words)


def test_an_early_stop_counts_as_one_and_agrees_with_the_whole(world: World, tmp_path: Path) -> None:
    early = result(request_for(world.innocent, world.whole, keys=149))
    whole = result(request_for(world.innocent, world.whole, keys=149, stops_early=False, log=tmp_path / "log"))
    assert early["stopped_early"]
    assert early["p_value"] == 1.0
    assert early["keys_judged"] < early["keys"] == 150
    assert early["forward_passes"] < whole["forward_passes"]
    assert not whole["stopped_early"]
    assert exact(whole, "p_value") > exact(whole, "alpha")


def test_the_models_choice_is_the_class_that_it_gives_them(world: World) -> None:
    (chosen,) = of_kind(finish(request_for(world.guilty, world.marked, label="auto")), LabelChosen)
    assert list(chosen.labels) == ["0"]


def test_without_labels_in_the_record_the_model_chooses_and_that_is_said(world: World) -> None:
    events = finish(request_for(world.guilty, world.marked, label=None))
    (chosen,) = of_kind(events, LabelChosen)
    assert chosen.rule == "auto"
    said = [event.sentence for event in events[: events.index(chosen)] if isinstance(event, Noticed)]
    assert any("the model chooses one class for all. To choose otherwise: --label NAME" in one for one in said)


def test_every_event_of_a_key_leads_to_the_p_of_the_result(world: World) -> None:
    events = finish(request_for(world.guilty, world.marked))
    keys = of_kind(events, KeyDone)
    assert sorted(key.column for key in keys) == list(range(16))
    assert [key.keys_done for key in keys] == list(range(1, 17))
    true = next(key.set_losses[0] for key in keys if key.column == 0)
    at_most = sum(loss <= true + 1e-9 for key in keys for loss in key.set_losses)
    assert (keys[-1].at_most, keys[-1].counted) == (at_most, 160_000)
    assert keys[0].column == 0
    assert all(key.counted == 10_000 * key.keys_done for key in keys)
    assert [key.losses is None for key in keys] == [key.column != 0 for key in keys]
    assert all(np.isfinite(key.set_losses).all() and len(key.set_losses) == 10_000 for key in keys)
