"""With how many threads something is computed: whatever the costs, the right number, with few questions."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
import torch

from mtgui.auditing.engine.torch_threads import Stopwatch, set_threads, using_threads
from mtgui.auditing.thread_choice import check_threads, choose_threads, going_on, in_words, offered_threads
from mtgui.common.errors import UsageError

LONG = 10_000_000


class Costs:
    """Seconds for one item with each number of threads, and what was asked for."""

    def __init__(self, seconds: Mapping[int, float]) -> None:
        self.seconds, self.asked = seconds, list[int]()

    def __call__(self, threads: int) -> float:
        self.asked.append(threads)
        return self.seconds[threads]


@pytest.mark.parametrize(
    ("seconds", "allowed", "chosen", "asked"),
    [
        ({1: 1.0, 2: 0.55, 4: 0.3, 8: 0.2}, 8, 8, [1, 2, 1, 2, 4, 2, 4, 8, 4, 8]),
        ({1: 1.0, 2: 0.55, 4: 0.9}, 8, 2, [1, 2, 1, 2, 4, 2, 4]),
        ({1: 0.08, 2: 2.0}, 8, 1, [1, 2]),
        ({1: 1.0, 2: 0.95}, 2, 1, [1, 2] * 4),
        ({1: 1.0, 2: 0.6, 4: 0.4, 6: 0.3}, 6, 6, [1, 2, 1, 2, 4, 2, 4, 6, 4, 6]),
        ({}, 1, 1, []),
    ],
)
def test_it_goes_up_as_long_as_more_threads_are_clearly_faster(
    seconds: Mapping[int, float], allowed: int, chosen: int, asked: list[int]
) -> None:
    costs = Costs(seconds)
    assert choose_threads(costs, allowed, LONG).threads == chosen
    assert costs.asked == asked


def test_what_else_the_processor_does_slows_both_and_does_not_decide() -> None:
    asked: list[int] = []

    def seconds(threads: int) -> float:
        asked.append(threads)
        # Another program runs for a while in the beginning.
        return {1: 1.0, 2: 0.6}[threads] * (1 if len(asked) > 3 or threads == 1 else 2.0)

    assert choose_threads(seconds, 2, LONG).threads == 2
    assert asked == [1, 2] * 4


def test_short_work_is_done_with_one_thread_and_no_further_question() -> None:
    costs = Costs({1: 0.001})
    choice = choose_threads(costs, 16, 100)
    assert (choice.threads, choice.sentence, costs.asked) == (1, "", [1])
    assert choose_threads(costs, 16, 0).threads == 1
    assert costs.asked == [1]


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        ({1: 1.0, 2: 3.0}, "Computing with 1 of 2 threads: with 2 it is slower now."),
        ({1: 1.0, 2: 0.95}, "Computing with 1 of 2 threads: with 2 it is hardly faster now."),
        ({1: 1.0, 2: 0.5}, "Computing with all 2 threads: with fewer it is slower now."),
    ],
)
def test_the_choice_is_a_sentence(seconds: Mapping[int, float], sentence: str) -> None:
    assert choose_threads(Costs(seconds), 2, LONG).sentence == sentence


def test_what_was_begun_goes_on_with_as_many_and_says_so_where_others_are_asked_for() -> None:
    assert going_on(2).threads == going_on(2, 1).threads == 2
    assert going_on(1).sentence == "Computing with 1 thread, as this work was begun."
    assert going_on(2, 1).sentence == "This work was begun with 2 threads, so it goes on with 2, not 1."


@pytest.mark.parametrize("threads", [-1, 0])
def test_fewer_than_one_are_refused(threads: int) -> None:
    with pytest.raises(UsageError, match="lies between 1 and "):
        check_threads(threads)
    check_threads(None)


def test_more_threads_than_the_processor_offers_are_refused_and_it_says_how_many_there_are() -> None:
    offered = offered_threads()
    check_threads(offered)
    with pytest.raises(UsageError, match=rf"offers mtgui {in_words(offered)}, and {offered + 1} were asked for"):
        check_threads(offered + 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs a system on which processes choose their cores")
def test_a_process_that_is_kept_to_one_core_is_offered_one() -> None:
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    code += "from mtgui.auditing.thread_choice import offered_threads; print(offered_threads())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "1\n"


class Machine:
    """Work and a clock that moves with it alone: ``first`` seconds for the first round with new threads."""

    def __init__(self, seconds: float, hopeless: int = 0) -> None:
        self.now, self.counts, self._seconds, self._hopeless = 0.0, list[int](), seconds, hopeless

    def work(self, count: int) -> None:
        self.counts.append(count)
        torch.rand(3)
        slow = 40 if torch.get_num_threads() == self._hopeless else 1
        self.now += self._seconds * count * slow

    def clock(self) -> float:
        return self.now


def test_a_stopwatch_takes_batches_large_enough_to_be_timed_and_no_larger_than_they_will_be() -> None:
    machine = Machine(0.001)
    assert Stopwatch(machine.work, 1000, machine.clock)(1) == pytest.approx(0.001)
    assert 50 <= machine.counts[-1] <= 128
    small = Machine(0.00001)
    Stopwatch(small.work, 32, small.clock)(1)
    assert max(small.counts) == 32


def test_a_stopwatch_spends_little_and_leaves_at_once_what_is_hopeless() -> None:
    machine = Machine(0.001, hopeless=2)
    with using_threads(1):
        stopwatch = Stopwatch(machine.work, 1000, machine.clock)
        stopwatch(1)
        assert machine.now < 1.0
        before = len(machine.counts)
        assert stopwatch(2) == pytest.approx(0.04)
        assert len(machine.counts) == before + 1


def test_a_stopwatch_leaves_threads_and_random_state_as_they_were() -> None:
    machine, state = Machine(0.01), torch.get_rng_state()
    with using_threads(2):
        Stopwatch(machine.work, 8, machine.clock)(1)
        assert torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), state)


def test_a_stopwatch_shows_slow_work_one_item_and_once() -> None:
    machine = Machine(2.0)
    stopwatch = Stopwatch(machine.work, 32, machine.clock, fewest=1)
    assert stopwatch(1) == pytest.approx(2.0)
    assert machine.counts == [1]
    assert stopwatch.spent == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("items", "share"),
    [(100_000, 0.001), (1_000, 0.02), (200, 0.1), (20, 0.25)],
)
def test_trying_takes_a_small_part_of_the_work_however_slow_it_is(items: int, share: float) -> None:
    class Scaling(Machine):
        def work(self, count: int) -> None:
            super().work(count)
            self.now -= 2.0 * count * (1 - 1 / torch.get_num_threads())

    machine = Scaling(2.0)
    stopwatch = Stopwatch(machine.work, 32, machine.clock, fewest=1)
    choice = choose_threads(stopwatch, 2, items, lambda: stopwatch.spent)
    assert choice.threads == 2
    assert machine.now < share * 2.0 * items


def test_no_further_number_is_tried_once_a_tenth_of_the_work_was_spent() -> None:
    costs, spent = Costs({1: 2.0, 2: 1.0}), [0.0]

    def seconds(threads: int) -> float:
        spent[0] += costs(threads)
        return costs.seconds[threads]

    choice = choose_threads(seconds, 8, 21, lambda: spent[0])
    assert (choice.threads, costs.asked) == (2, [1, 2])
    assert choice.sentence == "Computing with 2 of 8 threads: trying more takes too long."


def test_a_number_is_set_even_where_it_is_that_already(monkeypatch: pytest.MonkeyPatch) -> None:
    set_before, numbers = torch.set_num_threads, list[int]()

    def record(threads: int) -> None:
        numbers.append(threads)
        set_before(threads)

    monkeypatch.setattr(torch, "set_num_threads", record)
    set_threads(torch.get_num_threads())
    set_threads(None)
    assert numbers == [torch.get_num_threads()]
