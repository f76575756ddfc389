"""How much noise belongs to each timestep, and at which timesteps a model is tried."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.diffusion.plans import NoiseSchedule
from mtgui.common.errors import UsageError

_LARGEST_BETA = 0.999
_OFFSET = 0.008
_LENGTH = 1000


@dataclass(frozen=True)
class DenoisingStep:
    """One denoising of a picture.

    timestep: of the schedule, from 0. number: of the noise. sign: 1, or −1 for the opposite noise.
    """

    timestep: int
    number: int
    sign: int


@dataclass(frozen=True)
class StepPlan:
    """The steps of a run. timesteps: of a schedule of 1,000. pairs: of a noise and its opposite, at each timestep."""

    timesteps: tuple[int, ...]
    pairs: int

    @property
    def count(self) -> int:
        """The number of steps."""
        return 2 * len(self.timesteps) * self.pairs

    def steps_of(self, schedule: NoiseSchedule) -> tuple[DenoisingStep, ...]:
        """Return all steps, with timesteps scaled to the length of ``schedule``. Raises UsageError for none."""
        if not self.timesteps or self.pairs < 1:
            raise UsageError("A model is tried at one timestep at least, with one pair of noises at least.")
        last = schedule.steps - 1
        return tuple(
            DenoisingStep(min(last, round(timestep * schedule.steps / _LENGTH)), number, sign)
            for timestep in self.timesteps
            for number in range(self.pairs)
            for sign in (1, -1)
        )


USUAL = StepPlan((50, 100, 150, 200, 300, 500), 1)
"""12 steps. What a LoRA learned of a picture shows at timesteps 50 to 300, a little at 500, and not from 700 on."""
THOROUGH = StepPlan((50, 100, 150, 200, 250, 300, 350, 400, 450, 500), 2)
"""40 steps."""


def signal_shares(schedule: NoiseSchedule) -> NDArray[np.float64]:
    """Return the share of the picture's variance that is left at every timestep: (schedule.steps,), falling.

    The library calls it ``alphas_cumprod``. Raises UsageError unless it lies strictly between 0 and 1 everywhere.
    """
    shares: NDArray[np.float64] = np.cumprod(1 - _betas(schedule), dtype=np.float64)
    if not (schedule.steps >= 1 and bool(np.all((shares > 0) & (shares < 1)))):
        raise UsageError(
            f"The noise schedule from {schedule.first:g} to {schedule.last:g} in {schedule.steps:,} steps is none that "
            "a model can be trained with. Check the scheduler's settings beside the model."
        )
    return shares


def _betas(schedule: NoiseSchedule) -> NDArray[np.float64]:
    """Return the variance of the noise that each step adds."""
    if schedule.kind == "linear":
        return np.linspace(schedule.first, schedule.last, schedule.steps, dtype=np.float64)
    if schedule.kind == "scaled_linear":
        roots = np.linspace(math.sqrt(schedule.first), math.sqrt(schedule.last), schedule.steps, dtype=np.float64)
        return roots * roots
    times = np.arange(schedule.steps + 1) / schedule.steps
    shares = np.cos((times + _OFFSET) / (1 + _OFFSET) * math.pi / 2) ** 2
    betas: NDArray[np.float64] = np.minimum(1 - shares[1:] / shares[:-1], _LARGEST_BETA)
    return betas
