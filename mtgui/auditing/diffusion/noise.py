"""The noise under which a denoiser is tried: a constant of the program, with the same bits on every machine.

All pictures, keys, labels and both models of a comparison get the same noise, so it cancels where they are compared. It
depends on the shape of a latent, the timestep and a number alone, never on a record or a draw.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.keys import shake_stream

NOISE = "mtgui-noise-1"
"""Name of the algorithm. Another algorithm gets another name: reports that exist were made with this one."""
GRID = 1 << 10
"""Values are whole multiples of 1 / GRID.

Logarithm, cosine and sine may differ in the last bits of float64 between processors, by less than 1e-14. A rounded
value differs only if it lies that near to the middle between two multiples: in 10⁶ values that happens with a
probability of 2e-5, and for the usual shapes it was checked that it does not. The grid adds 8e-8 to a variance of 1.
The multiples are exact in float32, and below 2 in float16.
"""
_WORD_BYTES = 8
_HALF = 1 << 32


def noise(shape: Sequence[int], timestep: int, number: int) -> NDArray[np.float32]:
    """Return noise ``number`` (0, 1, …) of ``timestep``: float32 in ``shape``, from the standard normal distribution.

    Let n be the number of values. Take 8 bytes for every two values of the SHAKE-256 stream of the ASCII text
    ``mtgui-noise-1``, a zero byte and the ASCII text ``timestep number shape``, with the shape as ``4x64x64``, and read
    them as two big-endian 32-bit numbers a and b. Their values are r·cos φ and r·sin φ (Box–Muller) with
    r = √(−2 ln((a + ½) / 2³²)) and φ = 2π (b + ½) / 2³², rounded to multiples of 2⁻¹⁰, half to even.
    """
    return (np.rint(on_grid(shape, timestep, number)) / GRID).astype(np.float32)


def on_grid(shape: Sequence[int], timestep: int, number: int) -> NDArray[np.float64]:
    """Return `noise` before it is rounded, in units of the grid; the last bits depend on the processor."""
    count = math.prod(shape)
    label = f"{timestep} {number} {'x'.join(map(str, shape))}"
    stream = shake_stream(NOISE.encode(), label, _WORD_BYTES * -(-count // 2))
    drawn = (np.frombuffer(stream, ">u4").astype(np.float64).reshape(-1, 2) + 0.5) / _HALF
    radius, angle = np.sqrt(-2 * np.log(drawn[:, 0])), 2 * math.pi * drawn[:, 1]
    pairs = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
    return GRID * pairs.reshape(-1)[:count].reshape(tuple(shape))
