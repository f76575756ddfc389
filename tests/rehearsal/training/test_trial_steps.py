"""Trying out how a training is done fastest: a small share of it, and stopped when a person says so."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch

from mtgui.auditing.engine.torch_threads import using_threads
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from mtgui.common.events import Started
from mtgui.rehearsal.training.small_networks import Network, make_network
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.trial_steps import Trial, choose_within
from tests.rehearsal.rehearsal_helpers import TINY, processor, tiny_data

DATA = tiny_data()
MEASUREMENT = 0.3
ITEMS = 20_000


class Measurements:
    """Each takes its time on a clock of its own, and finds the seconds per item that it was given."""

    def __init__(self, found: Mapping[int, float]) -> None:
        self._found, self.now = found, 0.0

    def __call__(self, threads: int) -> float:
        self.now += MEASUREMENT
        return self._found[threads]

    def clock(self) -> float:
        return self.now


@pytest.mark.parametrize("more", [0.0005, 0.0008, 0.00095, 0.0011])
def test_a_trial_costs_a_small_share_of_the_work(more: float) -> None:
    found = Measurements({1: 0.001, 2: more, 4: more / 2, 8: more / 4})
    choose_within(found, 8, ITEMS, found.clock)
    assert MEASUREMENT < found.now <= 0.05 * ITEMS * 0.001


def test_what_was_clearly_faster_is_taken_when_the_share_is_spent() -> None:
    found = Measurements({1: 0.001, 2: 0.0004, 4: 0.0002})
    choice = choose_within(found, 4, ITEMS, found.clock)
    assert choice.threads == 2
    assert choice.sentence == "Computing with 2 of 4 threads, as a short trial found it fastest."


def test_what_was_hardly_faster_is_not_taken_when_the_share_is_spent() -> None:
    found = Measurements({1: 0.001, 2: 0.0009})
    assert choose_within(found, 2, ITEMS, found.clock).threads == 1


def test_long_work_is_tried_to_the_end() -> None:
    found = Measurements({1: 0.001, 2: 0.0005, 4: 0.00025})
    assert choose_within(found, 4, 1000 * ITEMS, found.clock).sentence.startswith("Computing with all 4 threads")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_stopped_trial_raises_at_its_next_step_and_puts_the_threads_back(precision: str) -> None:
    control, pictures = Control(), (torch.from_numpy(DATA.pixels), torch.from_numpy(DATA.labels))
    plan = replace(TINY, precision="bfloat16") if precision == "bfloat16" else TINY
    trial = Trial(plan, Network(make_network("resnet8", 3, 0)), processor(), pictures, None, control)
    control.cancel()
    with using_threads(2):
        with pytest.raises(CancelledError):
            trial.choose(2, 10**9) if precision == "float32" else trial.bfloat16_notice(1, 10**9)
        assert torch.get_num_threads() == 2


def test_a_training_says_that_it_started_before_anything_is_tried() -> None:
    control = Control()
    events = train(replace(TINY, epochs=100_000), DATA, None, processor(), control=control)
    with using_threads(2):
        assert isinstance(next(events), Started)
        control.cancel()
        with pytest.raises(CancelledError):
            next(events)
