"""Where a picture hides a change of colour: weights for a tint, computed from the picture alone.

A change of colour is seen most easily on flat areas, on neutral greys, on white paper and on black. So a tint is weak
there and stronger where there is texture. The weights do not depend on the key: they are the same for the mark key and
for every decoy key.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRID_SIDE = 64
WEIGHT_ONE = 128
_SAMPLES = 2
_FLAT = 0.3
_HALF_DEVIATION = 10.0
_HEADROOM = 28.0
_NEUTRAL = 0.7
_COLOURFUL = 32.0
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
    def grid(self) -> NDArray[np.uint8]:
        """The weights as an array, (height, width)."""
        return np.frombuffer(self.weights, dtype=np.uint8).reshape(self.height, self.width)


def texture_of(pixels: NDArray[Any]) -> Texture:
    """Return the texture of a whole picture, (1 or 3, H, W), uint8 or uint16; the same bits on every machine.

    It reads at most 128 lines of the short side, so it takes as long for a large picture as for a small one.
    """
    cells = _grid_shape(*pixels.shape[1:])
    rows, columns = (_sampled(size, count) for size, count in zip(pixels.shape[1:], cells, strict=True))
    samples = pixels[:, rows[:, None], columns]
    samples = (samples >> 8 if samples.dtype == np.uint16 else samples).astype(np.int64)
    is_grey = bool(len(samples) == 1 or (samples == samples[:1]).all())
    weights = _weights(samples, cells, is_grey=is_grey)
    return Texture(*cells, weights.tobytes(), is_grey)


def _grid_shape(height: int, width: int) -> tuple[int, int]:
    short = min(height, width)
    side = min(GRID_SIDE, short)
    return max(1, (height * side + short // 2) // short), max(1, (width * side + short // 2) // short)


def _sampled(size: int, cells: int) -> NDArray[np.int64]:
    """Return the lines that are read along one side: two in each cell, at even distances."""
    count = cells * _SAMPLES
    return (2 * np.arange(count, dtype=np.int64) + 1) * size // (2 * count)


def _weights(samples: NDArray[np.int64], cells: tuple[int, int], *, is_grey: bool) -> NDArray[np.uint8]:
    luma = samples[0] if len(samples) == 1 else np.tensordot(np.array(_LUMA), samples, axes=1) // 1000
    count = _around(np.full(cells, _SAMPLES**2, dtype=np.int64))
    total, squares = _around(_cell_sums(luma)), _around(_cell_sums(luma * luma))
    deviation = np.sqrt((count * squares - total * total).astype(np.float64)) / count
    means = np.stack([_around(_cell_sums(one)) / count for one in samples])
    room = np.minimum(means.min(axis=0), 255.0 - means.max(axis=0))
    weights = _FLAT + (1.0 - _FLAT) * (deviation / (deviation + _HALF_DEVIATION))
    weights *= np.minimum(1.0, np.maximum(0.0, (room - 2.0) / _HEADROOM))
    if not is_grey:
        colour = np.minimum(1.0, (means.max(axis=0) - means.min(axis=0)) / _COLOURFUL)
        weights *= _NEUTRAL + (1.0 - _NEUTRAL) * colour
    whole = np.floor(weights * 4096.0 + 0.5).astype(np.int64)
    smooth = _around(whole) / (_around(np.ones(cells, dtype=np.int64)) * 4096.0)
    # Whole numbers are summed, so the order of the sum does not matter.
    energy = int(np.square(np.floor(smooth * 4096.0)).astype(np.int64).sum()) / (smooth.size * 4096.0**2)
    gain = min(_LARGEST_GAIN, 1.0 / max(1e-3, float(np.sqrt(energy))))
    return np.minimum(255.0, np.floor(smooth * gain * WEIGHT_ONE + 0.5)).astype(np.uint8)


def _cell_sums(values: NDArray[np.int64]) -> NDArray[np.int64]:
    height, width = values.shape[0] // _SAMPLES, values.shape[1] // _SAMPLES
    return np.asarray(values.reshape(height, _SAMPLES, width, _SAMPLES).sum(axis=(1, 3)))


def _around(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of each cell and its neighbours, up to eight."""
    for axis in (0, 1):
        summed = values.copy()
        before, after = [slice(None)] * 2, [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        summed[tuple(after)] += values[tuple(before)]
        summed[tuple(before)] += values[tuple(after)]
        values = summed
    return values
