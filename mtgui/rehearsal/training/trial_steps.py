"""Measures steps of a training on a copy of its network; the training itself does not change."""

import copy
import random
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.torch_threads import Stopwatch, using_threads
from mtgui.auditing.thread_choice import ThreadChoice, choose_threads, in_words
from mtgui.common.control import Control
from mtgui.rehearsal.training.small_networks import Network
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.training_steps import Stepper

_MUCH_SLOWER = 1.3
_SHARE = 0.05
"""Largest share of the time of the work that measuring may take."""
_LEAST_SECONDS = 1.0
"""Approximate seconds of a comparison; if that is more than its share, none is made."""
_CLEARLY_FASTER = 0.75
_FEW = 8


class Trial:
    """Takes trial steps of a training and measures their time."""

    def __init__(
        self,
        plan: TrainingPlan,
        network: Network,
        device: Device,
        pictures: tuple[Tensor, Tensor],
        teacher: nn.Module | None,
        control: Control | None = None,
    ) -> None:
        """Take the arguments of `Stepper`; the network is copied, not changed.

        For a private training, it must be the network before it was made private. Once ``control`` is cancelled, the
        next step raises CancelledError.
        """
        self._plan, self._network, self._device = plan, network, device
        self._pictures, self._teacher, self._control = pictures, teacher, control or Control()

    def choose(self, allowed: int, pictures: int) -> ThreadChoice:
        """Return the number of threads, ``allowed`` at most, that is fastest for steps on ``pictures``.

        Measuring takes only a small share of the time of these steps. Raises CancelledError.
        """
        if allowed <= 1 or not pictures or not self._is_worthwhile(self._plan, 1, pictures):
            return ThreadChoice(1)
        return choose_within(self.stopwatch(), allowed, pictures)

    def _is_worthwhile(self, plan: TrainingPlan, threads: int, pictures: int) -> bool:
        """True when measuring is a small share of the time for ``pictures``; two short steps estimate that time."""
        work = self._work(plan)
        count = min(_FEW, plan.batch, len(self._pictures[1]))
        with torch.random.fork_rng(devices=[]), using_threads(threads):
            work(count)
            start = time.perf_counter()
            work(count)
            seconds = time.perf_counter() - start
        return _SHARE * pictures * seconds / count >= _LEAST_SECONDS

    def stopwatch(self, plan: TrainingPlan | None = None) -> Stopwatch:
        """Return a stopwatch for steps of ``plan`` (None: the training's own), on batches of at most its size."""
        plan = plan or self._plan
        return Stopwatch(self._work(plan), min(plan.batch, len(self._pictures[1])))

    def _work(self, plan: TrainingPlan) -> Callable[[int], None]:
        """Return a function that takes a step of ``plan`` on a number of pictures, on a copy of the network."""
        where = self._device.torch_device
        copied = replace(self._network, module=copy.deepcopy(self._network.module).train())
        stepper = Stepper(plan, copied, self._device, torch.Generator(where), self._pictures, self._teacher)
        rows, chance = torch.arange(len(self._pictures[1]), device=where), random.Random(0)

        def work(count: int) -> None:
            if self._control.is_cancelled:
                self._control.checkpoint()
            # With a rate of 0 the weights do not change, so no unusual numbers, such as denormal ones, slow the steps.
            stepper.step(rows[:count], 0.0, chance)

        return work

    def bfloat16_notice(self, threads: int, pictures: int) -> str:
        """Return a notice that this processor is slow in bfloat16, or an empty text. Raises CancelledError.

        It is empty if the processor is fast enough, or ``pictures`` are so few that it does not matter.
        """
        exact = replace(self._plan, precision="float32")
        if not self._is_worthwhile(exact, threads, pictures):
            return ""
        times = self.stopwatch()(threads) / self.stopwatch(exact)(threads)
        if times < _MUCH_SLOWER:
            return ""
        return (
            f"In bfloat16 this processor takes {times:.1f} times as long as in float32, with {in_words(threads)}. It "
            "was asked for, or this rehearsal was begun in it; float32 would be faster and more exact."
        )


class _SpentError(Exception):
    """The time for measuring is used up."""


def choose_within(
    seconds: Callable[[int], float], allowed: int, items: int, clock: Callable[[], float] = time.perf_counter
) -> ThreadChoice:
    """Return the choice of `choose_threads`, with a bound on the time of measuring.

    No measurement begins that would bring the time above a small share of that of all ``items``. Then the number that
    was clearly fastest so far is chosen.
    """
    found: dict[int, list[float]] = {}
    start = clock()

    def measured(threads: int) -> float:
        done = sum(map(len, found.values()))
        if done and (clock() - start) * (1 + 1 / done) > _SHARE * items * min(map(_mean, found.values())):
            raise _SpentError
        found.setdefault(threads, []).append(seconds(threads))
        return found[threads][-1]

    try:
        return choose_threads(measured, allowed, items)
    except _SpentError:
        best = 1
        for threads in sorted(found):
            if _mean(found[threads]) < _CLEARLY_FASTER * _mean(found[best]):
                best = threads
        return ThreadChoice(best, f"Computing with {best} of {allowed} threads, as a short trial found it fastest.")


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
