"""What is measured: everything that tests train, made by the very code of these tests with another seed."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.common.events import Finished
from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.demo import show
from mtgui.rehearsal.evidence.mark_attacks import FALSE_ALARMS
from mtgui.rehearsal.rehearse import rehearse
from mtgui.rehearsal.training.training_pipeline import Making
from tests.auditing import test_audit_validity as test_validity
from tests.auditing.job.test_evidence import CASES, ask
from tests.auditing.job.trained_pair import World, make_models, make_people
from tests.auditing.synthetic import most_exceedances
from tests.cli.test_demo_command import COINS
from tests.coins import coins
from tests.margins.margin import Margin
from tests.packaging.test_demo_audit import shipped_audit
from tests.rehearsal import test_rehearse
from tests.rehearsal.evidence import test_mark_attacks
from tests.rehearsal.findings import test_power
from tests.rehearsal.training import test_mark_detector, test_training
from tests.rehearsal.training import test_training_pipeline as test_making

# Chance accuses an innocent model at the level's rate, so where coins are fixed they are fixed far from it.
_INNOCENT = 3


def evidence(seed: int) -> Iterator[Margin]:
    """The models of the small world, in every case of the tests of evidence."""
    with _scratch() as folder:
        make_people(folder)
        world = World.at(folder)
        make_models(world, seed)
        for case in CASES:
            for is_guilty in (True, False):
                yield _p_of(case, ask(world, case, is_guilty=is_guilty), is_guilty=is_guilty)


def demo(seed: int) -> Iterator[Margin]:
    """The demo, with the coins of its test, and with coins of this seed's own."""
    for number, name in ((COINS, "the test's coins"), (10_000 + seed, "other coins")):
        with _scratch() as folder, coins(number):
            used, _ = _finished(show(folder / "demo", device="cpu", seed=seed))["results"]
            yield Margin(f"{name}, used them: p", used["p_value"], used["alpha"], used["alpha"] / 10)
            if number == COINS:
                # That p stands at 1 where the audit ended early, so it is asked again for all of it.
                request = shipped_audit(folder / "demo", folder)
                yield _p_of(name, replace(request, models=request.models[1:]), is_guilty=False)


def shipped(seed: int) -> Iterator[Margin]:
    """The models that ship, which are the same for every seed."""
    if seed:
        return
    with _scratch() as folder:
        request = shipped_audit(folder=folder)
        for model, is_guilty in zip(request.models, (True, False), strict=True):
            yield _p_of("shipped", replace(request, models=(model,)), is_guilty=is_guilty)


def rehearsal(seed: int) -> Iterator[Margin]:
    """The rehearsal of the tests."""
    request = replace(test_rehearse.REQUEST, training=replace(test_rehearse.REQUEST.training, seed=seed))
    alpha = float(request.audits.alpha)
    marked, absent = _finished(rehearse(request))["models"]
    yield Margin("train accuracy", marked["train_accuracy"], 0.97, 0.99)
    yield Margin("AUC, marked above absent", marked["measures"]["auc"] - absent["measures"]["auc"], 0.0, 0.1)
    for design in ("withheld only", "both"):
        p = max(user["p_values"][design] for user in marked["users"])
        yield Margin(f"marked, {design}: p", p, alpha, alpha / 10)
    # Under this level audits of innocents go on to their last key, so that p is told whole.
    whole = replace(request, kinds=("absent",), audits=replace(request.audits, alpha=Fraction(99, 100)))
    (absent,) = _finished(rehearse(whole))["models"]
    p = min(p for user in absent["users"] for p in user["p_values"].values())
    yield Margin("absent, every design: p", p, alpha, 2 * alpha)


def training(seed: int) -> Iterator[Margin]:
    """Trainings of the tests."""
    accuracy, losses = test_training.learned(seed)
    yield Margin("accuracy of what was learned", accuracy, 0.9, 0.95)
    yield Margin("last loss, of the first", losses, 0.5, 0.35)
    yield Margin("epochs until patience is lost", test_training.epochs_with_patience(seed), 30, 25)
    yield Margin("weights under decay", test_training.shrinkage(seed), 0.7, 0.5)


