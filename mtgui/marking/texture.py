"""Where a picture hides a smooth shift: weights for a tint, computed from the picture alone.

A shift is seen most easily on flat areas, and white paper and black must stay what they are. So a tint is weak there
and stronger where there is texture. The weights do not depend on the key: they are the same for the mark key and for
every decoy key.
"""

import math
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRID_SIDE = 64
WEIGHT_ONE = 128
_LONGEST = 1024
"""Most cells along the long side, for strips that are very long."""
_SAMPLES = 2
_FLAT = 0.3
_HALF_DEVIATION = 10.0
_HEADROOM = 28.0
_LARGEST_GAIN = 1.6
_LUMA = (299, 587, 114)


@dataclass(frozen=True)
class Texture:
    """The weights of a tint over one picture, and whether the picture has no colour.

    weights: height × width bytes, row by row, in 128ths, for equal cells of the picture. is_grey: True if red, green
    and blue are equal everywhere; such a picture stays grey.
    """

    height: int
    width: int
    weights: bytes = field(repr=False)
    is_grey: bool = False

    @property
    def strength(self) -> float:
        """Root mean square of the weights: the share of its strength that a tint reaches on this picture, 0 to 1.6."""
        return float(np.sqrt(np.square(self.grid.astype(np.float64)).mean())) / WEIGHT_ONE

    @property
    def grid(self) -> NDArray[np.uint8]:
        """The weights as an array, (height, width)."""
        return np.frombuffer(self.weights, dtype=np.uint8).reshape(self.height, self.width)


def texture_of(pixels: NDArray[Any]) -> Texture:
    """Return the texture of a whole picture, (1 or 3, H, W), uint8 or uint16; the same bits on every machine.

    It reads at most 128 lines of the short side, so it takes as long for a large picture as for a small one.
    """
    cells = _grid_shape(*pixels.shape[1:])
    rows, columns = (_sampled(size, count) for size, count in zip(pixels.shape[1:], cells, strict=True))
    samples = pixels[:, rows].take(columns, axis=2)
    samples = (samples >> 8).astype(np.uint8) if samples.dtype == np.uint16 else samples
    is_grey = all(np.array_equal(samples[0], other) for other in samples[1:])
    weights = _weights(samples[:1] if is_grey else samples, cells)
    return Texture(*cells, weights.tobytes(), is_grey)


def _grid_shape(height: int, width: int) -> tuple[int, int]:
    short = min(height, width)
    side = min(GRID_SIDE, short)
    rows, columns = ((length * side + short // 2) // short for length in (height, width))
    return min(rows, _LONGEST), min(columns, _LONGEST)


def _sampled(size: int, cells: int) -> NDArray[np.int64]:
    """Return the lines that are read along one side: two in each cell, at even distances."""
    count = cells * _SAMPLES
    return (2 * np.arange(count, dtype=np.int64) + 1) * size // (2 * count)


def _weights(samples: NDArray[np.uint8], cells: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the weights of the cells; one channel of ``samples``, (1 or 3, 2 × rows, 2 × columns), means grey."""
    number = _around(np.ones((1, *cells), dtype=np.int32))[0]
    count = number * _SAMPLES**2
    total, squares, *sums = _around(_cell_sums(_with_luma(samples)))
    deviation = np.sqrt((count * squares - total * total).astype(np.float64)) / count
    least, most = reduce(np.minimum, sums) / count, reduce(np.maximum, sums) / count
    weights = _FLAT + (1.0 - _FLAT) * (deviation / (deviation + _HALF_DEVIATION))
    weights *= np.clip((np.minimum(least, 255.0 - most) - 2.0) / _HEADROOM, 0.0, 1.0)
    # Whole numbers are summed, so the order of a sum does not matter.
    whole = _around(np.floor(weights * 4096.0 + 0.5).astype(np.int32)[None])[0] // number
    energy = int((whole * whole).sum(dtype=np.int64)) / whole.size
    gain = min(_LARGEST_GAIN, 4096.0 / max(1.0, math.sqrt(energy)))
    return np.asarray(np.minimum(255.0, np.floor(whole * (gain * WEIGHT_ONE / 4096.0) + 0.5)), dtype=np.uint8)


def _with_luma(samples: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return luminance, its square, and the channels."""
    parts = np.empty((len(samples) + 2, *samples.shape[1:]), dtype=np.int32)
    parts[2:] = samples
    if len(samples) == 1:
        parts[0] = parts[2]
    else:
        parts[0] = parts[2] * _LUMA[0]
        parts[0] += parts[3] * _LUMA[1]
        parts[0] += parts[4] * _LUMA[2]
        parts[0] //= 1000
    np.multiply(parts[0], parts[0], out=parts[1])
    return parts


def _cell_sums(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the sums of the 2 × 2 samples of each cell."""
    pairs = values[:, ::2] + values[:, 1::2]
    return np.asarray(pairs[:, :, ::2] + pairs[:, :, 1::2])


def _around(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the sum of each cell and its neighbours, up to eight; values: (…, rows, columns)."""
    down = values.copy()
    down[:, 1:] += values[:, :-1]
    down[:, :-1] += values[:, 1:]
    across = down.copy()
    across[:, :, 1:] += down[:, :, :-1]
    across[:, :, :-1] += down[:, :, 1:]
    return across
