"""The noise of a mark: one sign per pixel, different for each key and picture, laid out in design pixels.

The short side of a picture has ``design_resolution`` design pixels, whatever its real size, and noise is read at pixel
*centres*. So a marked copy that is shrunk has nearly the same noise as a shrunken picture that is marked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import NUMPY_SPACE, Array, Space
from mtgui.marking.bands import field_bands
from mtgui.marking.keys import MarkKey, picture_context, shake_stream, subkey, uniform_integer
from mtgui.marking.perlin import COLUMN_PARTS, ROW_PARTS, GradientField, Reading
from mtgui.marking.settings import NoiseKind

PERIODS = (30, 60)
OCTAVES = (1, 4)
FREQUENCIES = (20, 60)
DRAWN = (("period", PERIODS), ("octaves", OCTAVES), ("frequency", FREQUENCIES))
PHASE_STEPS = 4096
HALF_WAVES = 1024.0
# 2 × 16 bits of weights, 5 + 3 of factors and 11 before the point: 51 of float64's 53, so sums are exact.
WEIGHT_BITS = 16
_FACTOR_STEPS = 32.0
_BAND_CELLS = 1 << 16
# Row and column parts of the two gradients that each byte of a stream encodes, high half first, as one number.
_GRADIENT_PAIRS = np.array(
    [[(parts[byte >> 4], parts[byte & 15]) for byte in range(256)] for parts in (ROW_PARTS, COLUMN_PARTS)],
    dtype=np.int8,
).view(np.int16)[..., 0]

# Typical range (greatest minus least value) of a field with 1 to 4 octaves over a square, by the number of lattice
# cells per side: medians over 400 keys. It replaces the paper's normalisation, which needs all pixels before the first
# one can be marked and changes with the sampling.
_SPAN_CELLS = (0.5, 1.0, 2.0, 4.0, 8.0)
_SPANS = (
    (0.49, 0.65, 1.0, 1.21, 1.38),
    (0.4, 0.59, 0.81, 0.98, 1.11),
    (0.36, 0.55, 0.76, 0.9, 1.02),
    (0.37, 0.53, 0.73, 0.87, 0.98),
)


@dataclass(frozen=True)
class Frame:
    """Size of the original in pixels, orientation applied, and its design resolution."""

    height: int
    width: int
    design_resolution: int

    @property
    def design_height(self) -> float:
        """Height in design pixels."""
        return self.design_resolution * self.height / min(self.height, self.width)

    @property
    def design_width(self) -> float:
        """Width in design pixels."""
        return self.design_resolution * self.width / min(self.height, self.width)


@dataclass(frozen=True)
class NoiseDraw:
    """The noise parameters that one key draws for one picture.

    seed: 32 bytes for the streams; period in design pixels; octaves; sine frequency; phase in half waves, 0 to 2.
    """

    kind: NoiseKind
    seed: bytes = field(repr=False)
    period: int
    octaves: int
    frequency: int
    phase: float


def draw_noise(key: MarkKey, picture_id: str, kind: NoiseKind) -> NoiseDraw:
    """Draw the noise of the picture with SHA-256 ``picture_id`` (64 hexadecimal digits) under ``key``.

    Period, octaves and frequency are uniform over the paper's ranges (whole numbers, both ends included).
    Raises UsageError for a malformed picture id.
    """
    seed = subkey(key, f"noise {kind}", picture_context(picture_id))
    period, octaves, frequency = (low + uniform_integer(seed, name, high - low + 1) for name, (low, high) in DRAWN)
    phase = uniform_integer(seed, "phase", PHASE_STEPS) * 2.0 / PHASE_STEPS
    return NoiseDraw(kind, seed, period, octaves, frequency, phase)


@dataclass(frozen=True)
class NoiseStretch:
    """A window of a picture sampled at ``size`` (height, width): its first (row, column), and (rows, columns)."""

    size: tuple[int, int]
    start: tuple[int, int]
    shape: tuple[int, int]


@dataclass(frozen=True)
class SignBand:
    """Signs of a part of a window.

    is_minus: (bottom − top, right − left) uint8, 1 where the noise is −ε, 0 where it is +ε.
    """

    top: int
    bottom: int
    left: int
    right: int
    is_minus: NDArray[np.uint8]


def sign_bands(draw: NoiseDraw, frame: Frame, stretch: NoiseStretch) -> Iterator[SignBand]:
    """Yield the noise signs of a window in bands. Each band is a buffer that the next band may overwrite.

    The bits are the same on every processor, however the window is cut.
    """
    if draw.kind == "uniform":
        signs = uniform_signs(draw, frame, stretch)
        rows = max(1, _BAND_CELLS // stretch.shape[1])
        for top in range(0, stretch.shape[0], rows):
            part = signs[top : top + rows]
            yield SignBand(top, top + len(part), 0, stretch.shape[1], part)
        return
    for band in field_bands(noise_field(draw, frame, stretch)):
        yield SignBand(band.top, band.bottom, band.left, band.right, signs_of_field(band.values, NUMPY_SPACE))


def noise_field(draw: NoiseDraw, frame: Frame, stretch: NoiseStretch) -> GradientField:
    """Return the field of the Perlin noise ``draw`` over a window; its unit is half a wave of the sine."""
    reading = Reading(stretch.start, stretch.shape, 0.5, WEIGHT_BITS)
    height, width = stretch.size
    down, across = frame.design_height / (draw.period * height), frame.design_width / (draw.period * width)
    scale = wave_scale(draw.frequency, draw.octaves, draw.period, frame.design_resolution)
    steps = tuple((down * 2**level, across * 2**level) for level in range(draw.octaves))
    gradients = []
    for level, step in enumerate(steps):
        (top, bottom), (left, right) = reading.lines(0, step[0]), reading.lines(1, step[1])
        gradients.append(_lattice(draw.seed, level, *_lattice_size(draw, frame, level))[:, top:bottom, left:right])
    factors = tuple(scale * 0.5**level for level in range(draw.octaves))
    # An even number of half waves is added, so that all values are positive and cutting off decimals rounds down.
    return GradientField(tuple(gradients), steps, factors, draw.phase + HALF_WAVES, reading)


def signs_of_field(values: Array, space: Space) -> Array:
    """Return uint8 signs: 1 where the noise is −ε (floor(field) is odd), else 0. values: a field in half waves.

    The NumPy result is a per-thread buffer, overwritten by the next call.
    """
    signs = space.cast(space.cast(values, space.xp.int32, "halves"), space.xp.uint8, "signs")
    signs &= 1
    return signs


@lru_cache(maxsize=8192)
def wave_scale(frequency: int, octaves: int, period: int, design_resolution: int) -> float:
    """Return the factor of the first octave, in half waves, a multiple of 2⁻⁵, for the numbers that a key drew."""
    amplitudes = 2.0 - 2.0 ** (1 - octaves)
    waves = frequency / (typical_span(octaves, design_resolution / period) * amplitudes)
    return round(waves * _FACTOR_STEPS) / _FACTOR_STEPS


@lru_cache(maxsize=512)
def typical_span(octaves: int, cells: float) -> float:
    """Return the typical span (greatest minus least value) of a normalised field over ``cells`` × ``cells``."""
    return float(np.interp(cells, _SPAN_CELLS, _SPANS[octaves - 1]))


def _lattice(seed: bytes, level: int, rows: int, columns: int) -> NDArray[np.int8]:
    """Return the gradients of a lattice: (2, rows, columns), row parts, then column parts."""
    stream = np.frombuffer(shake_stream(seed, f"lattice {level}", (rows * columns + 1) // 2), dtype=np.uint8)
    pairs = _GRADIENT_PAIRS.take(stream, axis=1).view(np.int8)
    return pairs[:, : rows * columns].reshape(2, rows, columns)


def _lattice_size(draw: NoiseDraw, frame: Frame, level: int) -> tuple[int, int]:
    """Return the number of lattice rows and columns that cover the whole frame, by whole-number arithmetic."""
    short = min(frame.height, frame.width) * draw.period
    cells = frame.design_resolution << level
    return cells * frame.height // short + 2, cells * frame.width // short + 2


def uniform_signs(draw: NoiseDraw, frame: Frame, stretch: NoiseStretch) -> NDArray[np.uint8]:
    """Return the signs of uniform noise over a window, (rows, columns) uint8: 1 where the noise is −ε, else 0.

    Each design pixel has a fair sign of its own; a pixel takes the sign of the design pixel that holds its centre.
    """
    short = min(frame.height, frame.width)
    rows = -(-frame.design_resolution * frame.height // short)
    columns = -(-frame.design_resolution * frame.width // short)
    stream = np.frombuffer(shake_stream(draw.seed, "signs", (rows * columns + 7) // 8), dtype=np.uint8)
    (height, width), (top, left), (tall, wide) = stretch.size, stretch.start, stretch.shape
    row = ((np.arange(top, top + tall) + 0.5) * (frame.design_height / height)).astype(np.int64)
    column = ((np.arange(left, left + wide) + 0.5) * (frame.design_width / width)).astype(np.int64)
    bits: NDArray[np.uint8] = np.unpackbits(stream)[: rows * columns].reshape(rows, columns)
    return np.asarray(bits[np.ix_(np.minimum(row, rows - 1), np.minimum(column, columns - 1))])
