"""The noise of many windows at once: pictures of several sizes, keys and places, one product for all of them.

For graphics cards, where many small products cost more than one large one. The signs are those of `noise.sign_tiles`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtgui.marking.arrays import Array, Space
from mtgui.marking.noise import HALF_WAVES, WEIGHT_BITS, Frame, NoiseDraw, lay_out_octaves
from mtgui.marking.perlin import Octave, weigh


@dataclass(frozen=True)
class WindowNoise:
    """The noise of N windows, made ready on the host: octaves, and what is added to each field."""

    octaves: Sequence[Octave]
    constants: tuple[float, ...]


def window_noise(draws: Sequence[NoiseDraw], frames: Sequence[Frame], sizes: Sequence[tuple[int, int]]) -> WindowNoise:
    """Lay out the Perlin noise of N pictures, each sampled at a size, (height, width), of its own."""
    heights, widths = [height for height, _ in sizes], [width for _, width in sizes]
    return WindowNoise(
        lay_out_octaves(draws, frames, heights, widths), tuple(draw.phase + HALF_WAVES for draw in draws)
    )


def window_signs(noise: WindowNoise, at: Sequence[tuple[int, int]], shape: tuple[int, int], space: Space) -> Array:
    """Return the signs of N windows of ``shape``, (height, width), whose top left pixels are ``at``: (N, height,
    width) uint8, 1 where the noise is −ε. Everything large is computed where ``space`` is.
    """
    xp = space.xp
    rows, columns = ([place[axis] for place in at] for axis in (0, 1))
    up: list[Array] = [xp.ones((len(at), shape[0], 1), dtype=space.exact, device=space.device)]
    constants = space.array(np.array(noise.constants), space.exact)
    across: list[Array] = [
        xp.zeros((len(at), 1, shape[1]), dtype=space.exact, device=space.device) + constants[:, None, None]
    ]
    for octave in noise.octaves:
        row_lines, row_weights = _window_weights(octave.row_steps, rows, shape[0], space)
        column_lines, column_weights = _window_weights(octave.column_steps, columns, shape[1], space)
        factors = space.array(np.array(octave.factors), space.exact)[:, None, None]
        gradients = octave.gradients[:, :, slice(*row_lines), slice(*column_lines)]
        turned = xp.permute_dims(column_weights, (0, 1, 3, 2))
        for one in (0, 1):
            up.append(row_weights[one, ...] * factors)
            across.append(space.array(np.ascontiguousarray(gradients[1 - one]), space.exact) @ turned[1 - one, ...])
    halves = xp.astype(xp.concat(up, axis=2) @ xp.concat(across, axis=1), xp.int32)
    return xp.astype(halves & 1, xp.uint8)


def _window_weights(
    steps: tuple[float, ...], starts: Sequence[int], pixels: int, space: Space
) -> tuple[tuple[int, int], Array]:
    """Return the lattice lines that any window touches along one axis, and their weights."""
    centres = np.array(starts, dtype=np.float64)[:, None] + (np.arange(pixels) + 0.5)[None, :]
    positions = np.array(steps)[:, None] * centres
    lines = int(positions[:, 0].min()), int(positions[:, -1].max()) + 2
    return lines, weigh(space.array(positions, space.exact), lines, WEIGHT_BITS, space)
