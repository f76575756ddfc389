"""A contract: where the window says that an audit can be run, the engine does not refuse it for what p can reach."""

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mtgui.auditing.architectures.generator_description import GeneratorDescription
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.job.checks import check_reach, check_runs
from mtgui.auditing.job.originals import FoundOriginal, Originals
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.statistics.audit_design import audited_rows, design_from_blocks
from mtgui.common.errors import UsageError
from mtgui.desktop.audit.outlook import AuditedRecord, Outlook, proof_in_words, reaches
from mtgui.desktop.audit.run_step import ALPHAS, AUTOMATIC, RunStep
from mtgui.marking.settings import MarkSettings
from mtgui.records.attainable_p import attainable, audit_size
from mtgui.records.audit_log import AuditRun, begin_run, distinct_runs, read_runs, runs_on_file
from mtgui.records.record import Record
from tests.records.records_helpers import digest, make_block

CASES = 150
WEIGHTS = digest("weights")
NO_KEY_COIN = MarkSettings(noise_kind="none", pattern_kind="picture", blend_ratio=1.0)


class Case:
    """Random records with lost originals, settings, and an audit log with earlier runs."""

    def __init__(self, number: int, folder: Path) -> None:
        chance = np.random.default_rng(number)
        self.log, self.model = folder / f"{number}.jsonl", folder / f"{number}.pth"
        self.model.write_bytes(b"weights")
        os.utime(self.model, (0, 0))
        self.alpha = ALPHAS[int(chance.integers(len(ALPHAS)))][1]
        self.keys = None if chance.random() < 0.3 else int(chance.choice([0, 1, 7, 19, 99, 999]))
        self.audited, self.runs = [], []
        for place in range(int(chance.integers(1, 4))):
            pool = int(chance.integers(1, 12 if chance.random() < 0.7 else 60))
            published = tuple(sorted(chance.choice(pool, int(chance.integers(1, pool + 1)), replace=False).tolist()))
            record_id = f"{place:032x}"
            settings = NO_KEY_COIN if self.keys in (None, 0) and chance.random() < 0.2 else MarkSettings()
            block = make_block(pool, published, settings=settings, record_id=record_id)
            ids = [picture.picture_id for picture in block.pool]
            gone: Iterable[str] = (
                chance.choice(ids, int(chance.integers(0, pool)), replace=False) if chance.random() < 0.4 else []
            )
            self.audited.append(AuditedRecord(Record((block,), (digest(place),), ()), frozenset(map(str, gone))))
            self.runs.append(int(chance.choice([0, 0, 0, 1, 2, 5, 40])))
        for one, count in zip(self.audited, self.runs, strict=True):
            for earlier in range(count):
                begin_run(self.log, self.run(one, {"earlier": earlier}))
        begin_run(self.log, self.run(self.audited[0], {}, weights=digest("another model")))

    def run(self, one: AuditedRecord, settings: dict[str, object], weights: str = WEIGHTS) -> AuditRun:
        model = str(self.model.absolute()) if weights == WEIGHTS else "/other.pth"
        run_id, record_id = digest(one.record.record_id, settings, weights)[:32], one.record.record_id
        return AuditRun(run_id, "2999-01-01T00:00:00Z", record_id, weights, model, "a.mtrecord", settings)

    def request(self, models: int = 1) -> AuditRequest:
        return AuditRequest(
            models=(ModelChoice(self.model),) * models,
            records=tuple(Path(f"{place}.mtrecord") for place in range(len(self.audited))),
            keys=self.keys,
            alpha=self.alpha,
            missing="against",
        )

    def subjects(self) -> list[AuditSubject]:
        return [subject_of(one) for one in self.audited]

    def engine_refuses(self) -> bool:
        request = self.request()
        try:
            sizes = check_reach(request, self.subjects())
            for number, one in enumerate(self.audited):
                runs = distinct_runs(read_runs(self.log), self.run(one, {"this": "one"}))
                check_runs(request, sizes, number, runs)
        except UsageError as error:
            return "could never reach" in str(error)
        return False


def subject_of(one: AuditedRecord) -> AuditSubject:
    blocks = one.record.blocks
    rows = audited_rows(blocks)
    pool = [block.pool[index] for block, index in rows]
    found = {p.picture_id: FoundOriginal(Path(p.name), "file") for p in pool if p.picture_id not in one.lost}
    return AuditSubject(Path("a.mtrecord"), one.record, design_from_blocks(blocks), rows, Originals(found, (), ()))


