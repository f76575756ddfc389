"""Every countermeasure does what it says."""

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from mtgui.common.errors import UsageError
from mtgui.rehearsal.countermeasure_table import (
    COUNTERMEASURES,
    PICTURES,
    SWITCHES,
    Countermeasures,
    rows_of,
    values_of,
)
from mtgui.rehearsal.network_table import NETWORKS
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.training.countermeasures import TREATMENTS, RoundedAnswers, applied
from mtgui.rehearsal.training.small_networks import make_network
from mtgui.rehearsal.training.training_plan import TrainingPlan

DATA = make_pictures(2, 6, 3)


def treated(**measures: Any) -> NDArray[np.uint8]:
    return applied(Countermeasures(**measures), DATA, 0).pixels


def detail(pixels: NDArray[np.uint8]) -> float:
    """Return how much neighbouring pixels differ."""
    return float(np.abs(np.diff(pixels.astype(np.float64), axis=3)).mean())


def test_nothing_asked_nothing_done() -> None:
    assert applied(Countermeasures(output_digits=2), DATA, 0) is DATA


def test_jpeg_gives_what_a_jpeg_of_that_quality_holds() -> None:
    found = treated(jpeg=30)
    file = io.BytesIO()
    Image.fromarray(DATA.pixels[0].transpose(1, 2, 0)).save(file, "JPEG", quality=30)
    assert np.array_equal(found[0].transpose(1, 2, 0), np.asarray(Image.open(file)))
    errors = [np.abs(treated(jpeg=q).astype(int) - DATA.pixels).mean() for q in (10, 50, 95)]
    assert errors == sorted(errors, reverse=True)


def test_resizing_loses_detail_and_keeps_size() -> None:
    found = treated(resize=8)
    assert found.shape == DATA.pixels.shape
    assert detail(found) < detail(treated(resize=16)) < detail(DATA.pixels)


def test_blur_smooths_the_more_the_wider_it_is() -> None:
    assert detail(treated(blur=2)) < detail(treated(blur=0.7)) < detail(DATA.pixels)


def test_a_colour_shift_moves_each_channel_of_a_picture_as_a_whole() -> None:
    moved = treated(colour_shift=20).astype(int) - DATA.pixels
    inner = (DATA.pixels > 20) & (DATA.pixels < 235)
    shifts = {(n, c): set(moved[n, c][inner[n, c]].tolist()) for n in range(len(DATA)) for c in range(3)}
    assert all(len(values) == 1 and abs(next(iter(values))) <= 20 for values in shifts.values())
    assert len({next(iter(values)) for values in shifts.values()}) > 5


def test_a_crop_shows_a_part_enlarged() -> None:
    ramp = np.broadcast_to(np.arange(0, 256, 8, dtype=np.uint8), (4, 3, 32, 32))
    data = TrainingData(np.ascontiguousarray(ramp), np.zeros(4, np.int64), ("a", "b"))
    found = applied(Countermeasures(crop=0.5), data, 1).pixels.astype(int)
    spans = found[:, 0, 16, -1] - found[:, 0, 16, 0]
    assert found.shape == ramp.shape
    assert (abs(spans - 124) <= 8).all()
    assert len(set(found[:, 0, 16, 0].tolist())) > 1


def test_chance_comes_from_the_seed() -> None:
    measures = Countermeasures(crop=0.8, colour_shift=9)
    first, again, other = (applied(measures, DATA, seed).pixels for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_answers_are_rounded_to_the_digits_asked_for() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(12, 5))
    inputs = torch.randn(9, 3, 2, 2, generator=torch.Generator().manual_seed(1))
    rounded = RoundedAnswers(module, 1)(inputs).exp()
    exact = torch.softmax(module(inputs).double(), 1)
    zero = rounded < 0.09
    assert torch.allclose(rounded[~zero], exact[~zero].round(decimals=1))
    assert torch.allclose(rounded[zero], torch.tensor(0.05, dtype=torch.float64))
    assert bool((exact[zero] <= 0.05).all())


@pytest.mark.parametrize("measures", [{"jpeg": 0}, {"crop": 1.2}, {"resize": 2}, {"output_digits": -1}])
def test_values_out_of_bounds_are_refused(measures: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="takes"):
        treated(**measures)


def test_each_row_has_an_option_that_the_guide_names() -> None:
    guide = (Path(__file__).parents[3] / "resources" / "guide" / "guide.md").read_text(encoding="utf-8")
    assert len({row.option for row in COUNTERMEASURES}) == len(COUNTERMEASURES)
    assert [row.option for row in COUNTERMEASURES if f"`{row.option}`" not in guide] == []


def test_each_row_for_pictures_has_a_function_that_carries_it_out() -> None:
    rows = {row.field for row in rows_of(Countermeasures) if row.stage == PICTURES}
    assert rows == {*TREATMENTS, "filter", "detect", "average"}


def test_the_window_remembers_each_switch_by_a_key_of_its_own() -> None:
    assert len({switch.key for switch in SWITCHES}) == len(SWITCHES)


def test_plans_of_earlier_versions_are_known_by_the_same_digest() -> None:
    assert TrainingPlan().digest == "a0d9d01d60fe3df49743b633c589c66562e4f11b3e1fecc2c8d7df2101d0be7e"
    private = TrainingPlan(private_noise=1.0)
    assert private.digest == "ed40020e7a8bd27f1bfd42656c3b30f3fde92324c6d2985dceae77509361baec"


def test_each_network_of_the_table_can_be_built() -> None:
    for row in NETWORKS:
        assert make_network(row.name, 3, 0)(torch.zeros(1, 3, 32, 32)).shape == (1, 3)


def test_a_row_that_is_added_later_leaves_no_trace_while_it_is_off() -> None:
    first = frozenset(row.field for row in COUNTERMEASURES) - {"blur", "mixup"}
    assert values_of(Countermeasures()).keys() == asdict(Countermeasures()).keys() - {"detect", "average"}
    assert values_of(Countermeasures(detect=0.01))["detect"] == 0.01
    assert values_of(TrainingPlan()) == asdict(TrainingPlan())
    assert "blur" not in values_of(Countermeasures(jpeg=50), first)
    assert values_of(Countermeasures(blur=2.0), first)["blur"] == 2.0
    assert "mixup" not in values_of(TrainingPlan(), first)
    assert values_of(TrainingPlan(mixup=0.5), first)["mixup"] == 0.5
