"""Counting draws as they come: nothing lost, whatever the range, and cheap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.desktop.audit.growing_histogram import DrawHistograms, GrowingHistogram

LOSSES = st.lists(st.floats(0, 1e4, allow_subnormal=False), min_size=1, max_size=60)


@given(st.lists(LOSSES, min_size=1, max_size=6))
def test_every_draw_is_counted_once_however_the_range_grows(groups: list[list[float]]) -> None:
    histogram = GrowingHistogram()
    for group in groups:
        histogram.add(np.array(group))
    values = np.concatenate([np.array(group) for group in groups])
    bars = histogram.bars(histogram.least, histogram.most)
    assert histogram.total == values.size == bars.counts.sum()
    assert (histogram.least, histogram.most) == (values.min(), values.max())
    assert bars.edges[0] <= values.min()
    assert bars.edges[-1] >= values.max() * (1 - 1e-9)


@given(LOSSES, st.floats(0.001, 1))
def test_the_quantile_lies_within_a_bin(values: list[float], share: float) -> None:
    histogram = GrowingHistogram()
    histogram.add(np.array(values))
    found = histogram.quantile(share)
    wanted = np.sort(values)[int(np.ceil(share * len(values) - 1e-9)) - 1]
    assert found == pytest.approx(wanted, abs=2 * (max(values) - min(values) or max(values) or 1) / 2000 + 1e-9)


def test_what_is_not_finite_is_passed_over() -> None:
    histogram = GrowingHistogram()
    histogram.add(np.array([np.nan, np.inf, 1.0]))
    assert histogram.total == 1


def test_draws_survive_the_history() -> None:
    draws = DrawHistograms()
    draws.add(np.random.default_rng(0).gamma(9, 0.1, 5000))
    draws.add(np.array([1e-9, 40.0]))
    again = DrawHistograms.from_json(draws.to_json())
    assert again.total == draws.total == 5002
    assert again.plain.quantile(0.01) == draws.plain.quantile(0.01)
    assert np.array_equal(again.logarithmic.bars(-6, 2).counts, draws.logarithmic.bars(-6, 2).counts)
    assert DrawHistograms.from_json(DrawHistograms().to_json()).total == 0