@pytest.fixture
def step(qtbot: QtBot) -> RunStep:
    """The card of the run."""
    step = RunStep()
    qtbot.addWidget(step)
    return step


def test_ready_is_what_the_engine_takes(step: RunStep, tmp_path: Path) -> None:
    seen = set()
    for number in range(CASES):
        case = Case(number, tmp_path)
        step.alpha.setCurrentIndex(step.alpha.findData(str(case.alpha)))
        step.keys.setValue(AUTOMATIC if case.keys is None else case.keys)
        step.set_question(case.audited, runs_on_file(read_runs(case.log), case.model, ""), "auto")
        assert step.is_ready != case.engine_refuses(), number
        seen.add((step.is_ready, max(case.runs) > 0, len(case.audited) > 1, any(one.lost for one in case.audited)))
    assert len(seen) == 16, "every kind of case was there, ready and refused"


def test_several_models_at_once_are_reckoned_with_as_the_engine_does(tmp_path: Path) -> None:
    for number in range(CASES // 2):
        case = Case(number, tmp_path)
        sizes = [audit_size(one.record.blocks, case.keys, lost=one.lost) for one in case.audited]
        for models in (1, 2, 5):
            best = [Outlook(one) for one in attainable(sizes, models)]
            try:
                check_reach(case.request(models), case.subjects())
            except UsageError:
                assert not reaches(best, case.alpha)
            else:
                assert reaches(best, case.alpha)


def test_why_nothing_can_be_proved_is_said() -> None:
    size = audit_size((make_block(2, (0, 1)),), 99)
    best = [Outlook(one) for one in attainable([size, size], runs=[3, 1])]
    said = proof_in_words(best, Fraction(1, 100))
    assert "more than the error chance accepted, 1 %." in said
    assert "3 different runs of this record on this model, so p is multiplied by 12" in said
    assert "Ask for at least 1,199 decoy keys under Advanced." in said
    said = proof_in_words([Outlook(one) for one in attainable([size, size])], Fraction(1, 100))
    assert "Several records are audited at once, so p is multiplied by 2." in said


def test_the_same_audit_again_is_no_further_run(step: RunStep) -> None:
    """An interrupted audit goes on, and is not held to be one more try."""
    block = make_block(4, (0, 1, 2, 3))
    audited = AuditedRecord(Record((block,), (digest(0),), ()))
    step.keys.setValue(99)
    step.set_question([audited], (), "auto")
    settings = {
        "commitments": [digest(0)], "label": "auto", "labels": "x", "keys": 99, "draws": 9999, "alpha": "1/100",
        "stops_early": True, "views": 1, "missing": [], "precision": "float32", "device": "cpu", "batch": None,
    }  # fmt: skip
    run = AuditRun("a", "2999-01-01T00:00:00Z", block.record_id, WEIGHTS, "m.pth", "a.mtrecord", settings)
    assert step.is_ready
    step.set_question([audited], [run], "auto")
    assert step.is_ready
    step.set_question([audited], [run], "record")
    assert not step.is_ready, "another label is another run, and 6/100 is above α"


def test_an_earlier_run_of_a_lora_counts_as_another_one(step: RunStep, tmp_path: Path) -> None:
    case = next(one for one in (Case(number, tmp_path) for number in range(CASES)) if len(one.audited) == 1)
    one = case.audited[0]
    step.keys.setValue(AUTOMATIC)
    step.set_generator(GeneratorDescription("LoRA", "diffusion/sd1 lora", "a LoRA", "kohya", {}))
    step.set_question([one], (), "none")
    logged = {
        "commitments": list(one.record.commitments), "label": "0", "labels": "x", "keys": step.outlooks[0].keys - 1,
        "draws": 9999, "alpha": "1/100", "stops_early": True, "views": 1, "missing": sorted(one.lost),
        "precision": "float32", "device": "cpu", "batch": None, "loss": "ab",
    }  # fmt: skip
    step.set_question([one], [case.run(one, logged)], "none")
    assert step.outlooks[0].best.runs == 2
    step.set_question([one], [case.run(one, {**logged, "label": "auto"})], "auto")
    assert step.outlooks[0].best.runs == 2