def making(seed: int) -> Iterator[Margin]:
    """Models made in stages, filtered and private ones."""
    for name, (settings, times) in test_making.MARKS.items():
        share = test_making.share_filtered(settings, seed)
        yield Margin(f"filtered, {name} mark", share, times / 10, 1.1 * times / 10)
    heart = replace(test_making.HEART, seed=seed)
    plain = _made(Making(heart, Countermeasures()))
    private = _made(Making(replace(heart, private_noise=1.0), Countermeasures()))
    yield Margin("loss after private training", test_making.privacy_cost(plain, private), 2, 3)
    short, wide = test_making.steps_under_clips(seed)
    yield Margin("one step, of its clip", short / 1e-3, 1.5, 1.2)
    yield Margin("one step without clip, of one with", wide / short, 10, 30)
    fresh = _made(Making(replace(heart, seed=seed + 1000), Countermeasures()))
    tuned = _made(Making(heart, Countermeasures(fine_tune_afterwards=2)))
    yield Margin("fine-tuning's distance", test_making.tuned_distance(plain, tuned, fresh), 0.2, 0.05)
    student = _made(Making(heart, test_making.DISTILLED))
    stranger = _made(Making(replace(heart, epochs=1, seed=seed + 1000), Countermeasures()))
    yield Margin("student's distance", test_making.likeness(plain, student, stranger), 0.3, 0.1)


def validity(seed: int) -> Iterator[Margin]:
    """Innocent models and fresh coins."""
    for design in test_validity.DESIGNS:
        accused, distance = test_validity.thrown(design, 1000 * seed)
        yield Margin(f"{design}: distance from uniform", distance, test_validity.FARTHEST, 2.0)
        for level, count in accused.items():
            most = most_exceedances(test_validity.RECORDS, level, test_validity.FAILURE)
            yield Margin(f"{design}: accused at {level:g}, of {most}", count, most, most - 1)


def power(seed: int) -> Iterator[Margin]:
    """Curves of how probable it is to be found."""
    shares = [point.share for point in test_power.weak_trace(seed)]
    yield Margin("weak trace, one picture: found", shares[0], 0.2, 0.15)
    yield Margin("weak trace, nearly all: found", shares[-2], 0.55, 0.6)
    yield Margin("no trace: found", max(point.share for point in test_power.no_trace(seed)), 0.12, 0.1)


def detectors(seed: int) -> Iterator[Margin]:
    """Detectors of marks, as a countermeasure of rehearsals and as an attack on marks alone."""
    caught, alarms = test_mark_detector.taken(test_mark_detector.STRONG, seed)
    yield Margin("strong marks: caught", caught, 0.7, 0.8)
    yield Margin("strong marks: false alarms", alarms, 0.2, 0.15)
    caught, alarms = test_mark_detector.taken(test_mark_detector.NOTHING, seed)
    yield Margin("no marks: taken for marked", max(caught, alarms), 0.3, 0.25)
    found = test_mark_detector.made(Countermeasures(detect=0.01), seed).detected
    yield Margin("thrown out of a training, of 60", 0 if found is None else found.caught, 20, 30)
    low = test_mark_attacks.caught_at_least(seed + 1).low
    yield Margin("stripes at 1 % false alarms: caught", low, 10 * FALSE_ALARMS, 0.3)


SUBJECTS: dict[str, Callable[[int], Iterator[Margin]]] = {
    "evidence": evidence,
    "demo": demo,
    "shipped": shipped,
    "rehearsal": rehearsal,
    "training": training,
    "making": making,
    "validity": validity,
    "power": power,
    "detectors": detectors,
}


def _p_of(what: str, request: AuditRequest, *, is_guilty: bool) -> Margin:
    """Audit to the last key, and return p."""
    with _scratch():
        (one,) = _finished(audit(replace(request, stops_early=False)))["results"]
    value, alpha = float(one["p_value"]), float(one["alpha"])
    wanted = alpha / 10 if is_guilty else min(0.5, _INNOCENT * alpha)
    return Margin(f"{what}, {'guilty' if is_guilty else 'innocent'}: p", value, alpha, wanted)


def _made(making: Making) -> Any:
    return test_making.made(making)[1]


def _finished(events: Iterator[Any]) -> dict[str, Any]:
    last = list(events)[-1]
    assert isinstance(last, Finished)
    return dict(last.result)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that goes afterwards, which also holds the audit log meanwhile."""
    with tempfile.TemporaryDirectory() as text, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "MTGUI_DATA_FOLDER", str(Path(text) / "data"))
        yield Path(text)
