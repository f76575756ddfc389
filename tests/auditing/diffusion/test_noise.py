"""Noise has the same bits everywhere, and is normal."""

import hashlib

import numpy as np
import pytest

from mtgui.auditing.diffusion.noise import GRID, noise, on_grid
from mtgui.auditing.diffusion.schedule import THOROUGH, USUAL

SHAPES = ((4, 64, 64), (4, 96, 96), (4, 128, 128), (3, 32, 32), (3, 64, 64))
STEPS = sorted({(timestep, pair) for plan in (USUAL, THOROUGH) for timestep in plan.timesteps for pair in range(2)})
GOLDEN = [568.0, 549.0, 207.0, -903.0]
GOLDEN_HASH = "3559ddb11cedca3fc91d34821eba5f137eaffc6301f62ea30d0ead0ea20ef348"


def test_noise_is_the_same_for_ever() -> None:
    made = noise((4, 64, 64), 100, 0)
    assert made.shape == (4, 64, 64)
    assert made.dtype == np.float32
    assert [float(value) for value in made[0, 0, :4] * GRID] == GOLDEN
    assert hashlib.sha256(made.astype("<f4").tobytes()).hexdigest() == GOLDEN_HASH


def test_last_bits_of_a_processor_cannot_show() -> None:
    """No value of a usual shape lies so near to the middle between two multiples that rounding could go both ways."""
    nearest = min(
        float(np.abs(np.abs(values - np.floor(values)) - 0.5).min())
        for shape in SHAPES
        for values in (on_grid(shape, *step) for step in STEPS)
    )
    assert nearest > 1e-9, "a hundred times the largest difference between processors, 1e-14 · 2¹⁰"


def test_noise_is_normal() -> None:
    values = noise((4, 128, 128), 50, 0).astype(np.float64)
    spread = 4 / np.sqrt(values.size)
    assert abs(values.mean()) < spread
    assert abs(values.var() - 1) < 2 * spread
    assert abs((values**4).mean() - 3) < 10 * spread
    within = [float((np.abs(values) < bound).mean()) for bound in (1, 2, 3)]
    assert within == pytest.approx([0.6827, 0.9545, 0.9973], abs=0.006)
    assert np.abs(values).max() < 7


def test_timestep_number_and_shape_make_other_noise() -> None:
    first = noise((3, 8, 8), 50, 0)
    others = [noise((3, 8, 8), 100, 0), noise((3, 8, 8), 50, 1), noise((3, 16, 4), 50, 0).reshape(3, 8, 8)]
    assert all(float(np.mean(first == other)) < 0.1 for other in others)
    assert np.array_equal(first, noise((3, 8, 8), 50, 0))


def test_an_odd_number_of_values() -> None:
    assert noise((1, 3, 3), 50, 0).shape == (1, 3, 3)


def test_values_are_exact_on_the_grid() -> None:
    values = noise((4, 64, 64), 300, 0)
    assert np.array_equal(values * GRID, np.rint(values.astype(np.float64) * GRID))
