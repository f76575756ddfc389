"""Steps of a training on a copy of its network, to see how long they take: nothing of the training changes."""

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
"""How much of the work ahead may be spent on finding out how it is done fastest."""
_LEAST_SECONDS = 1.0
"""About what a comparison takes; where that is more than its share, none is made."""
_CLEARLY_FASTER = 0.75
_FEW = 8


class Trial:
    """What a training needs for steps of its own, and how long these take."""

    def __init__(
        self,
        plan: TrainingPlan,
        network: Network,
        device: Device,
        pictures: tuple[Tensor, Tensor],
        teacher: nn.Module | None,
        control: Control | None = None,
    ) -> None:
        """As for `Stepper`; the network, as it is before steps of a private training, is copied, not taken over. Once
        ``control`` is cancelled, the next step raises CancelledError.
        """
        self._plan, self._network, self._device = plan, network, device
        self._pictures, self._teacher, self._control = pictures, teacher, control or Control()

    def choose(self, allowed: int, pictures: int) -> ThreadChoice:
        """Return with how many threads, ``allowed`` at most, steps on ``pictures`` are done soonest, as far as a small
        share of the time that they take tells. Raises CancelledError.
        """
        if allowed <= 1 or not pictures or not self._is_worthwhile(self._plan, 1, pictures):
            return ThreadChoice(1)
        return choose_within(self.stopwatch(), allowed, pictures)

    def _is_worthwhile(self, plan: TrainingPlan, threads: int, pictures: int) -> bool:
        """True where ``pictures`` take so long that measuring is a small share of it; found out in two short steps."""
        work = self._work(plan)
        count = min(_FEW, plan.batch, len(self._pictures[1]))
        with torch.random.fork_rng(devices=[]), using_threads(threads):
            work(count)
            start = time.perf_counter()
            work(count)
            seconds = time.perf_counter() - start
        return _SHARE * pictures * seconds / count >= _LEAST_SECONDS

    def stopwatch(self, plan: TrainingPlan | None = None) -> Stopwatch:
        """Return what times steps after ``plan``, None for the training's own, on batches of its size at most."""
        plan = plan or self._plan
        return Stopwatch(self._work(plan), min(plan.batch, len(self._pictures[1])))

    def _work(self, plan: TrainingPlan) -> Callable[[int], None]:
        """Return what takes a step after ``plan`` on so many pictures, on a copy of the network."""
        where = self._device.torch_device
        copied = replace(self._network, module=copy.deepcopy(self._network.module).train())
        stepper = Stepper(plan, copied, self._device, torch.Generator(where), self._pictures, self._teacher)
        rows, chance = torch.arange(len(self._pictures[1]), device=where), random.Random(0)

        def work(count: int) -> None:
            if self._control.is_cancelled:
                self._control.checkpoint()
            # At a rate of 0 the weights stay ordinary numbers, with which processors are as fast as ever.
            stepper.step(rows[:count], 0.0, chance)

        return work

    def bfloat16_notice(self, threads: int, pictures: int) -> str:
        """Return what a person should know who trains in bfloat16 on this processor; empty where it is fast at it, or
        ``pictures`` are so few that it does not matter. Raises CancelledError.
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
    """What may be spent on measuring is spent."""


def choose_within(
    seconds: Callable[[int], float], allowed: int, items: int, clock: Callable[[], float] = time.perf_counter
) -> ThreadChoice:
    """Do what `choose_threads` does, but begin no measurement that would bring their time above a small share of what
    all ``items`` take; then what was clearly fastest until there is taken.
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
