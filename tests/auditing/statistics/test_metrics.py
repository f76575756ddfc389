"""The paper's measures: equal to the numbers that the authors' own code printed."""

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.auditing.statistics.baselines import baseline_metrics, logit_scaled
from mtgui.auditing.statistics.metrics import set_metrics
from mtgui.auditing.statistics.population import population_p, population_sets
from mtgui.common.errors import UsageError
from tests.auditing.statistics.statistics_helpers import seed

DATA = Path(__file__).parents[2] / "data"
CASES = json.loads((DATA / "reference_vectors.json").read_text())["metrics"]
losses = st.lists(st.integers(0, 12), min_size=1, max_size=25).map(np.array)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["case"]))
def test_the_golden_numbers(case: dict[str, Any]) -> None:
    with np.load(DATA / "reference_vectors.npz") as arrays:
        members, others = (arrays[f"{kind}_set_loss_{case['case']}"] for kind in ("member", "nonmember"))
    found = set_metrics(members, others)
    tpr = dict(found.tpr_at)
    printed = [float(number) for number in re.findall(r"float64\(([\d.]+)\)", case["printed"])]
    assert [tpr[Fraction(1, 100)], tpr[Fraction(1, 1000)], tpr[Fraction(0)]] == printed
    assert f"FPR@100.0%TPR is {found.fpr_at_full_tpr * 100:.6f}%" in case["printed"]
    assert f"AUC {found.auc:.6f}" in case["printed"]


@given(losses, losses)
def test_the_measures_are_their_definitions(members: Any, others: Any) -> None:
    found = set_metrics(members, others)
    thresholds = [-1, *range(13)]
    rates = [((members <= t).mean(), Fraction(int((others <= t).sum()), len(others))) for t in thresholds]
    for bound, tpr in found.tpr_at:
        assert tpr == max(t for t, fpr in rates if fpr < bound or fpr == 0)
    assert found.fpr_at_full_tpr == min(float(fpr) for t, fpr in rates if t == 1)
    pairs = (members[:, None] < others).mean() + 0.5 * (members[:, None] == others).mean()
    assert found.auc == pytest.approx(pairs)


@pytest.mark.parametrize("values", [np.array([]), np.array([np.nan]), np.array([np.inf])])
def test_what_cannot_be_measured_is_refused(values: Any) -> None:
    with pytest.raises(UsageError):
        set_metrics(values, np.array([1.0]))
    with pytest.raises(UsageError):
        set_metrics(np.array([1.0]), values)


def in_units(nats: Any) -> Any:
    return np.rint(np.asarray(nats) * UNITS_PER_LOSS).astype(np.int64)


def test_the_logit_scale_is_that_of_the_confidence() -> None:
    confidence = np.array([0.001, 0.25, 0.5, 0.999])
    scaled = logit_scaled(in_units(-np.log(confidence))) / UNITS_PER_LOSS
    assert scaled == pytest.approx(-np.log(confidence / (1 - confidence)), abs=1e-2)
    extreme = logit_scaled(np.array([0, 1, in_units(1000.0)]))
    assert extreme[0] < extreme[1] < extreme[2] == in_units(1000.0)


def test_the_logit_scale_is_led_by_the_smallest_losses_of_a_set() -> None:
    members, others = in_units([[1e-5, 3.0]]), in_units([[1.0, 1.2]])
    found = baseline_metrics(members, others)
    assert set_metrics(members.sum(axis=1), others.sum(axis=1)).auc == 0.0
    assert found.logit_set.auc == 1.0
    assert found.picture.auc == 0.5


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=8).map(np.array))
def test_single_pictures_have_the_same_measures_by_loss_and_by_logit(members: Any) -> None:
    others = in_units([[0.1, 0.2, 0.3], [0.4, 2.0, 1.0]])
    members = in_units(members / 10)
    by_loss = baseline_metrics(members, others).picture
    assert by_loss == set_metrics(logit_scaled(members).ravel(), logit_scaled(others).ravel())


def test_the_population_p_counts_the_own_set() -> None:
    others = np.array([3, 5, 5, 9], dtype=np.int64)
    assert [population_p(own, others) for own in (2, 5, 10)] == [Fraction(1, 5), Fraction(4, 5), Fraction(1)]


def test_population_sets_hold_no_picture_twice_and_every_picture_equally_often() -> None:
    sets = population_sets(seed("population"), 10, 4, 3000)
    assert sets.shape == (3000, 4)
    assert (np.diff(sets, axis=1) > 0).all()
    assert np.abs(np.bincount(sets.ravel(), minlength=10) - 1200).max() < 5 * 1200**0.5
    assert population_sets(seed(0), 3, 3, 2).tolist() == [[0, 1, 2]] * 2
    with pytest.raises(UsageError, match="larger folder"):
        population_sets(seed(0), 3, 4, 1)
