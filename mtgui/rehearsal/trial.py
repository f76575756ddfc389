"""Steps of a training on a copy of its network, to see how long they take: nothing of the training changes."""

import copy
import random
from dataclasses import replace

import torch
from torch import Tensor, nn

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.threads import Stopwatch
from mtgui.auditing.threads import WORTHWHILE, in_words
from mtgui.rehearsal.networks import Network
from mtgui.rehearsal.plan import TrainingPlan
from mtgui.rehearsal.steps import Stepper

_MUCH_SLOWER = 1.3


class Trial:
    """What a training needs for steps of its own, and how long these take."""

    def __init__(
        self,
        plan: TrainingPlan,
        network: Network,
        device: Device,
        pictures: tuple[Tensor, Tensor],
        teacher: nn.Module | None,
    ) -> None:
        """As for `Stepper`; the network, as it is before steps of a private training, is copied, not taken over."""
        self._plan, self._network, self._device = plan, network, device
        self._pictures, self._teacher = pictures, teacher

    def stopwatch(self, plan: TrainingPlan | None = None) -> Stopwatch:
        """Return what times steps after ``plan``, None for the training's own, on batches of its size at most."""
        plan, where = plan or self._plan, self._device.torch_device
        copied = replace(self._network, module=copy.deepcopy(self._network.module).train())
        stepper = Stepper(plan, copied, self._device, torch.Generator(where), self._pictures, self._teacher)
        rows, chance = torch.arange(len(self._pictures[1]), device=where), random.Random(0)
        # At a rate of 0 the weights stay ordinary numbers, with which processors are as fast as ever.
        return Stopwatch(lambda count: stepper.step(rows[:count], 0.0, chance), min(plan.batch, len(rows)))

    def bfloat16_notice(self, threads: int, pictures: int) -> str:
        """Return what a person should know who trains in bfloat16 on this processor; empty where it is fast at it, or
        ``pictures`` are so few that it does not matter.
        """
        plain = self.stopwatch(replace(self._plan, precision="float32"))(threads)
        if plain * pictures < WORTHWHILE:
            return ""
        times = self.stopwatch()(threads) / plain
        if times < _MUCH_SLOWER:
            return ""
        return (
            f"In bfloat16 this processor takes {times:.1f} times as long as in float32, with {in_words(threads)}. It "
            "was asked for, or this rehearsal was begun in it; float32 would be faster and more exact."
        )
