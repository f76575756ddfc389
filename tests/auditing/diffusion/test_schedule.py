"""Shares of signal equal the library's; timesteps fit any length of a schedule."""

import numpy as np
import pytest

from mtgui.auditing.diffusion.plans import NoiseSchedule
from mtgui.auditing.diffusion.schedule import THOROUGH, USUAL, DenoisingStep, StepPlan, signal_shares
from mtgui.common.errors import UsageError

STABLE = NoiseSchedule("scaled_linear", 0.00085, 0.012, 1000, "a test")


@pytest.mark.parametrize(
    "schedule",
    [
        STABLE,
        NoiseSchedule("linear", 0.0001, 0.02, 1000, "a test"),
        NoiseSchedule("squaredcos_cap_v2", 0.0001, 0.02, 1000, "a test"),
        NoiseSchedule("linear", 0.001, 0.2, 100, "a test"),
    ],
)
def test_shares_equal_those_of_the_library(schedule: NoiseSchedule) -> None:
    diffusers = pytest.importorskip("diffusers")
    theirs = diffusers.DDPMScheduler(
        num_train_timesteps=schedule.steps,
        beta_start=schedule.first,
        beta_end=schedule.last,
        beta_schedule=schedule.kind,
    ).alphas_cumprod
    assert np.abs(signal_shares(schedule) - theirs.double().numpy()).max() < 1e-6


@pytest.mark.parametrize(("plan", "count"), [(USUAL, 12), (THOROUGH, 40), (StepPlan((7,), 3), 6)])
def test_a_plan_knows_the_number_of_its_steps(plan: StepPlan, count: int) -> None:
    assert plan.count == len(plan.steps_of(STABLE)) == count


def test_shares_of_stable_diffusion() -> None:
    shares = signal_shares(STABLE)
    assert shares.shape == (1000,)
    assert shares[[0, 500, 999]] == pytest.approx([0.99915, 0.27633, 0.00466], abs=1e-5)


@pytest.mark.parametrize(
    "schedule",
    [
        NoiseSchedule("linear", 0.0, 0.0, 10, "a test"),
        NoiseSchedule("linear", 0.5, 2.0, 10, "a test"),
        NoiseSchedule("linear", 0.1, 0.2, 0, "a test"),
        NoiseSchedule("linear", float("nan"), 0.2, 10, "a test"),
    ],
)
def test_impossible_schedules_are_refused(schedule: NoiseSchedule) -> None:
    with pytest.raises(UsageError, match="noise schedule"):
        signal_shares(schedule)


def test_usual_trials_are_pairs_of_opposite_noise() -> None:
    steps = USUAL.steps_of(STABLE)
    assert steps[:3] == (DenoisingStep(50, 0, 1), DenoisingStep(50, 0, -1), DenoisingStep(100, 0, 1))
    assert len(steps) == 12
    assert len(THOROUGH.steps_of(STABLE)) == len(set(THOROUGH.steps_of(STABLE))) == 40


def test_timesteps_fit_the_length_of_the_schedule() -> None:
    short = NoiseSchedule("linear", 0.001, 0.2, 100, "a test")
    assert [step.timestep for step in USUAL.steps_of(short)][::2] == [5, 10, 15, 20, 30, 50]
    assert StepPlan((1000,), 1).steps_of(short)[0].timestep == 99


def test_no_trials_are_refused() -> None:
    with pytest.raises(UsageError, match="one timestep at least"):
        StepPlan((), 1).steps_of(STABLE)
