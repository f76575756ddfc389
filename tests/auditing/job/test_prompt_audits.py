"""Whole audits with prompts, on a tiny model of Stable Diffusion 1.x: labels, reports, decoy keys, the command."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

from mtgui.auditing.job.audit_events import AuditPlanned, LabelChosen
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.report.document import Report, ResultPart
from mtgui.auditing.report.report_files import read_report
from mtgui.auditing.report.verify import verify
from mtgui.cli.main import run
from mtgui.common.errors import UsageError
from mtgui.marking.settings import MarkSettings
from tests.auditing.job.job_helpers import finish, of_kind, result
from tests.auditing.job.prompted import CAPTIONS, PICTURES, TRIGGER, Prompted, make_prompted, make_record

TOLERANCE = 4
"""Losses of other batches differ in the last bits; in units of 2⁻²⁰."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Prompted:
    return make_prompted(tmp_path_factory.mktemp("prompts"))


@pytest.fixture(scope="module")
def alone(world: Prompted, tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.int64]]:
    """The losses under the mark key with one prompt for all, by prompt."""
    folder, texts = tmp_path_factory.mktemp("alone"), ("", TRIGGER, *CAPTIONS)
    return {
        text: losses_of(reported(world.request(f"text:{text}"), folder / f"{number}.json"))
        for number, text in enumerate(texts)
    }


def reported(request: AuditRequest, path: Path) -> ResultPart:
    """Return what the report at ``path`` says of an audit, after it was proved."""
    result(replace(request, reports=(path,)))
    stored, is_unchanged = read_report(path)
    assert isinstance(stored, Report)
    assert verify(stored, is_unchanged=is_unchanged).is_proved
    (part,) = stored.results
    return part


def losses_of(part: ResultPart) -> NDArray[np.int64]:
    """Return the losses under the mark key, in units of 2⁻²⁰."""
    return np.array(part.losses.values[0])


def test_every_picture_is_shown_with_its_label(
    world: Prompted, alone: dict[str, NDArray[np.int64]], tmp_path: Path
) -> None:
    part = reported(world.request("record"), tmp_path / "report.json")
    assert part.label.rule == "record"
    assert part.label.names == tuple(enumerate(CAPTIONS))
    assert part.label.sentence.startswith("Each picture is shown with its label in the record as the prompt")
    assert part.loss_facts.prompts == CAPTIONS
    assert set(part.label.indices) == {0, 1}
    expected = [alone[CAPTIONS[label]][row] for row, label in enumerate(part.label.indices)]
    assert np.abs(losses_of(part) - expected).max() <= TOLERANCE
    assert np.median(np.abs(alone[CAPTIONS[0]] - alone[CAPTIONS[1]])) > 10 * TOLERANCE, "a prompt changes losses"


def test_the_model_chooses_the_prompt_of_least_mean_loss(
    world: Prompted, alone: dict[str, NDArray[np.int64]], tmp_path: Path
) -> None:
    part = reported(world.request(None), tmp_path / "report.json")
    assert part.label.rule == "auto"
    assert "the model's own choice, the prompt of least mean loss on all unmarked originals" in part.label.sentence
    assert part.loss_facts.prompts == ("", TRIGGER)
    best = min(("", TRIGGER), key=lambda text: alone[text].sum())
    assert [part.loss_facts.prompts[index] for index in part.label.indices] == [best] * PICTURES
    assert np.abs(losses_of(part) - alone[best]).max() <= TOLERANCE


def test_the_choice_of_a_prompt_needs_all_originals(world: Prompted, tmp_path: Path) -> None:
    for path in sorted(world.originals.iterdir())[1:]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    request = world.request("auto", places=(tmp_path,), missing="against", alpha=Fraction(1, 2))
    with pytest.raises(UsageError, match=r"choice of a prompt must look at all of them\. Choose the prompt"):
        result(request)


def test_captions_of_several_records_are_prompts_of_one_run(world: Prompted, tmp_path: Path) -> None:
    record, originals = make_record(tmp_path / "second", ["a dog", *["a tree", "a castle"] * 5], seed=8)
    request = world.request("record", records=(world.record, record), places=(world.originals, originals))
    first, second = of_kind(finish(replace(request, alpha=Fraction(1, 2))), LabelChosen)
    assert first.labels == {"0": "a boat at sea", "1": "a castle"}
    assert second.labels == {"1": "a castle", "2": "a dog", "3": "a tree"}


def test_the_command_takes_a_prompt(world: Prompted, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--model", world.named, "--base", world.base, "--record", world.record, "--pictures", world.originals]
    places = ["--log", tmp_path / "log", "--state", tmp_path / "state"]
    words = [*map(str, files + places), "--device", "cpu", "--threads", "1", "--json"]
    assert run(["audit", *words, "--prompt", "file"]) == 0
    assert f"the prompt “{TRIGGER}”" in json.loads(capsys.readouterr().out)["results"][0]["label"]


def test_decoy_keys_are_dear_where_the_draw_carries_the_test(world: Prompted, tmp_path: Path) -> None:
    record, originals = make_record(tmp_path / "marked", ["a"] * PICTURES, settings=MarkSettings())
    request = world.request("none", records=(record,), places=(originals,))
    (planned,) = of_kind(finish(request), AuditPlanned)
    assert (planned.keys, planned.withheld) == (1, PICTURES // 2)
    (asked,) = of_kind(finish(replace(request, keys=2)), AuditPlanned)
    assert asked.keys == 3
